"""What speaks against candidates in words: near misses, where they would part, terms of scores."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import pandas as pd

from itsm.candidates import ProblemCandidate
from itsm.doubts import Doubts, LeftWithout, MemberTerms, NearMiss, ScoreTerm, Seam
from problem_mining.doubts import GroupDoubts, Near, Parting
from problem_mining.explain import MemberFacts, shared_terms
from problem_mining.held_by_told import lefts_without
from problem_mining.member_facts import Facts, SourceOf, facts_of
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.pipeline import Grouping
from problem_mining.tellings import Tellings, mark_of, program
from problem_mining.tokens import is_identifier
from problem_mining.topics import TOPICS

N_REASONS = 50
"""So many candidates are asked what they would be without what holds them together."""
MAX_REASONS = 2
LEAST_LACK = 0.1
"""Log-odds from which a topic is named as what keeps two apart."""
MAX_TERMS = 4
MAX_NAMED = 10
_FIELDS = {
    "service": "service",
    "ci": "configuration item",
    "category": "category",
    "symptom": "symptom",
    "location": "location",
    "team": "team",
}


def doubts_of(
    incidents: pd.DataFrame | Facts,
    grouping: Grouping,
    candidates: Sequence[ProblemCandidate],
    *,
    source_of: SourceOf,
    n_reasons: int = N_REASONS,
    tellings: Tellings | None = None,
) -> tuple[Doubts, ...]:
    """What speaks against each candidate.

    Args:
        incidents: the frame that was mined, or what is told of it.
        grouping: from `mine`.
        candidates: from `propose`; those whose incidents are not in the grouping are left out.
        source_of: source and number of a key.
        n_reasons: so many of them, from the first on, are asked what they would be without what
            holds them together.
        tellings: how doubts were told before; takes up how they are told now.
    """
    if not grouping.doubts:
        return ()
    teller = _Teller(facts_of(incidents, grouping), grouping, source_of)
    group_at = {teller.ref(row): g for g, rows in enumerate(teller.members) for row in rows}
    home = {(m.source, m.number): c.candidate_id for c in candidates for m in c.members}
    group_of: dict[str, int] = {}
    for candidate in candidates:
        first = candidate.members[0]
        group = group_at.get((first.source, first.number), -1)
        if group >= 0:
            group_of[candidate.candidate_id] = group
    without = teller.without(list(group_of.values())[:n_reasons])
    told = _told_again(teller, group_of, tellings or Tellings())
    return tuple(
        replace(each, candidate_id=name, near=_at_home(each.near, home), without=without.get(group))
        for each, (name, group) in zip(told, group_of.items(), strict=True)
    )


def _told_again(teller: "_Teller", group_of: Mapping[str, int], tellings: Tellings) -> list[Doubts]:
    """The doubts about each group as they were told before, or else told now."""
    groups = list(group_of.values())
    marks = teller.marks(groups)
    told = tellings.told(Doubts, teller.told, groups, marks)
    for name, one, mark in zip(group_of, told, marks, strict=True):
        tellings.note(name, one, mark)
    return told


def _at_home(
    near: tuple[NearMiss, ...], home: Mapping[tuple[str, str], str]
) -> tuple[NearMiss, ...]:
    """Near misses with the candidates that they are in."""
    return tuple(
        replace(one, candidate_id=home[one.source, one.number])
        if (one.source, one.number) in home
        else one
        for one in near
    )


class _Teller:
    """Tells of the groups of one run."""

    def __init__(self, facts: Facts, grouping: Grouping, source_of: SourceOf) -> None:
        self.facts = facts
        self.grouping = grouping
        self.members = grouping.members()
        self._source_of = source_of

    def ref(self, row: int) -> tuple[str, str]:
        """Source and number of a row."""
        return self._source_of(self.grouping.keys[row])

    def marks(self, groups: Sequence[int]) -> list[bytes]:
        """A mark of all that is told from of each of some groups."""
        each = [self._rows(group) for group in groups]
        contents = iter(self.facts.contents([rows for group in each for rows in group]))
        return [
            mark_of(
                program(),
                self.grouping.terms[group].told(),
                self.grouping.doubts[group].told(),
                *islice(contents, len(rows)),
            )
            for group, rows in zip(groups, each, strict=True)
        ]

    def _rows(self, group: int) -> list[IntArray]:
        """The rows that are told of: the members, what is nearly in, where it would part."""
        doubts = self.grouping.doubts[group]
        near = np.array([one.at for one in doubts.near], dtype=np.int64)
        return [self.members[group], near, *(doubts.parting.parts if doubts.parting else ())]

    def told(self, group: int) -> Doubts:
        """What speaks against one group, by itself."""
        doubts, rows = self.grouping.doubts[group], self.members[group]
        members = self.facts.some(rows)
        return Doubts(
            candidate_id="",
            near=tuple(self._near(one, members) for one in doubts.near),
            seam=self._seam(doubts),
            stability=doubts.stability,
            n_rounds=doubts.n_rounds,
            members=self._terms(rows, self.grouping.terms[group].by_member),
        )

    def without(self, groups: Sequence[int]) -> dict[int, tuple[LeftWithout, ...]]:
        """What would be left of some groups without what holds them together."""
        if self.grouping.reasons is None:
            return {}
        answers = self.grouping.reasons.of([self.members[group] for group in groups])
        return {
            group: lefts_without(
                found,
                self.members[group],
                self.facts.some(self.members[group]),
                ["/".join(self.ref(row)) for row in self.members[group]],
            )
            for group, found in zip(groups, answers, strict=True)
        }

    def _near(self, near: Near, members: Sequence[MemberFacts]) -> NearMiss:
        source, number = self.ref(near.at)
        why = _apart([self.facts[near.at]], members, near.lacks)
        return NearMiss(source=source, number=number, score=round(near.score, 3), why=why)

    def _seam(self, doubts: GroupDoubts) -> Seam | None:
        if doubts.parting is None:
            return None
        part, rest = map(self.facts.some, doubts.parting.parts)
        return Seam(
            share=round(_share(doubts.parting), 3),
            score=round(doubts.parting.score, 3),
            why=_apart(part, rest, doubts.parting.lacks),
            part=tuple("/".join(self.ref(row)) for row in doubts.parting.parts[0][:MAX_NAMED]),
        )

    def _terms(self, rows: IntArray, by_member: FloatArray | None) -> tuple[MemberTerms, ...]:
        if by_member is None:
            return ()
        return tuple(
            MemberTerms(source=source, number=number, terms=_strongest(each))
            for (source, number), each in zip(map(self.ref, rows.tolist()), by_member, strict=True)
        )


def _share(parting: Parting) -> float:
    part, rest = parting.parts
    return len(part) / (len(part) + len(rest))


def _strongest(each: FloatArray) -> tuple[ScoreTerm, ...]:
    """The topics that add or take most."""
    order = np.argsort(-np.abs(np.round(each, 3)), kind="stable")[:MAX_TERMS]
    found = [(TOPICS[k], round(float(each[k]), 2)) for k in order.tolist()]
    return tuple(ScoreTerm(topic=topic, weight=weight) for topic, weight in found if weight)


def _apart(some: Sequence[MemberFacts], others: Sequence[MemberFacts], lacks: FloatArray) -> str:
    """What tells some incidents from others, the heaviest first."""
    reasons: list[str] = []
    for k in np.argsort(np.round(lacks, 3), kind="stable").tolist():
        if lacks[k] > -LEAST_LACK or len(reasons) == MAX_REASONS:
            break
        if (text := _reason(TOPICS[k], some, others)) and text not in reasons:
            reasons.append(text)
    return "; ".join(reasons) or "a little of everything"


def _reason(topic: str, some: Sequence[MemberFacts], others: Sequence[MemberFacts]) -> str:
    """What differs in one topic, "" where nothing can be named."""
    if topic in _FIELDS:
        return _other_value(topic, some, others)
    if topic == "names":
        return _other_names(some, others)
    if topic == "unshared_terms":
        own = _own_terms(some, others)
        return f"says besides: {', '.join(own)}" if own else ""
    if topic == "time":
        return _other_time(some, others)
    return {
        "wording": "worded differently",
        "shared_terms": "shares no rare term",
        "meaning": "differs in meaning",
        "language": "in another language",
        "alerts": "a machine alert on one side, a person's words on the other",
        "company": "resembles few of the same other incidents",
    }[topic]


def _other_value(field: str, some: Sequence[MemberFacts], others: Sequence[MemberFacts]) -> str:
    own, usual = _commonest(some, field), _commonest(others, field)
    if own == usual:
        return ""
    name = _FIELDS[field]
    if not own:
        return f"no {name}, not {usual}"
    return f"{name} {own}, not {usual}" if usual else f"{name} {own}, the others have none"


def _commonest(members: Iterable[MemberFacts], field: str) -> str:
    values = Counter(value for m in members if (value := m.fields.get(field, "")))
    return min(values, key=lambda value: (-values[value], value)) if values else ""


def _other_names(some: Sequence[MemberFacts], others: Sequence[MemberFacts]) -> str:
    own, usual = (
        shared_terms(each, names_only=True) if len(each) > 1 else _names(each[0])
        for each in (some, others)
    )
    here = [one for one in own if one not in usual][:2]
    there = [one for one in usual if one not in own][:2]
    if here and there:
        return f"names {', '.join(here)}, not {', '.join(there)}"
    if here or there:
        return f"names {', '.join(here)}" if here else f"does not name {', '.join(there)}"
    return ""


def _names(member: MemberFacts) -> list[str]:
    return sorted({term for term in member.terms if is_identifier(term)})


def _own_terms(some: Sequence[MemberFacts], others: Sequence[MemberFacts]) -> list[str]:
    """Terms of the one side that the other lacks, the commonest first."""
    there = {term for m in others for term in m.terms}
    counts = Counter(term for m in some for term in m.terms if term not in there)
    found = [term for term in counts if len(term) > 1]
    return sorted(found, key=lambda term: (-counts[term], -len(term), term))[:3]


def _other_time(some: Sequence[MemberFacts], others: Sequence[MemberFacts]) -> str:
    times = [sorted(m.opened_at for m in each if m.opened_at) for each in (some, others)]
    if not times[0] or not times[1]:
        return ""
    middle = [each[len(each) // 2] for each in times]
    days = abs((middle[0] - middle[1]).days)
    return f"opened about {days} days away" if days > 1 else ""
