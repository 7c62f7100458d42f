"""Candidates and decisions on incidents named by numbers, for tests of what people said."""

from datetime import UTC, datetime, timedelta

from itsm.candidates import Estimate, Life, Member, ProblemCandidate
from itsm.deciding import Reviewer
from itsm.decisions import IncidentRef

START = datetime(2026, 8, 24, 9, tzinfo=UTC)


def ref(number: int, source: str = "desk") -> IncidentRef:
    return IncidentRef(source=source, number=f"INC{number:04d}")


def refs(*numbers: int) -> tuple[IncidentRef, ...]:
    return tuple(ref(number) for number in numbers)


def candidate(candidate_id: str, *numbers: int, hours: float = 12.0) -> ProblemCandidate:
    return ProblemCandidate(
        candidate_id=candidate_id,
        statement=f"Candidate {candidate_id}",
        members=tuple(
            Member(source=each.source, number=each.number, score=0.9) for each in refs(*numbers)
        ),
        score=0.9,
        first_seen_at=START - timedelta(days=30),
        last_seen_at=START,
        weekly_counts=(len(numbers),),
        life=Life.ACTIVE,
        evidence=(),
        purity=(),
        avoidable_hours=Estimate(value=hours, low=2, high=30, unit="h"),
    )


def by(day: int, actor: str = "ada") -> Reviewer:
    return Reviewer(
        actor=actor, at=START + timedelta(days=day), run_id=f"M-{day}", reason="looked at them"
    )
