"""How long a week takes, by stage and size, and how much memory; `make bench` prints it.

Each size runs in a process of its own, on a practice estate written as ServiceNow exports.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flows.demo_config import demo_config
from flows.practice import write_estate
from simulator.settings import EstateSettings

CSI = (sys.executable, "-c", "from flows.cli import main; main()")
STAGES = ("pull", "land", "check", "mine", "push", "pack")


def timed_run(n_incidents: int, folder: Path) -> None:
    """Write an estate, run its last week, and print a line."""
    started = time.perf_counter()
    settings = EstateSettings(n_incidents=n_incidents)
    estate = write_estate(settings, "servicenow", folder / "exports")
    written_s = time.perf_counter() - started
    config = folder / "csi.toml"
    config.write_text(demo_config(estate.files))
    command = [*CSI, "run", "--config", str(config), "--week", estate.last_week]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(told)
    stages = "  ".join(f"{stage} {spent:.1f}" for stage, spent in spent_by_stage(told, seconds))
    peak_mb = used.ru_maxrss / 1024
    print(
        f"{n_incidents:>9,} incidents: {seconds:6.1f} s, {peak_mb:6,.0f} MB at most  "
        f"({stages})  estate written in {written_s:.1f} s",
        flush=True,
    )


def spent_by_stage(told: str, seconds: float) -> list[tuple[str, float]]:
    """Seconds of each stage: what lies before a progress line belongs to the stage it tells of.

    What follows the last line, the documents, belongs to its stage, too.
    """
    lines = [line.split(" s  ", 1) for line in told.splitlines() if " s  " in line]
    spent = dict.fromkeys(STAGES, 0.0)
    before, stage = 0.0, STAGES[0]
    for at, text in lines:
        stage = text.split(maxsplit=1)[0]
        spent[stage] += float(at) - before
        before = float(at)
    spent[stage] += max(seconds - before, 0.0)
    return list(spent.items())


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, nargs="+", default=[2_000, 10_000, 50_000])
    for size in parser.parse_args().incidents:
        with tempfile.TemporaryDirectory() as folder:
            timed_run(size, Path(folder))


if __name__ == "__main__":
    main()
