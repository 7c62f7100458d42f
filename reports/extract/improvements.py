"""Facts of improvement: figures of packs, candidates and their members, the register, its proofs.

No title, statement or reason that a person wrote is in them, and nobody's name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from itsm.candidates import ProblemCandidate
from itsm.register import RegisterEntry
from reports.extract.columns import Calendar
from reports.extract.keys import NOT_GIVEN, surrogate
from reports.extract.members import Members
from reports.measures.data import TIME_TYPE
from reports.measures.weeks import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureValue:
    """A figure of a week, as it is kept with the week's pack; None where it tells nothing."""

    figure_id: str
    dimensions: Mapping[str, str]
    version: int
    value: float | None
    n: int | None
    numerator: float | None
    low: float | None
    high: float | None
    companions: Mapping[str, float]
    exactness: str | None
    verdict: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """When a candidate was first and last seen, and what its incidents have in common most."""

    first_seen_at: datetime
    last_seen_at: datetime
    service: str | None
    category: str | None


def week_key(label: str) -> int:
    """The key of a week by its label: 202634 for 2026-W34."""
    year, _, week = label.partition("-W")
    return int(year) * 100 + int(week)


def figure_facts(week: str, values: Sequence[FigureValue], members: Members) -> pd.DataFrame:
    """The figures of a week."""
    return _frame(
        {
            "week_key": week_key(week),
            "figure_key": surrogate("figure", one.figure_id),
            "slice_key": _slice(one.dimensions, members),
            "service_key": members.key("service", one.dimensions["service"])
            if "service" in one.dimensions
            else None,
            **{name: getattr(one, name) for name in _PLAIN},
            **{name: one.companions.get(name) for name in ("median", "p90", "mean")},
            "formula_version": one.version,
            "is_available": one.value is not None,
        }
        for one in values
        if not _NOT_TOLD & one.dimensions.keys()
    )


_NOT_TOLD = frozenset({"owner", "theme"})
"""A value cut by these names persons, or words that people wrote, and stays out."""
_PLAIN = ("value", "n", "numerator", "low", "high", "exactness", "verdict", "reason")


def _slice(dimensions: Mapping[str, str], members: Members) -> int:
    """The key of a slice: of what it is cut by, and of the parts, in the order of the names."""
    if not dimensions:
        return NOT_GIVEN
    parts = [part for pair in sorted(dimensions.items()) for part in pair]
    return members.key("slice", *parts)


def candidate_facts(
    week: str, candidates: Sequence[ProblemCandidate], members: Members
) -> dict[str, pd.DataFrame]:
    """How the candidates of a week stood, and which incidents they held."""
    key = week_key(week)
    standing = _frame(
        {
            "week_key": key,
            "candidate_key": members.key("candidate", one.candidate_id),
            "place": place,
            "members": one.n_members,
            "score": one.score,
            "avoidable_h": one.avoidable_hours.value,
            "avoidable_low_h": one.avoidable_hours.low,
            "avoidable_high_h": one.avoidable_hours.high,
            "life": one.life.value,
            "movement": one.movement.value,
            "decision": one.decision.value,
        }
        for place, one in enumerate(candidates, 1)
    )
    belonging = _frame(
        {
            "week_key": key,
            "candidate_key": members.key("candidate", one.candidate_id),
            "incident_key": surrogate(member.source, member.number),
            "score": member.score,
        }
        for one in candidates
        for member in one.members
    )
    return {"fact_candidate": standing, "fact_candidate_member": belonging}


def seen_of(candidate: ProblemCandidate) -> Seen:
    """What the dimension of candidates tells of one."""
    commonest = {one.field: one.value for one in candidate.purity}
    return Seen(
        first_seen_at=candidate.first_seen_at,
        last_seen_at=candidate.last_seen_at,
        service=commonest.get("service"),
        category=commonest.get("category"),
    )


def register_facts(
    entries: Sequence[RegisterEntry], members: Members, calendar: Calendar
) -> dict[str, pd.DataFrame]:
    """The entries of the register, and the verdicts on them."""
    raised = pd.Series([instant(one.raised_at) for one in entries], dtype=TIME_TYPE).to_numpy()
    rows = _frame(_entry(one, members) for one in entries)
    if len(rows):
        rows = rows.assign(**calendar.keys("raised", raised))
    verdicts = _frame(
        {
            "entry_key": surrogate("entry", entry.number),
            "day": hold.day,
            "verdict": hold.verdict.value,
            "ratio": hold.effect.ratio,
            "ratio_low": hold.effect.low,
            "ratio_high": hold.effect.high,
        }
        for entry in entries
        if entry.proof is not None
        for hold in entry.proof.holds
    )
    return {"fact_register_entry": rows, "fact_proof": verdicts}


def _entry(entry: RegisterEntry, members: Members) -> dict[str, object]:
    """One entry without titles, texts and people."""
    proof = entry.proof
    effect = proof.effect if proof else None
    return {
        "entry_key": surrogate("entry", entry.number),
        "entry": entry.number,
        "origin": entry.origin.value,
        "state_key": members.key("state", "register_entry", entry.state.value),
        "service_key": members.key("service", entry.service),
        "dimension": _value(entry.dimension),
        "size": _value(entry.size),
        **{name: getattr(entry, name) for name in _ENTRY_PLAIN},
        "has_owner": entry.owner is not None,
        "closure_code": _value(entry.closure_code),
        "live_at": None if entry.live_at is None else entry.live_at.replace(microsecond=0),
        "verdict": _value(proof.verdict if proof else None),
        "promised_ratio": entry.promised,
        "ratio": effect.ratio if effect else None,
        "ratio_low": effect.low if effect else None,
        "ratio_high": effect.high if effect else None,
        "hours_returned": proof.hours.value if proof and proof.hours else None,
        "benefit": proof.benefit.value if proof and proof.benefit else None,
        "roi": proof.roi.value if proof and proof.roi else None,
        "has_verified_benefit": entry.has_verified_benefit,
    }


_ENTRY_PLAIN = (
    *("impact", "urgency", "risk", "effort", "score", "is_regulatory", "blocks_critical"),
    *("cost", "value_per_year", "required_by", "planned_end_on", "next_review_on", "closed_on"),
)


def _value(code: object) -> str | None:
    return None if code is None else str(code)


def _frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), dtype=object)
