"""What mining costs over a whole history and for a night's new incidents: `make bench` prints it.

Each size runs in a process of its own: a practice estate of that many incidents and the new ones.
First everything but the new ones is mined, then they are added beside what that run left, night by
night; with --check each night is mined once more over everything with the same basis, and compared.
Processor seconds are of all threads and processes, those by stage of the first process; they hardly
hang on what else the machine does.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from problem_mining.block_format import packed
from problem_mining.kept_files import keep, recall
from problem_mining.pipeline import Grouping, Known, mine_beside
from reports.places import Place
from tests.bench.whole_nights import used_s
from tests.eval.estate_corpora import estate
from tests.problem_mining.estate_weeks import basis_alone

SEED = 201
T = TypeVar("T")
Mined = tuple[Grouping, Known]


class Stages:
    """Processor seconds by stage, as they are told."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._last = (time.process_time(), "begin")

    def tell(self, stage: str, share: float) -> None:
        """A stage begins."""
        now = time.process_time()
        before, name = self._last
        self.spent[name] = self.spent.get(name, 0.0) + now - before
        self._last = (now, stage)

    def told(self) -> str:
        """The stages that took a tenth of a second."""
        return ", ".join(f"{name} {spent:.1f}" for name, spent in self.spent.items() if spent > 0.1)


def timed(name: str, work: Callable[[Stages], T]) -> T:
    """Does something, and prints what it took."""
    stages, started, used = Stages(), time.perf_counter(), used_s()
    made = work(stages)
    used, seconds = used_s() - used, time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  {name:24} {used:8.1f} processor seconds, {seconds:8.1f} by the clock, "
        f"{peak_mb:6,.0f} MB at most so far ({stages.told()})",
        flush=True,
    )
    return made


def measure(n_incidents: int, n_new: Sequence[int], *, is_checked: bool) -> None:
    """Print what a whole run takes, and nights with so many new incidents."""
    incidents = estate(n_incidents + sum(n_new), SEED).incidents
    incidents = incidents.sort_values("opened_at", ignore_index=True)
    history = incidents.iloc[: len(incidents) - sum(n_new)]
    print(f"{len(history):,} incidents", flush=True)
    _, left = timed("everything", mining(history, None))
    with TemporaryDirectory() as folder:
        shelf = Place(folder, setting="folder")
        for night, n in enumerate(n_new):
            timed("kept", partial(_kept, shelf, left))
            known = timed("read again", partial(_read_again, shelf))
            tonight = incidents.iloc[: len(history) + sum(n_new[: night + 1])]
            grouping, left = timed(f"a night with {n:,} new", mining(tonight, known))
            if is_checked:
                whole, _ = timed("all, same basis", mining(tonight, basis_alone(known)))
                print(f"  {compared(grouping, whole)}", flush=True)


def mining(incidents: pd.DataFrame, known: Known | None) -> Callable[[Stages], Mined]:
    """Mines incidents beside what is known."""
    return lambda stages: mine_beside(incidents, known, progress=stages.tell)


def _kept(shelf: Place, left: Known, stages: Stages) -> None:
    keep(shelf, "mining", left, "2026")


def _read_again(shelf: Place, stages: Stages) -> Known:
    known = recall(shelf, "mining", "2026").known
    assert known is not None
    return known


def compared(one: Grouping, other: Grouping) -> str:
    """How far two groupings agree, in words."""
    singles = np.arange(len(one.labels)) + one.n_groups + other.n_groups
    labels = [np.where(each.labels >= 0, each.labels, singles) for each in (one, other)]
    agreed = adjusted_rand_score(*labels)
    told = ("labels", "scores", "terms", "doubts")
    same = [name for name in told if packed(getattr(one, name)) == packed(getattr(other, name))]
    return f"ARI {agreed:.6f}; the same to the last bit: {', '.join(same) or 'nothing'}"


def main() -> None:
    """Print some lines for each size, each measured in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--new", type=int, nargs="+", default=[500, 5_000])
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    if len(given.incidents) == 1:
        measure(given.incidents[0], given.new, is_checked=given.check)
        return
    for size in given.incidents:
        more = ["--check"] if given.check else []
        command = [sys.executable, "-m", "tests.bench.night_speed", "--incidents", str(size)]
        subprocess.run([*command, "--new", *map(str, given.new), *more], check=True)


if __name__ == "__main__":
    main()
