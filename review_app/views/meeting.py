"""The meeting page: a pack section by section, with what is decided and asked on the spot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from itsm.access import AppRole
from itsm.meetings import ActionStatus, MeetingAction, MeetingDecision, Standing, carried
from reports.lookup import words
from reports.model import ControlChart
from reports.numbers import day, local_time
from reports.text import clean
from review_app.identity.actors import Actor
from review_app.pack_access import Opened, lines_for, opened
from review_app.parts import ReviewParts
from review_app.views.pack import SectionLine, remarks_of, section_lines
from review_app.views.packs import pack_address
from review_app.views.queue import Option
from store.publishing import PackLine
from store.unit_of_work import Store

CHAIR = AppRole.PROBLEM_MANAGER
MAX_CHARTS = 4
MAX_CANDIDATES = 15
PREFERRED = ("full", "problem-review")
"""The editions a review walks, if they were made."""
LAST_WEEK = "last-week"
"""The step before the sections: what was asked last time, as it stands now."""
ACTIONS = "actions"
"""The section of a pack that tells the same as it stood then; it has no step of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    """An action as the page shows it."""

    action_id: str
    week: str
    text: str
    owner: str
    due: str
    standing: str
    is_open: bool
    is_late: bool
    said: str
    version: int
    can_close: bool
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """A decision as the page shows it."""

    decision_id: str
    text: str
    who: str
    at: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A place in the walk."""

    id: str
    title: str
    address: str
    n_decisions: int
    n_actions: int
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView:
    """A step of a weekly review."""

    week: str
    weeks: tuple[Option, ...]
    pack_address: str
    pack_title: str
    steps: tuple[Step, ...]
    here: Step | None
    before: str | None
    after: str | None
    section: SectionLine | None
    charts: tuple[ControlChart, ...]
    candidates: tuple[tuple[str, str, str], ...]
    last: tuple[ActionLine, ...]
    decisions: tuple[DecisionLine, ...]
    actions: tuple[ActionLine, ...]
    can_write: bool
    next_week: str


def meeting_view(
    parts: ReviewParts, store: Store, who: Actor, week: str, section: str
) -> MeetingView:
    """A step of the review of a week; the newest week with a pack where none is asked for."""
    with store.look() as uow:
        lines = lines_for(uow, who.sight)
        weeks = sorted({line.week for line in lines}, reverse=True)
        chosen = week or (weeks[0] if weeks else "")
        line = _line(lines, chosen)
        one = opened(uow, line.pack_id, who.sight) if line else None
        remarks = remarks_of(uow, one) if one else ()
        actions, decisions = uow.meetings.actions(), uow.meetings.decisions(chosen)
    today = parts.works.clock().astimezone(parts.zone).date()
    own = [a for a in actions if not who.sight.services or a.owner == who.name]
    decided = [] if who.sight.services else list(decisions)
    of_week = [a for a in own if a.week == chosen]
    sections = section_lines(one, remarks, who, parts) if one else ()
    steps = _steps(chosen, sections, decided, of_week, section)
    shown = ACTIONS if section == LAST_WEEK else section
    place = next((n for n, step in enumerate(steps) if step.is_here), None)
    return MeetingView(
        week=chosen,
        weeks=tuple(Option(value=w, text=w, is_chosen=w == chosen) for w in weeks),
        pack_address=pack_address(one.line.pack_id) if one else "",
        pack_title=_title(one) if one else "",
        steps=steps,
        here=steps[place] if place is not None else None,
        before=steps[place - 1].address if place else None,
        after=_after(steps, place),
        section=next((s for s in sections if s.id == shown), None),
        charts=_charts(one, section),
        candidates=_candidates(one, section),
        last=tuple(_action(a, parts, who, today) for a in carried(own, chosen)),
        decisions=tuple(_decision(d, parts) for d in decided),
        actions=tuple(_action(a, parts, who, today) for a in of_week),
        can_write=who.is_known and who.may(CHAIR) and bool(chosen),
        next_week=(today + timedelta(days=7)).isoformat(),
    )


def _title(one: Opened) -> str:
    return f"{clean(one.pack.title, 80) or words(one.pack.kind)}, {clean(one.pack.period, 80)}"


def _after(steps: Sequence[Step], place: int | None) -> str | None:
    """The step that comes next; the first where the walk has not begun."""
    n = 0 if place is None else place + 1
    return steps[n].address if n < len(steps) else None


def _line(lines: Sequence[PackLine], week: str) -> PackLine | None:
    """The pack that a review of a week walks: the newest version of the fullest edition."""
    of_week = [line for line in lines if line.week == week]

    def rank(line: PackLine) -> tuple[int, int]:
        kind = next((n for n, e in enumerate(PREFERRED) if line.edition == e), len(PREFERRED))
        return (-kind, line.version)

    return max(of_week, key=rank, default=None)


def meeting_address(week: str, section: str = "") -> str:
    """Where a step of the review of a week is."""
    return f"/meeting?{urlencode({'week': week} | ({'section': section} if section else {}))}"


def _steps(
    week: str,
    sections: Sequence[SectionLine],
    decisions: Sequence[MeetingDecision],
    actions: Sequence[MeetingAction],
    here: str,
) -> tuple[Step, ...]:
    named = [(LAST_WEEK, "Last week's actions"), *_parts(sections)]
    if not sections:
        return ()
    return tuple(
        Step(
            id=name,
            title=title,
            address=meeting_address(week, name),
            n_decisions=sum(d.section == name for d in decisions),
            n_actions=sum(a.section == name for a in actions),
            is_here=name == here,
        )
        for name, title in named
    )


def _parts(sections: Sequence[SectionLine]) -> list[tuple[str, str]]:
    return [(one.id, one.title) for one in sections if one.id != ACTIONS]


def _charts(one: Opened | None, section: str) -> tuple[ControlChart, ...]:
    found = next((s for s in one.pack.sections if s.id == section), None) if one else None
    return found.charts[:MAX_CHARTS] if found else ()


def _candidates(one: Opened | None, section: str) -> tuple[tuple[str, str, str], ...]:
    """The candidates of a section: what each says, where it is decided on, how it stood then."""
    found = next((s for s in one.pack.sections if s.id == section), None) if one else None
    return tuple(
        (
            clean(card.statement, 220),
            f"/candidates/{quote(card.candidate_id, safe='')}",
            clean(card.decision, 60),
        )
        for card in (found.candidates[:MAX_CANDIDATES] if found else ())
    )


def _action(one: MeetingAction, parts: ReviewParts, who: Actor, today: date) -> ActionLine:
    standing = one.standing(today)
    is_theirs = who.is_known and who.name in {one.owner, one.raised_by}
    said = f"{words(standing)}{', done' if standing is Standing.LATE and one.closed_on else ''}"
    return ActionLine(
        action_id=one.action_id,
        week=clean(one.week, 20),
        text=clean(one.text, 2_000),
        owner=clean(parts.works.name(one.owner), 80),
        due=day(one.due_on),
        standing=said,
        is_open=one.status is ActionStatus.OPEN,
        is_late=standing is Standing.LATE,
        said=clean(one.said, 600),
        version=one.version,
        can_close=is_theirs or who.may(CHAIR),
        section=clean(one.section, 60),
    )


def _decision(one: MeetingDecision, parts: ReviewParts) -> DecisionLine:
    return DecisionLine(
        decision_id=one.decision_id,
        text=clean(one.text, 2_000),
        who=clean(parts.works.name(one.decided_by), 80),
        at=local_time(one.decided_at, parts.zone).partition(" (")[0],
        section=clean(one.section, 60),
    )
