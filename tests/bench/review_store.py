"""A store for measuring the review pages: made of numbers, with no mining, in a minute or two."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from itsm.candidates import Estimate, Evidence, EvidenceLink, Life, Member, ProblemCandidate, Purity
from itsm.records import Incident
from itsm.states import IncidentState
from store import MiningRun, Store, open_engine, upgrade

CUTOFF = datetime(2026, 11, 16, 12, tzinfo=UTC)
SOURCE = "desk"
BATCH = 20_000
LARGEST = 4_000
SERVICES = tuple(f"Service {n}" for n in range(120))
TEAMS = tuple(f"Team {n}" for n in range(60))
WORDS = tuple(
    "vpn mail printer login password error timeout report invoice booking order label scanner "
    "portal screen batch job disk queue certificate proxy index export import sync mobile laptop "
    "phone badge access folder share page table field form list price stock tax rate plan".split()
)


def fill(path: Path, *, n_incidents: int, n_candidates: int, seed: int = 1) -> Store:
    """A store with incidents, and two weeks whose candidates have every seventh of them.

    Sizes of candidates are those of practice estates: most have 3 to 12 members, the largest some
    thousands.
    """
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    store = Store(engine)
    draw = random.Random(seed)
    for rows in _incidents(n_incidents, draw):
        with store.begin() as uow:
            uow.records.save(rows)
            uow.commit()
    for week in ("2026-W45", "2026-W46"):
        with store.begin() as uow:
            uow.mining.save(_run(week, n_incidents), list(_candidates(n_candidates, n_incidents)))
            uow.commit()
    return store


def _incidents(n: int, draw: random.Random) -> Iterator[list[Incident]]:
    for start in range(0, n, BATCH):
        yield [_incident(i, n, draw) for i in range(start, min(start + BATCH, n))]


def _incident(i: int, n: int, draw: random.Random) -> Incident:
    opened = CUTOFF - timedelta(days=182 * (1 - i / n))
    return Incident(
        source=SOURCE,
        number=f"INC{i:07d}",
        opened_at=opened,
        state=IncidentState.CLOSED if draw.random() < 0.95 else IncidentState.IN_PROGRESS,
        state_code="7",
        title=" ".join(draw.choices(WORDS, k=6)),
        service=draw.choice(SERVICES),
        ci=f"ci-{draw.randrange(4000)}",
        category=f"Category {draw.randrange(20)}",
        team=draw.choice(TEAMS),
        caller=f"Person {draw.randrange(20_000)}",
        priority=draw.randint(1, 5),
        resolved_at=opened + timedelta(hours=draw.expovariate(1 / 20)),
        sla_met=draw.random() < 0.9,
        reassignment_count=draw.randrange(4),
        reopen_count=0,
        affected_users=draw.randint(1, 9),
    )


def _run(week: str, n_incidents: int) -> MiningRun:
    return MiningRun(
        run_id=f"M-{week}",
        week=week,
        cutoff_at=CUTOFF,
        mining_version="1",
        n_incidents=n_incidents,
        input_hash=week,
        started_at=CUTOFF,
        finished_at=CUTOFF,
    )


def _candidates(n: int, n_incidents: int) -> Iterator[ProblemCandidate]:
    draw = random.Random(7)
    at = 0
    for i in range(n):
        size = max(3, min(int(draw.paretovariate(1.1) * 3), LARGEST)) if i else LARGEST
        numbers = [(at + 7 * k) % n_incidents for k in range(size)]
        at = (at + 7 * size + 1) % n_incidents
        yield _candidate(i, sorted(set(numbers)), draw)


def _candidate(i: int, numbers: list[int], draw: random.Random) -> ProblemCandidate:
    service, team = draw.choice(SERVICES), draw.choice(TEAMS)
    terms = tuple(dict.fromkeys(draw.choices(WORDS, k=7)))
    hours = draw.paretovariate(1.2)
    return ProblemCandidate(
        candidate_id=f"PC-{i:06d}",
        statement=" ".join(terms).capitalize(),
        members=tuple(
            Member(source=SOURCE, number=f"INC{k:07d}", score=0.99 - 0.5 * j / len(numbers))
            for j, k in enumerate(numbers)
        ),
        score=draw.uniform(0.5, 1),
        first_seen_at=CUTOFF - timedelta(days=150),
        last_seen_at=CUTOFF - timedelta(days=draw.randrange(60)),
        weekly_counts=tuple(draw.randrange(9) for _ in range(26)),
        life=draw.choice([Life.ACTIVE, Life.ACTIVE, Life.EMERGING, Life.QUIET, Life.STALE]),
        evidence=tuple(
            Evidence(kind=kind, text=f"same {kind}", weight=draw.uniform(0, 3))
            for kind in ("shared_terms", "service", "time", "ci")
        ),
        purity=(
            Purity(field="service", value=service, share=0.9, n=len(numbers)),
            Purity(field="team", value=team, share=0.7, n=len(numbers)),
        ),
        avoidable_hours=Estimate(value=hours, low=hours / 3, high=hours * 3, unit="h"),
        known_problems=("PRB0001",) if i % 9 == 0 else (),
        terms=terms,
        links=(EvidenceLink(kind="fix", record="", text="7 of 9 fix notes say: restarted it"),),
    )
