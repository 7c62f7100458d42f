"""Records of an estate agree with each other."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest

from itsm.fields import FieldType, fields_of
from itsm.records import (
    Change,
    HistoryEvent,
    Incident,
    PostIncidentReview,
    Record,
    ServiceRequest,
    SlaClock,
    VendorCase,
)
from itsm.states import (
    ClockTarget,
    ClockType,
    HistoryField,
    IncidentState,
    RecordKind,
    VendorCaseState,
)
from simulator.estate import Estate, build_estate
from simulator.settings import EstateSettings

K = RecordKind
REFERENCES = [
    (K.INCIDENT, "service", K.SERVICE), (K.INCIDENT, "ci", K.CONFIGURATION_ITEM),
    (K.INCIDENT, "team", K.TEAM), (K.INCIDENT, "problem", K.PROBLEM),
    (K.INCIDENT, "parent_incident", K.INCIDENT), (K.INCIDENT, "duplicate_of", K.INCIDENT),
    (K.INCIDENT, "caused_by_change", K.CHANGE), (K.INCIDENT, "vendor", K.VENDOR),
    (K.INCIDENT, "knowledge_article", K.KNOWLEDGE_ARTICLE), (K.SERVICE_REQUEST, "team", K.TEAM),
    (K.CHANGE, "service", K.SERVICE), (K.CHANGE, "ci", K.CONFIGURATION_ITEM),
    (K.APPROVAL, "change", K.CHANGE), (K.PROBLEM, "ci", K.CONFIGURATION_ITEM),
    (K.PROBLEM_TASK, "problem", K.PROBLEM), (K.KNOWN_ERROR, "problem", K.PROBLEM),
    (K.VENDOR_CASE, "vendor", K.VENDOR), (K.VENDOR_CASE, "incident", K.INCIDENT),
    (K.VENDOR_CASE, "contract", K.CONTRACT), (K.CONTRACT, "vendor", K.VENDOR),
    (K.CONTRACT_CLAUSE, "contract", K.CONTRACT), (K.TEAM, "vendor", K.VENDOR),
    (K.CONFIGURATION_ITEM, "service", K.SERVICE), (K.CI_RELATION, "parent", K.CONFIGURATION_ITEM),
    (K.CI_RELATION, "child", K.CONFIGURATION_ITEM), (K.SLA_CLOCK, "record", K.INCIDENT),
    (K.COMMENT, "record", K.INCIDENT), (K.SURVEY_RESPONSE, "record", K.INCIDENT),
    (K.OUTAGE, "service", K.SERVICE), (K.OUTAGE, "incident", K.INCIDENT),
    (K.POST_INCIDENT_REVIEW, "incident", K.INCIDENT),
    (K.REVIEW_ACTION, "review", K.POST_INCIDENT_REVIEW),
]  # fmt: skip


def by_record(estate: Estate, field: HistoryField) -> dict[str, list[HistoryEvent]]:
    found: dict[str, list[HistoryEvent]] = defaultdict(list)
    for event in estate.records[K.HISTORY]:
        assert isinstance(event, HistoryEvent)
        if event.field is field:
            found[event.record].append(event)
    return found


def incidents(estate: Estate) -> list[Incident]:
    return [row for row in estate.records[K.INCIDENT] if isinstance(row, Incident)]


@pytest.mark.parametrize(("kind", "field", "other"), REFERENCES)
def test_what_a_record_names_is_there(
    estate: Estate, kind: RecordKind, field: str, other: RecordKind
) -> None:
    there = {record.number for record in estate.records[other]}
    named = {getattr(record, field) for record in estate.records[kind]} - {None}
    assert named
    assert named <= there


@pytest.mark.parametrize("kind", list(RecordKind))
def test_numbers_are_unique_and_fields_have_their_types(estate: Estate, kind: RecordKind) -> None:
    records: tuple[Record, ...] = estate.records[kind]
    assert len({record.number for record in records}) == len(records)
    kinds = {
        FieldType.TEXT: str,
        FieldType.INTEGER: int,
        FieldType.NUMBER: float,
        FieldType.FLAG: bool,
    }
    for spec in fields_of(kind):
        values = [getattr(record, spec.name) for record in records]
        assert not (spec.is_required and None in values), spec.name
        given = [value for value in values if value is not None]
        if spec.type is FieldType.TIME:
            assert all(at.utcoffset() == timedelta(0) for at in given), spec.name
        elif spec.enum is not None:
            assert all(isinstance(value, spec.enum) for value in given), spec.name
        else:
            assert all(type(value) is kinds[spec.type] for value in given), spec.name


@pytest.mark.parametrize("kind", list(RecordKind))
def test_nothing_happens_after_the_export(estate: Estate, kind: RecordKind) -> None:
    planned = {
        "due_at",
        "ends_at",
        "planned_start_at",
        "planned_end_at",
        "response_due_at",
        "resolution_due_at",
    }
    for spec in fields_of(kind):
        if spec.type is FieldType.TIME and spec.name not in planned:
            times = [getattr(record, spec.name) for record in estate.records[kind]]
            late = [at for at in times if at is not None and at > estate.settings.export_at]
            assert late == [], spec.name


def test_states_follow_each_other_and_end_in_the_state_shown(estate: Estate) -> None:
    history = by_record(estate, HistoryField.STATE)
    for record in (*estate.records[K.INCIDENT], *estate.records[K.SERVICE_REQUEST]):
        assert isinstance(record, Incident | ServiceRequest)
        events = history[record.number]
        assert events[0].old is None
        assert events[0].at == record.opened_at
        assert all(a.new == b.old and a.at <= b.at for a, b in pairwise(events))
        assert events[-1].new == record.state


def test_counters_and_times_of_an_incident_are_those_of_its_history(estate: Estate) -> None:
    states, teams = by_record(estate, HistoryField.STATE), by_record(estate, HistoryField.TEAM)
    for row in incidents(estate):
        moves = [event for event in teams[row.number] if event.old is not None]
        assert row.reassignment_count == len(moves)
        assert row.team == (teams[row.number][-1].new if teams[row.number] else None)
        assert all(event.old != event.new for event in moves)
        reopened = [e for e in states[row.number] if e.old == "resolved" and e.new == "in_progress"]
        assert row.reopen_count == len(reopened)
        resolved = [event.at for event in states[row.number] if event.new == "resolved"]
        ended = row.state in (IncidentState.RESOLVED, IncidentState.CLOSED)
        assert row.resolved_at == (resolved[-1] if ended else None)
        closed = [event.at for event in states[row.number] if event.new in ("closed", "canceled")]
        assert row.closed_at == (closed[-1] if closed else None)


def test_the_last_assignee_and_priority_are_the_ones_shown(estate: Estate) -> None:
    people = by_record(estate, HistoryField.ASSIGNEE)
    priorities = by_record(estate, HistoryField.PRIORITY)
    assert priorities
    for row in incidents(estate):
        events = people[row.number]
        assert row.assignee == (events[-1].new if events else None)
        if priorities[row.number]:
            assert priorities[row.number][-1].new == str(row.priority)


def test_whoever_has_an_incident_resolves_it(estate: Estate) -> None:
    states = by_record(estate, HistoryField.STATE)
    for row in incidents(estate):
        if row.resolved_at is not None:
            last = [event for event in states[row.number] if event.new == "resolved"][-1]
            assert last.actor == row.assignee == row.resolved_by


def test_history_is_numbered_in_the_order_of_time(estate: Estate) -> None:
    events: dict[str, list[HistoryEvent]] = defaultdict(list)
    for event in estate.records[K.HISTORY]:
        assert isinstance(event, HistoryEvent)
        events[event.record].append(event)
    for found in events.values():
        assert [event.sequence for event in found] == list(range(len(found)))
        assert all(a.at <= b.at for a, b in pairwise(found))


def test_every_wait_for_a_vendor_is_a_case_of_the_same_time(estate: Estate) -> None:
    waits: set[tuple[str, object, object]] = set()
    for number, events in by_record(estate, HistoryField.STATE).items():
        for begin, end in pairwise([*events, None]):
            if begin is not None and begin.new == "awaiting_vendor":
                waits.add((number, begin.at, end.at if end else None))
    cases = set()
    for case in estate.records[K.VENDOR_CASE]:
        assert isinstance(case, VendorCase)
        cases.add((case.incident, case.opened_at, case.resolved_at))
        is_done = case.state in (VendorCaseState.RESOLVED, VendorCaseState.CLOSED)
        assert is_done == (case.resolved_at is not None)
    assert waits == cases
    assert len(cases) > 50


def test_clocks_add_up(estate: Estate) -> None:
    rows = {row.number: row for row in incidents(estate)}
    for clock in estate.records[K.SLA_CLOCK]:
        assert isinstance(clock, SlaClock)
        assert clock.elapsed_h is not None
        assert clock.target_h is not None
        assert clock.is_breached == (clock.elapsed_h > clock.target_h + 1e-9)
        row = rows[clock.record]
        ended = clock.ended_at or estate.settings.export_at
        wall_h = (ended - clock.started_at).total_seconds() / 3600
        assert clock.elapsed_h + (clock.paused_h or 0) <= wall_h + 1e-6
        if row.priority and row.priority <= 2:
            assert clock.elapsed_h + (clock.paused_h or 0) == pytest.approx(wall_h, abs=1e-3)
        if clock.type is ClockType.SLA and clock.target is ClockTarget.RESOLUTION:
            assert clock.started_at == row.opened_at
            assert clock.ended_at == row.resolved_at


def test_a_met_clock_ends_by_its_due_time(estate: Estate) -> None:
    for clock in estate.records[K.SLA_CLOCK]:
        assert isinstance(clock, SlaClock)
        if clock.ended_at and clock.due_at and not clock.is_breached:
            assert clock.ended_at <= clock.due_at + timedelta(seconds=1)


def test_closed_changes_have_an_outcome_and_next_week_has_changes(estate: Estate) -> None:
    changes = [row for row in estate.records[K.CHANGE] if isinstance(row, Change)]
    assert all((row.outcome is not None) == (row.state.value == "closed") for row in changes)
    coming = [
        row
        for row in changes
        if row.planned_start_at and row.planned_start_at > estate.settings.export_at
    ]
    assert coming
    assert all(row.implemented_at is None for row in coming)


def test_reviews_are_of_majors_and_some_are_late(estate: Estate) -> None:
    majors = {row.number for row in incidents(estate) if row.is_major}
    reviews = [
        r for r in estate.records[K.POST_INCIDENT_REVIEW] if isinstance(r, PostIncidentReview)
    ]
    assert {review.incident for review in reviews} <= majors
    lags = [r.completed_at - r.restored_at for r in reviews if r.completed_at and r.restored_at]
    assert any(lag > timedelta(hours=72) for lag in lags)
    assert any(lag <= timedelta(hours=72) for lag in lags)


@pytest.mark.parametrize(
    "settings",
    [
        EstateSettings(n_incidents=100, n_weeks=2, seed=0),
        EstateSettings(n_incidents=150, n_weeks=520, seed=1, dirt=0.5),
        EstateSettings(n_incidents=300, n_weeks=9, seed=2, end_week="2026-W14", zone="Asia/Tokyo"),
        EstateSettings(n_incidents=300, n_weeks=4, seed=2**62, zone="America/New_York", lag_h=0),
    ],
)
def test_estates_of_unusual_sizes_hold_together(settings: EstateSettings) -> None:
    estate = build_estate(settings)
    test_states_follow_each_other_and_end_in_the_state_shown(estate)
    test_counters_and_times_of_an_incident_are_those_of_its_history(estate)
    for kind, field, other in REFERENCES:
        there = {record.number for record in estate.records[other]}
        assert {getattr(record, field) for record in estate.records[kind]} - {None} <= there
    opened = [row.opened_at for row in incidents(estate)]
    assert settings.first_week.start_at <= min(opened) <= max(opened) < settings.last_week.end_at
