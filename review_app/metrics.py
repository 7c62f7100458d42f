"""What Prometheus is told: requests and their times, what waits for a person, what ran when."""

import os
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from store.standing import Standing

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NO_ROUTE = "none"
"""The route of what asks for nothing we have; addresses as typed would be without end."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which several processes count together, as prometheus_client has it."""
Send = Callable[[MutableMapping[str, Any]], Any]


class Requests:
    """Counts requests by route, method and status, and times them; names nobody.

    Args:
        registry: where the figures are kept; one of its own for each application.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._n = Counter(
            "csi_review_requests", "Requests.", ("route", "method", "status"), registry=registry
        )
        self._s = Histogram(
            "csi_review_request_seconds",
            "Time to answer a request.",
            ("route", "method"),
            buckets=BUCKETS,
            registry=registry,
        )

    @contextmanager
    def timed(self, scope: MutableMapping[str, Any]) -> Iterator[Callable[[Send], Send]]:
        """Time a request; gives what counts its status on the way out."""
        start, status = time.perf_counter(), 500

        def counted(send: Send) -> Send:
            async def sent(message: MutableMapping[str, Any]) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            return sent

        try:
            yield counted
        finally:
            route = str(getattr(scope.get("route"), "path", NO_ROUTE))
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._n.labels(route, method, str(status)).inc()
            self._s.labels(route, method).observe(time.perf_counter() - start)


def exposition(requests: Requests, standing: Standing, now: datetime) -> bytes:
    """Everything in the text format of Prometheus."""
    registry = CollectorRegistry()
    waiting = Gauge("csi_waiting", "What waits, by queue.", ("queue",), registry=registry)
    for queue, n in standing.waiting.items():
        waiting.labels(queue).set(n)
    age = Gauge(
        "csi_last_run_age_seconds",
        "Time since the last run of a stage.",
        ("stage",),
        registry=registry,
    )
    for stage, at in standing.last_runs.items():
        age.labels(stage).set((now - at).total_seconds())
    return generate_latest(_of_all_processes() or requests.registry) + generate_latest(registry)


def _of_all_processes() -> CollectorRegistry | None:
    """The requests of every process that shares a folder for them; None where none is named."""
    if FOLDER not in os.environ:
        return None
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client has none
    return registry
