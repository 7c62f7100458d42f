"""How long the review pages take, over a real socket: `python -m tests.bench.review_speed`."""

import argparse
import http.client
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from flows.settings import load_settings
from flows.web import listening, review_parts, server_config
from flows.wiring import build
from review_app.parts import ReviewParts
from review_app.queue import Queues

N_REQUESTS = 50


def main() -> None:
    """Ask each page of an installation 50 times, one after the other, and print the times.

    CPU is that of asking and answering together: both happen in this process.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    config = parser.parse_args().config
    parts = build(load_settings(config), config.resolve().parent)
    review = review_parts(parts, config)
    paths = _paths(review)
    with _served(review) as port:
        print(f"{'page':34} {'median':>9} {'p95':>9} {'CPU':>9} {'bytes':>9}")
        for name, path in paths:
            before = time.process_time()
            times, size = _asked(port, path)
            cpu = 1000 * (time.process_time() - before) / len(times)
            p95 = sorted(times)[int(0.95 * len(times))]
            print(
                f"{name:34} {statistics.median(times):6.0f} ms {p95:6.0f} ms {cpu:6.0f} ms "
                f"{size:9,}",
                flush=True,
            )


def _paths(parts: ReviewParts) -> Sequence[tuple[str, str]]:
    """The pages asked for: the queue as it comes, turned and searched, and two candidates."""
    run = parts.reviewing.runs()[0]
    queue = sorted(Queues(parts.reviewing).of(run), key=lambda entry: entry.n_members)
    n = sum(entry.n_members for entry in queue)
    print(f"{run.n_incidents:,} incidents mined, {len(queue):,} candidates, {n:,} members")
    middle, largest = queue[len(queue) // 2], queue[-1]
    return (
        ("queue", "/"),
        ("queue, by members", "/?sort=members"),
        ("queue, searched", "/?q=error"),
        *(
            (
                f"candidate of {entry.n_members} members",
                f"/candidates/{entry.candidate.candidate_id}",
            )
            for entry in (middle, largest)
        ),
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


def _asked(port: int, path: str) -> tuple[list[float], int]:
    """The times of requests over one connection, in ms, and the size of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times, size = [], 0
    for _ in range(N_REQUESTS + 1):
        started = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        size = len(answer.read())
        times.append(1000 * (time.perf_counter() - started))
        assert answer.status == 200
    connection.close()
    return times[1:], size


if __name__ == "__main__":
    main()
