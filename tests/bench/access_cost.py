"""What it costs to find out who asks: processor time of one request, by kind.

python -m tests.bench.access_cost
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from starlette.requests import HTTPConnection

from itsm.access import AppRole
from review_app.identity.browser import SESSION
from store import Store, open_engine, upgrade
from tests.review_app.browser import House

ROUNDS, EACH = 7, 400


def main() -> None:
    """Print a line for each kind."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'cost.db'}")
        upgrade(engine)
        house = House(Store(engine))
        ben = house.person("ben", AppRole.PROBLEM_MANAGER)
        _, token = house.desk.token("ben", "bench", frozenset({AppRole.VIEWER}), 1)
        cookie = f"{SESSION}={ben.cookies[SESSION]}".encode()
        bearer = f"Bearer {token}".encode()
        for kind, path, headers in (
            ("a session", "/", [(b"cookie", cookie)]),
            ("a token", "/api/v1/me", [(b"authorization", bearer)]),
            ("a stranger", "/", []),
        ):
            scope = {"type": "http", "path": path, "headers": headers, "query_string": b""}
            us = median_us(partial(asked, house, scope))
            print(f"{kind}: {us:.0f} µs of processor time")
        engine.dispose()


def asked(house: House, scope: Mapping[str, object]) -> object:
    """One request."""
    return house.access.identify(HTTPConnection(dict(scope)))


def median_us(ask: Callable[[], object]) -> float:
    """The median over some rounds, in microseconds for each call."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(EACH):
            ask()
        times.append((time.process_time() - start) / EACH * 1e6)
    return statistics.median(times)


if __name__ == "__main__":
    main()
