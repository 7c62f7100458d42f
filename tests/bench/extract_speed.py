"""How long the extract of an estate takes, and how much memory: python -m tests.bench.extract_speed

The estate is put into a store first, which takes longer than the extract; --keep FOLDER leaves it
there for the next run.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from flows.extracting import extract
from flows.progress import Teller
from flows.settings import load_settings
from flows.wiring import Parts, build
from reports.extract.extraction import Wanted
from reports.extract.parts import PartFormat
from simulator.estate import iter_blocks
from simulator.settings import EstateSettings


def installed(folder: Path, settings: EstateSettings) -> Parts:
    """An installation with an estate in its store; one that is there is used again."""
    given = {"zone": settings.zone, "database": f"sqlite:///estate-{settings.n_incidents}.sqlite"}
    say = Teller(sys.stdout)
    parts = build(load_settings(given=given), folder, say)
    done = folder / f"estate-{settings.n_incidents}.done"
    if done.exists():
        return parts
    for n, block in enumerate(iter_blocks(settings)):
        with parts.store.begin() as uow:
            uow.records.save(list(block.records()))
            uow.commit()
        if n % 50 == 0:
            say(f"store  block {n}")
    done.touch()
    return parts


def measured(folder: Path, settings: EstateSettings, *, since_weeks: int | None) -> None:
    """Make the extract in this process, and say what it took."""
    parts = installed(folder, settings)
    week = settings.last_week
    started, cpu = time.monotonic(), time.process_time()
    wanted = Wanted(
        home=folder / f"extract-{settings.n_incidents}",
        formats=(PartFormat.PARQUET,),
        with_hyper=False,
        week=week,
        cutoff_at=week.cutoff(timedelta(hours=24)),
        since=None if since_weeks is None else week.shifted(1 - since_weeks),
    )
    made = extract(parts, wanted)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = sum(made.n_rows.values())
    print(
        f"{settings.n_incidents:,} incidents, {rows:,} rows: {time.process_time() - cpu:.0f} s of "
        f"processor, {time.monotonic() - started:.0f} s, {peak_mb:.0f} MB at most, "
        f"{made.n_written:,} files written, {made.n_kept:,} kept",
        flush=True,
    )


def main() -> None:
    """Measure each extract in a process of its own, so that each has a peak of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--since-weeks", type=int, help="only the parts of the last weeks")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    settings = EstateSettings(n_incidents=given.incidents, n_weeks=given.weeks, seed=1)
    if given.here:
        measured(given.keep, settings, since_weeks=given.since_weeks)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        installed(folder, settings)
        same = ["--incidents", str(given.incidents), "--weeks", str(given.weeks)]
        command = [sys.executable, "-m", "tests.bench.extract_speed", "--here", *same]
        for more in ([], ["--since-weeks", "4"]):
            subprocess.run([*command, "--keep", str(folder), *more], check=True)


if __name__ == "__main__":
    main()
