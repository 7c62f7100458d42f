"""How far a candidate can be trusted, since the last run and in its data; what would part it."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsm.candidates import ProblemCandidate
from itsm.doubts import Doubts
from reports.lookup import words
from reports.numbers import number
from reports.text import clean
from reports.words import plural
from review_app.parting import OPENED, Parting, partings
from review_app.wording import CONFIDENCE
from store.reviewed import MemberFact

N_SIDES = 5
N_LOOKED_AT = 1_000
"""So many members say on the page what would split it; the form looks at all of them."""
FIELD_WORDS = {
    "service": "service",
    "ci": "configuration item",
    "category": "category",
    "subcategory": "subcategory",
    "team": "team",
    "location": "location",
    OPENED: "the longest pause",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitLine:
    """A field by which a candidate would fall apart, and into what."""

    field: str
    name: str
    sides: str


def split_lines(facts: Sequence[MemberFact]) -> tuple[SplitLine, ...]:
    """What would part a candidate, the clearest first."""
    return tuple(
        SplitLine(field=one.field, name=FIELD_WORDS[one.field], sides=sides_words(one))
        for one in partings(facts)
    )


def sides_words(one: Parting) -> str:
    """The sides of a parting in a line."""
    named = [f"{number(n)} {clean(value, 60)}" for value, n in one.sides[:N_SIDES]]
    rest = sum(n for _, n in one.sides[N_SIDES:]) + one.n_without
    return ", ".join(named) + (f", {number(rest)} other or none" if rest else "")


def trust_notes(
    item: ProblemCandidate, n_members: int, n_before: int | None, n_left: int
) -> tuple[str, ...]:
    """What speaks for and against trusting the grouping.

    Args:
        item: the candidate.
        n_members: how many incidents it has.
        n_before: how many it had in the run before; None where it was not there.
        n_left: how many of those it has lost.
    """
    notes = [f"Confidence {number(item.score * 100)}%: {CONFIDENCE}."]
    if n_before is not None:
        stayed = n_before - n_left
        share = stayed / max(1, n_members + n_left)
        notes.append(
            f"Since the last run: {number(stayed)} of {plural(n_before, 'incident')} stayed, "
            f"{number(n_members - stayed)} came; {number(share * 100)}% of both runs are the same."
        )
    else:
        notes.append("It was not there in the run before, so nothing is known of how steady it is.")
    if item.rhythm is not None and item.rhythm.is_one_event:
        notes.append("Most of it came within two days: it may be one outage, not a repeat.")
    if n_members > N_LOOKED_AT:
        notes.append(f"What would split it is told from the {number(N_LOOKED_AT)} best-fitting.")
    return tuple(notes)


def seam_words(doubts: Doubts | None) -> str:
    """Where mining says it would part first, "" where it says nothing."""
    seam = doubts.seam if doubts is not None else None
    if seam is None:
        return ""
    some = ", ".join(clean(ref.partition("/")[2], 40) for ref in seam.part[:4])
    return (
        f"It would part first into {number(seam.share * 100)}% ({some} …) and the rest: "
        f"{clean(seam.why, 200)}. Two incidents across share a cause with a probability of "
        f"{number(seam.score * 100)}%."
    )


def without_words(doubts: Doubts | None) -> tuple[str, ...]:
    """What would be left of it without its main reason, and without its main field."""
    told = doubts.without if doubts is not None else None
    return tuple(clean(one.text, 300) for one in told or ())


def stability_words(doubts: Doubts | None) -> str:
    """How steady it is when a part of all incidents is left out."""
    if doubts is None:
        return "Stability was not measured in this run; a run made from now on does."
    if doubts.stability is None and not doubts.n_rounds:
        return (
            "Stability is not measured: the run compared too many pairs (1,500,000 or more) to "
            "link them again and again."
        )
    if doubts.stability is None:
        return "Stability is not measured: a person has put it together, or codes hold it."
    return (
        f"Stability: {number(doubts.stability * 100)}% of it stays when a fifth of all incidents "
        f"is left out, on average over {plural(doubts.n_rounds, 'round')}."
    )


def descent_words(item: ProblemCandidate) -> tuple[str, ...]:
    """Where it came from, and why it is decided as it is, in the words of the run."""
    said = [clean(one, 300) for one in item.descent]
    if item.standing is not None:
        said.append(f"{words(item.decision).capitalize()}: {clean(item.standing.text, 300)}.")
    return tuple(said)
