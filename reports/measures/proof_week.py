"""All proofs of a week: what each entry of the register could prove, freezes, or has come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from itsm.errors import MeasureError
from itsm.proof import Baseline, Hold, MemberPattern, Proof, Prospect
from itsm.register import RegisterEntry, RegisterState
from reports.measures.data import MeasureData
from reports.measures.proof import freeze_entry, prove
from reports.measures.proof_baseline import counted_before
from reports.measures.proof_counts import Watched, watched_of
from reports.measures.proof_plan import plan_of, prospect_of

_PLANNED = frozenset(
    {
        RegisterState.ACCEPTED,
        RegisterState.ASSESS,
        RegisterState.APPROVED,
        RegisterState.IN_PROGRESS,
        RegisterState.ON_HOLD,
    }
)
"""An entry in one of these and not live yet is told what it could prove."""


@dataclass(frozen=True, slots=True)
class WeekOfProofs:
    """By number of the entry; `refused` says why one that should be here is not.

    Attributes:
        prospects: what entries could prove that are not live yet.
        baselines: of entries that went live and had none; to be kept as they are.
        proofs: of every entry with a baseline, the new ones included.
        refused: what stands in the way of the others, and what to do.
    """

    prospects: Mapping[str, Prospect] = field(default_factory=dict)
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def proofs_of_week(
    entries: Sequence[RegisterEntry], data: MeasureData, as_of: datetime
) -> WeekOfProofs:
    """The proofs of a week for a whole register.

    Args:
        entries: the register; canceled and new entries are left alone.
        data: all records known, with the mined incidents of every candidate that a pattern names,
            back to the day it went live.
        as_of: the moment to tell them for; later records do not count.
    """
    prospects: dict[str, Prospect] = {}
    baselines: dict[str, Baseline] = {}
    proofs: dict[str, Proof] = {}
    refused: dict[str, str] = {}
    concerned = [one for one in entries if _is_live(one, as_of) or one.state in _PLANNED]
    if not concerned:
        return WeekOfProofs()
    try:
        watched = watched_of(data, as_of)
    except MeasureError as error:
        return WeekOfProofs(refused={one.number: str(error) for one in concerned})
    for entry in concerned:
        others = _patterns(entries, entry.number)
        try:
            if not _is_live(entry, as_of):
                if entry.planned_end_on is not None:
                    prospects[entry.number] = _prospect(entry, watched, others)
                continue
            baseline = entry.baseline
            if baseline is None:
                baseline = baselines[entry.number] = _frozen(entry, watched, others)
            proofs[entry.number] = prove(baseline, watched, _given(entry))
        except MeasureError as error:
            refused[entry.number] = str(error)
    return WeekOfProofs(prospects, baselines, proofs, refused)


def _is_live(entry: RegisterEntry, as_of: datetime) -> bool:
    is_over = entry.state in (RegisterState.NEW, RegisterState.CANCELED)
    return not is_over and entry.live_at is not None and entry.live_at <= as_of


def _patterns(entries: Sequence[RegisterEntry], number: str) -> tuple[MemberPattern, ...]:
    """The patterns of the other entries that are worked on, live or closed."""
    left_out = (RegisterState.NEW, RegisterState.CANCELED)
    return tuple(
        one.pattern
        for one in entries
        if one.pattern is not None and one.number != number and one.state not in left_out
    )


def _given(entry: RegisterEntry) -> tuple[Hold, ...]:
    return entry.proof.holds if entry.proof else ()


def _frozen(entry: RegisterEntry, watched: Watched, others: tuple[MemberPattern, ...]) -> Baseline:
    assert entry.live_at is not None
    plan = plan_of(entry, entry.live_at.date())
    return freeze_entry(plan, entry.live_at, watched, others)


def _prospect(
    entry: RegisterEntry, watched: Watched, others: tuple[MemberPattern, ...]
) -> Prospect:
    assert entry.planned_end_on is not None
    plan = plan_of(entry, entry.planned_end_on)
    return prospect_of(counted_before(plan, watched.as_of, watched, others=others))
