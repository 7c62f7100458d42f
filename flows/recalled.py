"""What a mining run knows from before: decisions, candidates of all runs, incidents known again."""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from flows.frames import are_among
from flows.known_then import decisions_then
from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.decisions import IncidentRef, ReviewDecision
from itsm.states import RecordKind
from problem_mining.bonds import Bonds, bonds_of
from problem_mining.identity import Alias, Mark, known_again, moved, now_called, text_hash
from problem_mining.last_home import Home, left_behind, newest_homes, remembered_homes
from problem_mining.lineage import MemberKey, Remembered
from problem_mining.row_order import moments
from problem_mining.side_by_side import mapped
from problem_mining.strands import Conflict, fold
from store.remembering import LastSeen, MarkRows, StoredAlias, StoredMark
from store.unit_of_work import Store, UnitOfWork

LEFT = "left"
"""The kind of the note about incidents whose candidate goes on without them."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known before a run.

    Attributes:
        decisions: the journal, its incidents by what they are called now.
        memory: every candidate as last seen, the newest first.
        remembered: the newest of these that holds each incident.
        homes: the candidate each incident was last a member of, also if that went on without it.
        bonds: what people said about which incidents belong together.
        conflicts: where they contradict each other about that.
        aliases: incidents known again in this run.
    """

    decisions: tuple[ReviewDecision, ...]
    memory: tuple[Remembered, ...]
    remembered: Mapping[MemberKey, Home]
    homes: Mapping[MemberKey, Home]
    bonds: Bonds
    conflicts: tuple[Conflict, ...]
    aliases: tuple[Alias, ...]


def key_of(ref: IncidentRef) -> str:
    """The mining key of an incident."""
    return f"{ref.source}/{ref.number}"


def source_and_number(key: str) -> tuple[str, str]:
    """The source and number a mining key was made from."""
    source, _, number = key.partition("/")
    return source, number


def member_keys(candidates: Sequence[ProblemCandidate]) -> set[str]:
    """The mining keys of all members of candidates."""
    return {f"{m.source}/{m.number}" for each in candidates for m in each.members}


def recall(store: Store, week: ReportingWeek, incidents: pd.DataFrame) -> Recalled:
    """What is known before a week is mined.

    Args:
        store: where it is kept.
        week: the week to be mined.
        incidents: the incidents that will be mined, as they are stored.
    """
    with store.look() as uow:
        decisions = decisions_then(uow, week)
        seen = uow.remembered.candidates(before_week=week.label)
        left = [
            one
            for note in uow.remembered.past_notes(LEFT, before_week=week.label)
            for one in _left(note)
        ]
        here = _of_this_week(uow, week)
        aliases = {
            IncidentRef(source=a.source, number=a.number): IncidentRef(
                source=a.now_source, number=a.now_number
            )
            for a in uow.remembered.aliases()
        }
        expected = {ref for d in decisions for ref in d.members}
        expected |= {ref for each in seen for ref in each.members} | {ref for ref, _ in left}
        found = _known_again(uow, expected, aliases, incidents)
    aliases |= {alias.ref: alias.now for alias in found}
    memory = tuple(_remembered(each, aliases) for each in seen)
    known = {each.candidate_id for each in memory}
    remembered = remembered_homes(memory)
    now = [(now_called(ref, aliases), home) for ref, home in left]
    homes = newest_homes(remembered, [((ref.source, ref.number), home) for ref, home in now])
    decisions = moved(decisions, aliases)
    strands = fold(decisions)
    by_ref = {IncidentRef(source=s, number=n): h.candidate_id for (s, n), h in homes.items()}
    return Recalled(
        decisions=decisions,
        memory=(*memory, *(each for each in here if each.candidate_id not in known)),
        remembered=remembered,
        homes=homes,
        bonds=bonds_of(strands, by_ref, key_of),
        conflicts=strands.conflicts,
        aliases=found,
    )


def _left(note: str) -> Iterator[tuple[IncidentRef, Home]]:
    """What left its candidate in a run, by what it was called then."""
    for source, number, candidate_id, week, ruled_by in json.loads(note):
        yield IncidentRef(source=source, number=number), Home(candidate_id, week, ruled_by)


def left_note(
    recalled: Recalled, candidates: Sequence[ProblemCandidate], mined: Set[MemberKey]
) -> str:
    """What left its candidate in this run, as `recall` reads it."""
    gone = left_behind(recalled.remembered, candidates, mined)
    return json.dumps([[*member, h.candidate_id, h.week, h.ruled_by] for member, h in gone.items()])


def remember(uow: UnitOfWork, week: ReportingWeek, recalled: Recalled, marks: MarkRows) -> None:
    """Keep by what the members of candidates are known again, and what was known again now."""
    uow.remembered.save_marks(
        [
            StoredMark(source=source, number=number, record_key=key, text_hash=told, opened_at=at)
            for source, number, key, told, at in marks
        ]
    )
    uow.remembered.save_aliases(
        [
            StoredAlias(
                source=a.ref.source,
                number=a.ref.number,
                now_source=a.now.source,
                now_number=a.now.number,
                how=a.how,
                week=week.label,
            )
            for a in recalled.aliases
        ]
    )


def members_marks(
    store: Store,
    recalled: Recalled,
    incidents: pd.DataFrame,
    members: Set[str],
) -> MarkRows:
    """By what the members of candidates, and whatever was decided on, are known again.

    Only what is not noted already: most are as they were.

    Args:
        store: where records are kept.
        recalled: what was decided.
        incidents: what was mined, as it is stored.
        members: the mining keys of the members of all candidates.
    """
    keys = {key_of(ref) for each in recalled.decisions for ref in each.members}
    wanted = incidents[are_among(incidents["key"], keys | members)]
    with store.look() as uow:
        return uow.remembered.unlike_marks(_mark_rows(uow, wanted))


def _mark_rows(uow: UnitOfWork, incidents: pd.DataFrame) -> MarkRows:
    keys: dict[MemberKey, str] = {}
    for source, some in incidents.groupby("source", sort=True):
        found = uow.raw.keys_unlike(str(source), RecordKind.INCIDENT, set(some["number"]))
        keys |= {(str(source), number): key for number, key in found.items()}
    sources, numbers = (list(map(str, incidents[name].tolist())) for name in ("source", "number"))
    texts = zip(*(_plain(incidents, name) for name in ("title", "description")), strict=True)
    record_keys = [keys.get(ref) for ref in zip(sources, numbers, strict=True)]
    hashes = mapped(_hash_of, list(texts))
    return list(zip(sources, numbers, record_keys, hashes, moments(incidents), strict=True))


def marks_of(uow: UnitOfWork, incidents: pd.DataFrame) -> list[Mark]:
    """By what incidents are known again."""
    return [
        Mark(IncidentRef(source=source, number=number), key, told, at)
        for source, number, key, told, at in _mark_rows(uow, incidents)
    ]


def _hash_of(texts: tuple[str | None, str | None]) -> str:
    return text_hash(*texts)


def _plain(incidents: pd.DataFrame, name: str) -> list[str | None]:
    values: list[object] = incidents[name].tolist()
    return [value if isinstance(value, str) else None for value in values]


def _known_again(
    uow: UnitOfWork,
    expected: Set[IncidentRef],
    aliases: Mapping[IncidentRef, IncidentRef],
    incidents: pd.DataFrame,
) -> tuple[Alias, ...]:
    """Incidents that should be there and are not, found under another key."""
    current = {now_called(ref, aliases) for ref in expected}
    there = set(incidents["key"])
    missing = [ref for ref in sorted(current) if key_of(ref) not in there]
    if not missing or incidents.empty:
        return ()
    first_at: datetime = incidents["opened_at"].min().to_pydatetime()
    old = [_mark(mark) for mark in uow.remembered.marks(missing)]
    marked = {mark.ref for mark in old}
    old += _marks_of_held(uow, [ref for ref in missing if ref not in marked])
    due = [mark for mark in old if mark.opened_at is None or mark.opened_at >= first_at]
    if not due:
        return ()
    unknown = incidents[~are_among(incidents["key"], {key_of(ref) for ref in current})]
    return known_again(due, marks_of(uow, unknown))


def _marks_of_held(uow: UnitOfWork, refs: Sequence[IncidentRef]) -> list[Mark]:
    """Marks of incidents that were decided on without having been in a candidate before."""
    return [
        Mark(
            ref=IncidentRef(source=one.source, number=one.number),
            record_key=None,
            text_hash=text_hash(one.title, one.description),
            opened_at=one.opened_at,
        )
        for one in uow.remembered.held(refs)
    ]


def _mark(stored: StoredMark) -> Mark:
    ref = IncidentRef(source=stored.source, number=stored.number)
    return Mark(ref, stored.record_key, stored.text_hash, stored.opened_at)


def _remembered(each: LastSeen, aliases: Mapping[IncidentRef, IncidentRef]) -> Remembered:
    now = (now_called(ref, aliases) for ref in each.members)
    return Remembered(
        candidate_id=each.candidate_id,
        members=frozenset((ref.source, ref.number) for ref in now),
        week=each.week,
        until_at=each.cutoff_at,
        statement=each.statement,
        ruled_by=each.ruled_by,
    )


def _of_this_week(uow: UnitOfWork, week: ReportingWeek) -> list[Remembered]:
    """The candidates of an earlier run of the same week."""
    run = uow.mining.of_week(week.label)
    if run is None:
        return []
    return [
        Remembered(
            candidate_id=candidate_id,
            members=frozenset((m.source, m.number) for m in members),
            week=run.week,
            until_at=run.cutoff_at,
            statement=statement,
            is_this_week=True,
        )
        for candidate_id, statement, members in uow.mining.held(run.run_id)
    ]
