"""Repeat issues: problem candidates as cards, the rest as a table."""

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from itsm.candidates import (
    Decision,
    Life,
    Movement,
    ProblemCandidate,
)
from reports.lookup import members_anchor, words
from reports.model import (
    Ask,
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
    anchor_of,
    candidate_card,
    estimate_words,
    this_week,
)
from reports.text import clean
from reports.words import listed, noun, plural

MAX_CARDS = 8
"""So many candidates are shown as cards."""
MAX_LINES = 25
"""So many more are shown as lines of a table."""
NOT_MINED = Opening(
    sentence="Nothing was mined this week, so whether issues repeat cannot be told."
)
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


def asks(candidates: Sequence[ProblemCandidate], zone: ZoneInfo) -> tuple[Ask, ...]:
    """The decisions asked of the reader: at most three, dearest first."""
    return tuple(
        Ask(
            title=clean(item.statement, 180),
            reason=f"{plural(item.n_members, 'incident')} since "
            f"{local_day(item.first_seen_at, zone)}; {this_week(item)}.",
            cost=f"Left as it is: about {estimate_words(item.avoidable_hours)} in the next "
            f"{HORIZON}.",
            anchor=anchor_of(item),
        )
        for item in open_questions(candidates)[:MAX_ASKS]
    )


def candidate_section(
    candidates: Sequence[ProblemCandidate], titles: Titles, zone: ZoneInfo, *, is_mined: bool
) -> Section:
    """The section on repeat issues; without mining it says so, and claims nothing."""
    shown = ranked(candidates)
    cards = tuple(
        candidate_card(item, position, titles, zone)
        for position, item in enumerate(shown[:MAX_CARDS], 1)
    )
    rest = shown[MAX_CARDS : MAX_CARDS + MAX_LINES]
    table = _rest_table(rest, len(shown), zone) if rest else None
    gone = len(candidates) - len(shown)
    notes = [f"{plural(gone, 'candidate')} of last week did not come back."] if gone else []
    return Section(
        id="candidates",
        title="Repeat issues: problem candidates",
        opening=_opening(candidates, shown) if is_mined or shown else NOT_MINED,
        candidates=cards,
        tables=(table,) if table else (),
        notes=tuple(notes),
    )


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
    parts = [
        f"{number(counts[movement])} {word}"
        for movement, word in (
            (Movement.NEW, "new"),
            (Movement.GROWN, "grown"),
            (Movement.SHRUNK, "shrunk"),
            (Movement.GONE, "gone"),
        )
        if counts[movement]
    ]
    parts += [f"{number(recurred)} back after being resolved"] if recurred else []
    return f"Problem candidates: {listed(parts)}." if parts else None


def _opening(candidates: Sequence[ProblemCandidate], shown: Sequence[ProblemCandidate]) -> Opening:
    if not shown:
        return Opening(sentence="No group of incidents looked like repeats of one cause.")
    n_members = sum(item.n_members for item in shown)
    waiting = len(open_questions(candidates))
    sentence = (
        f"{plural(n_members, 'incident')} {noun(n_members, 'falls', 'fall')} into "
        f"{plural(len(shown), 'group')} that {noun(len(shown), 'looks', 'look')} like "
        f"repeats of one cause{' each' if len(shown) > 1 else ''}; "
        f"the groups are proposals until a person decides."
    )
    if not waiting:
        return Opening(sentence=sentence)
    first = min(waiting, MAX_ASKS)
    ask = f"Decide on {plural(waiting, 'candidate')}" + (
        f", beginning with the first {number(first)}." if waiting > first else "."
    )
    return Opening(sentence=sentence, ask=ask)


def _rest_table(rest: Sequence[ProblemCandidate], n_all: int, zone: ZoneInfo) -> Table:
    left = n_all - MAX_CARDS - len(rest)
    note = f"{plural(left, 'more candidate')} in candidates.csv." if left else None
    return Table(
        caption=f"Further candidates, rank {MAX_CARDS + 1} to {MAX_CARDS + len(rest)}",
        columns=(
            Column(title="Candidate"),
            Column(title="Incidents", is_number=True),
            Column(title=f"Avoidable hours, {HORIZON}", is_number=True),
            Column(title="Last seen"),
            Column(title="Week"),
            Column(title="Decision"),
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
