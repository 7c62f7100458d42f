"""Prove: what entries could prove, freeze when they go live, and have come to by a week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.figures import stored_data
from flows.proof_members import with_earlier_members
from flows.register_proofs import keep_baseline, keep_proof
from flows.stage_watch import stage
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.proof import Baseline, Proof
from itsm.register import RegisterEntry, RegisterState
from reports.measures.proof_week import WeekOfProofs, proofs_of_week

_NOT_YET = (RegisterState.NEW, RegisterState.CANCELED)
"""Nothing is measured of entries in these, so that no record need be read for them."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What a week added to the register, and which entries could not be measured, and why."""

    n_baselines: int
    n_proofs: int
    refused: Mapping[str, str]

    @property
    def missing(self) -> dict[str, str]:
        """The entries that could not be measured, as the pack tells them."""
        return {f"the proof of {number}": why for number, why in self.refused.items()}

    def __str__(self) -> str:
        """The same in a line."""
        said = f"{self.n_baselines} baselines frozen, {self.n_proofs} proofs kept"
        return f"{said}, {len(self.refused)} entries not measured" if self.refused else said


def week_of_proofs(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> WeekOfProofs:
    """What the register could prove and has proven by a cut-off; nothing is kept."""
    with parts.store.begin() as uow:
        entries = uow.register.list()
    if all(one.state in _NOT_YET for one in entries):
        return WeekOfProofs()
    data = with_earlier_members(parts, stored_data(parts, week, cutoff_at), entries, week)
    return proofs_of_week(entries, data, cutoff_at)


@stage("prove")
def prove_week(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> Proven:
    """Freeze the baselines of entries that went live, and keep what was measured of each.

    Every entry is a transaction of its own; one that holds the same already stays as it is, so that
    a week may be run again.
    """
    found = week_of_proofs(parts, week, cutoff_at)
    n_baselines = n_proofs = 0
    for number, proof in found.proofs.items():
        with parts.store.begin() as uow:
            entry = uow.register.get(number)
            baseline = _new_baseline(entry, found.baselines.get(number))
            if baseline is not None:
                keep_baseline(uow, parts, number, baseline, cutoff_at)
                n_baselines += 1
            if _is_news(entry, proof):
                keep_proof(uow, parts, proof, cutoff_at)
                n_proofs += 1
            uow.commit()
    done = Proven(n_baselines, n_proofs, found.refused)
    parts.say(f"prove  {done}")
    return done


def _new_baseline(entry: RegisterEntry, baseline: Baseline | None) -> Baseline | None:
    return baseline if entry.baseline is None else None


def _is_news(entry: RegisterEntry, proof: Proof) -> bool:
    """Whether a proof says more than the one at hand; an older week never replaces a newer one."""
    held = entry.proof
    return held is None or (proof != held and proof.as_of >= held.as_of)
