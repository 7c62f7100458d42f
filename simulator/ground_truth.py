"""What is planted in an estate and true about it; kept apart from every export."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from simulator.causes import Pattern
from simulator.change_records import OUTCOMES, change_outcomes
from simulator.changes import TYPES, breaking_risks
from simulator.dirt import planted_defects
from simulator.draws import Floats, Ints
from simulator.improvements import Kind, plan_improvements
from simulator.lifecycle import NEVER, VENDOR_WAIT, WAITS, Lifecycle, Slot, build_lifecycle
from simulator.plan import Plan
from simulator.problem_records import cause_title
from simulator.settings import BLOCK

_VERDICT = {
    Pattern.IMPROVED: "worked",
    Pattern.NOT_IMPROVED: "failed",
    Pattern.REGRESSED: "regressed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseTruth:
    """One planted root cause."""

    cause_id: str
    title: str
    pattern: str
    n_members: int
    service: str
    items: tuple[str, ...]
    problem: str | None
    change: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTruth:
    """A change that broke something, and the incidents it induced."""

    change: str
    cause_id: str
    implemented_at: datetime
    recorded_outcome: str
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementTruth:
    """An improvement on a cause: it worked, failed, or worked and then regressed."""

    cause_id: str
    verdict: str
    live_at: datetime
    regressed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTruth:
    """An entry of an estate with planted improvements, and the ratio that is true while it holds.

    `kind` is works, null, regresses, or peaked: null, and chosen because it had just peaked.
    """

    cause_id: str
    kind: str
    service: str
    ratio: float
    raised_at: datetime
    live_at: datetime
    returns_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitTruth:
    """How long an incident waited for whom, in hours by the clock, up to the export."""

    vendor_h: float
    own_h: float
    caller_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundTruth:
    """Everything planted.

    `cause_of` has every incident, None for those that repeat nothing; `waits` those that waited;
    `change_risk` is the share of the changes of each type that break something.
    """

    cause_of: Mapping[str, str | None]
    causes: Mapping[str, CauseTruth]
    breaking_changes: tuple[ChangeTruth, ...]
    change_risk: Mapping[str, float]
    improvements: tuple[ImprovementTruth, ...]
    clone_of: Mapping[str, str]
    waits: Mapping[str, WaitTruth]
    defects: Mapping[str, str]


def build_truth(plan: Plan) -> GroundTruth:
    """What is true about an estate."""
    causes = plan.cause.tolist()
    clones = np.flatnonzero(plan.clone_of >= 0)
    return GroundTruth(
        cause_of={
            _incident(i): None if cause < 0 else cause_id(cause) for i, cause in enumerate(causes)
        },
        causes={cause_id(index): _cause(plan, index) for index in range(plan.causes.n)},
        breaking_changes=_breaking(plan),
        change_risk=_risks(plan),
        improvements=_improvements(plan),
        clone_of={_incident(i): _incident(int(plan.clone_of[i])) for i in clones.tolist()},
        waits=_waits(plan),
        defects={_incident(i): kind for i, kind in planted_defects(plan.settings).items()},
    )


def cause_id(index: int) -> str:
    """The id of a cause."""
    return f"C{index + 1:06d}"


def write_truth(truth: GroundTruth, path: Path) -> Path:
    """Writes the truth as JSON; a name that ends in .gz is packed, always into the same bytes."""
    facts = json.dumps(truth, sort_keys=True, default=_plain, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = facts.encode()
    path.write_bytes(gzip.compress(data, 5, mtime=0) if path.suffix == ".gz" else data)
    return path


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    assert is_dataclass(value)
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _incident(index: int) -> str:
    return f"INC{index + 1:07d}"


def _cause(plan: Plan, index: int) -> CauseTruth:
    causes = plan.causes
    items = sorted({plan.reference.ci_names[item] for item in causes.ci[index].tolist()})
    problem, change = int(plan.problem_index[index]), int(plan.changes.of_cause[index])
    return CauseTruth(
        cause_id=cause_id(index),
        title=cause_title(plan, index),
        pattern=Pattern(causes.pattern[index]).name.lower(),
        n_members=int(causes.size[index]),
        service=plan.reference.services[causes.service[index]],
        items=tuple(items),
        problem=f"PRB{problem + 1:07d}" if problem >= 0 else None,
        change=f"CHG{change + 1:07d}" if change >= 0 else None,
    )


def _breaking(plan: Plan) -> tuple[ChangeTruth, ...]:
    members: dict[int, list[str]] = {}
    for index, cause in enumerate(plan.cause.tolist()):
        if cause >= 0 and plan.changes.of_cause[cause] >= 0:
            members.setdefault(int(plan.changes.of_cause[cause]), []).append(_incident(index))
    outcomes = change_outcomes(plan)
    return tuple(
        ChangeTruth(
            change=f"CHG{change + 1:07d}",
            cause_id=cause_id(int(plan.changes.cause[change])),
            implemented_at=_when(int(plan.changes.implemented_s[change])),
            recorded_outcome=OUTCOMES[outcomes[change]].value,
            incidents=tuple(incidents),
        )
        for change, incidents in sorted(members.items())
    )


def _risks(plan: Plan) -> dict[str, float]:
    risks = breaking_risks(plan.settings, plan.changes).tolist()
    return {name: round(risk, 6) for name, risk in zip(TYPES, risks, strict=True)}


def _improvements(plan: Plan) -> tuple[ImprovementTruth, ...]:
    causes = plan.causes
    found = np.flatnonzero(np.isin(causes.pattern, list(_VERDICT)))
    return tuple(
        ImprovementTruth(
            cause_id=cause_id(index),
            verdict=_VERDICT[Pattern(causes.pattern[index])],
            live_at=_when(int(causes.goes_live_s[index])),
            regressed_at=_when(int(causes.returns_s[index]))
            if causes.returns_s[index] >= 0
            else None,
        )
        for index in found.tolist()
    )


def build_entries(plan: Plan) -> tuple[EntryTruth, ...]:
    """The entries of an estate with planted improvements; none in any other."""
    if not plan.settings.improvements:
        return ()
    planted = plan_improvements(plan.settings)

    def when(week: int) -> datetime:
        return _when(plan.settings.start_s + week * 7 * 86_400)

    return tuple(
        EntryTruth(
            cause_id=cause_id(index),
            kind=Kind(planted.kind[index]).name.lower(),
            service=plan.reference.services[planted.service[index]],
            ratio=float(planted.ratio[index]),
            raised_at=when(int(planted.raised_week[index])),
            live_at=when(int(planted.live_week[index])),
            returns_at=when(returns) if returns >= 0 else None,
        )
        for index, returns in zip(
            planted.entries.tolist(), planted.returns_week[planted.entries].tolist(), strict=True
        )
    )


def _waits(plan: Plan) -> dict[str, WaitTruth]:
    waits: dict[str, WaitTruth] = {}
    for first in range(0, plan.n, BLOCK):
        life = build_lifecycle(plan, np.arange(first, min(first + BLOCK, plan.n)))
        vendor, own, caller = wait_hours(plan, life)
        for row in np.flatnonzero(vendor + own + caller > 0).tolist():
            waits[_incident(first + row)] = WaitTruth(
                vendor_h=round(float(vendor[row]), 3),
                own_h=round(float(own[row]), 3),
                caller_h=round(float(caller[row]), 3),
            )
    return waits


def wait_hours(plan: Plan, life: Lifecycle) -> tuple[Floats, Floats, Floats]:
    """Hours each incident waited for the vendor, for ourselves and for the caller.

    Ours are hand-offs, waits for a problem or change, and what the vendor waited for from us.
    """
    vendor, own, caller = (np.zeros(len(life.ids)) for _ in range(3))
    for column, (begin, back) in enumerate(
        ((Slot.WAIT_A, Slot.BACK_A), (Slot.WAIT_B, Slot.BACK_B))
    ):
        hours = _hours(plan, life.slot_s[:, begin], life.slot_s[:, back])
        kind = life.wait_kind[:, column]
        ours = np.where(kind == VENDOR_WAIT, life.our_share[:, column], (kind > VENDOR_WAIT) * 1.0)
        vendor += np.where(kind == VENDOR_WAIT, hours * (1 - ours), 0.0)
        own += np.where(kind >= VENDOR_WAIT, hours * ours, 0.0)
        caller += np.where(kind == WAITS.index(WAITS[1]), hours, 0.0)
    for hop in range(life.hop_s.shape[1]):
        own += _hours(plan, life.hop_s[:, hop], life.picked_s[:, hop])
    return vendor, own, caller


def _hours(plan: Plan, start: Ints, end: Ints) -> Floats:
    until = np.minimum(end, plan.settings.export_s)
    hours: Floats = np.where(start < NEVER, (until - np.minimum(start, until)) / 3600.0, 0.0)
    return hours


def _when(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
