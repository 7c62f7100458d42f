"""Rows of the Table API become records, or are set aside with a reason; on payloads alone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.core.source import Mapped
from itsm.errors import ConfigError
from itsm.records import Approval, HistoryEvent, Incident, KnownError, Record, SlaClock, VendorCase
from itsm.states import ClockType, HistoryField, IncidentState, RecordKind, VendorCaseState
from tests.connectors.api_rows import Cell, raw, row, unreached

GOOD: dict[str, Cell] = {
    "number": "INC0010001",
    "sys_id": "a1",
    "state": ("2", "In Progress"),
    "opened_at": ("2025-03-01 08:09:10", "2025-03-01 00:09:10"),
    "short_description": "VPN drops",
    "priority": ("2", "2 - High"),
    "business_service": ("77aa", "Remote Access"),
    "reopen_count": "1",
    "made_sla": "true",
    "time_worked": ("1970-01-01 01:30:00", "1 Hour 30 Minutes"),
}


def mapped(*rows: dict[str, object], kind: RecordKind = RecordKind.INCIDENT) -> Mapped:
    records = [raw(kind, f"key{place}", one) for place, one in enumerate(rows)]
    return unreached().map(kind, records)


def incident(**cells: Cell) -> Incident:
    (item,) = mapped(row(**{**GOOD, **cells})).mapped
    (record,) = item.records
    assert isinstance(record, Incident)
    return record


def test_codes_and_times_come_from_values_and_names_from_labels() -> None:
    record = incident()
    assert record.number == "INC0010001"
    assert record.opened_at == datetime(2025, 3, 1, 8, 9, 10, tzinfo=UTC)
    assert (record.state, record.state_code) == (IncidentState.IN_PROGRESS, "2")
    assert (record.priority, record.service) == (2, "Remote Access")
    assert (record.reopen_count, record.sla_met, record.handling_h) == (1, True, 1.5)
    assert (record.is_major, record.is_test, record.restricted) == (False, False, False)
    assert record.closed_at is None
    assert record.team is None


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        (("1", "Awaiting Caller"), IncidentState.AWAITING_USER),
        (("99", "Awaiting Vendor"), IncidentState.AWAITING_VENDOR),
        ("", IncidentState.ON_HOLD),
        (("99", "Awaiting Parts"), IncidentState.UNMAPPED),
    ],
)
def test_a_hold_says_what_it_waits_for(reason: Cell, meaning: IncidentState) -> None:
    assert incident(state=("3", "On Hold"), hold_reason=reason).state is meaning


def test_a_code_nobody_explained_is_kept_and_counted() -> None:
    result = mapped(*[row(**{**GOOD, "state": ("42", "Pending Review")})] * 3)
    assert result.unmapped_codes == {("state", "42"): 3}
    records = [item.records[0] for item in result.mapped]
    assert {getattr(record, "state_code", None) for record in records} == {"42"}
    assert result.quarantined == ()


def test_the_label_is_looked_up_where_the_value_is_not_known() -> None:
    assert incident(state=("17", "Resolved")).state is IncidentState.RESOLVED
    assert incident(state=("17", "Resolved")).state_code == "17"


def test_a_company_s_own_columns_and_codes_win() -> None:
    source = unreached(
        fields={"incident": {"symptom": "u_sign", "team": ["u_team", "assignment_group"]}},
        codes={"incident_state": {"42": "awaiting_vendor"}},
    )
    cells = {**GOOD, "state": "42", "u_sign": "noise", "assignment_group": ("g1", "Desk")}
    (item,) = source.map(RecordKind.INCIDENT, [raw(RecordKind.INCIDENT, "a1", row(**cells))]).mapped
    record = item.records[0]
    assert isinstance(record, Incident)
    assert (record.state, record.symptom, record.team) == (
        IncidentState.AWAITING_VENDOR,
        "noise",
        "Desk",
    )
    assert source.mapping_version(RecordKind.INCIDENT) != unreached().mapping_version(
        RecordKind.INCIDENT
    )


@pytest.mark.parametrize(
    ("cells", "field", "said"),
    [
        ({"opened_at": "yesterday"}, "opened_at", "'aaaaaaaaa' in column opened_at"),
        ({"opened_at": ""}, "opened_at", "no value in column opened_at or sys_created_on"),
        ({"state": ""}, "state", "no value in column state"),
        ({"reopen_count": "many"}, "reopen_count", "'aaaa' in column reopen_count is not a whole"),
        ({"made_sla": "perhaps"}, "sla_met", "is not yes or no"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_alone(
    cells: dict[str, Cell], field: str, said: str
) -> None:
    good, bad = row(**GOOD), row(**{**GOOD, **cells})
    result = mapped(good, bad, good)
    assert [item.key for item in result.mapped] == ["key0", "key2"]
    (aside,) = result.quarantined
    assert (aside.key, aside.field, aside.rule) == ("key1", field, "mapping")
    assert said in aside.reason
    assert aside.remedy


def test_codes_of_rows_that_are_set_aside_are_not_counted() -> None:
    result = mapped(row(**{**GOOD, "state": "42", "opened_at": "never"}))
    assert result.unmapped_codes == {}


@pytest.mark.parametrize(
    "odd",
    [
        {"display_value": None, "value": "x"},
        {"display_value": "shown"},
        {"link": "https://sn/api/now/table/sys_user/77", "value": "77", "display_value": "Ann"},
        {"display_value": 7, "value": 7},
        {},
    ],
)
def test_an_odd_cell_does_not_harm_the_other_rows(odd: dict[str, object]) -> None:
    result = mapped(row(**GOOD), row(**{**GOOD, "caller_id": odd}), row(**GOOD))
    assert len(result.mapped) == 3


def test_a_nul_never_reaches_a_record() -> None:
    assert incident(short_description="a\x00b").title == "ab"


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(sorted(GOOD)),
            st.one_of(st.text(max_size=8), st.tuples(st.text(max_size=8), st.text(max_size=8))),
            max_size=6,
        ),
        max_size=8,
    )
)
def test_every_row_is_mapped_or_set_aside_as_if_it_came_alone(rows: list[dict[str, Cell]]) -> None:
    records = [
        raw(RecordKind.INCIDENT, f"key{place}", row(**{**GOOD, **cells}))
        for place, cells in enumerate(rows)
    ]
    source = unreached()
    together = source.map(RecordKind.INCIDENT, records)
    alone = [source.map(RecordKind.INCIDENT, [one]) for one in records]
    assert together.mapped == tuple(item for one in alone for item in one.mapped)
    assert together.quarantined == tuple(item for one in alone for item in one.quarantined)
    assert len(together.mapped) + len(together.quarantined) == len(rows)


def only(kind: RecordKind, **cells: Cell) -> Record:
    (item,) = mapped(row(**cells), kind=kind).mapped
    return item.records[0]


def test_a_clock_is_read_through_its_definition() -> None:
    clock = only(
        RecordKind.SLA_CLOCK,
        task=("t1", "INC0010001"),
        task__sys_class_name=("incident", "Incident"),
        sla=("s1", "P2 resolution"),
        sla__type="Underpinning contract",
        sla__target=("resolution", "Resolution"),
        sla__duration=("1970-01-01 08:00:00", "8 Hours"),
        start_time="2025-03-01 08:00:00",
        has_breached="false",
        stage=("cancelled", "Cancelled"),
    )
    assert isinstance(clock, SlaClock)
    assert (clock.number, clock.record, clock.type) == ("key0", "INC0010001", ClockType.CONTRACT)
    assert (clock.target_h, clock.is_breached, clock.is_canceled) == (8.0, False, True)


def test_an_incident_with_a_vendor_s_ticket_is_a_case() -> None:
    cells: dict[str, Cell] = {
        **GOOD,
        "vendor": ("v1", "Ardent"),
        "vendor_ticket": "ARD-1",
        "vendor_opened_at": "2025-03-01 09:00:00",
        "vendor_resolved_at": "2025-03-02 09:00:00",
    }
    case = only(RecordKind.VENDOR_CASE, **cells)
    assert isinstance(case, VendorCase)
    assert (case.vendor, case.incident, case.vendor_reference) == ("Ardent", "INC0010001", "ARD-1")
    assert (case.state, case.opened_at.hour) == (VendorCaseState.RESOLVED, 9)
    without = mapped(row(**GOOD), kind=RecordKind.VENDOR_CASE)
    assert [item.records for item in without.mapped] == [()]
    assert without.quarantined == ()


def test_only_known_errors_are_known_errors() -> None:
    cells: dict[str, Cell] = {"number": "PRB1", "opened_at": "2025-03-01 08:00:00"}
    found = only(RecordKind.KNOWN_ERROR, **cells, known_error="true")
    assert isinstance(found, KnownError)
    assert found.problem == "PRB1"
    other = mapped(row(**cells, known_error="false"), kind=RecordKind.KNOWN_ERROR)
    assert [item.records for item in other.mapped] == [()]


def test_a_reference_without_a_label_keeps_its_id_where_it_is_needed() -> None:
    approval = only(
        RecordKind.APPROVAL, sysapproval=("c1", ""), state="approved", approver=("u1", "")
    )
    assert isinstance(approval, Approval)
    assert (approval.change, approval.approver) == ("c1", None)


AUDIT: dict[str, Cell] = {
    "sys_id": "e1",
    "tablename": "incident",
    "documentkey": "a1",
    "sys_created_on": "2025-03-01 08:00:00",
    "record_checkpoint": "4",
    "user": "ann.ortiz",
}


def event(**cells: Cell) -> HistoryEvent | None:
    (item,) = mapped(row(**{**AUDIT, **cells}), kind=RecordKind.HISTORY).mapped
    if not item.records:
        return None
    (record,) = item.records
    assert isinstance(record, HistoryEvent)
    return record


def test_an_audit_row_of_a_state_is_read_by_its_meanings() -> None:
    found = event(fieldname="state", oldvalue="2", newvalue="6")
    assert found is not None
    assert (found.record, found.field, found.sequence) == ("a1", HistoryField.STATE, 4)
    assert (found.old, found.new, found.new_code) == ("in_progress", "resolved", "6")
    assert (found.actor, found.is_integration) == ("ann.ortiz", False)


def test_a_hold_reason_that_changed_with_the_state_is_one_event() -> None:
    state = event(
        fieldname="state", oldvalue="2", newvalue="3", **{"hold__old": "", "hold__new": "4"}
    )
    assert state is not None
    assert (state.old, state.new) == ("in_progress", "awaiting_vendor")
    assert event(fieldname="hold_reason", oldvalue="", newvalue="4", with_state="true") is None


def test_a_hold_reason_that_changed_alone_is_an_event_of_its_own() -> None:
    found = event(fieldname="hold_reason", oldvalue="1", newvalue="4")
    assert found is not None
    assert (found.field, found.old, found.new) == (
        HistoryField.STATE,
        "awaiting_user",
        "awaiting_vendor",
    )
    assert event(fieldname="hold_reason", oldvalue="1", newvalue="") is None


def test_ids_in_an_audit_row_become_the_names_that_were_found() -> None:
    found = event(
        fieldname="assignment_group",
        oldvalue="g1",
        newvalue="g2",
        oldvalue__name=("g1", "Desk"),
        user__name=("ann.ortiz", "Ann Ortiz"),
    )
    assert found is not None
    assert (found.field, found.old, found.new) == (HistoryField.TEAM, "Desk", "g2")
    assert found.actor == "Ann Ortiz"


def test_an_unknown_state_of_the_past_is_counted() -> None:
    cells = row(**{**AUDIT, "fieldname": "state", "oldvalue": "2", "newvalue": "42"})
    result = mapped(cells, kind=RecordKind.HISTORY)
    assert result.unmapped_codes == {("state", "42"): 1}
    assert getattr(result.mapped[0].records[0], "new", None) == "unmapped"


def test_a_metric_tells_the_new_value_only() -> None:
    metric = row(
        sys_id="m1",
        table="incident",
        id="a1",
        field="assignment_group",
        value="Desk",
        start="2025-03-01 08:00:00",
        sys_updated_on="2025-03-02 08:00:00",
    )
    audited = row(**AUDIT, fieldname="priority", oldvalue="3", newvalue="2")
    first, second = mapped(metric, audited, kind=RecordKind.HISTORY).mapped
    assert (first.key, second.key) == ("key0", "key1")
    (team,) = first.records
    assert isinstance(team, HistoryEvent)
    assert (team.record, team.field, team.old, team.new) == ("a1", HistoryField.TEAM, None, "Desk")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"codes": {"incident_state": {"9": "sleeping"}}}, "no such meaning"),
        ({"codes": {"moods": {"9": "new"}}}, "no such code table"),
        ({"kinds": ["contract_clause"]}, "contract_clause has no table"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        unreached(**settings)


def test_a_table_of_one_s_own_is_read_with_its_own_columns() -> None:
    source = unreached(tables={"vendor_case": "u_cases"}, kinds=["incident", "vendor_case"])
    assert source.kinds == (RecordKind.INCIDENT, RecordKind.VENDOR_CASE)
    cells = row(
        number="VCS1", vendor=("v", "Ardent"), state="Awaiting Customer", opened_at="2025-03-01"
    )
    record = raw(RecordKind.VENDOR_CASE, "k", cells)
    (item,) = source.map(RecordKind.VENDOR_CASE, [record]).mapped
    assert getattr(item.records[0], "state", None) is VendorCaseState.WITH_US
