"""Expectations as data, and the short forms the suites are written in.

An expectation names a Great Expectations class and its arguments; `checks.gx` is where it is run.
What no class of theirs says well is computed first as a column of its own (`Derived`).
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from checks.settings import DEFAULT, CheckSettings
from itsm.quality import Severity
from itsm.states import UNMAPPED, RecordKind

if TYPE_CHECKING:
    import pandas as pd

    References = Callable[[pd.DataFrame], Mapping[RecordKind, pd.Series]]

TOGETHER = "ExpectCompoundColumnsToBeUnique"
"""The class of what is expected of records together, and not of each by itself."""
FIX_EXPORT = "correct the record in the tool, or the mapping of this field"


@dataclass(frozen=True, slots=True)
class Derived:
    """A column computed from a frame before it is checked; missing values are not judged."""

    name: str
    of: "Callable[[pd.DataFrame], pd.Series]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One expectation on the records of a kind.

    `mostly` is the share that has to meet it before it counts as unmet; records that fail a
    `quarantine` expectation are set aside one by one whatever it is. `only_if` says whether it
    applies to a frame at all; `shows` names a column whose failing values are told; `refers` gives
    the numbers it looks for among those that were read, by their kind.
    """

    rule: str
    title: str
    gx_type: str
    kwargs: Mapping[str, object]
    severity: Severity
    field: str
    remedy: str
    mostly: float = 1.0
    derived: Derived | None = None
    only_if: "Callable[[pd.DataFrame], bool] | None" = None
    shows: str | None = None
    refers: "References | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a suite has to know to be written down.

    `known` are the record numbers that were read, per kind; a kind without any is one the source
    does not provide, and references to it are not judged. `latest_at` is the moment after which
    nothing can have happened. `cutoff_at` is what the week is true for.
    """

    cutoff_at: datetime
    latest_at: datetime
    known: Mapping[RecordKind, Set[str]] = field(default_factory=dict)
    settings: CheckSettings = DEFAULT

    @property
    def earliest_at(self) -> datetime:
        """The moment before which nothing can have happened."""
        return datetime(self.settings.earliest_year, 1, 1, tzinfo=UTC)


def filled(name: str, severity: Severity = Severity.QUARANTINE) -> Expectation:
    """The field is given, and is not blank."""
    return must(
        f"{name}_filled",
        f"{name} is given",
        name,
        lambda frame: frame[name].fillna("").str.strip().ne(""),
        severity,
        remedy=f"map the column that holds {name}, or correct the export",
    )


def unique(name: str = "number") -> Expectation:
    """No two records of the source share the value."""
    return Expectation(
        rule=f"{name}_unique",
        title=f"{name} is unique within the source",
        gx_type="ExpectColumnValuesToBeUnique",
        kwargs={"column": name},
        severity=Severity.QUARANTINE,
        field=name,
        remedy="keep one record per number in the export, or map another field as the number",
    )


def unique_together(
    rule: str, title: str, names: tuple[str, ...], remedy: str, mostly: float = 1.0
) -> Expectation:
    """No two records share all of these values (records that miss one are not judged)."""
    return Expectation(
        rule=rule,
        title=title,
        gx_type=TOGETHER,
        kwargs={"column_list": list(names), "ignore_row_if": "any_value_is_missing"},
        severity=Severity.WARNING,
        field=names[0],
        remedy=remedy,
        mostly=mostly,
    )


def in_order(earlier: str, later: str, severity: Severity = Severity.QUARANTINE) -> Expectation:
    """One time is not before another."""
    return Expectation(
        rule=f"{later}_after_{earlier}",
        title=f"{later} is not before {earlier}",
        gx_type="ExpectColumnPairValuesAToBeGreaterThanB",
        kwargs={
            "column_A": later,
            "column_B": earlier,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        severity=severity,
        field=later,
        remedy="correct the times in the tool, or check date order and time zone of the mapping",
    )


def plausible_time(
    facts: Facts,
    name: str,
    severity: Severity = Severity.QUARANTINE,
    *,
    may_be_planned: bool = False,
) -> Expectation:
    """A time lies neither before anything can have happened nor in the far future.

    The title names no moment: it is kept with what is set aside, and must be the same in two runs.
    """
    until = None if may_be_planned else facts.latest_at
    upper = "" if until is None else " and not in the future"
    return Expectation(
        rule=f"{name}_plausible",
        title=f"{name} is not before {facts.settings.earliest_year}{upper}",
        gx_type="ExpectColumnValuesToBeBetween",
        kwargs={"column": name, "min_value": facts.earliest_at, "max_value": until},
        severity=severity,
        field=name,
        remedy="correct the time in the tool, or check the date order of the mapping",
    )


def between(
    name: str,
    low: float | None,
    high: float | None,
    severity: Severity = Severity.QUARANTINE,
    remedy: str = FIX_EXPORT,
) -> Expectation:
    """A number lies between two others, both included."""
    bounds = f"at least {low:g}" if high is None else f"between {low or 0:g} and {high:g}"
    return Expectation(
        rule=f"{name}_in_range",
        title=f"{name} is {bounds}",
        gx_type="ExpectColumnValuesToBeBetween",
        kwargs={"column": name, "min_value": low, "max_value": high},
        severity=severity,
        field=name,
        remedy=remedy,
    )


def mapped(facts: Facts, name: str, code_name: str | None = None) -> Expectation:
    """Every code of the field has a meaning; the others are kept as "unmapped"."""
    code = code_name or f"{name}_code"
    return Expectation(
        rule=f"{name}_mapped",
        title=f"every {name} code has a meaning",
        gx_type="ExpectColumnValuesToNotBeInSet",
        kwargs={"column": name, "value_set": [UNMAPPED]},
        severity=Severity.WARNING,
        field=code,
        remedy=f"add the codes to the table of {name} codes; until then they stay unmapped",
        mostly=facts.settings.min_mapped_share,
        shows=code,
    )


def refers(facts: Facts, name: str, kind: RecordKind) -> tuple[Expectation, ...]:
    """A reference leads to a record that was read; none where the source lacks the kind."""
    known = facts.known.get(kind)
    if not known:
        return ()
    expectation = must(
        f"{name}_known",
        f"{name} leads to a {kind.value.replace('_', ' ')} that was read",
        name,
        lambda frame: _are_in(frame[name], known).where(frame[name].notna()),
        Severity.WARNING,
        remedy=f"pull the missing {kind.value.replace('_', ' ')} records, or check the mapping",
        mostly=facts.settings.min_known_share,
    )
    return (replace(expectation, refers=lambda frame: {kind: frame[name].dropna()}),)


def _are_in(values: "pd.Series", known: Set[str]) -> "pd.Series":
    """Which values are among many known ones; `isin` would make a column of these each time."""
    import pandas as pd

    found = [value in known for value in values.tolist()]
    return pd.Series(found, index=values.index, dtype="bool")


def refers_by_kind(facts: Facts) -> tuple[Expectation, ...]:
    """`record` leads to a record of the kind `record_kind` that was read."""
    known = facts.known
    if not known:
        return ()

    def named(frame: "pd.DataFrame") -> "Mapping[RecordKind, pd.Series]":
        there = set(frame["record_kind"].dropna().unique())
        judged = [kind for kind in known if kind.value in there and known[kind]]
        return {k: frame.loc[frame["record_kind"] == k.value, "record"] for k in judged}

    def is_known(frame: "pd.DataFrame") -> "pd.Series":
        import pandas as pd

        answer = pd.Series(pd.NA, index=frame.index, dtype="boolean")
        for kind, records in named(frame).items():
            answer[records.index] = _are_in(records, known[kind])
        return answer

    expectation = must(
        "record_known",
        "the record it belongs to was read",
        "record",
        is_known,
        Severity.WARNING,
        remedy="pull the records it belongs to, or check the mapping of the reference",
        mostly=facts.settings.min_known_share,
    )
    return (replace(expectation, refers=named),)


def not_itself(name: str) -> Expectation:
    """A reference does not lead back to the record that holds it."""
    return must(
        f"{name}_not_itself",
        f"{name} is another record",
        name,
        lambda frame: frame[name].ne(frame["number"]).where(frame[name].notna()),
        Severity.WARNING,
        remedy=FIX_EXPORT,
    )


def must(
    rule: str,
    title: str,
    name: str,
    test: "Callable[[pd.DataFrame], pd.Series]",
    severity: Severity,
    *,
    remedy: str,
    mostly: float = 1.0,
) -> Expectation:
    """A test computed from the whole record holds; where it is missing, nothing is judged."""
    column = f"is_{rule}"
    return Expectation(
        rule=rule,
        title=title,
        gx_type="ExpectColumnValuesToBeInSet",
        kwargs={"column": column, "value_set": [True]},
        severity=severity,
        field=name,
        remedy=remedy,
        mostly=mostly,
        derived=Derived(column, lambda frame: test(frame).astype("boolean")),
    )
