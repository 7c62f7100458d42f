"""What landing sets aside is what Great Expectations would."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.checking import check_rows, failing
from checks.context import CheckContext
from checks.expectations import Facts
from checks.landing import unusable
from checks.suites import suite_of
from flows.frames import frame_of_records
from itsm.errors import CheckError
from itsm.fields import fields_of
from itsm.quality import Severity
from itsm.records import RECORD_TYPES, Incident, Record
from itsm.states import IncidentState, RecordKind
from tests.checks.examples import CUTOFF, EARLY, GOOD, LATE, WEEK, at, failing_examples

CONTEXT = CheckContext(source="desk", cutoff_at=CUTOFF, week=WEEK, read_at=CUTOFF)
FACTS = Facts(cutoff_at=CUTOFF, latest_at=CUTOFF)
KINDS = sorted(RecordKind)


def record(kind: RecordKind, row: dict[str, Any]) -> Record:
    """A record from a row of the examples; words become members of their enums."""
    values = {"source": "desk", **row}
    for spec in fields_of(kind):
        if spec.enum is not None and isinstance(values.get(spec.name), str):
            values[spec.name] = spec.enum(values[spec.name])
        if spec.is_required:
            values.setdefault(spec.name, None)
    return RECORD_TYPES[kind](**values)


def by_gx(kind: RecordKind, records: list[Record]) -> dict[str, str]:
    frame = frame_of_records(kind, records)
    report = check_rows(kind, frame, CONTEXT, only=Severity.QUARANTINE)
    return {number: result.rule for number, result in failing(report).items()}


def by_landing(kind: RecordKind, records: list[Record]) -> dict[str, str]:
    return {number: e.rule for number, e in unusable(kind, records, CONTEXT).items()}


@pytest.mark.parametrize("kind", KINDS)
def test_both_set_the_same_records_aside_for_the_same_reason(kind: RecordKind) -> None:
    rows = [{**GOOD[kind], "number": "good"}]
    for rule, change in failing_examples(kind).items():
        rows.append({**GOOD[kind], "number": rule, **change})
    records = [record(kind, row) for row in rows]
    records += [replace(records[0], number="twin"), replace(records[0], number="twin")]
    expected = by_gx(kind, records)
    assert by_landing(kind, records) == expected
    assert expected["twin"] == "number_unique"
    setting_aside = [e for e in suite_of(kind, FACTS) if e.severity is Severity.QUARANTINE]
    assert {e.rule for e in setting_aside} - {"number_unique"} <= set(expected.values())


TIMES = st.sampled_from([None, EARLY, at(-1), at(0), at(4), CUTOFF, LATE])
NUMBERS = st.sampled_from([None, -1, 0, 1, 5, 6])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.builds(
            Incident,
            source=st.just("desk"),
            number=st.sampled_from(["", " ", "INC1", "INC2", "INC3", "INC4"]),
            opened_at=TIMES,
            resolved_at=TIMES,
            closed_at=TIMES,
            updated_at=TIMES,
            state=st.just(IncidentState.NEW),
            state_code=st.just("1"),
            priority=NUMBERS,
            reopen_count=NUMBERS,
            reassignment_count=NUMBERS,
        ),
        max_size=12,
    )
)
def test_both_agree_on_any_incidents(records: list[Record]) -> None:
    assert by_landing(RecordKind.INCIDENT, records) == by_gx(RecordKind.INCIDENT, records)


def test_a_form_landing_does_not_know_is_an_error_and_not_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (first, *_) = suite_of(RecordKind.INCIDENT, FACTS)
    odd = replace(first, gx_type="ExpectColumnValuesToMatchRegex")
    monkeypatch.setattr("checks.landing.suite_of", lambda kind, facts: (odd,))
    with pytest.raises(CheckError, match="landing does not know it"):
        unusable(RecordKind.INCIDENT, [], CONTEXT)
