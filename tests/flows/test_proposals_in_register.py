"""Which candidates become proposals, once each, and what a proposal says."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flows.settings import load_settings
from flows.stages.propose import proposals, propose_entries
from flows.wiring import Parts, build
from itsm.candidates import Decision, Estimate, Life, Member, ProblemCandidate, Standing
from itsm.register import Origin, RegisterEntry
from store.runs import MiningRun

AT = datetime(2026, 11, 16, tzinfo=UTC)
DEAR = ProblemCandidate(
    candidate_id="PC-1",
    statement="VPN drops — Network",
    members=(Member(source="desk", number="INC1", score=0.9),) * 3,
    score=0.9,
    first_seen_at=AT,
    last_seen_at=AT,
    weekly_counts=(3,),
    life=Life.ACTIVE,
    evidence=(),
    purity=(),
    avoidable_hours=Estimate(value=40, low=10, high=90, unit="h", assumed=("handling_h",)),
)
CHEAP = replace(
    DEAR, candidate_id="PC-2", avoidable_hours=Estimate(value=7.9, low=1, high=9, unit="h")
)
DECIDED = replace(DEAR, candidate_id="PC-3", decision=Decision.REJECTED)
KNOWN = replace(DEAR, candidate_id="PC-4", known_problems=("PRB7",))


def proposed(parts: Parts, week: str, *candidates: ProblemCandidate) -> int:
    run = MiningRun(
        run_id=f"M-{week}",
        week=week,
        cutoff_at=AT,
        mining_version="1",
        n_incidents=9,
        input_hash=week,
        started_at=AT,
        finished_at=AT,
    )
    distinct = [
        replace(c, members=tuple(replace(m, number=f"INC{n}") for n, m in enumerate(c.members)))
        for c in candidates
    ]
    with parts.store.begin() as uow:
        uow.mining.save(run, distinct)
        uow.commit()
    return propose_entries(parts, run.run_id)


def entries(parts: Parts) -> dict[str, RegisterEntry]:
    with parts.store.begin() as uow:
        return {entry.number: entry for entry in uow.register.list()}


def test_dear_and_undecided_candidates_are_proposed(tmp_path: Path) -> None:
    parts = build(load_settings(), tmp_path)
    assert proposed(parts, "2026-W46", DEAR, CHEAP, DECIDED, KNOWN) == 2
    found = entries(parts)
    assert set(found) == {"CSI-PC-1", "CSI-PC-4"}
    assert found["CSI-PC-1"].origin is Origin.MINED_CANDIDATE
    assert "40 hours in 90 days (10 to 90); assumed: hours of handling" in str(
        found["CSI-PC-1"].expected_benefit
    )
    assert found["CSI-PC-4"].origin_record == "PRB7"
    assert "linked to PRB7" in found["CSI-PC-4"].description


def test_a_candidate_is_proposed_once_whatever_becomes_of_it(tmp_path: Path) -> None:
    parts = build(load_settings(), tmp_path)
    proposed(parts, "2026-W46", DEAR)
    before = entries(parts)
    assert proposed(parts, "2026-W47", replace(DEAR, statement="VPN drops again")) == 0
    assert entries(parts) == before
    assert proposals(parts, "M-2026-W47") == [], "a dry run tells what would be written"


def test_no_more_are_proposed_than_are_wanted(tmp_path: Path) -> None:
    parts = build(load_settings(given={"mining": {"proposals": 1}}), tmp_path)
    assert proposed(parts, "2026-W46", DEAR, KNOWN) == 1
    assert set(entries(parts)) == {"CSI-PC-1"}


def test_what_a_person_took_up_is_proposed_however_cheap_it_is(tmp_path: Path) -> None:
    parts = build(load_settings(given={"mining": {"proposals": 0}}), tmp_path)
    told = Standing(decision_id="D-1", text="accepted by Ada")
    accepted = replace(CHEAP, decision=Decision.ACCEPTED, standing=told)
    by_itself = replace(KNOWN, decision=Decision.LINKED)
    assert proposed(parts, "2026-W46", accepted, by_itself) == 1
    (entry,) = entries(parts).values()
    assert entry.number == "CSI-PC-2"
    assert entry.evidence == ("desk/INC0", "desk/INC1", "desk/INC2")
    assert entry.pattern is not None
    assert entry.pattern.candidates == ("PC-2",)
