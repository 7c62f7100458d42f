"""Propose: the dearest candidates become proposals in the register; a person accepts."""

import hashlib

from flows.wiring import Parts
from itsm.candidates import Decision, ProblemCandidate
from itsm.errors import StoreError
from itsm.register import Origin, RegisterEntry
from store.runs import MiningRun

RAISED_BY = "CSI pipeline"
"""Who raises a proposal that no person raised."""


def propose_entries(parts: Parts, run_id: str) -> int:
    """Put proposals for undecided candidates into the register; one candidate, one entry, ever.

    Returns:
        How many entries are new.
    """
    entries = proposals(parts, run_id)
    with parts.store.begin() as uow:
        n_new = uow.register.save(entries)
        uow.commit()
    parts.say(f"push   {n_new} new proposals in the register")
    return n_new


def proposals(parts: Parts, run_id: str) -> list[RegisterEntry]:
    """The entries that the dearest candidates of a run ask for and the register lacks."""
    rules = parts.settings.mining
    with parts.store.begin() as uow:
        run, candidates = uow.mining.run(run_id), uow.mining.candidates(run_id)
        known = {entry.number for entry in uow.register.list()}
    if run is None:
        raise StoreError(f"there is no mining run {run_id}; run `csi mine` first")
    worth = [
        candidate
        for candidate in candidates
        if candidate.decision is Decision.UNDECIDED
        and candidate.avoidable_hours.value >= rules.min_avoidable_hours
    ]
    entries = [_entry(candidate, run) for candidate in worth[: rules.proposals]]
    return [entry for entry in entries if entry.number not in known]


def _entry(candidate: ProblemCandidate, run: MiningRun) -> RegisterEntry:
    """A proposal with its evidence; effort and risk are for a person to say."""
    hours = candidate.avoidable_hours
    members = "\n".join(sorted(f"{m.source}/{m.number}" for m in candidate.members))
    return RegisterEntry(
        number=f"CSI-{candidate.candidate_id}",
        title=f"Remove the cause of: {candidate.statement}",
        description=_description(candidate, run),
        origin=Origin.PROBLEM if candidate.known_problems else Origin.MINED_CANDIDATE,
        origin_record=next(iter(candidate.known_problems), candidate.candidate_id),
        evidence_hash=hashlib.sha256(members.encode()).hexdigest(),
        raised_at=run.cutoff_at,
        raised_by=RAISED_BY,
        service=_service(candidate),
        justification="; ".join(evidence.text for evidence in candidate.evidence[:3]),
        expected_benefit=(
            f"about {hours.value:.0f} hours in 90 days ({hours.low:.0f} to {hours.high:.0f})"
            + (f"; assumed: {', '.join(hours.assumed)}" if hours.assumed else "")
        ),
    )


def _description(candidate: ProblemCandidate, run: MiningRun) -> str:
    """What was seen, and whether a problem record stands for it already."""
    seen = f"{candidate.n_members} incidents up to {run.week} look like repeats of one cause."
    if not candidate.known_problems:
        return seen
    return f"{seen} Some of them are linked to {', '.join(candidate.known_problems)}."


def _service(candidate: ProblemCandidate) -> str | None:
    """The service most members name, where they do."""
    named = (purity.value for purity in candidate.purity if purity.field == "service")
    return next(named, None)
