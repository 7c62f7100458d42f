"""Incidents filed unlike their look-alikes, and routes between teams that could be shorter."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from itsm.candidates import ProblemCandidate
from itsm.statistics import wilson_interval
from problem_mining.lineage import MemberKey

MIN_MEMBERS = 5
AGREED_SHARE = 0.8
MIN_ROUTES = 10
ALWAYS_AT = 0.8
"""The lower end of the 95 % interval of a share that counts as "always"."""

Route = tuple[str, str, str]
"""The category of an incident, the team it was given to first, and the one it ended with."""


@dataclass(frozen=True, slots=True)
class CategoryFix:
    """An incident to be filed anew, with the evidence for it."""

    source: str
    number: str
    now: str
    proposed: str
    candidate_id: str
    evidence: str


@dataclass(frozen=True, slots=True)
class RouteRule:
    """What a category's incidents do again and again, and what to make of it.

    `kind` is "assignment": they always end in one team, so they may start there; or "training": the
    team they start with always passes them on, to different teams.
    """

    kind: str
    category: str
    first_team: str
    last_team: str
    n: int
    of: int
    text: str


def category_fixes(
    candidates: Iterable[ProblemCandidate], category_of: Mapping[MemberKey, str]
) -> tuple[CategoryFix, ...]:
    """Members filed under another category than at least 80 % of five or more look-alikes."""
    found = []
    for candidate in candidates:
        filed = {
            (m.source, m.number): category_of[m.source, m.number]
            for m in candidate.members
            if category_of.get((m.source, m.number))
        }
        counts = Counter(filed.values())
        if not counts:
            continue
        proposed, n = min(counts.items(), key=lambda item: (-item[1], item[0]))
        if len(filed) < MIN_MEMBERS or n < AGREED_SHARE * len(filed):
            continue
        evidence = f"{n} of {len(filed)} alike are filed under {proposed}: {candidate.statement}"
        found += [
            CategoryFix(source, number, now, proposed, candidate.candidate_id, evidence)
            for (source, number), now in sorted(filed.items())
            if now != proposed
        ]
    return tuple(found)


def route_rules(routes: Mapping[Route, int]) -> tuple[RouteRule, ...]:
    """Suggested assignment rules, and training gaps, from the routes incidents took.

    "Always" is a share whose 95 % Wilson interval lies above 80 %, of ten incidents or more.

    Args:
        routes: how many closed incidents of a category were given to which team first and last.
    """
    ends: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (category, first, last), n in routes.items():
        ends[category, first][last] += n
    found = []
    for (category, first), to in sorted(ends.items()):
        of = to.total()
        passed = {last: n for last, n in to.items() if last != first}
        if of < MIN_ROUTES or not passed:
            continue
        last, n = min(passed.items(), key=lambda item: (-item[1], item[0]))
        total = sum(passed.values())
        if _is_always(n, of):
            text = f"{n} of {of} go from {first} to {last}: assign them there at once"
            found.append(RouteRule("assignment", category, first, last, n, of, text))
        elif _is_always(total, of):
            text = f"{first} passes on {total} of {of}, to {len(passed)} teams: "
            text += "training, or another first team"
            found.append(RouteRule("training", category, first, "", total, of, text))
    return tuple(found)


def _is_always(n: int, of: int) -> bool:
    return wilson_interval(n, of)[0] >= ALWAYS_AT
