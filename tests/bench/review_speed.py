"""How long the review pages take, over a real socket: `python -m tests.bench.review_speed`.

Without `--config` it makes a store of its own: 1,000,000 incidents with 10,000 candidates, unless
told otherwise.
"""

import argparse
import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn

from flows.settings import load_settings
from flows.web import Titles, listening, review_parts, server_config
from flows.wiring import build
from itsm.access import AppRole
from itsm.candidates import CostModel
from itsm.push_planning import Homes
from review_app.desk import Desk
from review_app.identity.actors import Known, acting_as
from review_app.parts import ReviewParts
from review_app.queue import Queues
from store import Store, open_engine
from store.reviewing import Reviewing
from tests.bench.review_store import fill

N_REQUESTS = 50


def main() -> None:
    """Ask each page 50 times, one after the other, and print the times.

    CPU is that of asking and answering together: both happen in this process. The limit is for the
    95th of 100 requests, by processor time, which other work on the machine does not change.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="Where the store is made, or is already.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        review = _installed(given.config) if given.config else _made(given, Path(folder))
        _measure(review)


def _measure(review: ReviewParts) -> None:
    paths = _paths(review)
    with _served(review) as port:
        print(f"{'page':34} {'median':>9} {'p95':>9} {'CPU p95':>9} {'bytes':>9}")
        for name, path in paths:
            times, cpu, size = _asked(port, path)
            wall_ms, cpu_ms = _p95(times), _p95(cpu)
            median_ms = statistics.median(times)
            print(
                f"{name:34} {median_ms:6.0f} ms {wall_ms:6.0f} ms {cpu_ms:6.0f} ms {size:9,}",
                flush=True,
            )


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(0.95 * len(times))]


def _installed(config: Path) -> ReviewParts:
    """The pages of an installation, as somebody who decides sees them."""
    parts = build(load_settings(config), config.resolve().parent)
    return replace(review_parts(parts, config), identify=lambda _: ANN)


def _made(given: argparse.Namespace, folder: Path) -> ReviewParts:
    """The pages over a store that is made for it, or was before."""
    path = (given.keep or folder) / "review.sqlite"
    started = time.perf_counter()
    if path.exists():
        store = Store(open_engine(f"sqlite:///{path}"))
    else:
        store = fill(path, n_incidents=given.incidents, n_candidates=given.candidates)
    print(f"store at hand after {time.perf_counter() - started:.0f} s")
    reviewing = Reviewing.of(store)
    return ReviewParts(
        reviewing=reviewing,
        redact=Titles(reviewing, store.people),
        zone=ZoneInfo("Europe/London"),
        organisation="Bench",
        cost=CostModel(),
        links={"desk": lambda number: f"https://desk.example.com/{number}"},
        identify=lambda _: ANN,
        desk=Desk(store=store, open_entry=_no_entry, homes=Homes(able=("desk",))),
    )


def _no_entry(*_: object) -> tuple[str, bool]:
    raise AssertionError("nothing is decided here")


ANN = Known(actor=acting_as("ann", "Ann", [AppRole.PROBLEM_MANAGER], team="Team 7"), csrf="x" * 32)


def _paths(parts: ReviewParts) -> Sequence[tuple[str, str]]:
    """The pages asked for: parts of the queue, searched and sorted, candidates and forms."""
    run = parts.reviewing.runs()[0]
    queue = sorted(Queues(parts.reviewing).of(run), key=lambda entry: entry.n_members)
    n = sum(entry.n_members for entry in queue)
    print(f"{run.n_incidents:,} incidents mined, {len(queue):,} candidates, {n:,} members")
    middle, large, largest = queue[len(queue) // 2], queue[-len(queue) // 100], queue[-1]
    names = [entry.candidate.candidate_id for entry in (middle, large, largest)]
    return (
        ("queue, the session", "/"),
        ("queue, all open", "/?show=open"),
        ("queue, by members", "/?show=all&sort=members"),
        ("queue, searched", "/?show=all&q=error"),
        ("queue, page 200", "/?show=all&page=200"),
        *(
            (f"candidate of {entry.n_members} members", f"/candidates/{name}")
            for entry, name in zip((middle, large, largest), names, strict=True)
        ),
        (f"reject {middle.n_members}", f"/decide?action=reject&on={names[0]}"),
        (f"accept {large.n_members}", f"/decide?action=accept&on={names[1]}"),
        (f"split {large.n_members}", f"/decide?action=split&on={names[1]}&by=team"),
        ("near misses", f"/candidates/{names[0]}/near"),
    )


@contextmanager
def _served(parts: ReviewParts) -> Iterator[int]:
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(server_config(parts, port))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield port
        server.should_exit = True
        thread.join()


def _asked(port: int, path: str) -> tuple[list[float], list[float], int]:
    """Times and processor times of requests over one connection, in ms, and the answer's size."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times, cpu, size = [], [], 0
    for _ in range(N_REQUESTS + 1):
        started, before = time.perf_counter(), time.process_time()
        connection.request("GET", path)
        answer = connection.getresponse()
        size = len(answer.read())
        times.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - before))
        assert answer.status == 200, (path, answer.status)
    connection.close()
    return times[1:], cpu[1:], size


if __name__ == "__main__":
    main()
