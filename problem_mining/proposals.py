"""Problem candidates from groups: statement, evidence, life, cost, and an id that stays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from statistics import fmean
from typing import Self, overload

import numpy as np
import pandas as pd

from itsm.candidates import CostModel, Decision, Member, ProblemCandidate, Purity
from itsm.clocks import ReportingWeek
from problem_mining.explain import (
    PURITY_FIELDS,
    Gist,
    MemberFacts,
    gist_of,
    purity_of,
    shared_terms,
    statements_of,
)
from problem_mining.lineage import (
    Descent,
    MemberKey,
    Remembered,
    descend,
    descend_from_memory,
)
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.pipeline import Grouping, candidate_id
from problem_mining.ranking import (
    CHART_WEEKS,
    avoidable_hours,
    expected_repeats,
    life_of,
    weekly_counts,
)
from problem_mining.reasons import evidence_of
from problem_mining.rhythm import Calendar, calendar_of, rhythm_of
from problem_mining.row_order import moments
from problem_mining.scoring import GroupTerms
from problem_mining.side_by_side import mapped

MAX_TERMS = 12
"""So many shared terms are kept, to know a pattern again without its incidents."""

TOLD_TOGETHER = 4_000
"""From so many candidates on half of them are told by a second process."""

SourceOf = Callable[[str], tuple[str, str]]


def propose(
    incidents: pd.DataFrame,
    grouping: Grouping,
    *,
    source_of: SourceOf,
    week: ReportingWeek,
    cost: CostModel,
    previous: Sequence[ProblemCandidate] = (),
    memory: Sequence[Remembered] | None = None,
) -> tuple[ProblemCandidate, ...]:
    """The candidates of a run, ranked by avoidable hours.

    Args:
        incidents: what was mined, in any order; of it `key`, title, opened_at and, where there,
            problem, handling_h and affected_users are read. Texts are redacted by the caller.
        grouping: from `mine`.
        source_of: source and number of a key.
        week: the week the queue is for. What was opened after its end is a member, but in no rate.
        cost: what a repeat costs where the records do not say.
        previous: the candidates of the last run; ids and decisions are carried over from them.
        memory: every candidate of all runs, the newest first, instead of `previous`; ids come from
            there, decisions do not: they are for `verdicts.rule` to apply.
    """
    frame = incidents.set_index(incidents["key"].astype(str)).reindex(list(grouping.keys))
    facts = Facts(frame, grouping)
    members = [_members(grouping, rows, source_of) for rows in grouping.members()]
    opened = dict(zip(map(source_of, grouping.keys), facts.opened, strict=True))
    descents, earlier = _descents(members, previous, memory, opened)
    ids = _ids(grouping, descents, earlier)
    known = [at for at in facts.opened if at is not None]
    usual = calendar_of(known, week.zone)
    moment = _Moment(week, min(known, default=week.start_at), cost, usual)
    groups, costs = grouping.members(), Costs.of(frame)
    tell = partial(_told_and_gist, facts=facts, costs=costs, moment=moment)
    asked = list(zip(groups, members, grouping.terms, strict=True))
    told = mapped(tell, asked, least=TOLD_TOGETHER)
    texts = statements_of([gist for _, gist in told], facts.titles)
    candidates = [
        replace(
            candidate,
            candidate_id=ids[g],
            statement=texts[g],
            movement=descents[g].movement,
            decision=Decision.UNDECIDED if memory else _decision(descents[g], previous),
        )
        for g, (candidate, _) in enumerate(told)
    ]
    return tuple(
        sorted(candidates, key=lambda c: (-c.avoidable_hours.value, -c.score, c.candidate_id))
    )


def _descents(
    members: Sequence[Sequence[Member]],
    previous: Sequence[ProblemCandidate],
    memory: Sequence[Remembered] | None,
    opened: Mapping[MemberKey, datetime | None],
) -> tuple[tuple[Descent, ...], list[str]]:
    """Where each candidate comes from, and the ids of all it may come from."""
    current = [{(m.source, m.number) for m in each} for each in members]
    if memory is None:
        whole = [{(m.source, m.number) for m in each.members} for each in previous]
        return descend(current, whole), [c.candidate_id for c in previous]
    return descend_from_memory(current, memory, opened), [each.candidate_id for each in memory]


@dataclass(frozen=True, slots=True)
class _Moment:
    """When and at what cost candidates are seen."""

    week: ReportingWeek
    data_start_at: datetime
    cost: CostModel
    usual: Calendar


@dataclass(frozen=True, slots=True)
class _Told:
    """A group as it is told: its members, how pure its fields are, what holds it together.

    `shared` are the terms that most members have.
    """

    members: list[MemberFacts]
    purity: tuple[Purity, ...]
    terms: GroupTerms
    shared: list[str]


def _told(members: list[MemberFacts], terms: GroupTerms) -> _Told:
    return _Told(members, purity_of(members), terms, shared_terms(members))


def _candidate(
    told: _Told, members: tuple[Member, ...], costs: "Costs", moment: _Moment
) -> ProblemCandidate:
    """A candidate by itself; id, statement and movement depend on the others."""
    week = moment.week
    opened = [m.opened_at for m in told.members if m.opened_at is not None] or [week.start_at]
    repeats = expected_repeats(opened, week, moment.data_start_at)
    counts = weekly_counts(opened, week, CHART_WEEKS)
    return ProblemCandidate(
        candidate_id="",
        statement="",
        members=members,
        score=round(fmean(m.score for m in members), 6),
        first_seen_at=min(opened),
        last_seen_at=max(opened),
        weekly_counts=counts,
        life=life_of(opened, week),
        evidence=evidence_of(told.members, told.purity, told.terms, told.shared),
        purity=told.purity,
        avoidable_hours=avoidable_hours(
            repeats, moment.cost, costs.hours.tolist(), costs.users.tolist()
        ),
        known_problems=tuple(sorted({problem for problem in costs.problems if problem})),
        rhythm=rhythm_of(opened, counts, week, moment.usual),
        terms=tuple(told.shared[:MAX_TERMS]),
    )


def _told_and_gist(
    group: tuple[IntArray, tuple[Member, ...], GroupTerms],
    facts: "Facts",
    costs: "Costs",
    moment: _Moment,
) -> tuple[ProblemCandidate, Gist]:
    """A candidate by itself, and what its statement is made from."""
    rows, members, terms = group
    told = _told([facts[row] for row in rows], terms)
    gist = gist_of(told.members, told.purity, told.terms)
    return _candidate(told, members, costs.some(rows), moment), gist


def _decision(descent: Descent, previous: Sequence[ProblemCandidate]) -> Decision:
    if descent.ancestor is None:
        return Decision.UNDECIDED
    return previous[descent.ancestor].decision


class Facts(Sequence[MemberFacts]):
    """What is told of each row of a grouping; put together when it is asked for.

    Few incidents are members or nearly so, and all it takes to clean their texts is spent on those.
    """

    def __init__(self, frame: pd.DataFrame, grouping: Grouping) -> None:
        self.titles = _texts(frame, "title")
        self.opened = moments(frame)
        self._grouping = grouping
        self._named = {f: [*grouping.rows.values[f], ""] for f in PURITY_FIELDS}
        self._made: dict[int, MemberFacts] = {}

    def __len__(self) -> int:
        return len(self.titles)

    @overload
    def __getitem__(self, at: int) -> MemberFacts: ...

    @overload
    def __getitem__(self, at: slice) -> list[MemberFacts]: ...

    def __getitem__(self, at: int | slice) -> MemberFacts | list[MemberFacts]:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        row = int(at)
        if row not in self._made:
            self._made[row] = self._facts(row)
        return self._made[row]

    def _facts(self, row: int) -> MemberFacts:
        rows = self._grouping.rows
        return MemberFacts(
            title=self.titles[row],
            cleaned=lambda: rows.texts[row],
            fields={f: self._named[f][rows.codes[f][row]] for f in PURITY_FIELDS},
            opened_at=self.opened[row],
            score=float(self._grouping.scores[row]),
            words=rows.table.words_of(int(rows.of_text[row])),
        )


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * len(frame)
    if frame[name].dtype == "str":
        return list(frame[name].fillna("").tolist())
    return ["" if pd.isna(value) else str(value) for value in frame[name].tolist()]


@dataclass(frozen=True, slots=True)
class Costs:
    """What incidents cost as far as it is known, and the problems they are linked to."""

    hours: FloatArray
    users: FloatArray
    problems: Sequence[str]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Those of a frame of incidents; NaN and "" where there is none."""
        hours, users = (_numbers(frame, name) for name in ("handling_h", "affected_users"))
        return cls(hours, users, _texts(frame, "problem"))

    def some(self, rows: IntArray) -> "Costs":
        """What is known of those of some incidents."""
        hours, users = self.hours[rows], self.users[rows]
        problems = [self.problems[row] for row in rows.tolist()]
        return Costs(hours[~np.isnan(hours)], users[~np.isnan(users)], problems)


def _numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _members(grouping: Grouping, rows: IntArray, source_of: SourceOf) -> tuple[Member, ...]:
    """Members, the best fitting first."""
    found = []
    for row in rows:
        source, number = source_of(grouping.keys[row])
        score = round(float(grouping.scores[row]), 6)
        found.append(Member(source=source, number=number, score=score))
    return tuple(sorted(found, key=lambda m: (-m.score, m.source, m.number)))


def _ids(grouping: Grouping, descents: Sequence[Descent], earlier: Sequence[str]) -> list[str]:
    """Carried ids, and ids from the members for what is new; no id twice, none used again."""
    taken = set(earlier)
    ids = []
    for rows, descent in zip(grouping.members(), descents, strict=True):
        if descent.ancestor is not None:
            ids.append(earlier[descent.ancestor])
            continue
        fresh = wanted = candidate_id([grouping.keys[row] for row in rows])
        number = 2
        while fresh in taken:
            fresh, number = f"{wanted}-{number}", number + 1
        taken.add(fresh)
        ids.append(fresh)
    return ids
