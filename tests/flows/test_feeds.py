"""What feeds the register: figures and records, with evidence; the same once, never again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.comment_themes import CommentTheme
from flows.feeds.material import Material, Missing
from flows.feeds.thresholds import Pilot, Thresholds
from flows.frames import frame_of_records
from flows.settings import load_settings
from flows.stages.feed import FEEDS, fed_by, feed_week
from flows.wiring import build
from itsm.clocks import ReportingWeek
from itsm.fields import by_kind
from itsm.figures import Figure, Unit
from itsm.proof import Guard, Proof
from itsm.records import Change, Incident, Problem, Record, ReviewAction, SlaClock, SurveyResponse
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.states import (
    ChangeState,
    ChangeType,
    ClockTarget,
    ClockType,
    IncidentState,
    ProblemState,
    RecordKind,
    TaskState,
)
from reports.measures.data import MeasureData
from reports.measures.tags import Tag

WEEK = ReportingWeek.parse("2026-W46", "UTC")
END = WEEK.end_at
DAY = timedelta(days=1)


def problem(number: str, age_days: float, **given: object) -> Problem:
    bare = Problem(
        source="desk",
        number=number,
        opened_at=END - age_days * DAY,
        state=ProblemState.ROOT_CAUSE_ANALYSIS,
        state_code="2",
        title=f"Cause of {number}",
    )
    return replace(bare, **given)  # type: ignore[arg-type]  # a test names the fields it needs


def action(number: str, late_days: float, **given: object) -> ReviewAction:
    bare = ReviewAction(
        source="desk",
        number=number,
        review="PIR1",
        title="Add an alert",
        state=TaskState.OPEN,
        state_code="1",
        due_at=END - late_days * DAY,
    )
    return replace(bare, **given)  # type: ignore[arg-type]  # a test names the fields it needs


def incident(n: int, service: str = "Mail") -> Incident:
    return Incident(
        source="desk",
        number=f"INC{n}",
        opened_at=END - 20 * DAY,
        state=IncidentState.RESOLVED,
        state_code="6",
        service=service,
        category="Access",
    )


def answer(n: int, score: float, days_ago: float = 3) -> SurveyResponse:
    return SurveyResponse(
        source="desk",
        number=f"S{n}",
        record_kind=RecordKind.INCIDENT,
        record=f"INC{n}",
        answered_at=END - days_ago * DAY,
        score=score,
    )


def clock(n: int, is_breached: bool = True, **given: object) -> SlaClock:
    bare = SlaClock(
        source="desk",
        number=f"C{n}",
        record_kind=RecordKind.INCIDENT,
        record=f"INC{n}",
        type=ClockType.SLA,
        target=ClockTarget.RESOLUTION,
        started_at=END - 20 * DAY,
        ended_at=END - 2 * DAY,
        is_breached=is_breached,
    )
    return replace(bare, **given)  # type: ignore[arg-type]  # a test names the fields it needs


def figure(figure_id: str, value: float, dimensions: dict[str, str], **companions: float) -> Figure:
    return Figure(
        figure_id=figure_id,
        version=1,
        title=figure_id,
        unit=Unit.COUNT,
        period=WEEK.label,
        value=value,
        n=9,
        dimensions=dimensions,
        companions={name.replace("_", " "): one for name, one in companions.items()},
        rows=("INC1", "INC2"),
    )


def material(records: Sequence[Record] = (), **given: object) -> Material:
    frames = {kind: frame_of_records(kind, some) for kind, some in by_kind(records).items()}
    bare = Material(week=WEEK, cutoff_at=END + DAY, data=MeasureData(frames=frames))
    return replace(bare, **given)  # type: ignore[arg-type]  # a test names what it needs


def titles(feed: str, given: Material) -> list[str]:
    fed = fed_by(given, [feed])
    assert fed.missing == ()
    return [one.title for one in fed.entries]


def test_old_problems_without_any_fix_are_proposed() -> None:
    found = titles(
        "problem",
        material(
            [
                problem("P1", 200),
                problem("P2", 300),
                problem("P3", 89),
                problem("P4", 200, workaround="restart"),
                problem("P5", 200, root_cause="leak"),
                problem("P6", 200, resolved_at=END - DAY),
                problem("P7", 200, state=ProblemState.CANCELED),
            ]
        ),
    )
    assert found == ["Find a fix for: Cause of P2", "Find a fix for: Cause of P1"]


def test_late_actions_from_reviews_are_proposed() -> None:
    records = [
        action("A1", 5),
        action("A2", 0),
        action("A3", 5, closed_at=END),
        action("A4", 5, state=TaskState.DONE),
        action("A5", 5, due_at=None),
    ]
    (entry,) = fed_by(material(records), ["review"]).entries
    assert (entry.origin, entry.origin_record) == (Origin.POST_INCIDENT_REVIEW, "desk/A1")
    assert entry.evidence == ("desk/A1", "desk/PIR1")


def test_low_answers_on_one_service_are_a_theme() -> None:
    low = [answer(n, 1) for n in range(4)]
    incidents = [incident(n) for n in range(9)]
    few = material([*incidents, *low, answer(4, 5), answer(5, 1, days_ago=100)])
    assert titles("survey", few) == []
    enough = material([*incidents, *low, answer(4, 2)])
    assert titles("survey", enough) == ["Answer what users of Mail say: 5 low scores"]


def test_what_low_answers_say_again_is_proposed_once_it_is_said_often_enough() -> None:
    def said(n: int) -> CommentTheme:
        return CommentTheme(
            statement="Took far too long",
            answers=tuple(f"desk/S{k}" for k in range(n)),
            records=("desk/INC1",),
            said=("Took far too long.",),
            mean_score=1.5,
        )

    assert titles("comment", replace(material([]), comments=(said(4),))) == []
    given = replace(material([]), comments=(said(5),))
    (entry,) = fed_by(given, ["comment"]).entries
    assert entry.title == "Answer what users say: Took far too long"
    assert (entry.origin, len(entry.evidence)) == (Origin.SURVEY, 5)
    grown = replace(material([]), comments=(said(9),), register=(entry,))
    assert fed_by(grown, ["comment"]).entries == ()
    assert fed_by(material([]), ["comment"]).missing == (
        Missing(feed="comment", reason="no source provides survey answers"),
    )


def test_missed_slas_of_one_kind_are_a_theme() -> None:
    incidents = [incident(n, "Mail" if n < 10 else "Web") for n in range(20)]
    missed = [clock(n) for n in range(12)]
    kept = [clock(n, is_breached=False) for n in range(12, 20)]
    other = [clock(19, type=ClockType.OLA), clock(18, target=ClockTarget.RESPONSE)]
    (entry,) = fed_by(material([*incidents, *missed, *kept, *other]), ["sla"]).entries
    assert entry.title == "Keep the SLA of Mail: Access misses it"
    assert len(entry.evidence) == 10
    assert entry.measure_id == "sla_compliance"


def test_vendors_gaps_and_handoffs_come_from_figures() -> None:
    figures = [
        figure("vendor_ladder", 3, {"vendor": "Castell"}),
        figure("vendor_ladder", 1, {"vendor": "Nord"}),
        figure("knowledge_gaps", 1, {"candidate": "PC-1"}, resolved=9, same_fix=0.8),
        figure("knowledge_gaps", 1, {"candidate": "PC-2"}, resolved=4, same_fix=0.8),
        figure("handoff_delay", 6.5, {"from": "Desk", "to": "Network"}, total=90),
        figure("handoff_delay", 0.5, {"from": "Desk", "to": "Mail"}, total=39),
    ]
    given = material(figures=figures)
    assert titles("vendor", given)[0].startswith("Commitments of Castell are missed")
    assert titles("knowledge", given) == ["Write down the fix of: PC-1"]
    assert titles("handoff", given) == ["Shorten the wait between Desk and Network"]
    strict = replace(given, thresholds=Thresholds(handoff_wait_h=100, vendor_step=4))
    assert titles("handoff", strict) == titles("vendor", strict) == []


def test_what_cannot_be_asked_says_why() -> None:
    missing = {one.feed: one.reason for one in fed_by(material()).missing}
    assert set(missing) == set(FEEDS)
    assert "no tag `continuity`" in missing["continuity"]
    assert "[[improvement.pilots]]" in missing["pilot"]
    assert "was not computed" in missing["vendor"]
    assert isinstance(FEEDS["problem"](material()), Missing)


def test_open_follow_ups_of_continuity_tests_are_found_by_their_tag() -> None:
    tag = Tag(name="continuity", words=frozenset({"failover"}))
    change = Change(
        source="desk",
        number="CHG1",
        opened_at=END - DAY,
        state=ChangeState.NEW,
        state_code="1",
        type=ChangeType.NORMAL,
        type_code="n",
        title="Mend the failover of Mail",
    )
    records = [change, replace(change, number="CHG2", closed_at=END), problem("P1", 9)]
    (entry,) = fed_by(material(records, continuity=tag), ["continuity"]).entries
    assert (entry.origin, entry.origin_record) == (Origin.AUDIT, "desk/CHG1")


def test_a_pilot_gets_an_entry_that_asks_for_baseline_and_result() -> None:
    robot = Pilot(name="Robot", kind="automation", started_on=date(2026, 6, 1))
    later = replace(robot, name="Later", started_on=date(2027, 6, 1))
    (entry,) = fed_by(material(pilots=(robot, later)), ["pilot"]).entries
    assert "It needs a baseline from before that day; its result is due on 2026-08-31" in (
        entry.description
    )
    assert entry.measure_id == "deflection"


def entry_with_guard(is_breached: bool) -> RegisterEntry:
    guard = Guard(name="reopen_rate", effect=None, is_breached=is_breached, text="It rose.")
    proof = Proof(number="CSI-1", seal="", as_of=END, effect=None, guards=(guard,))
    return RegisterEntry(
        number="CSI-1",
        title="Close faster",
        description="",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=END,
        raised_by="anna",
        proof=proof,
    )


@pytest.mark.parametrize("is_breached", [True, False])
def test_a_breached_guard_asks_whether_the_pain_only_moved(is_breached: bool) -> None:
    given = material(register=(entry_with_guard(is_breached),))
    expected = ["reopen_rate got worse after: Close faster"] if is_breached else []
    assert titles("guard", given) == expected


def test_the_same_evidence_is_proposed_once_ever() -> None:
    given = material([problem("P1", 200)])
    (entry,) = fed_by(given, ["problem"]).entries
    canceled = replace(entry, state=RegisterState.CANCELED)
    assert fed_by(replace(given, register=(canceled,)), ["problem"]).entries == ()
    later = replace(given, week=WEEK.shifted(20))
    assert fed_by(later, ["problem"]).entries[0].number == entry.number


def test_what_recurs_is_asked_again_in_another_quarter_unless_it_is_open() -> None:
    figures = [figure("handoff_delay", 6.5, {"from": "Desk", "to": "Network"}, total=90)]
    given = material(figures=figures)
    (first,) = fed_by(given, ["handoff"]).entries
    later = replace(given, week=WEEK.shifted(13))
    assert fed_by(replace(later, register=(first,)), ["handoff"]).entries == ()
    done = replace(first, state=RegisterState.CLOSED)
    (second,) = fed_by(replace(later, register=(done,)), ["handoff"]).entries
    assert second.number != first.number


def test_no_feed_floods_the_register() -> None:
    given = material([problem(f"P{n}", 100 + n) for n in range(9)])
    assert len(fed_by(given, ["problem"]).entries) == 3
    assert len(fed_by(replace(given, thresholds=Thresholds(per_feed=5)), ["problem"]).entries) == 5
    first = fed_by(given, ["problem"]).entries
    again = replace(given, register=first)
    assert fed_by(again, ["problem"]).entries == (), "the week is run again"
    later = replace(again, week=WEEK.shifted(1), cutoff_at=END + 8 * DAY)
    assert len(fed_by(later, ["problem"]).entries) == 3


def test_a_week_is_fed_from_the_store_and_journalled(tmp_path: Path) -> None:
    settings = load_settings(given={"improvement": {"feeds": {"problem_age_days": 30}}})
    parts = build(settings, tmp_path)
    with parts.store.begin() as uow:
        uow.records.save([problem("P1", 31), problem("P2", 29)])
        uow.commit()
    cutoff = datetime(2026, 11, 17, tzinfo=UTC)
    assert feed_week(parts, WEEK, cutoff) == 1
    assert feed_week(parts, WEEK, cutoff) == 0, "a person may have said no"
    with parts.store.begin() as uow:
        (entry,) = uow.register.list()
        (row,) = uow.journal.rows()
        assert uow.audit.verify() == ()
    assert (row.actor, row.facts["evidence"]) == ("system", entry.evidence_hash)
    assert entry.evidence == ("desk/P1",)
