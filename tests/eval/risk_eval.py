"""How well the told risks of changes come true, over many practice estates with planted risks.

Each change is asked about before it is implemented, from what was known then. What came is told
twice: as records tell it (an end other than successful, named by an incident, or found by the
test), which is what a reader can hold the risks against, and as planted: it broke something.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from itsm.states import RecordKind
from itsm.statistics import wilson_interval
from reports.measures.data import Flags, MeasureData, Numbers, Texts, times
from reports.measures.induced import Known, history_of
from reports.measures.risk import MIN_PAST, calibration
from reports.measures.scope import scope_of
from simulator.changes import TYPES
from simulator.ground_truth import build_truth
from simulator.plan import build_plan
from simulator.settings import EstateSettings
from tests.eval.estate_frames import estate_frames

KINDS = (RecordKind.INCIDENT, RecordKind.CHANGE, RecordKind.HISTORY)
N_BANDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The changes of one estate that were judged; arrays are parallel."""

    risk: Numbers
    came: Flags
    broke: Flags
    type: Texts
    planted: Numbers
    brier: float
    brier_of_base_rate: float


def told(n_incidents: int, n_weeks: int, seed: int) -> Told:
    """Risks of one estate as they could have been told, and what came."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks, seed=seed)
    frames = estate_frames(settings, KINDS)
    week = settings.last_week
    scope = scope_of(MeasureData(frames=frames), week, settings.export_at, n_weeks)
    assert scope.incidents is not None
    known = Known.of(scope, scope.incidents, frames[RecordKind.CHANGE])
    history = history_of(known)
    asked_at = np.fmin(times(known.changes, "planned_start_at"), known.implemented_at)
    held = calibration(history, asked_at)
    assert held is not None
    ends = ~np.isnat(history.known_at) & ~np.isnat(asked_at)
    n_past = np.searchsorted(np.sort(history.known_at[ends]), asked_at)
    judged = np.flatnonzero(ends & (n_past >= MIN_PAST))
    truth = build_truth(build_plan(settings))
    broken = {one.change for one in truth.breaking_changes}
    kind = known.changes["type"].to_numpy(dtype=object)[judged]
    return Told(
        risk=history.risk(judged, asked_at[judged]),
        came=history.is_trouble[judged],
        broke=np.array([number in broken for number in known.number[judged].tolist()]),
        type=kind,
        planted=np.array([truth.change_risk[name] for name in kind]),
        brier=held.brier,
        brier_of_base_rate=held.brier_of_base_rate,
    )


def lines(estates: Sequence[Told]) -> Iterator[str]:
    """The figures of all estates."""
    better = sum(one.brier < one.brier_of_base_rate for one in estates)
    gain = [1 - one.brier / one.brier_of_base_rate for one in estates]
    yield f"{len(estates)} estates, {np.mean([len(one.risk) for one in estates]):.0f} changes each"
    yield f"Brier score better than of the base rate in {better}, by {np.mean(gain):.1%} on average"
    risk, came, broke, kind, planted = (
        np.concatenate([getattr(one, name) for one in estates])
        for name in ("risk", "came", "broke", "type", "planted")
    )
    yield f"chance that a change that broke something had the higher risk: {_auc(risk, broke):.3f}"
    for part in np.array_split(np.argsort(risk, kind="stable"), N_BANDS):
        low, high = wilson_interval(int(came[part].sum()), len(part))
        yield (
            f"  told {risk[part].mean():.3f}, came {came[part].mean():.3f} "
            f"({low:.3f} to {high:.3f}) of {len(part)}; broke something {broke[part].mean():.3f}"
        )
    for name in TYPES:
        own = kind == name
        yield (
            f"  {name}: told {risk[own].mean():.3f}, came {came[own].mean():.3f}; broke something "
            f"{broke[own].mean():.3f}, planted {planted[own].mean():.3f}, of {own.sum()}"
        )


def _auc(risk: Numbers, hit: Flags) -> float:
    """How often a change that went wrong was told a higher risk than one that did not."""
    found = stats.mannwhitneyu(risk[hit], risk[~hit])
    return float(found.statistic / (hit.sum() * (~hit).sum()))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--incidents", type=int, default=5_000)
    parser.add_argument("--weeks", type=int, default=26)
    chosen = parser.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    for line in lines([told(chosen.incidents, chosen.weeks, seed) for seed in seeds]):
        print(line, flush=True)


if __name__ == "__main__":
    main()
