"""What a company's own records and reviewers say about which incidents have one cause."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from itsm.decisions import Action, IncidentRef, ReviewDecision
from problem_mining.strands import active, fold

LINKS: Mapping[str, str] = {
    "problem": "linked to one problem",
    "parent_incident": "children of one incident",
    "duplicate_of": "duplicates of one incident",
    "caused_by_change": "caused by one change",
}
"""The fields that name a cause, the surest first: the first one an incident has counts."""
MAX_GROUP = 200
"""A cause with more incidents tells no more than this many of them do."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Known causes: `cause_of` by key; `apart` are causes known to be different ones.

    Two causes named by the same kind of link are different, those a reviewer parted as well; of
    others nothing is known. `counts` tells how many incidents each kind of evidence labels.
    """

    cause_of: Mapping[str, str]
    apart: frozenset[frozenset[str]]
    counts: Mapping[str, int]

    def are_apart(self, one: str, other: str) -> bool:
        """Whether two causes are known to be different."""
        if frozenset({one, other}) in self.apart:
            return True
        return one.partition(":")[0] == other.partition(":")[0] == "problem" and one != other

    def __len__(self) -> int:
        return len(self.cause_of)


def labels_of(
    incidents: pd.DataFrame,
    decisions: Sequence[ReviewDecision],
    key_of: Callable[[IncidentRef], str],
) -> Labels:
    """The labels that records and reviewers give.

    A problem, a parent, a mark as duplicate or a causing change names a cause; a reviewer's word
    counts more than any of them. A rejection is no word against the grouping, unless as a wrong
    group; an acceptance is one for it.

    Args:
        incidents: column `key`, and any of LINKS.
        decisions: the journal, oldest first.
        key_of: the key of an incident.
    """
    cause_of: dict[str, str] = {}
    counts: dict[str, int] = {}
    keys = incidents["key"].astype(str).tolist()
    for field in LINKS:
        if field in incidents:
            texts = incidents[field].astype("str").where(incidents[field].notna(), "").tolist()
            named = _named(keys, texts, field, cause_of)
            counts[LINKS[field]] = len(named)
            cause_of |= named
    strands = fold(decisions)
    reviewed = {key_of(ref): f"strand:{s}" for ref, s in strands.of.items()}
    right = _confirmed(decisions, key_of)
    there = set(keys)
    told = {k: c for k, c in (right | reviewed).items() if k in there}
    counts["a reviewer's word"] = len(told)
    apart = frozenset(frozenset(f"strand:{s}" for s in pair) for pair in strands.apart)
    return Labels(cause_of | told, apart, {what: n for what, n in counts.items() if n})


def _named(
    keys: Sequence[str], values: Iterable[str], field: str, known: Mapping[str, str]
) -> dict[str, str]:
    """Causes that at least two incidents share, of incidents that have no cause yet."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key, value in zip(keys, values, strict=True):
        if value and key not in known:
            groups[value].append(key)
    return {
        key: f"{field}:{name}"
        for name, members in groups.items()
        if len(members) > 1
        for key in members[:MAX_GROUP]
    }


def _confirmed(
    decisions: Sequence[ReviewDecision], key_of: Callable[[IncidentRef], str]
) -> dict[str, str]:
    """Members of candidates whose grouping a reviewer called right; the newest word counts.

    One word on thousands of incidents is one word: else a few of them would have all weights
    learned anew.
    """
    found: dict[str, str] = {}
    for decision in active(decisions):
        says = decision.is_grouping_right
        members = decision.members if decision.action is not Action.MERGE else ()
        if says:
            told = members[:MAX_GROUP]
            found |= {key_of(ref): f"candidate:{decision.candidate_id}" for ref in told}
        elif says is False:
            for ref in members:
                found.pop(key_of(ref), None)
    return found
