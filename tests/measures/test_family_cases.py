"""Cases that the golden estate is too small for: one family at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from itsm.clocks import ReportingWeek
from itsm.figures import Figure, FigureResult, NotAvailable
from itsm.records import (
    Approval,
    Change,
    Comment,
    HistoryEvent,
    Incident,
    Record,
    SlaClock,
    Team,
    VendorCase,
)
from itsm.states import (
    ApprovalState,
    ChangeOutcome,
    ChangeState,
    ChangeType,
    ClockTarget,
    ClockType,
    HistoryField,
    IncidentState,
    RecordKind,
    VendorCaseState,
)
from reports.measures import (
    approvals,
    at_risk,
    change_types,
    cmdb,
    deflection,
    escalation,
    knowledge,
    legs,
    majors,
    process_map,
    vendor_dossier,
)
from reports.measures.families import Family
from reports.measures.process_map import COLUMNS
from reports.measures.reconciliation import reconciled
from reports.measures.scope import scope_of
from reports.measures.tags import Tag, by_tag, tagged
from reports.measures.vendor_terms import NO_STEP, step_due
from tests.measures.golden_estate import OFFICE, WEEK, golden_data
from tests.measures.measure_frames import (
    SOURCE,
    at,
    figure,
    history,
    incident,
    measure_data,
)

CLOSED = IncidentState.CLOSED
UTC_WEEK = ReportingWeek.parse("2026-W13")


def _figures(family: Family, records: Iterable[Record], **more: object) -> tuple[FigureResult, ...]:
    data = measure_data(records, **more)
    return tuple(family.figures(scope_of(data, UTC_WEEK, UTC_WEEK.cutoff(timedelta(days=9)), 26)))


def _lines() -> list[Record]:
    return [
        Team(source=SOURCE, number="Desk", name="Desk", line=1, size=9),
        Team(source=SOURCE, number="Net", name="Net", line=2, size=9),
    ]


def _handled(number: str, hours: float, *, up_after: float | None = None) -> Iterator[Record]:
    """A password incident: solved by Desk, or passed on to Net after some hours."""
    opened = at("03-24 00:00")
    yield incident(
        number,
        opened,
        state=CLOSED,
        resolved_at=opened + timedelta(hours=hours),
        category="password",
        close_code="reset",
    )
    steps: list[tuple[str, str | None]] = [("03-24 00:00", "Desk")]
    if up_after is not None:
        moved = opened + timedelta(hours=up_after)
        steps.append((moved.strftime("%m-%d %H:%M"), "Net"))
    yield from history(number, HistoryField.TEAM, steps)


def test_an_escalation_of_what_first_line_solves_itself_could_have_been_spared() -> None:
    records = [*_lines()]
    for place in range(9):
        records += _handled(f"I{place}", hours=place + 1)
    records += _handled("LATE", hours=40, up_after=20)
    records += _handled("SOON", hours=40, up_after=1)
    results = _figures(escalation, records)
    assert figure(results, "escalation_rate").value == pytest.approx(2 / 11)
    assert figure(results, "escalation_solvable").rows == ("LATE", "SOON")
    held = figure(results, "escalation_held")
    assert held.rows == ("LATE",)
    assert held.companions["threshold, hours"] == pytest.approx(8.2)  # 9 of 10 of 1 to 9 hours


def _change(number: str, outcome: ChangeOutcome) -> Change:
    return Change(
        source=SOURCE,
        number=number,
        opened_at=at("03-10 09:00"),
        state=ChangeState.CLOSED,
        state_code="closed",
        type=ChangeType.NORMAL,
        type_code="normal",
        outcome=outcome,
        category="patch",
        service="mail",
        closed_at=at("03-20 09:00"),
    )


def test_a_kind_of_change_that_never_failed_is_proposed_as_standard() -> None:
    good = [_change(f"CH{place:02}", ChangeOutcome.SUCCESSFUL) for place in range(20)]
    results = _figures(change_types, good)
    assert figure(results, "change_standard_proposed").value == 1
    line = figure(results, "change_standard_proposed", category="patch", service="mail")
    assert line.companions["changes"] == 20
    assert 0.1 < line.companions["highest rate of failure"] < 0.2
    one_bad = [*good, _change("CH99", ChangeOutcome.BACKED_OUT)]
    assert figure(_figures(change_types, one_bad), "change_standard_proposed").value == 0
    broke = [*good, incident("I1", "03-20 10:00", caused_by_change="CH03")]
    assert figure(_figures(change_types, broke), "change_standard_proposed").value == 0
    assert figure(_figures(change_types, good[1:]), "change_standard_proposed").value == 0


@pytest.mark.parametrize(("n", "says"), [(19, "Over"), (20, "Has not said no over")])
def test_an_approval_step_is_named_when_it_has_not_said_no_20_times(n: int, says: str) -> None:
    records = [
        Approval(
            source=SOURCE,
            number=f"A{place}",
            change="CH1",
            step="CAB",
            state=ApprovalState.APPROVED,
            state_code="approved",
            requested_at=at("03-23 09:00"),
            decided_at=at("03-24 09:00"),
        )
        for place in range(n)
    ]
    step = figure(_figures(approvals, records), "approval_refused", step="CAB")
    assert step.note is not None
    assert step.note.startswith(says)
    assert step.companions["hours added"] == 24 * n


def test_updates_every_hour_keep_users_informed() -> None:
    def told(minutes: Iterable[int]) -> float:
        major = incident("M", "03-24 00:00", state=CLOSED, resolved_at="03-24 03:00", is_major=True)
        words = [
            Comment(
                source=SOURCE,
                number=f"N{minute}",
                record_kind=RecordKind.INCIDENT,
                record="M",
                at=at("03-24 00:00") + timedelta(minutes=minute),
                text="still at it",
            )
            for minute in minutes
        ]
        return figure(_figures(majors, [major, *words]), "major_update_cadence").value

    assert told((30, 60, 120, 170)) == 1
    assert told((30, 60, 121, 170)) == 0


def test_gaps_in_items_cost_the_difference_within_each_priority() -> None:
    def one(number: str, priority: int, hours: float, ci: str | None) -> Incident:
        opened = at("03-24 00:00")
        ended = opened + timedelta(hours=hours)
        return incident(number, opened, state=CLOSED, resolved_at=ended, priority=priority, ci=ci)

    records = [
        one(f"{priority}{kind}{place}", priority, hours, ci)
        for priority, with_h, without_h in ((1, 2, 5), (3, 20, 21))
        for kind, hours, ci in (("g", with_h, "db"), ("b", without_h, None))
        for place in range(10)
    ]
    cost = figure(_figures(cmdb, records), "cmdb_gap_hours")
    assert cost.value == pytest.approx(2)  # 3 h for ten, 1 h for ten
    assert cost.companions["hours over all"] == pytest.approx(40)


def test_what_comes_back_within_7_days_was_not_deflected() -> None:
    def contact(number: str, day: str, **fields: object) -> Incident:
        return incident(
            number,
            f"{day} 09:00",
            state=CLOSED,
            resolved_at=f"{day} 09:05",
            channel="Self-service",
            service="mail",
            **fields,
        )

    records = [
        contact("A", "03-23", caller="kim"),
        contact("B", "03-24", caller="lee"),
        incident("C", "03-26 09:00", caller="kim", service="mail", channel="Phone"),
        *history("C", HistoryField.ASSIGNEE, [("03-26 10:00", "Bo")]),
    ]
    found = figure(_figures(deflection, records), "deflection")
    assert found.rows == ("B",)
    assert found.n == 3
    assert found.companions["returned"] == 1


def test_a_candidate_with_one_fix_and_no_article_is_a_gap() -> None:
    def member(number: str, code: str, **fields: object) -> Incident:
        return incident(
            number,
            "03-10 09:00",
            state=CLOSED,
            resolved_at="03-10 10:00",
            close_code=code,
            **fields,
        )

    records = [
        *(member(f"A{place}", "restart") for place in range(3)),
        *(member(f"B{place}", code) for place, code in enumerate(("x", "y", "z"))),
        *(member(f"C{place}", "restart", knowledge_article="KB1") for place in range(3)),
    ]
    of = pd.DataFrame({"number": [one.number for one in records]})
    of = of.assign(source=SOURCE, candidate_id=of["number"].str[0])
    results = _figures(knowledge, records, candidate_of=of)
    assert figure(results, "knowledge_gaps").value == 1
    assert figure(results, "knowledge_gaps", candidate="A").companions["same fix"] == 1


@pytest.mark.parametrize(
    ("weeks", "step"),
    [
        (set(), NO_STEP),
        ({5}, NO_STEP),
        ({0}, "1: service review"),
        ({0, 3}, "2: vendor manager"),
        ({1, 2, 3}, "3: heads of both sides"),
        ({0, 2, 4, 6, 8, 12}, "4: the contract owners"),
    ],
)
def test_the_ladder_goes_up_with_the_weeks_that_had_a_miss(weeks: set[int], step: str) -> None:
    assert step_due(weeks) == step


def _case(number: str, incident_number: str) -> VendorCase:
    return VendorCase(
        source=SOURCE,
        number=number,
        vendor="Acme",
        incident=incident_number,
        opened_at=at("03-24 10:00"),
        resolved_at=at("03-24 20:00"),
        state=VendorCaseState.RESOLVED,
        state_code="x",
        waiting_on_us_h=2.0,
    )


def test_the_time_a_user_had_to_answer_is_charged_to_nobody_else() -> None:
    states: list[HistoryEvent] = history(
        "I1",
        HistoryField.STATE,
        [
            ("03-24 08:00", "awaiting_user"),
            ("03-24 09:00", "in_progress"),
            ("03-24 12:00", "awaiting_user"),
            ("03-24 15:00", "in_progress"),
        ],
    )
    results = _figures(vendor_dossier, [incident("I1", "03-24 06:00"), *states, _case("V1", "I1")])
    part = {
        one.dimensions["part"]: one.value
        for one in results
        if isinstance(one, Figure) and "part" in one.dimensions
    }
    assert part == {
        "ours, before the case was raised": 3,
        "ours, the vendor waited for us": 2,
        "the caller": 4,
        "theirs": 5,
    }
    assert figure(results, "vendor_time_split").value == 14


def test_a_line_that_both_sides_call_missed_is_matched_by_either_number() -> None:
    ours = pd.DataFrame(
        {
            "case": ["V1", "V2"],
            "reference": ["ACM-1", "ACM-2"],
            "vendor": "Acme",
            "target": "resolution",
            "is_met": [False, True],
        }
    )
    theirs = pd.DataFrame(
        {
            "vendor": "Acme",
            "reference": ["ACM-1", "V2", "ACM-9"],
            "target": "resolution",
            "is_met": [False, False, True],
            "standing": ["agreed", "disputed", None],
            "decided_by": None,
            "reason": None,
        }
    )
    both = reconciled(ours, theirs)
    assert dict(zip(both["case"], both["result"], strict=True)) == {
        "V1": "matched",
        "V2": "differing",
        "ACM-9": "only theirs",
    }


def test_legs_count_service_hours_of_clocks_that_do() -> None:
    """Friday 16:00 to Monday 10:00 in an office calendar are two hours, with no residual."""
    clock = SlaClock(
        source=SOURCE,
        number="C",
        record_kind=RecordKind.INCIDENT,
        record="I",
        type=ClockType.SLA,
        target=ClockTarget.RESOLUTION,
        started_at=at("03-20 16:00"),
        due_at=at("03-24 16:00"),
        ended_at=at("03-23 10:00"),
        target_h=16.0,
        elapsed_h=2.0,
        is_breached=False,
    )
    records = [
        incident("I", "03-20 16:00", state=CLOSED, resolved_at="03-23 10:00"),
        clock,
        *history("I", HistoryField.TEAM, [("03-20 16:00", "Desk")]),
    ]
    results = _figures(legs, records, service_hours=OFFICE)
    assert figure(results, "sla_legs", leg="team Desk").value == 2
    assert figure(results, "sla_legs").note is None
    (without,) = (one for one in _figures(legs, records) if one.figure_id == "sla_legs")
    assert isinstance(without, NotAvailable)
    assert "[figures.service_hours]" in without.reason


def test_a_clock_of_a_calendar_that_is_not_configured_is_a_leg_of_its_own() -> None:
    """Two hours of a weekend's office calendar are no 66 hours of the desk less 64 of nobody."""
    office = _ended("A", "03-20 16:00", "03-23 10:00", 2.0)
    round_the_clock = _ended("B", "03-23 02:00", "03-23 10:00", 8.0)
    results = _figures(legs, [*office, *round_the_clock])
    assert figure(results, "sla_legs", leg="team Desk").value == 8
    assert figure(results, "sla_legs", leg=legs.UNKNOWN).value == 2
    assert not [one for one in results if one.dimensions.get("leg") == "residual"]
    whole = figure(results, "sla_legs")
    assert whole.value == 10
    assert whole.excluded == {"calendar of the clock not configured": 1}
    assert whole.note is not None
    assert "[figures.service_hours]" in whole.note


def test_pauses_that_a_source_does_not_count_for_us_are_those_of_history() -> None:
    """A clock of 4 hours in a life of 10, 6 of them with the caller: nothing is left over."""
    records = [
        *_ended("A", "03-23 02:00", "03-23 12:00", 4.0),
        *history(
            "A",
            HistoryField.STATE,
            [("03-23 04:00", "awaiting_user"), ("03-23 10:00", "in_progress")],
        ),
    ]
    results = _figures(legs, records)
    told = {
        one.dimensions["leg"]: one.value
        for one in results
        if isinstance(one, Figure) and one.figure_id == "sla_legs" and one.dimensions
    }
    assert told == {"team Desk": 4, "the caller": 6, "paused by the source": -6}


def _ended(number: str, start: str, end: str, elapsed_h: float) -> list[Record]:
    """An incident of the desk, and its clock."""
    clock = SlaClock(
        source=SOURCE,
        number=f"C{number}",
        record_kind=RecordKind.INCIDENT,
        record=number,
        type=ClockType.SLA,
        target=ClockTarget.RESOLUTION,
        started_at=at(start),
        ended_at=at(end),
        elapsed_h=elapsed_h,
        is_breached=False,
    )
    return [
        incident(number, start, state=CLOSED, resolved_at=end),
        clock,
        *history(number, HistoryField.TEAM, [(start, "Desk")]),
    ]


def test_a_clock_near_its_end_in_service_hours_is_at_risk() -> None:
    clock = SlaClock(
        source=SOURCE,
        number="C",
        record_kind=RecordKind.INCIDENT,
        record="I",
        type=ClockType.SLA,
        target=ClockTarget.RESOLUTION,
        started_at=at("03-27 09:00"),
        due_at=at("03-30 10:00"),
        target_h=9.0,
    )
    records = [incident("I", "03-27 09:00"), clock]
    assert figure(_figures(at_risk, records), "sla_at_risk").value == 1
    in_office = figure(_figures(at_risk, records, service_hours=OFFICE), "sla_at_risk")
    assert in_office.value == 1
    longer = replace(clock, due_at=at("03-30 13:00"))
    records = [records[0], longer]
    assert figure(_figures(at_risk, records, service_hours=OFFICE), "sla_at_risk").value == 0


def test_steps_of_requests_stand_for_a_case_log_and_say_so() -> None:
    data = replace(golden_data(), case_log=None)
    scope = scope_of(data, WEEK, WEEK.cutoff(timedelta(days=2)), 26)
    assert all(isinstance(one, NotAvailable) for one in process_map.figures(scope))
    steps = [("03-23 10:00", "Desk"), ("03-24 00:00", "Database"), ("03-24 04:00", "Network")]
    moves = history("R1", HistoryField.TEAM, steps, RecordKind.SERVICE_REQUEST)
    more = measure_data(moves).frames[RecordKind.HISTORY]
    frames = {**data.frames, RecordKind.HISTORY: pd.concat([data.frames[RecordKind.HISTORY], more])}
    scope = scope_of(replace(data, frames=frames), WEEK, WEEK.cutoff(timedelta(days=2)), 26)
    results = tuple(process_map.figures(scope))
    assert figure(results, "process_hop_wait").note is not None
    told = {one.dimensions.get("to") for one in results}
    assert "teams of fewer than 5" in told
    assert "Database" not in told
    split = figure(results, "process_time_split")
    assert split.value == 24
    assert set(COLUMNS) >= {"step", "owner"}


def test_a_tag_keeps_its_records_with_all_that_hangs_on_them() -> None:
    data = golden_data()
    tag = Tag(name="crashes", values={"category": frozenset({"CRASH"})}, numbers=frozenset({"I09"}))
    own = tagged(data, tag)
    numbers = set(own.frames[RecordKind.INCIDENT]["number"])
    assert numbers == {"I01", "I03", "I09", "I10", "I13", "I20", "I21", "I22"}
    assert set(own.frames[RecordKind.SLA_CLOCK]["record"]) <= numbers
    assert len(own.frames[RecordKind.TEAM]) == 3
    results = tuple(by_tag(data, tag, WEEK, WEEK.cutoff(timedelta(days=2))))
    assert figure(results, "opened", tag="crashes").value == 6
    assert figure(results, "backlog", tag="crashes").rows == ("I09", "I22")
    words = Tag(name="printers", words=frozenset({"printer"}))
    assert set(tagged(data, words).frames[RecordKind.INCIDENT]["number"]) == {"I03", "I04"}
