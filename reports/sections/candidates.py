"""Repeat issues: problem candidates as cards, the rest as a table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from itsm.candidates import (
    Decision,
    Life,
    Movement,
    ProblemCandidate,
)
from reports.language import _, mark, n_
from reports.lookup import members_anchor, words
from reports.model import (
    CandidateRow,
    Column,
    Opening,
    Section,
    Table,
)
from reports.numbers import local_day, number
from reports.sections.candidate_card import (
    HORIZON,
    Titles,
    candidate_card,
)
from reports.sections.lists import in_short
from reports.text import clean
from reports.words import listed, nothing_asked, upper_first

MAX_CARDS = 8
"""So many candidates are shown as cards."""
MAX_LINES = 25
"""So many more are shown as lines of a table."""
NOT_MINED = mark("Nothing was mined this week, so whether issues repeat cannot be told.")
MAX_ASKS = 3
"""A reader is asked for at most so many decisions."""

_CLOSED = frozenset({Life.RESOLVED, Life.STALE})


def ranked(candidates: Sequence[ProblemCandidate]) -> list[ProblemCandidate]:
    """The candidates still there, dearest first."""
    alive = [item for item in candidates if item.movement is not Movement.GONE]
    return sorted(alive, key=lambda item: dearness(item, item.n_members))


def dearness(item: ProblemCandidate, n_members: int) -> tuple[float, int, str]:
    """What candidates are ranked by, dearest first; the same in packs and on the review pages."""
    return (-item.avoidable_hours.value, -n_members, item.candidate_id)


def open_questions(candidates: Sequence[ProblemCandidate]) -> list[ProblemCandidate]:
    """The candidates that wait for a decision, dearest first."""
    return [
        item
        for item in ranked(candidates)
        if item.decision is Decision.UNDECIDED and item.life not in _CLOSED
    ]


def candidate_section(
    base: Section,
    candidates: Sequence[ProblemCandidate],
    titles: Titles,
    zone: ZoneInfo,
    *,
    is_mined: bool,
) -> Section:
    """The section on repeat issues; without mining it says so, and claims nothing.

    Args:
        base: the section with the figures on problems.
        candidates: of the week.
        titles: redacted titles of members.
        zone: for the days.
        is_mined: whether a mining run stands behind the candidates.
    """
    shown = ranked(candidates)
    cards = tuple(
        candidate_card(item, position, titles, zone)
        for position, item in enumerate(shown[:MAX_CARDS], 1)
    )
    rest = shown[MAX_CARDS : MAX_CARDS + MAX_LINES]
    first = [_short_table(candidates, shown)] if candidates else []
    first += [_rest_table(rest, len(shown), zone)] if rest else []
    gone = len(candidates) - len(shown)
    told = n_(
        "{n} candidate of last week did not come back.",
        "{n} candidates of last week did not come back.",
        gone,
    )
    said = _opening(candidates, shown) if is_mined or shown else None
    return replace(
        base,
        opening=said or Opening(sentence=_(NOT_MINED), ask=nothing_asked()),
        candidates=cards,
        tables=(*first, *base.tables),
        notes=(*base.notes, *([told] if gone else [])),
    )


def _short_table(
    candidates: Sequence[ProblemCandidate], shown: Sequence[ProblemCandidate]
) -> Table:
    """The counts that the section's sentences tell."""
    moved = Counter(item.movement for item in candidates)
    rows = [
        (_("Candidates"), len(shown)),
        (_("Incidents in them"), sum(item.n_members for item in shown)),
        (_("Waiting for a decision"), len(open_questions(candidates))),
        *((upper_first(words(one)), moved[one]) for one in _MOVES if moved[one]),
    ]
    recurred = sum(item.life is Life.RECURRED for item in shown)
    rows += [(_("Back after being resolved"), recurred)] if recurred else []
    return in_short(rows)


def candidate_rows(candidates: Sequence[ProblemCandidate]) -> tuple[CandidateRow, ...]:
    """Every candidate as a line of the list, dearest first, those gone last."""
    shown = ranked(candidates)
    gone = sorted(
        (item for item in candidates if item.movement is Movement.GONE),
        key=lambda item: item.candidate_id,
    )
    return tuple(
        CandidateRow(
            candidate_id=item.candidate_id,
            statement=clean(item.statement, 500),
            n_members=item.n_members,
            life=item.life.value,
            movement=item.movement.value,
            decision=item.decision.value,
            first_seen_at=item.first_seen_at,
            last_seen_at=item.last_seen_at,
            avoidable_hours=item.avoidable_hours.value,
            avoidable_low=item.avoidable_hours.low,
            avoidable_high=item.avoidable_hours.high,
            assumed=", ".join(words(name) for name in item.avoidable_hours.assumed),
            members=tuple(clean(member.number, 80) for member in item.members),
        )
        for item in [*shown, *gone]
    )


def movement_line(candidates: Sequence[ProblemCandidate]) -> str | None:
    """What happened to the candidates in the week, or None where nothing did."""
    counts = Counter(item.movement for item in candidates)
    recurred = sum(item.life is Life.RECURRED for item in ranked(candidates))
    parts = [f"{number(counts[one])} {words(one)}" for one in _MOVES if counts[one]]
    parts += [_("{n} back after being resolved", n=number(recurred))] if recurred else []
    return _("Problem candidates: {moves}.", moves=listed(parts)) if parts else None


_MOVES = (Movement.NEW, Movement.GROWN, Movement.SHRUNK, Movement.GONE)


def _opening(candidates: Sequence[ProblemCandidate], shown: Sequence[ProblemCandidate]) -> Opening:
    if not shown:
        return Opening(
            sentence=_("No group of incidents looked like repeats of one cause."),
            ask=nothing_asked(),
        )
    groups = n_("{n} group", "{n} groups", len(shown))
    sentence = n_(
        "{n} incident falls into {groups} that may have one cause; a person decides.",
        "{n} incidents fall into {groups} that may have one cause each; a person decides.",
        sum(item.n_members for item in shown),
        groups=groups,
    )
    waiting = len(open_questions(candidates))
    if not waiting:
        return Opening(sentence=sentence, ask=nothing_asked())
    first = min(waiting, MAX_ASKS)
    if waiting > first:
        ask = n_(
            "Decide on {n} candidate, beginning with the first {first}.",
            "Decide on {n} candidates, beginning with the first {first}.",
            waiting,
            first=number(first),
        )
    else:
        ask = n_("Decide on {n} candidate.", "Decide on {n} candidates.", waiting)
    return Opening(sentence=sentence, ask=ask)


def _rest_table(rest: Sequence[ProblemCandidate], n_all: int, zone: ZoneInfo) -> Table:
    left = n_all - MAX_CARDS - len(rest)
    more = n_(
        "{n} more candidate in candidates.csv.", "{n} more candidates in candidates.csv.", left
    )
    note = more if left else None
    return Table(
        caption=_(
            "Further candidates, rank {first} to {last}",
            first=number(MAX_CARDS + 1),
            last=number(MAX_CARDS + len(rest)),
        ),
        columns=(
            Column(title=_("Candidate")),
            Column(title=_("Incidents"), is_number=True),
            Column(title=_("Avoidable hours, {horizon}", horizon=_(HORIZON)), is_number=True),
            Column(title=_("Last seen")),
            Column(title=_("Week")),
            Column(title=_("Decision")),
        ),
        rows=tuple(
            (
                clean(item.statement, 120),
                number(item.n_members),
                number(item.avoidable_hours.value, 1),
                local_day(item.last_seen_at, zone),
                words(item.movement),
                words(item.decision),
            )
            for item in rest
        ),
        note=note,
        anchors=tuple(members_anchor(item.candidate_id) for item in rest),
    )
