"""How well changes that break things, and what drives a spike, are found; over many seeds.

Truth is what the practice estate planted, which no measure reads. A change found is false when the
estate planted nothing on it. An effect counts as five times the base rate when the incidents that
the change truly caused on its item within the 72 hours are at least five times what the item's own
rate explains; those of one single incident count too, and are told apart as well. With
`--shuffled-outcomes`, how changes are recorded to have ended is dealt out anew: what is then found
is found from incidents alone.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from itsm.states import ChangeState, RecordKind
from reports.measures.attribution import WINDOW_H, Attribution, attributed, endings_of
from reports.measures.data import HOUR, MeasureData, texts, times
from reports.measures.spikes import BASE_WEEKS, Driver, drivers
from reports.measures.timeline import Timeline, timeline_of
from reports.measures.weeks import WeekGrid, instant
from simulator.ground_truth import CauseTruth, ChangeTruth, build_truth
from simulator.plan import build_plan
from simulator.settings import EstateSettings
from tests.eval.estate_frames import estate_frames

KINDS = (RecordKind.INCIDENT, RecordKind.CHANGE, RecordKind.HISTORY)
TIMES_BASE = 5


@dataclass(frozen=True, slots=True)
class Score:
    """Of one estate: what was found, and how much of what was there."""

    n_tested: int
    n_breaking: int
    n_found: int
    n_false: int
    n_effects: int
    n_effects_found: int
    n_faint: int
    n_faint_found: int
    n_fine: int
    n_fine_found: int

    @property
    def false_share(self) -> float:
        """False discoveries among the discoveries; 0 where nothing was found."""
        return self.n_false / max(self.n_found, 1)


def scored(n_incidents: int, n_weeks: int, seed: int, *, is_shuffled: bool = False) -> Score:
    """One estate, tested as a pack would; with outcomes that tell nothing, where shuffled."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks, seed=seed)
    frames = estate_frames(settings, KINDS)
    until = instant(settings.export_at)
    timeline = timeline_of(MeasureData(frames=frames), RecordKind.INCIDENT, until)
    assert timeline is not None
    changes = frames[RecordKind.CHANGE]
    changes = changes[changes["state"] != ChangeState.CANCELED.value].reset_index(drop=True)
    if is_shuffled:
        dealt = np.random.default_rng(seed).permutation(len(changes))
        changes = changes.assign(outcome=changes["outcome"].to_numpy(dtype=object)[dealt])
    done = times(changes, "implemented_at")
    found = attributed(timeline.records, timeline.opened_at, changes, done, until)
    truth = {one.change: one for one in build_truth(build_plan(settings)).breaking_changes}
    return _score(found, timeline, changes, done, truth)


def _score(
    found: Attribution,
    timeline: Timeline,
    changes: pd.DataFrame,
    done: np.ndarray,
    truth: dict[str, ChangeTruth],
) -> Score:
    number = texts(changes, "number")[found.change]
    breaks = np.array([name in truth for name in number.tolist()])
    row = {name: place for place, name in enumerate(timeline.number.tolist())}
    caused = np.zeros(len(found))
    for place in np.flatnonzero(breaks):
        rows = [row[name] for name in truth[number[place]].incidents if name in row]
        at, start = timeline.opened_at[rows], done[found.change[place]]
        unit = timeline.records[found.unit[place]].to_numpy(dtype=object)[rows]
        inside = (at >= start) & (at < start + WINDOW_H * HOUR) & (unit == found.unit_name[place])
        caused[place] = inside.sum()
    strong = breaks & (caused >= TIMES_BASE * found.expected)
    effects, faint = strong & (caused >= 2), strong & (caused == 1)
    fine = strong & (endings_of(changes)[found.change] == "successful")
    return Score(
        n_tested=len(found),
        n_breaking=int(breaks.sum()),
        n_found=int(found.is_found.sum()),
        n_false=int((found.is_found & ~breaks).sum()),
        n_effects=int(effects.sum()),
        n_effects_found=int((effects & found.is_found).sum()),
        n_faint=int(faint.sum()),
        n_faint_found=int((faint & found.is_found).sum()),
        n_fine=int(fine.sum()),
        n_fine_found=int((fine & found.is_found).sum()),
    )


@dataclass(frozen=True, slots=True)
class SpikeScore:
    """Of one estate: planted spikes, those with a right driver among the named, and headlines."""

    n_spikes: int
    n_named: int
    n_weeks: int
    n_headlines: int


def spikes_scored(n_incidents: int, n_weeks: int, seed: int) -> SpikeScore:
    """Weeks in which a planted cause strikes at least 8 times and 5 times as often as before."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks, seed=seed)
    until = instant(settings.export_at)
    frames = estate_frames(settings, KINDS)
    timeline = timeline_of(MeasureData(frames=frames), RecordKind.INCIDENT, until)
    assert timeline is not None
    truth = build_truth(build_plan(settings))
    week = WeekGrid.ending_with(settings.last_week, n_weeks).index_of(timeline.opened_at)
    cause = pd.Series([truth.cause_of[name] for name in timeline.number.tolist()], dtype="str")
    values = {name: timeline.records[name] for name in ("service", "ci", "category")}
    named = spikes = weeks = headlines = 0
    for newest in range(BASE_WEEKS, n_weeks):
        found = drivers(values, week, newest)
        planted = _planted(cause, week, newest)
        right = [_names(found, truth.causes[one]) for one in planted]
        spikes, named = spikes + len(planted), named + sum(map(bool, right))
        weeks += bool(planted)
        headlines += bool(planted) and bool(right[0]) and found[0] in right[0]
    return SpikeScore(spikes, named, weeks, headlines)


def _planted(cause: pd.Series, week: np.ndarray, newest: int) -> list[str]:
    """The causes that spike in a week, the biggest first."""
    now = cause[week == newest].value_counts()
    base = cause[(week >= newest - BASE_WEEKS) & (week < newest)].value_counts() / BASE_WEEKS
    many = [name for name, n in now.items() if n >= 8 and n >= TIMES_BASE * base.get(name, 0)]
    return sorted(map(str, many), key=lambda name: (-now[name], name))


def _names(found: Sequence[Driver], cause: CauseTruth) -> list[Driver]:
    """The drivers that name the item or the service of a cause."""
    places = {("ci", item) for item in cause.items} | {("service", cause.service)}
    return [one for one in found if (one.dimension, one.value) in places]


def spikes_told(scores: Sequence[SpikeScore]) -> str:
    """The figures of all seeds."""
    spikes, weeks = sum(one.n_spikes for one in scores), sum(one.n_weeks for one in scores)
    named = sum(one.n_named for one in scores) / max(spikes, 1)
    headlines = sum(one.n_headlines for one in scores) / max(weeks, 1)
    return (
        f"spikes: {named:.3f} of {spikes} have their item or service named; in {headlines:.3f} of "
        f"{weeks} weeks the first driver named is that of the biggest"
    )


def told(scores: Sequence[Score]) -> list[str]:
    """The figures of all seeds."""
    shares = np.array([one.false_share for one in scores])
    error = float(shares.std(ddof=1) / np.sqrt(len(shares))) if len(shares) > 1 else float("nan")
    effects, faint, fine = (
        (
            sum(getattr(one, f"{name}_found") for one in scores),
            sum(getattr(one, name) for one in scores),
        )
        for name in ("n_effects", "n_faint", "n_fine")
    )
    every = (effects[0] + faint[0], effects[1] + faint[1])
    return [
        f"{len(scores)} seeds; {np.mean([one.n_tested for one in scores]):.0f} changes tested, "
        f"{np.mean([one.n_breaking for one in scores]):.0f} break something, "
        f"{np.mean([one.n_found for one in scores]):.1f} found",
        f"false discoveries: mean share {shares.mean():.3f}, standard error {error:.3f}",
        f"recall, effects of {TIMES_BASE} x base: {_recall(every)}",
        f"  of them with at least 2 incidents: {_recall(effects)}",
        f"  of them with a single incident: {_recall(faint)}",
        f"  of them by changes that ended as successful: {_recall(fine)}",
    ]


def _recall(found: tuple[int, int]) -> str:
    return f"{found[0] / max(1, found[1]):.3f} ({found[1]} effects)"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--incidents", type=int, default=5_000)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--shuffled-outcomes", action="store_true")
    chosen = parser.parse_args()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    is_shuffled = chosen.shuffled_outcomes
    scores = [
        scored(chosen.incidents, chosen.weeks, seed, is_shuffled=is_shuffled) for seed in seeds
    ]
    for line in told(scores):
        print(line, flush=True)
    print(spikes_told([spikes_scored(chosen.incidents, chosen.weeks, seed) for seed in seeds]))


if __name__ == "__main__":
    main()
