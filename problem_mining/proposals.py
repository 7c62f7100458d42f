"""Problem candidates from groups: statement, evidence, life, cost, and an id that stays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from statistics import fmean

import pandas as pd

from itsm.candidates import CostModel, Member, ProblemCandidate, Purity, Rhythm
from itsm.clocks import ReportingWeek
from problem_mining.assignments import candidate_id
from problem_mining.explain import (
    Gist,
    MemberFacts,
    gist_of,
    purity_of,
    shared_terms,
    statements_of,
)
from problem_mining.lineage import (
    Descent,
    Remembered,
    descend_from_memory,
)
from problem_mining.member_facts import Costs, Facts, SourceOf, facts_of
from problem_mining.nodes import IntArray
from problem_mining.pipeline import Grouping
from problem_mining.ranking import (
    CHART_WEEKS,
    avoidable_hours,
    expected_repeats,
    life_of,
    weekly_counts,
)
from problem_mining.reasons import evidence_of
from problem_mining.rhythm import Calendar, asks_what_is_usual, calendar_of_days, rhythm_of
from problem_mining.scoring import GroupTerms
from problem_mining.tellings import Tellings, mark_of, program

MAX_TERMS = 12
"""So many shared terms are kept, to know a pattern again without its incidents."""


def propose(
    incidents: pd.DataFrame | Facts,
    grouping: Grouping,
    *,
    source_of: SourceOf,
    week: ReportingWeek,
    cost: CostModel,
    memory: Sequence[Remembered] = (),
    tellings: Tellings | None = None,
) -> tuple[ProblemCandidate, ...]:
    """The candidates of a run, ranked by avoidable hours.

    Args:
        incidents: what was mined, in any order; of it `key`, title, opened_at and, where there,
            problem, handling_h and affected_users are read. Texts are redacted by the caller. Or
            what is told of them, where that is known already.
        grouping: from `mine`.
        source_of: source and number of a key.
        week: the week the queue is for. What was opened after its end is a member, but in no rate.
        cost: what a repeat costs where the records do not say.
        memory: every candidate of all runs, the newest first; ids come from there, decisions do
            not: they are for `verdicts.rule` to apply.
        tellings: how groups were told before; takes up how they are told now.
    """
    facts, groups = facts_of(incidents, grouping), grouping.members()
    members = [_members(grouping, rows, source_of) for rows in groups]
    descents = descend_from_memory(
        [{(m.source, m.number) for m in each} for each in members],
        memory,
        facts.openings(source_of),
    )
    ids = _ids(grouping, descents, [each.candidate_id for each in memory])
    usual = calendar_of_days(facts.days(week.zone), week.zone)
    moment = _Moment(week, facts.first_at or week.start_at, cost, usual)
    told = _told_again(facts, grouping, moment, tellings or Tellings(), ids)
    texts = statements_of([one.gist for one in told], facts.written())
    candidates = [
        replace(
            one.candidate,
            candidate_id=ids[g],
            statement=texts[g],
            members=members[g],
            movement=descents[g].movement,
            rhythm=one.candidate.rhythm or _rhythm(facts.some(groups[g]), moment),
        )
        for g, one in enumerate(told)
    ]
    return tuple(
        sorted(candidates, key=lambda c: (-c.avoidable_hours.value, -c.score, c.candidate_id))
    )


@dataclass(frozen=True, slots=True)
class Telling:
    """A group told by itself: without id, statement, members and movement; and its gist.

    There is no rhythm where that hangs on what is usual.
    """

    candidate: ProblemCandidate
    gist: Gist


def _told_again(
    facts: Facts,
    grouping: Grouping,
    moment: "_Moment",
    tellings: Tellings,
    names: Sequence[str],
) -> list[Telling]:
    """Each group as it was told before, or else told now, and noted by its name."""
    marks = _marks(facts, grouping, moment)
    tell = partial(_telling, facts=facts, moment=moment)
    asked = list(zip(grouping.members(), grouping.terms, strict=True))
    told = tellings.told(Telling, tell, asked, marks)
    for name, one, mark in zip(names, told, marks, strict=True):
        tellings.note(name, one.candidate, mark, "candidate")
    return told


def _marks(facts: Facts, grouping: Grouping, moment: "_Moment") -> list[bytes]:
    """A mark of all that each group is told from."""
    week = moment.week
    seen = repr((week.label, week.zone, moment.data_start_at, moment.cost)).encode()
    groups = zip(facts.contents(grouping.members()), grouping.terms, strict=True)
    return [mark_of(program(), seen, content, terms.told()) for content, terms in groups]


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


def _opened(members: Sequence[MemberFacts], week: ReportingWeek) -> list[datetime]:
    return [m.opened_at for m in members if m.opened_at is not None] or [week.start_at]


def _rhythm(members: Sequence[MemberFacts], moment: _Moment) -> Rhythm:
    opened = _opened(members, moment.week)
    counts = weekly_counts(opened, moment.week, CHART_WEEKS)
    return rhythm_of(opened, counts, moment.week, moment.usual)


def _candidate(told: _Told, costs: Costs, moment: _Moment) -> ProblemCandidate:
    """A candidate by itself; id, statement and movement depend on the others."""
    week = moment.week
    opened = _opened(told.members, week)
    repeats = expected_repeats(opened, week, moment.data_start_at)
    counts = weekly_counts(opened, week, CHART_WEEKS)
    return ProblemCandidate(
        candidate_id="",
        statement="",
        members=(),
        score=round(fmean(round(m.score, 6) for m in told.members), 6),
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
        rhythm=None
        if asks_what_is_usual(opened, moment.usual.zone)
        else rhythm_of(opened, counts, week, moment.usual),
        terms=tuple(told.shared[:MAX_TERMS]),
    )


def _telling(group: tuple[IntArray, GroupTerms], facts: Facts, moment: _Moment) -> Telling:
    rows, terms = group
    told = _told(facts.some(rows), terms)
    gist = gist_of(told.members, told.purity, told.terms)
    return Telling(_candidate(told, facts.costs.some(rows), moment), gist)


def _members(grouping: Grouping, rows: IntArray, source_of: SourceOf) -> tuple[Member, ...]:
    """Members, the best fitting first."""
    found = []
    for row, score in zip(rows.tolist(), grouping.scores[rows].tolist(), strict=True):
        source, number = source_of(grouping.keys[row])
        found.append(Member(source=source, number=number, score=round(score, 6)))
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
