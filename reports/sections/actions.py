"""Last week's actions: what was asked and what was to be done, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from itsm.candidates import Decision, ProblemCandidate
from itsm.meetings import MeetingAction, Standing
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import EntryTask, TaskStatus
from reports.language import _, mark, n_
from reports.lookup import FigureSet, words
from reports.model import Column, Opening, Pack, Section, Table
from reports.numbers import day
from reports.sections.lists import in_short
from reports.text import clean
from reports.words import listed, nothing_asked, upper_first

MAX_ROWS = 20


class Fate(StrEnum):
    """What became of an action."""

    DONE = "done"
    LATE = "late"
    DROPPED = "dropped"


_FATES = {Fate.DONE: mark("done"), Fate.LATE: mark("late"), Fate.DROPPED: mark("dropped")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that was asked or to be done, and what became of it."""

    what: str
    kind: str
    owner: str
    due: str
    fate: Fate
    more: str = ""


def actions_section(
    base: Section,
    figures: FigureSet,
    earlier: Pack | None,
    candidates: Sequence[ProblemCandidate],
    entries: Sequence[RegisterEntry],
    meeting: Sequence[MeetingAction],
    last_day: date,
) -> Section:
    """The section on what was asked last time and what was due.

    Args:
        base: the section with the figures on overdue actions and tasks.
        figures: of the period.
        earlier: the pack before this one, None where there is none.
        candidates: as they are decided now.
        entries: the register.
        meeting: the actions that weekly reviews have given, as far as this one begins with them.
        last_day: of the period.
    """
    found = [*_asked(earlier, candidates, entries), *_given(meeting, last_day)]
    found += _tasks(entries, last_day)
    counts = {fate: sum(one.fate is fate for one in found) for fate in Fate}
    overdue = _overdue(figures)
    rows = [(_("Actions"), len(found))]
    rows += [(upper_first(_(_FATES[fate])), counts[fate]) for fate in Fate]
    tables = [in_short(rows), _table(found)] if found else []
    return replace(
        base,
        opening=_opening(found, counts, overdue),
        tables=(*tables, *base.tables),
        notes=(*base.notes, *([] if earlier else [_("There is no earlier pack to follow up.")])),
    )


def _opening(
    found: Sequence[Action], counts: dict[Fate, int], overdue: Sequence[tuple[str, str]]
) -> Opening:
    happened = _("No action was asked for last time, and none was due")
    if found:
        fates = [
            n_("{n} is done", "{n} are done", counts[Fate.DONE]),
            n_("{n} is late", "{n} are late", counts[Fate.LATE]),
            n_("{n} was dropped", "{n} were dropped", counts[Fate.DROPPED]),
        ]
        happened = n_("Of {n} action, {fates}", "Of {n} actions, {fates}", len(found),
                      fates=listed(fates))  # fmt: skip
    if overdue:
        happened += "; " + listed([text for text, _ask in overdue])
    ask = nothing_asked()
    if counts[Fate.LATE]:
        ask = n_(
            "Say of the late action until when it is done, or drop it.",
            "Say of the late actions until when they are done, or drop them.",
            counts[Fate.LATE],
        )
    elif overdue:
        ask = overdue[0][1]
    return Opening(sentence=f"{happened}.", ask=ask)


def _overdue(figures: FigureSet) -> list[tuple[str, str]]:
    """What is overdue in the ITSM tools, each with what follows from it."""
    found = []
    actions, tasks = figures.total("review_actions_open"), figures.total("problem_tasks_overdue")
    n_actions = round(actions.companions.get("overdue", 0.0)) if actions else 0
    n_tasks = round(tasks.value) if tasks else 0
    if n_actions:
        text = n_("{n} review action is overdue", "{n} review actions are overdue", n_actions)
        found.append((text, _("Take up the overdue review actions.")))
    if n_tasks:
        text = n_("{n} problem task is overdue", "{n} problem tasks are overdue", n_tasks)
        found.append((text, _("Take up the overdue problem tasks.")))
    return found


def _asked(
    earlier: Pack | None,
    candidates: Sequence[ProblemCandidate],
    entries: Sequence[RegisterEntry],
) -> list[Action]:
    """The decisions asked for in the pack before, and what was decided since."""
    now: dict[str, Decision | RegisterState] = {one.number: one.state for one in entries}
    now |= {one.candidate_id: one.decision for one in candidates}
    found = []
    for ask in earlier.brief.asks if earlier else ():
        decision = now.get(ask.key)
        fate = Fate.DROPPED if decision is None else Fate.DONE
        if decision in (Decision.UNDECIDED, RegisterState.REGRESSED):
            fate = Fate.LATE
        found.append(
            Action(
                what=clean(ask.title, 160),
                kind=_("decision asked"),
                owner=ask.owner,
                due=ask.due or "–",
                fate=fate,
                more="" if decision is None else words(decision),
            )
        )
    return found


def _given(meeting: Sequence[MeetingAction], last_day: date) -> list[Action]:
    """What weekly reviews asked of people; what is open and not due yet tells nothing."""
    return [
        Action(
            what=clean(one.text, 160),
            kind=f"{_(_HEADS['Action'])}, {clean(one.week, 20)}",
            owner=clean(one.owner, 80),
            due=day(one.due_on),
            fate=fate,
            more=clean(one.said, 120),
        )
        for one in meeting
        if (fate := _STANDINGS.get(one.standing(last_day))) is not None
    ]


_STANDINGS = {
    Standing.DONE: Fate.DONE,
    Standing.LATE: Fate.LATE,
    Standing.DROPPED: Fate.DROPPED,
}


def _tasks(entries: Sequence[RegisterEntry], last_day: date) -> list[Action]:
    """The tasks of improvements that ended in the last seven days, or are due and open."""
    first = last_day - timedelta(days=6)
    found = []
    for entry in entries:
        for task in entry.tasks:
            fate = _fate(task, first, last_day)
            if fate is not None:
                found.append(
                    Action(
                        what=clean(task.title, 160),
                        kind=_("task of {entry}", entry=clean(entry.number, 60)),
                        owner=clean(task.owner, 80),
                        due=day(task.due_on),
                        fate=fate,
                    )
                )
    return found


def _fate(task: EntryTask, first: date, last_day: date) -> Fate | None:
    """What became of a task in the period; None where it tells nothing yet."""
    if task.status is TaskStatus.OPEN:
        return Fate.LATE if task.due_on <= last_day else None
    if task.closed_on is None or not first <= task.closed_on <= last_day:
        return None
    return Fate.DONE if task.status is TaskStatus.DONE else Fate.DROPPED


def _table(found: Sequence[Action]) -> Table:
    order = list(Fate)
    kept = sorted(found, key=lambda one: -order.index(one.fate))[:MAX_ROWS]
    left = len(found) - len(kept)
    heads = ("Action", "Kind", "Owner", "Due", "Now")
    return Table(
        caption=_("What was to be done, and what became of it"),
        columns=tuple(Column(title=_(_HEADS[head])) for head in heads),
        rows=tuple(
            (
                one.what,
                one.kind,
                one.owner or "–",
                one.due,
                " · ".join(filter(None, (_(_FATES[one.fate]), one.more))),
            )
            for one in kept
        ),
        note=n_("{n} more action.", "{n} more actions.", left) if left else None,
    )


_HEADS = {
    "Action": mark("Action"),
    "Kind": mark("Kind"),
    "Owner": mark("Owner"),
    "Due": mark("Due"),
    "Now": mark("Now"),
}
