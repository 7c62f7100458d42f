"""Which records of a batch nobody can use: the quarantine expectations, on plain values.

Landing goes through millions of records in small batches, where Great Expectations costs more than
the work itself: seconds to import, a quarter of a gigabyte, a tenth of a second per batch. So the
few forms that set single records aside are evaluated here; the tests hold them equal to what Great
Expectations finds. The whole of a source is judged by `checks.check`, with Great Expectations.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from checks.context import CLOCK_SKEW, CheckContext
from checks.expectations import Expectation, Facts
from checks.suites import suite_of
from itsm.errors import CheckError
from itsm.quality import Severity
from itsm.records import Record
from itsm.states import RecordKind

Column = Callable[[str], Sequence[Any]]
"""The values of a field, one per record, None where missing."""


def unusable(
    kind: RecordKind,
    records: Sequence[Record],
    context: CheckContext,
    passing_over: Collection[str] = (),
) -> dict[str, Expectation]:
    """The records to set aside by number, each with the first expectation it failed.

    Args:
        kind: the kind of all of them.
        records: a batch of one source.
        context: with `read_at`, since nothing can have happened later than the reading.
        passing_over: the rules that a person has set aside for these records; of those that
            `acceptable_rules` gives, no other is passed over.

    Raises:
        CheckError: a quarantine expectation has a form that is not evaluated here.
    """
    assert context.read_at is not None, "landing knows when it reads"
    values: dict[str, Sequence[Any]] = {}

    def column(name: str) -> Sequence[Any]:
        if name not in values:
            values[name] = list(map(attrgetter(name), records))
        return values[name]

    facts = Facts(
        cutoff_at=context.cutoff_at,
        latest_at=context.read_at + CLOCK_SKEW,
        settings=context.settings,
    )
    found: dict[str, Expectation] = {}
    for expectation in suite_of(kind, facts):
        if expectation.rule in passing_over and expectation.gx_type in ACCEPTABLE:
            continue
        if expectation.severity is Severity.QUARANTINE:
            for place in _failing(expectation, column):
                found.setdefault(records[place].number, expectation)
    return found


def acceptable_rules(kind: RecordKind, facts: Facts) -> frozenset[str]:
    """The rules that a person may set aside for a record of a kind.

    Times in an odd order and values outside their range can be used; a record without what every
    table needs, or with a number that another one has, cannot.
    """
    return frozenset(
        one.rule
        for one in suite_of(kind, facts)
        if one.severity is Severity.QUARANTINE and one.gx_type in ACCEPTABLE
    )


def _failing(expectation: Expectation, column: Column) -> Iterator[int]:
    """The places of the records that fail; a missing value is not judged."""
    try:
        form = _FORMS[expectation.gx_type]
    except KeyError:
        raise CheckError(
            f"{expectation.rule}: {expectation.gx_type} sets records aside, and landing does not"
            " know it"
        ) from None
    return form(expectation, column)


def _not_given(expectation: Expectation, column: Column) -> Iterator[int]:
    """Only `filled` and the like set records aside among the tests of whole records."""
    if not expectation.rule.endswith("_filled"):
        raise CheckError(f"{expectation.rule}: landing does not know this test")
    values = column(expectation.field)
    if values and all(values) and (type(values[0]) is not str or not any(map(str.isspace, values))):
        return
    for place, value in enumerate(values):
        if not value or (type(value) is str and value.isspace()):
            yield place


def _repeated(expectation: Expectation, column: Column) -> Iterator[int]:
    values = column(expectation.field)
    if len(set(values)) == len(values):
        return
    n = Counter(values)
    yield from (i for i, value in enumerate(values) if value is not None and n[value] > 1)


def _outside(expectation: Expectation, column: Column) -> Iterator[int]:
    low, high = expectation.kwargs["min_value"], expectation.kwargs["max_value"]
    for place, value in enumerate(column(expectation.field)):
        if value is None:
            continue
        if (low is not None and value < low) or (high is not None and value > high):
            yield place


def _out_of_order(expectation: Expectation, column: Column) -> Iterator[int]:
    later, earlier = (column(str(expectation.kwargs[name])) for name in ("column_A", "column_B"))
    for place, (after, before) in enumerate(zip(later, earlier, strict=True)):
        if after is not None and before is not None and after < before:
            yield place


ACCEPTABLE = frozenset({"ExpectColumnValuesToBeBetween", "ExpectColumnPairValuesAToBeGreaterThanB"})
"""The forms of expectation that a record may fail and still be used, if a person says so."""

_FORMS: Mapping[str, Callable[[Expectation, Column], Iterator[int]]] = MappingProxyType(
    {
        "ExpectColumnValuesToBeInSet": _not_given,
        "ExpectColumnValuesToBeUnique": _repeated,
        "ExpectColumnValuesToBeBetween": _outside,
        "ExpectColumnPairValuesAToBeGreaterThanB": _out_of_order,
    }
)
