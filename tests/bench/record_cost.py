"""What a record of a system costs in processor time, step by step; and what a second process takes.

A practice server is pulled from in this process: read, mapped, checked and made rows of, sealed,
each by itself. Then whole pulls, with a second process beside this one and without: what this one
takes of the processor, its start left out.

    python -m tests.bench.record_cost bmc_helix --incidents 3000
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TypeVar

from flows.settings import load_settings
from flows.stages.land import Lander
from flows.stages.pull import pull
from flows.wiring import Parts, build
from itsm.states import RecordKind
from store.made_ready import made_ready
from tests.bench.systems_speed import SYSTEMS, Practice, practice

T = TypeVar("T")
NAME = "practice"


def installed(server: Practice, folder: Path) -> Parts:
    """An installation that reads from a practice server."""
    server.command(folder, server.told["URL"])
    return build(load_settings(folder / "csi.toml"), folder)


def used(work: Callable[[], T]) -> tuple[float, T]:
    """The seconds of processor time that some work takes, and what comes of it."""
    before = time.process_time()
    done = work()
    return time.process_time() - before, done


def steps(parts: Parts, kind: RecordKind) -> str:
    """What the steps of a record of a kind take, in microseconds."""
    source = parts.sources[NAME]
    read_s, pages = used(lambda: list(source.pages(kind, None)))
    map_s, mapped = used(lambda: [source.map(kind, page.records) for page in pages])
    judge = Lander(source, kind, datetime.now(UTC), parts.settings.checks).judge

    def rows() -> None:
        for one in mapped:
            items = judge.usable(judge.with_history(one, None), [])
            made_ready(chain.from_iterable(item.records for item in items), "sqlite")

    rows_s, _ = used(rows)
    payloads = [[one.payload for one in page.records] for page in pages]
    seal_s, _ = used(lambda: list(map(parts.store.sealed, payloads)))
    n = sum(len(page.records) for page in pages)
    took = {"read": read_s, "map": map_s, "check and make rows": rows_s, "seal": seal_s}
    told = ", ".join(f"{name} {1e6 * seconds / n:.1f}" for name, seconds in took.items())
    return f"{kind:<10} {n:>7,} records, µs each: {told}"


def whole(server: Practice, folder: Path, *, is_alone: bool) -> str:
    """What a whole pull takes of this process."""
    parts = installed(server, folder)
    if is_alone:
        assert isinstance(parts.seconds, dict)
        parts.seconds.clear()
    seconds, _ = used(lambda: pull(parts, NAME, datetime.now(UTC)))
    return f"a pull {'alone' if is_alone else 'with a second process'}: {seconds:.2f} CPU s here"


def costs(name: str, n_incidents: int, folder: Path) -> Iterator[str]:
    """The lines of one system."""
    with practice(SYSTEMS[name], n_incidents) as server:
        os.environ.update(server.secret)
        parts = installed(server, folder / "steps")
        yield f"{name}, {n_incidents:,} incidents"
        for kind in (RecordKind.INCIDENT, RecordKind.HISTORY):
            yield steps(parts, kind)
        for is_alone in (True, False):
            yield whole(server, folder / f"alone {is_alone}", is_alone=is_alone)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("systems", nargs="+", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("--incidents", type=int, default=3_000)
    given = parser.parse_args(arguments)
    for name in given.systems:
        with tempfile.TemporaryDirectory(prefix="csi-bench-") as scratch:
            for line in costs(name, given.incidents, Path(scratch)):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
