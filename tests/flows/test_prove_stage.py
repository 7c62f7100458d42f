"""A week proves what went live: the baseline is frozen, the proof kept, and told when asked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.settings import load_settings
from flows.stages.prove import prove_week
from flows.verbs.register_proof import register
from flows.weeks import cutoff_of
from flows.wiring import Parts, build
from itsm.candidates import Estimate, Life, Member, ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.proof import MEMBER_RATE, MemberPattern, ProofVerdict
from itsm.records import Incident
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.states import IncidentState
from store.runs import MiningRun

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
N_BEFORE, N_AFTER = 34, 6
LIVE = MONDAY + timedelta(weeks=N_BEFORE)
WEEK = ReportingWeek.of(MONDAY + timedelta(weeks=N_BEFORE + N_AFTER - 1), "UTC")


def _incident(week: int, at: int, *, problem: str | None) -> Incident:
    opened = MONDAY + timedelta(weeks=week, hours=at)
    return Incident(
        source="desk",
        number=f"INC{week:03d}{at:02d}",
        opened_at=opened,
        updated_at=opened,
        state=IncidentState.NEW,
        state_code="1",
        service="Mail",
        problem=problem,
    )


def _incidents() -> Iterator[Incident]:
    """Five members and twenty others a week; the members end when the improvement goes live."""
    for week in range(N_BEFORE + N_AFTER):
        yield from (_incident(week, at, problem=None) for at in range(20))
        if week < N_BEFORE:
            yield from (_incident(week, at, problem="PRB1") for at in range(20, 24 + week % 3))


ENTRY = RegisterEntry(
    number="CSI-1",
    title="Renew certificates by themselves",
    description="They run out",
    origin=Origin.MANUAL,
    origin_record=None,
    evidence_hash=None,
    raised_at=LIVE - timedelta(weeks=4),
    raised_by="anna",
    state=RegisterState.REVIEW,
    service="Mail",
    coordinator="ben",
    next_review_on=date(2026, 12, 1),
    measure_id=MEMBER_RATE,
    pattern=MemberPattern(problems=("desk/PRB1",)),
    live_at=LIVE,
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "csi.toml"
    path.write_text('[sources.desk]\nkind = "files"\n')
    with _parts(path).store.begin() as uow:
        uow.records.save(list(_incidents()))
        uow.commit()
    return path


def _parts(config: Path) -> Parts:
    return build(load_settings(config), config.parent)


def _keep(config: Path, *entries: RegisterEntry) -> Parts:
    parts = _parts(config)
    with parts.store.begin() as uow:
        uow.register.save(entries)
        uow.commit()
    return parts


def _get(parts: Parts) -> RegisterEntry:
    with parts.store.begin() as uow:
        return uow.register.get("CSI-1")


def test_what_went_live_is_frozen_and_proven_once(config: Path) -> None:
    parts = _keep(config, ENTRY)
    at = cutoff_of(parts, WEEK, None)
    assert str(prove_week(parts, WEEK, at)) == "1 baselines frozen, 1 proofs kept"
    kept = _get(parts)
    assert kept.baseline is not None
    assert kept.proof is not None
    assert kept.proof.verdict is ProofVerdict.VERIFIED, kept.proof.text
    assert str(prove_week(parts, WEEK, at)) == "0 baselines frozen, 0 proofs kept"
    assert _get(parts) == kept


def test_an_older_week_run_again_takes_nothing_back(config: Path) -> None:
    parts = _keep(config, ENTRY)
    prove_week(parts, WEEK, cutoff_of(parts, WEEK, None))
    kept, before = _get(parts), WEEK.shifted(-1)
    assert prove_week(parts, before, cutoff_of(parts, before, None)).n_proofs == 0
    assert _get(parts) == kept


def test_what_cannot_be_measured_is_told_for_the_pack(config: Path) -> None:
    parts = _keep(config, replace(ENTRY, pattern=None))
    done = prove_week(parts, WEEK, cutoff_of(parts, WEEK, None))
    ((what, why),) = done.missing.items()
    assert what == "the proof of CSI-1"
    assert "a pattern" in why
    assert _get(parts).baseline is None


def test_new_entries_are_left_alone(config: Path) -> None:
    parts = _keep(config, replace(ENTRY, state=RegisterState.NEW))
    done = prove_week(parts, WEEK, cutoff_of(parts, WEEK, None))
    assert (done.n_baselines, done.n_proofs, done.missing) == (0, 0, {})


def _mined(parts: Parts, week: ReportingWeek, members: list[Incident], *, name: str) -> None:
    """A run of a week with one candidate."""
    at = cutoff_of(parts, week, None)
    run = MiningRun(
        run_id=f"M-{week}",
        week=week.label,
        cutoff_at=at,
        mining_version="1",
        n_incidents=len(members),
        input_hash=week.label,
        started_at=at,
        finished_at=at,
    )
    candidate = ProblemCandidate(
        candidate_id=name,
        statement="-",
        members=tuple(Member(source=i.source, number=i.number, score=0.9) for i in members),
        score=0.9,
        first_seen_at=members[0].opened_at,
        last_seen_at=members[-1].opened_at,
        weekly_counts=(1,),
        life=Life.ACTIVE,
        evidence=(),
        purity=(),
        avoidable_hours=Estimate(value=1, low=1, high=1, unit="h"),
    )
    with parts.store.begin() as uow:
        uow.mining.save(run, [candidate])
        uow.commit()


def test_what_mining_no_longer_looks_back_to_is_still_a_member(config: Path) -> None:
    """The run of the week holds the last weeks only; earlier ones held what the baseline counts."""
    parts = _keep(config, replace(ENTRY, pattern=MemberPattern(candidates=("PC-1",))))
    members = [one for one in _incidents() if one.problem]
    live_week = ReportingWeek.of(LIVE, "UTC")
    _mined(parts, live_week, members, name="PC-1")
    prove_week(parts, live_week, cutoff_of(parts, live_week, None))
    frozen = _get(parts).baseline
    assert frozen is not None
    _mined(parts, WEEK, members[-30:], name="PC-1")
    done = prove_week(parts, WEEK, cutoff_of(parts, WEEK, None))
    assert done.refused == {}
    proof = _get(parts).proof
    assert proof is not None
    assert proof.verdict is ProofVerdict.VERIFIED, proof.text


def _said(config: Path, *words: str) -> str:
    done = CliRunner().invoke(
        register, ["prove", *words, "--config", str(config), "--week", WEEK.label]
    )
    assert done.exit_code == 0, done.output
    return done.output


def test_before_it_goes_live_an_entry_says_what_it_could_prove(config: Path) -> None:
    parts = _keep(
        config,
        replace(
            ENTRY,
            state=RegisterState.ASSESS,
            live_at=None,
            planned_end_on=date(2026, 11, 1),
            promised=0.5,
        ),
    )
    told = _said(config, "CSI-1")
    assert told.startswith("CSI-1, before it goes live: ")
    assert "The earliest date for a promised fall of 50 % is 2027-04-30" in told
    assert _get(parts).proof is None


def test_a_dry_run_keeps_nothing_and_a_run_does(config: Path) -> None:
    parts = _keep(config, ENTRY)
    assert "verified" in _said(config, "--dry-run")
    assert _get(parts).proof is None
    assert "verified" in _said(config)
    assert _get(parts).proof is not None
    assert '"proofs"' in _said(config, "CSI-1", "--json")
