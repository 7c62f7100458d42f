"""The candidates of a run under what was decided before, and what the run says of that."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from flows.around import Records, surroundings
from flows.frames import are_among
from flows.recalled import LEFT, Recalled, left_note, member_keys
from flows.wiring import Parts
from itsm.candidates import Decision, ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.codec import to_bytes
from itsm.decisions import GATHERING, PARTING, ReviewDecision
from problem_mining.evidence_links import linked
from problem_mining.genealogy import Between, Event, Fate, compare
from problem_mining.identity import Alias
from problem_mining.lineage import MemberKey
from problem_mining.row_order import moments
from problem_mining.strands import Conflict
from problem_mining.verdicts import Memory, rule
from store.runs import MiningRun

TOLD = frozenset({Fate.BORN, Fate.MERGED, Fate.SPLIT})
"""The fates that a candidate is told with."""


@dataclass(frozen=True, slots=True)
class Told:
    """Candidates as they are kept, notes of the run by kind as JSON, and lines for people."""

    candidates: tuple[ProblemCandidate, ...]
    notes: dict[str, str]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """Incidents as they are stored, and the opening of each by source and number."""

    frame: pd.DataFrame
    opened: Mapping[MemberKey, datetime | None]


def told_of(
    parts: Parts,
    week: ReportingWeek,
    proposed: Sequence[ProblemCandidate],
    recalled: Recalled,
    incidents: Stored,
    records: Records,
    version: str,
) -> Told:
    """Applies what was decided, and says what became of the candidates of the last run.

    Args:
        parts: settings and store, where the last run is kept.
        week: the week that was mined.
        proposed: from `propose`.
        recalled: what was known before.
        incidents: what was mined.
        records: what is known beside them at the cut-off.
        version: the mining version.
    """
    stored, opened = incidents.frame, incidents.opened
    memory = Memory(recalled.decisions, recalled.homes, opened)
    ruled = rule(proposed, memory, week)
    members = stored[are_among(stored["key"], member_keys(proposed))]
    around = surroundings(parts, records, members, recalled.decisions)
    with parts.store.look() as uow:
        before = uow.mining.latest(before_week=week.label)
        earlier = uow.mining.candidates(before.run_id) if before else ()
    candidates = linked(ruled.candidates, around, opened)
    events: tuple[Event, ...] = ()
    if before is not None:
        between = between_runs(before, version, recalled.decisions, opened)
        events = compare(earlier, candidates, between)
        candidates = _with_descent(candidates, events)
    conflicts = (*recalled.conflicts, *ruled.conflicts)
    notes = _notes(conflicts, recalled, events)
    notes |= {LEFT: left_note(recalled, candidates, opened.keys())}
    return Told(candidates, notes, _said(candidates, conflicts))


def openings(incidents: pd.DataFrame) -> dict[MemberKey, datetime | None]:
    """The opening of each incident, by source and number."""
    names = zip(incidents["source"].tolist(), incidents["number"].tolist(), strict=True)
    return dict(zip(names, moments(incidents), strict=True))


def between_runs(
    before: MiningRun,
    version: str,
    decisions: Sequence[ReviewDecision],
    opened: Mapping[MemberKey, datetime | None],
    until_at: datetime | None = None,
) -> Between:
    """What is known of the way from one run to a later one."""
    by_person: dict[str, str] = {}
    for decision in decisions:
        is_between = decision.at >= before.cutoff_at and (not until_at or decision.at < until_at)
        if is_between and decision.action in GATHERING | PARTING:
            said = f"{decision.action} by {decision.actor} on {decision.at:%Y-%m-%d}"
            for name in (decision.candidate_id, decision.other):
                if name:
                    by_person[name] = said
    old = before.mining_version
    return Between(
        is_mined=lambda key: key in opened,
        is_new=lambda key: (at := opened.get(key)) is not None and at >= before.cutoff_at,
        by_person=by_person,
        version=f"mining version {version} instead of {old}" if version != old else "",
    )


def _with_descent(
    candidates: Sequence[ProblemCandidate], events: Sequence[Event]
) -> tuple[ProblemCandidate, ...]:
    told: dict[str, list[str]] = {}
    for event in events:
        if event.fate in TOLD:
            told.setdefault(event.candidate_id, []).append(f"{event.fate}: {event.reason}")
    return tuple(replace(c, descent=tuple(told.get(c.candidate_id, ()))) for c in candidates)


def _notes(
    conflicts: tuple[Conflict, ...], recalled: Recalled, events: tuple[Event, ...]
) -> dict[str, str]:
    changes = tuple(event for event in events if event.fate is not Fate.KEPT)
    notes = {
        "conflicts": to_bytes(conflicts, tuple[Conflict, ...]),
        "known_again": to_bytes(recalled.aliases, tuple[Alias, ...]),
        "lineage": to_bytes(changes, tuple[Event, ...]),
    }
    return {kind: note.decode() for kind, note in notes.items() if note != b"[]"}


def _said(candidates: Sequence[ProblemCandidate], conflicts: Sequence[Conflict]) -> tuple[str, ...]:
    settled = [c for c in candidates if c.decision is not Decision.UNDECIDED]
    by_person = [c for c in settled if c.standing and c.standing.decision_id]
    counts = Counter(c.decision for c in by_person)
    lines = []
    if explained := len(settled) - len(by_person):
        lines.append(f"{explained} explained by a problem that is there")
    if counts:
        listed = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
        lines.append(f"decided before: {listed}")
    if back := sum(c.standing is not None and c.standing.is_back for c in candidates):
        lines.append(f"{back} asked again: see why beside each")
    if conflicts:
        lines.append(f"{len(conflicts)} decisions contradict each other; the newer is followed")
    return tuple(lines)
