"""Whose incidents an improvement is about, for longer than mining looks back.

A run looks back so many weeks, and may group anew what an earlier one held together. The baseline
of an improvement lies before the look-back sooner or later, and what comes back belongs to it under
whatever name. So an incident stays with the candidate that held it first, a group that is mostly
made of such incidents counts with that candidate, and only a person takes something out.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.decisions import PARTING, ReviewDecision
from itsm.register import RegisterEntry
from reports.measures.data import MeasureData

Key = tuple[str, str]
"""Source and number of an incident."""

_MOSTLY = 0.5
_COLUMNS = ["source", "number", "candidate_id"]


def with_earlier_members(
    parts: Parts, data: MeasureData, entries: Sequence[RegisterEntry], week: ReportingWeek
) -> MeasureData:
    """The data with all incidents of the candidates that entries are about.

    Args:
        parts: from `flows.wiring`.
        data: with the members of the newest run.
        entries: whose patterns name candidates.
        week: no later run is looked at.
    """
    wanted = {one for entry in entries if entry.pattern for one in entry.pattern.candidates}
    if data.candidate_of is None or not wanted:
        return data
    with parts.store.begin() as uow:
        earlier = uow.mining.ever_members(wanted, until_week=week.label)
        decisions = uow.decisions.list()
    now = {(row[0], row[1]): row[2] for row in data.candidate_of[_COLUMNS].itertuples(index=False)}
    held = {(source, number): candidate for source, number, candidate in earlier}
    kept = joined_members(now, held, taken_out(decisions, wanted))
    rows = [(*key, candidate) for key, candidate in sorted(kept.items())]
    return replace(data, candidate_of=pd.DataFrame(rows, columns=_COLUMNS, dtype="str"))


def joined_members(
    now: Mapping[Key, str], held: Mapping[Key, str], out: Collection[Key]
) -> dict[Key, str]:
    """The candidate of each incident.

    Args:
        now: as the newest run has it.
        held: which of the candidates looked for held an incident first.
        out: what a person has taken out of them.
    """
    own = {key: candidate for key, candidate in held.items() if key not in out}
    heirs = _heirs(now, own)
    found = {key: heirs.get(candidate, candidate) for key, candidate in now.items()}
    return {**found, **own}


def _heirs(now: Mapping[Key, str], own: Mapping[Key, str]) -> dict[str, str]:
    """The groups of the newest run that are mostly made of what one candidate held."""
    sizes = Counter(now.values())
    shared = Counter((now[key], candidate) for key, candidate in own.items() if key in now)
    return {
        group: candidate
        for (group, candidate), n in sorted(shared.items(), key=lambda item: item[1])
        if group != candidate and n > _MOSTLY * sizes[group]
    }


def taken_out(decisions: Iterable[ReviewDecision], candidates: Collection[str]) -> set[Key]:
    """What people have split off or removed, and not taken back."""
    made = list(decisions)
    withdrawn = {one.withdraws for one in made}
    return {
        (ref.source, ref.number)
        for one in made
        if one.action in PARTING
        and one.candidate_id in candidates
        and one.decision_id not in withdrawn
        for part in one.parts[1:]
        for ref in part
    }
