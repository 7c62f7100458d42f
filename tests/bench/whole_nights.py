"""What the nightly cycle costs on one machine, stage by stage: everything, then an ordinary night.

An estate as ServiceNow exports is parted in two: what was there one evening, and the next night's
export of changes with so many new incidents. Each is pulled, landed, checked, mined with what
people have decided, and cleared of what is kept too long, in a process of its own, as the flow
`nightly` does; of many incidents mining is begun beside the check. Processor seconds are of all
threads and processes together, but for mining beside the check, which is in the line of all stages
together; memory is the most of one process. What a night takes in all is from the start of its
process to its end.

    python -m tests.bench.whole_nights --incidents 1000000 --new 5000 --folder /var/tmp/night
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.demo_config import demo_config
from flows.mining_ahead import checked_and_mined, miner_at_hand
from flows.retaining import retain
from flows.stages.check import check_week, require_open_gate
from flows.stages.mine import mine_week
from flows.stages.pull import pull_all
from flows.starting import start_run
from flows.wiring import Parts, parts_of
from itsm.clocks import ReportingWeek
from itsm.deciding import Reviewer, verdict
from itsm.decisions import Action, RejectedAs
from simulator.exports import MARKER, sheets_of, write_exports
from simulator.settings import EstateSettings
from tests.bench.grown_exports import evening, part
from tests.bench.pull_speed import COMPILES

SEED = 201
N_DECIDED = 40
"""So many of the dearest candidates are accepted or rejected between the two nights."""
NIGHTS = ("everything", "night")
STAGES = ("start", "pull", "check", "mine", "retain")
BOTH = "check and mine"


def used_s() -> float:
    """Processor seconds of this process and of those it has waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, whose))


def timed(stage: str, work: Callable[[], object]) -> None:
    """Does something, and prints what it took."""
    Path("/proc/self/clear_refs").write_text("5")
    started, used = time.perf_counter(), used_s()
    work()
    status = Path("/proc/self/status").read_text()
    others_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak_mb = max(int(status.partition("VmHWM:")[2].split()[0]), others_kb) / 1024
    spent, clock = used_s() - used, time.perf_counter() - started
    print(
        f"  {stage:14} {spent:8.1f} processor seconds, {clock:8.1f} by the clock, "
        f"{peak_mb:6,.0f} MB at most",
        flush=True,
    )


def one_night(config: Path, cutoff_at: datetime, stages: list[str]) -> None:
    """The stages of a night, each timed."""
    parts = parts_of(config)
    week = ReportingWeek.of(cutoff_at - timedelta(seconds=1), parts.settings.zone)
    work: Mapping[str, Callable[[], object]] = {
        "start": lambda: start_run(parts),
        "pull": lambda: pull_all(parts, cutoff_at),
        "check": lambda: check_week(parts, week, cutoff_at),
        "mine": lambda: _mined(parts, week, cutoff_at),
        BOTH: lambda: checked_and_mined(parts, week, cutoff_at),
        "retain": lambda: retain(parts, datetime.now(UTC)),
    }
    if {"check", "mine"} <= set(stages):
        stages = [BOTH if stage == "check" else stage for stage in stages if stage != "mine"]
    with miner_at_hand(parts) if BOTH in stages else nullcontext():
        for stage in stages:
            timed(stage, work[stage])
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  together {used_s():.1f} processor seconds; a process beside had {peak_mb:,.0f} MB")


def _mined(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> None:
    require_open_gate(parts, week)
    mine_week(parts, week, cutoff_at)


def decide(config: Path, at: datetime) -> None:
    """Accept and reject the dearest candidates in turn, as people would on the day between."""
    parts = parts_of(config)
    with parts.store.begin() as uow:
        run = uow.mining.latest()
        if run is None:
            return
        for place, one in enumerate(uow.mining.candidates(run.run_id)[:N_DECIDED]):
            by = Reviewer(actor="ada", at=at, run_id=run.run_id, reason="looked at them")
            why = RejectedAs.NOISE if place % 2 else None
            action = Action.REJECT if why else Action.ACCEPT
            uow.decisions.append(verdict(action, one, by, rejected_as=why))
        uow.commit()


def prepared(n_incidents: int, n_new: int, folder: Path) -> tuple[datetime, datetime]:
    """Writes both exports and their configurations; the cut-offs of the two nights."""
    settings = EstateSettings(n_incidents=n_incidents + n_new, seed=SEED)
    told = folder / "nights.json"
    if not told.is_file():
        if not (folder / "exports" / MARKER).is_file():
            write_exports(settings, "servicenow", folder / "exports")
        at = evening(folder / "exports" / "incident.csv", n_new)
        part(folder / "exports", at, (folder / NIGHTS[0], folder / NIGHTS[1]))
        for name in NIGHTS:
            files = {
                kind: [folder / name / sheet for sheet in sheets]
                for kind, sheets in sheets_of("servicenow").items()
            }
            (folder / f"{name}.toml").write_text(demo_config(files))
        told.write_text(json.dumps([at.isoformat(), settings.export_at.isoformat()]))
    first, second = map(datetime.fromisoformat, json.loads(told.read_text()))
    return first, min(second, settings.last_week.end_at)


def main() -> None:
    """Print a line for each stage of both nights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=20_000)
    parser.add_argument("--new", type=int, default=5_000)
    parser.add_argument("--folder", type=Path, required=True, help="keeps estate and database")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--nights", nargs="+", choices=NIGHTS, default=list(NIGHTS))
    parser.add_argument("--within", choices=NIGHTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    cutoffs = dict(zip(NIGHTS, prepared(given.incidents, given.new, given.folder), strict=True))
    if given.within:
        one_night(given.folder / f"{given.within}.toml", cutoffs[given.within], given.stages)
        return
    for night in given.nights:
        print(f"{given.incidents:,} incidents and {given.new:,} new: {night}", flush=True)
        if night == NIGHTS[1]:
            decide(given.folder / f"{night}.toml", cutoffs[NIGHTS[0]])
        command = [sys.executable, "-m", "tests.bench.whole_nights", "--within", night]
        command += ["--incidents", str(given.incidents), "--new", str(given.new)]
        command += ["--folder", str(given.folder), "--stages", *given.stages]
        started = time.perf_counter()
        subprocess.run(command, check=True, env={**os.environ, **COMPILES})
        print(f"  in all {time.perf_counter() - started:.1f} s by the clock", flush=True)


if __name__ == "__main__":
    main()
