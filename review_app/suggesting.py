"""What a reviewer might do with a candidate, and why: by rules that can be read here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from itsm.candidates import Decision, EvidenceLink, Life, ProblemCandidate
from itsm.decisions import Action

UNSURE = 0.6
"""Below this mean probability that two members share a cause, the grouping is looked at first."""
LITTLE_H = 1.0
"""Candidates that cost less than this in 90 days can wait."""
SMALL = 4
"""A candidate of fewer members can wait for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An action, with the reason for it; `other` is the record it would name."""

    action: Action
    title: str
    why: str
    other: str = ""


def suggested(
    candidate: ProblemCandidate, n_members: int, decision: Decision = Decision.UNDECIDED
) -> Suggestion:
    """The first rule that fits; accepting is what is left, and nothing where it is decided.

    Args:
        candidate: as it was mined.
        n_members: how many incidents it has.
        decision: what has become of it.
    """
    if decision is not Decision.UNDECIDED:
        return _decided(candidate, decision)
    links: dict[str, list[EvidenceLink]] = {}
    for link in candidate.links:
        links.setdefault(link.kind, []).append(link)
    found = (rule(candidate, n_members, links) for rule in RULES)
    return next((one for one in found if one is not None), _accept(candidate, n_members))


def _decided(candidate: ProblemCandidate, decision: Decision) -> Suggestion:
    said = candidate.standing.text if candidate.standing is not None else ""
    is_ruled = bool(said) and decision is candidate.decision
    why = f"It is {decision.value.replace('_', ' ')}{f': {said}' if is_ruled else ''}."
    return Suggestion(
        action=Action.REOPEN,
        title="Nothing is asked",
        why=f"{why} Open it again to decide anew.",
    )


Links = Mapping[str, Sequence[EvidenceLink]]


def _known(candidate: ProblemCandidate, _n: int, links: Links) -> Suggestion | None:
    problem = next(iter(links.get("problem", ())), None)
    if problem is None or "(resolved)" in problem.text or "(closed)" in problem.text:
        return None
    return Suggestion(
        action=Action.LINK,
        title=f"Link to {problem.record}",
        why=f"A problem is there already: {problem.text}.",
        other=problem.record,
    )


def _rejected(candidate: ProblemCandidate, _n: int, links: Links) -> Suggestion | None:
    alike = next(iter(links.get("rejected", ())), None)
    if candidate.standing is not None and candidate.standing.is_back:
        return None
    if alike is None:
        return None
    return Suggestion(
        action=Action.REJECT, title="Reject, as before", why=f"It {_lower(alike.text)}."
    )


def _one_event(candidate: ProblemCandidate, _n: int, links: Links) -> Suggestion | None:
    if candidate.rhythm is None or not candidate.rhythm.is_one_event:
        return None
    return Suggestion(
        action=Action.SNOOZE,
        title="Snooze until it comes again",
        why="Nearly all of it came within two days: one outage, which has not repeated yet.",
    )


def _doubtful(candidate: ProblemCandidate, _n: int, _links: Links) -> Suggestion | None:
    if candidate.score >= UNSURE:
        return None
    return Suggestion(
        action=Action.SPLIT,
        title="Look at the grouping first",
        why=f"Two of its incidents share a cause with a probability of {candidate.score:.0%} only.",
    )


def _quiet(candidate: ProblemCandidate, _n: int, _links: Links) -> Suggestion | None:
    if candidate.life not in {Life.QUIET, Life.STALE}:
        return None
    return Suggestion(
        action=Action.SNOOZE,
        title="Snooze until it comes again",
        why="None of it was seen in the last four weeks.",
    )


def _small(candidate: ProblemCandidate, n: int, _links: Links) -> Suggestion | None:
    if candidate.avoidable_hours.value >= LITTLE_H or n >= SMALL:
        return None
    return Suggestion(
        action=Action.SNOOZE,
        title="Snooze until there are more",
        why="Few incidents and few hours so far; it comes back by itself when it grows.",
    )


def _fix_known(candidate: ProblemCandidate, _n: int, links: Links) -> Suggestion | None:
    gap = next(iter(links.get("knowledge_gap", ())), None)
    if gap is None:
        return None
    return Suggestion(
        action=Action.OPEN_KNOWLEDGE_TASK,
        title="Have the fix written down",
        why=f"There is {gap.text}." if gap.text.startswith("the ") else f"{gap.text}.",
    )


def _accept(candidate: ProblemCandidate, n_members: int) -> Suggestion:
    hours = candidate.avoidable_hours
    back = candidate.life is Life.RECURRED
    again = "It has come back, and " if back else "No open problem covers it, and "
    return Suggestion(
        action=Action.ACCEPT,
        title="Accept: open a problem",
        why=f"{again}about {hours.value:.0f} hours in 90 days could be avoided; "
        f"{n_members} incidents, {candidate.score:.0%} confidence.",
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


RULES: Sequence[Callable[[ProblemCandidate, int, Links], Suggestion | None]] = (
    _known,
    _rejected,
    _one_event,
    _doubtful,
    _quiet,
    _small,
    _fix_known,
)
"""In the order they are asked."""
