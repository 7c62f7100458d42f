"""How fast ServiceNow is pulled, beside dlt and beside the floor; `make bench` prints it.

A practice ServiceNow is made, its answers to one pull are recorded, and then given again word for
word to all three, so that everyone reads the same pages:

- ours: `csi pull`: raw records, canonical incidents, and the history made of the same payloads,
  checked and reconciled;
- floor: fetch, parse, upsert the raw values into one table, as fast as each database can;
- dlt: its `rest_api` source merging into one table.

Each is a process of its own, and its seconds are those from its start to its end.

    python -m tests.bench.pull_speed --incidents 100000
    python -m tests.bench.pull_speed --memory-only --incidents 1000000
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgres_server import postgres_server

CSI = (sys.executable, "-c", "from flows.cli import main; main()")
PEER = Path(__file__).parent / "peers" / "dlt_merge.py"
PEER_NEEDS = ("dlt[sqlalchemy,postgres]==1.31.0",)
COMPILES = {"PYTHONDONTWRITEBYTECODE": ""}
"""Modules are compiled once, as wherever they are installed, and not at each start."""
WARM_UP = "import psycopg, sqlalchemy.dialects.postgresql.psycopg, tests.bench.peers.floor"
NewDatabase = Callable[[str], str]
"""The URL of an empty database for one of the three."""


@dataclass(frozen=True)
class Timed:
    """Seconds on the clock, of which processor, and the memory all its processes took at most.

    What processes share is counted once.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    out: str


def timed(command: Sequence[str], env: Mapping[str, str] | None = None) -> Timed:
    """Run a command and time all of it; what was written before it is on the disk by then."""
    os.sync()
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=err,
            text=True,
            env={**os.environ, **COMPILES, **(env or {})},
        )
        ended = threading.Event()
        peak_mb = [0.0]
        watch = threading.Thread(target=_watch, args=(process.pid, ended, peak_mb))
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        ended.set()
        watch.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if status:
            raise SystemExit(f"{' '.join(command)}\n{err.read()[-4000:]}")
        return Timed(wall_s, used.ru_utime + used.ru_stime, max(peak_mb), out.read())


def _watch(pid: int, ended: threading.Event, seen_mb: list[float]) -> None:
    """Look at the memory of a process and all below it again and again.

    Not more often: a look goes through all their pages, 10 ms of a processor for each process.
    """
    while not ended.wait(0.25):
        seen_mb[0] = max(seen_mb[0], sum(map(_share_mb, _family(pid))))


def _family(pid: int) -> Iterator[int]:
    """A process and all below it; each is the child of a thread."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:
            continue
        for child in found:
            yield from _family(int(child))


def _share_mb(pid: int) -> float:
    """The memory of a process, of what it shares its share."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


ROUNDS = 3
"""So often floor and pull are run on each database."""
SECRET = re.compile("PASSWORD|(?<!APP)_TOKEN|API_KEY")
"""The last of what a practice server tells: how one gets in."""


@contextmanager
def running(command: Sequence[str]) -> Iterator[list[str]]:
    """A process that tells where it is, until it is no longer needed; gives its first lines."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As in the background of a script; the process would not listen to it either.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        lines: list[str] = []
        while not any("http" in line for line in lines) or (
            "simulate" in command and not any(SECRET.search(line) for line in lines)
        ):
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"{' '.join(command)} did not start")
            lines.append(line.strip())
        yield lines
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


@dataclass(frozen=True)
class Instance:
    """A server to pull from."""

    url: str
    user: str
    password: str

    def configured(self, folder: Path, database: str) -> list[str]:
        """A configuration for it, and the command that pulls with it."""
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "csi.toml"
        config.write_text(
            f'database = "{database}"\n[sources.practice]\nkind = "servicenow"\n'
            f'url = "{self.url}"\nuser = "{self.user}"\nkinds = ["incident"]\n'
            'history = "differences"\n'
        )
        return [*CSI, "pull", "--config", str(config)]

    @property
    def secret(self) -> dict[str, str]:
        """The environment with its password."""
        return {"CSI_SOURCES__PRACTICE__PASSWORD": self.password}

    def at(self, url: str) -> "Instance":
        """The same one behind another address."""
        return Instance(url, self.user, self.password)


@contextmanager
def practice(n_incidents: int, folder: Path) -> Iterator[Instance]:
    """A practice ServiceNow in a process of its own."""
    command = [*CSI, "simulate", "servicenow", "--port", "0", "--seed", "77"]
    command += ["--incidents", str(n_incidents), "--keep", str(folder / "made")]
    with running(command) as lines:
        told = dict(re.findall(r"__(URL|USER|PASSWORD)=(\S+)", " ".join(lines)))
        yield Instance(told["URL"], told["USER"], told["PASSWORD"])


def peer_environment(folder: Path) -> Path:
    """The interpreter of an environment that has dlt."""
    python = folder / "dlt" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "dlt")], check=True)
        install = [str(python), "-m", "pip", "install", *PEER_NEEDS]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
    return python


def compared(
    instance: Instance, kind: str, new: NewDatabase, folder: Path, kept: Path
) -> Iterator[str]:
    """A line for each of the three, on one kind of database: of three runs the one in the middle.

    dlt is run once, as it takes longest and differs least from run to run.
    """
    pages = f"{instance.url}/pages/0"
    floor = middle(
        timed([sys.executable, "-m", "tests.bench.peers.floor", pages, new(f"floor{turn}")])
        for turn in range(ROUNDS)
    )
    n = int(floor.out.split()[1])
    yield told(kind, "floor", n, floor.wall_s, floor)
    ours = middle(
        timed(instance.configured(folder / f"{kind}{turn}", new(f"ours{turn}")), instance.secret)
        for turn in range(ROUNDS)
    )
    yield told(kind, "csi pull", n, ours.wall_s, ours, f"{ours.wall_s / floor.wall_s:.2f} x floor")
    peer = [str(peer_environment(kept)), str(PEER), pages]
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "PYTHONWARNINGS": "ignore"}
    dlt = timed([*peer, new("dlt"), str(folder / kind)], quiet)
    faster = dlt.wall_s / ours.wall_s
    without_start = float(dlt.out.split()[-2]) / ours.wall_s
    more = f"csi pull is {faster:.2f} x as fast ({without_start:.2f} were dlt's start not counted)"
    yield told(kind, "dlt", n, dlt.wall_s, dlt, more)


def middle(runs: Iterable[Timed]) -> Timed:
    """The run in the middle by the clock."""
    ordered = sorted(runs, key=lambda run: run.wall_s)
    return ordered[len(ordered) // 2]


def told(kind: str, who: str, n: int, seconds: float, used: Timed, more: str = "") -> str:
    """One line."""
    return (
        f"{kind:<10} {who:<9} {n:>9,} incidents  {seconds:>7.1f} s  {n / seconds:>8,.0f}/s  "
        f"{used.cpu_s:>7.1f} CPU s  {used.peak_mb:>6,.0f} MB  {more}"
    ).rstrip()


def all_three(n_incidents: int, folder: Path, kept: Path) -> None:
    """Record one pull, then time the three on both databases."""
    recorded = folder / "answers"
    replay = [sys.executable, "-m", "tests.bench.replay"]
    with (
        practice(n_incidents, kept) as instance,
        running([*replay, "record", str(recorded), instance.url]) as (url,),
    ):
        command = instance.at(url).configured(folder / "record", "sqlite:///csi.sqlite")
        timed(command, instance.secret)
        timed([sys.executable, "-c", WARM_UP])
    with running([*replay, "serve", str(recorded)]) as (url,), postgres_server() as postgres:
        databases: dict[str, NewDatabase] = {
            "sqlite": lambda who: _alone(folder / "database", who),
            "postgresql": lambda _who: postgres.new(),
        }
        for kind, new in databases.items():
            for line in compared(instance.at(url), kind, new, folder, kept):
                print(line, flush=True)


def _alone(folder: Path, who: str) -> str:
    """The URL of a new file, once those before it are gone: their pages fill the memory."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return f"sqlite:///{folder / who}.sqlite"


def memory(n_incidents: int, folder: Path, kept: Path) -> None:
    """Pull from the practice server itself; how much memory it takes at most."""
    with practice(n_incidents, kept) as instance:
        command = instance.configured(folder / "memory", "sqlite:///csi.sqlite")
        used = timed(command, instance.secret)
    print(told("sqlite", "csi pull", n_incidents, used.wall_s, used), flush=True)


def main() -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--memory-only", action="store_true")
    parser.add_argument(
        "--keep", type=Path, help="a folder that keeps the estate and dlt for next time"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="csi-bench-") as scratch:
        kept = given.keep or Path(scratch)
        kept.mkdir(parents=True, exist_ok=True)
        (memory if given.memory_only else all_three)(given.incidents, Path(scratch), kept)


if __name__ == "__main__":
    main()
