"""A desk whose VPN incidents an improvement went live against, week by week."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from itsm.proof import (
    FieldIs,
    MemberPattern,
    Proof,
    ProofPlan,
)
from itsm.records import Incident
from reports.measures.proof import freeze_entry, prove
from reports.measures.proof_counts import Watched, watched_of
from tests.measures.measure_frames import incident, measure_data

LIVE = datetime(2026, 6, 1, tzinfo=UTC)
START = LIVE - timedelta(weeks=24)
WEEK = timedelta(days=7)
VPN = MemberPattern(fields=(FieldIs(field="category", values=("VPN",)),))
PLAN = ProofPlan(
    number="CSI0001",
    pattern=VPN,
    promised=0.6,
    raised_on=(LIVE - 2 * WEEK).date(),
    live_on=LIVE.date(),
    review_on=LIVE.date() + timedelta(days=90),
)


def weekly(
    per_week: Sequence[int], name: str, start: datetime = START, **fields: object
) -> list[Incident]:
    """So many incidents in each week, spread over it."""
    return [
        incident(
            f"{name}{week:02d}{place:02d}",
            start + week * WEEK + timedelta(hours=1 + 160 * place / max(n, 1)),
            service=fields.get("service", "Remote access"),
            **{key: value for key, value in fields.items() if key != "service"},
        )
        for week, n in enumerate(per_week)
        for place in range(n)
    ]


def watched_at(*parts: list[Incident], at: datetime, **more: object) -> Watched:
    return watched_of(measure_data([one for part in parts for one in part], **more), at)


def vpn_desk(after: int, *, peak: int = 4) -> list[Incident]:
    """4 a week for 14 weeks, a peak for 8, 4 for 2, then what came after; 20 others a week."""
    own = [4] * 14 + [peak] * 8 + [4] * 2 + [after] * 26
    return [
        *weekly(own, "V", category="VPN"),
        *weekly([20] * 50, "O", category="Mail"),
    ]


DAY_90 = LIVE + timedelta(days=90)


def proof_of(records: list[Incident], at: datetime = DAY_90, plan: ProofPlan = PLAN) -> Proof:
    baseline = freeze_entry(plan, LIVE, watched_at(records, at=LIVE))
    return prove(baseline, watched_at(records, at=at))
