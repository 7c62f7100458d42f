"""Propose: the dearest candidates become proposals in the register; a person accepts."""

import hashlib

from flows.feeds.material import MAX_EVIDENCE
from flows.registering import weighed
from flows.stage_watch import stage
from flows.stages.feed import feed_week
from flows.weeks import reporting_week
from flows.wiring import Parts
from itsm.candidate_words import assumed_in_words, in_common
from itsm.candidates import Decision, ProblemCandidate
from itsm.errors import StoreError
from itsm.proof import MEMBER_RATE, MemberPattern
from itsm.register import Origin, RegisterEntry
from itsm.register_roles import PIPELINE
from store.runs import MiningRun

RAISED_BY = PIPELINE.name
"""Who raises a proposal that no person raised."""


@stage("propose")
def propose_entries(parts: Parts, run_id: str) -> int:
    """Put into the register what a week asks for: its candidates, and what its other feeds show.

    One candidate, or one piece of evidence, is one entry, ever.

    Returns:
        How many entries are new.
    """
    entries = proposals(parts, run_id)
    with parts.store.begin() as uow:
        n_new = uow.register.save(entries)
        run = uow.mining.run(run_id)
        uow.commit()
    assert run is not None, "proposals would have said so"
    parts.say(f"push   {n_new} new proposals in the register")
    return n_new + feed_week(parts, reporting_week(parts, run.week), run.cutoff_at)


def proposals(parts: Parts, run_id: str) -> list[RegisterEntry]:
    """The entries that accepted and the dearest candidates ask for and the register lacks."""
    rules = parts.settings.mining
    with parts.store.begin() as uow:
        run, candidates = uow.mining.run(run_id), uow.mining.candidates(run_id)
        known = {entry.number for entry in uow.register.list()}
    if run is None:
        raise StoreError(f"there is no mining run {run_id}; run `csi mine` first")
    taken_up = [one for one in candidates if one.decision in _TAKEN_UP and one.standing]
    worth = [
        candidate
        for candidate in candidates
        if candidate.decision is Decision.UNDECIDED
        and candidate.avoidable_hours.value >= rules.min_avoidable_hours
    ]
    chosen = [*taken_up, *worth[: rules.proposals]]
    entries = [weighed(parts, entry_of(candidate, run)) for candidate in chosen]
    return [entry for entry in entries if entry.number not in known]


_TAKEN_UP = (Decision.ACCEPTED, Decision.LINKED)
"""What a person decided, where `standing` says so; an open problem alone links a candidate, too."""


def entry_of(candidate: ProblemCandidate, run: MiningRun) -> RegisterEntry:
    """A proposal with its evidence; effort and risk are for a person to say."""
    hours = candidate.avoidable_hours
    evidence = sorted(f"{m.source}/{m.number}" for m in candidate.members)
    members = "\n".join(evidence)
    return RegisterEntry(
        number=f"CSI-{candidate.candidate_id}",
        title=f"Remove the cause of: {candidate.statement}",
        description=_description(candidate, run),
        origin=Origin.PROBLEM if candidate.known_problems else Origin.MINED_CANDIDATE,
        origin_record=next(iter(candidate.known_problems), candidate.candidate_id),
        evidence_hash=hashlib.sha256(members.encode()).hexdigest(),
        evidence=tuple(evidence[:MAX_EVIDENCE]),
        pattern=MemberPattern(
            candidates=(candidate.candidate_id,), problems=candidate.known_problems
        ),
        measure_id=MEMBER_RATE,
        state_since_at=run.cutoff_at,
        raised_at=run.cutoff_at,
        raised_by=RAISED_BY,
        service=_service(candidate),
        justification=in_common(candidate)
        or "; ".join(evidence.text for evidence in candidate.evidence[:3]),
        expected_benefit=(
            f"about {hours.value:.0f} hours in 90 days ({hours.low:.0f} to {hours.high:.0f})"
            + (f"; assumed: {assumed_in_words(hours.assumed)}" if hours.assumed else "")
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
