"""What is measured of an entry, kept with it: its frozen baseline, its proof, a regression."""

from datetime import datetime

from flows.mirroring import queue_mirrors
from flows.registering import act_of
from flows.wiring import Parts
from itsm.journal import JournalKind
from itsm.proof import Baseline, Proof, ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from itsm.register_roles import PIPELINE
from itsm.register_signing import frozen, measured
from store.improving import change, move
from store.unit_of_work import UnitOfWork


def keep_baseline(
    uow: UnitOfWork, parts: Parts, number: str, baseline: Baseline, at: datetime
) -> RegisterEntry:
    """Freeze the baseline of an entry that goes live.

    Raises:
        TransitionError: it has one.
    """
    act = act_of(parts, PIPELINE, "the improvement went live", at)
    rule = JournalKind.PROOF
    return change(uow, number, act, rule, lambda entry, by: frozen(entry, baseline, by))


def keep_proof(uow: UnitOfWork, parts: Parts, proof: Proof, at: datetime) -> RegisterEntry:
    """Keep what was measured; a closed entry whose benefit is gone becomes regressed by itself.

    The journal tells of the verdict; whoever owns the entry finds it in the pack and in
    `csi register care`, with a review that is due at once.
    """
    act = act_of(parts, PIPELINE, proof.text or "measured", at)
    rule = JournalKind.PROOF
    kept = change(uow, proof.number, act, rule, lambda entry, by: measured(entry, proof, by))
    if proof.verdict is ProofVerdict.REGRESSED and kept.state is RegisterState.CLOSED:
        kept = move(uow, proof.number, RegisterState.REGRESSED, act)
    queue_mirrors(uow, parts)
    return kept
