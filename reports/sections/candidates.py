"""Repeat issues: problem candidates as cards, the rest as a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from itsm.candidates import (
    Decision,
    Estimate,
    Evidence,
    Life,
    Member,
    Movement,
    ProblemCandidate,
)
from reports.lookup import words
from reports.model import (
    Ask,
    CandidateCard,
    CandidateRow,
    Column,
    MemberLine,
    Opening,
    Reason,
    Section,
    Table,
)
from reports.numbers import local_day, number
from reports.text import clean
from reports.words import listed, noun, plural, upper_first

Titles = Mapping[tuple[str, str], str]

MAX_CARDS = 8
"""So many candidates are shown as cards."""
MAX_LINES = 25
"""So many more are shown as lines of a table."""
MAX_ASKS = 3
"""A reader is asked for at most so many decisions."""
N_LISTED = 3
"""Closest and edge members shown on a card."""
NO_TITLE = "text not shown (restricted or not given)"
HORIZON = "90 days"

_CLOSED = frozenset({Life.RESOLVED, Life.STALE})
_KINDS = {
    "shared_terms": "Shared words",
    "terms": "Shared words",
    "ci": "Configuration item",
    "service": "Service",
    "category": "Category",
    "subcategory": "Subcategory",
    "symptom": "Symptom",
    "error_code": "Error code",
    "location": "Location",
    "team": "Team",
    "time": "Time pattern",
}


def ranked(candidates: Sequence[ProblemCandidate]) -> list[ProblemCandidate]:
    """The candidates still there, dearest first."""
    alive = [item for item in candidates if item.movement is not Movement.GONE]
    return sorted(alive, key=lambda c: (-c.avoidable_hours.value, -c.n_members, c.candidate_id))


def open_questions(candidates: Sequence[ProblemCandidate]) -> list[ProblemCandidate]:
    """The candidates that wait for a decision, dearest first."""
    return [
        item
        for item in ranked(candidates)
        if item.decision is Decision.UNDECIDED and item.life not in _CLOSED
    ]


def anchor_of(candidate: ProblemCandidate) -> str:
    """Where a candidate's card stands."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in candidate.candidate_id)
    return f"candidate-{kept.lower()}"


def asks(candidates: Sequence[ProblemCandidate], zone: ZoneInfo) -> tuple[Ask, ...]:
    """The decisions asked of the reader: at most three, dearest first."""
    return tuple(
        Ask(
            title=clean(item.statement, 180),
            reason=f"{plural(item.n_members, 'incident')} since "
            f"{local_day(item.first_seen_at, zone)}; {_this_week(item)}.",
            cost=f"Left as it is: about {estimate_words(item.avoidable_hours)} in the next "
            f"{HORIZON}.",
            anchor=anchor_of(item),
        )
        for item in open_questions(candidates)[:MAX_ASKS]
    )


def estimate_words(estimate: Estimate) -> str:
    """An estimate in words: value, range, and that inputs are assumed."""
    decimals = 1 if estimate.value < 10 else 0
    value, low, high = (
        number(part, decimals) for part in (estimate.value, estimate.low, estimate.high)
    )
    assumed = ", from assumed costs" if estimate.assumed else ""
    return f"{value} {words(estimate.unit)} ({low} to {high}{assumed})"


def candidate_section(
    candidates: Sequence[ProblemCandidate], titles: Titles, zone: ZoneInfo
) -> Section:
    """The section on repeat issues."""
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
        opening=_opening(candidates, shown),
        candidates=cards,
        tables=(table,) if table else (),
        notes=tuple(notes),
    )


def candidate_card(
    item: ProblemCandidate, rank: int, titles: Titles, zone: ZoneInfo
) -> CandidateCard:
    """One candidate with its evidence."""
    closest, edge = _members(item, titles)
    return CandidateCard(
        candidate_id=item.candidate_id,
        anchor=anchor_of(item),
        rank=rank,
        statement=clean(item.statement, 220),
        life=words(item.life),
        movement=words(item.movement),
        decision=words(item.decision),
        facts=_facts(item, zone),
        weekly_counts=item.weekly_counts,
        spark_title=_spark_title(item),
        reasons=_reasons(item.evidence),
        purity=tuple(
            f"{upper_first(words(part.field))} {clean(part.value, 60)}: "
            f"{number(part.share * 100)}% of {number(part.n)}"
            for part in item.purity
        ),
        closest=closest,
        edge=edge,
        known_problems=tuple(clean(problem, 60) for problem in item.known_problems),
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


def _opening(
    candidates: Sequence[ProblemCandidate], shown: Sequence[ProblemCandidate]
) -> Opening:
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
    ask = (
        f"Decide on {plural(waiting, 'candidate')}"
        + (f", beginning with the first {number(first)}." if waiting > first else ".")
    )
    return Opening(sentence=sentence, ask=ask)


def _this_week(item: ProblemCandidate) -> str:
    count = item.weekly_counts[-1] if item.weekly_counts else 0
    return f"{number(count)} in this week" if count else "none in this week"


def _facts(item: ProblemCandidate, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    facts = [
        ("Incidents", number(item.n_members)),
        ("First seen", local_day(item.first_seen_at, zone)),
        ("Last seen", local_day(item.last_seen_at, zone)),
    ]
    weeks = len(item.weekly_counts)
    if weeks:
        total = sum(item.weekly_counts)
        rate = f"{number(total / weeks, 1)} a week over {plural(weeks, 'week')}"
        facts.insert(1, ("This week", number(item.weekly_counts[-1])))
        facts.insert(2, ("Rate", rate))
    cost = f"{estimate_words(item.avoidable_hours)} in the next {HORIZON}"
    return (*facts, ("Avoidable", cost))


def _spark_title(item: ProblemCandidate) -> str:
    counts = item.weekly_counts
    if not counts:
        return "No weekly counts"
    return (
        f"Incidents per week over {plural(len(counts), 'week')}: highest {number(max(counts))}, "
        f"newest {number(counts[-1])}"
    )


def _reasons(evidence: Sequence[Evidence]) -> tuple[Reason, ...]:
    kept = sorted(evidence, key=lambda part: (not part.contributes, -abs(part.weight), part.kind))
    largest = max((abs(part.weight) for part in kept), default=0.0) or 1.0
    return tuple(
        Reason(
            kind=_KINDS.get(part.kind, upper_first(words(part.kind))),
            text=clean(part.text, 160),
            weight=number(part.weight, 2),
            share=min(abs(part.weight) / largest, 1.0),
            contributes=part.contributes,
        )
        for part in kept[:6]
    )


def _members(
    item: ProblemCandidate, titles: Titles
) -> tuple[tuple[MemberLine, ...], tuple[MemberLine, ...]]:
    members = sorted(item.members, key=lambda m: (-m.score, m.source, m.number))
    closest = members[:N_LISTED]
    edge = members[N_LISTED:][-N_LISTED:]
    return tuple(_line(m, titles) for m in closest), tuple(_line(m, titles) for m in edge)


def _line(member: Member, titles: Titles) -> MemberLine:
    title = clean(titles.get((member.source, member.number)), 140)
    return MemberLine(
        number=clean(member.number, 80),
        source=clean(member.source, 60),
        score=number(member.score, 2),
        title=title or NO_TITLE,
    )


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
    )
