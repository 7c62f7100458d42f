"""Rows a second the store writes and reads: python -m tests.bench.store_rates [URL] [--plain].

Lands incidents as a first pull of a live system does: raw records of 3.5 kB under random keys, the
incidents, and two events of history each, 5,000 incidents to a transaction.

Prints rows per second of wall time and of this process's own CPU time; the second says more on a
machine that is doing other things. On PostgreSQL the server's CPU time is not in it.
"""

import argparse
import hashlib
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from itsm.records import HistoryEvent, Incident, RawRecord
from itsm.states import HistoryField, IncidentState, RecordKind
from store import Store, open_engine, upgrade
from store.sealing import Sealer

START = datetime(2026, 1, 1, tzinfo=UTC)
PER_TRANSACTION = 5_000
EVENTS = 2
"""Events of history per incident."""
BODY = f"{random.Random(1).getrandbits(4 * 3400):x}"  # as hard to compress as anything


class Stopwatch:
    """Wall and CPU seconds of the parts that count."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall_s += time.perf_counter() - wall
        self.cpu_s += time.process_time() - cpu

    def tell(self, what: str, n: int) -> None:
        """Print a line."""
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{what:<22}{n:>11,} rows {n / self.wall_s:>10,.0f}/s {n / self.cpu_s:>10,.0f}/CPU s"
            f"{peak_mb:>8,.0f} MB at most",
            flush=True,
        )


def incident(n: int) -> Incident:
    """An incident with half of its 46 fields filled, as an export has them."""
    at = START + timedelta(seconds=n)
    return Incident(
        source="desk",
        number=f"INC{n:07d}",
        updated_at=at,
        opened_at=at,
        resolved_at=at + timedelta(hours=5),
        closed_at=at + timedelta(hours=50),
        state=IncidentState.CLOSED,
        state_code="7",
        title=f"Cannot log in to the VPN from home, host {n}",
        description=f"The client says reject {n} and asks for the password again. " * 3,
        priority=3,
        impact=2,
        urgency=2,
        service="VPN",
        ci=f"lon-vpn-{n % 20:02d}",
        category="network",
        subcategory="vpn",
        team=f"Network {n % 7}",
        assignee=f"person {n % 90}",
        caller=f"caller {n % 5000}",
        channel="phone",
        reopen_count=0,
        sla_met=n % 3 > 0,
    )


def event(n: int) -> HistoryEvent:
    """One of the events of an incident, under a random key as a system gives it."""
    at = START + timedelta(seconds=n)
    return HistoryEvent(
        source="desk",
        number=random_key(f"event {n}"),
        updated_at=at,
        record_kind=RecordKind.INCIDENT,
        record=f"INC{n // EVENTS:07d}",
        at=at,
        sequence=n % EVENTS,
        field=HistoryField.TEAM,
        old="Service desk",
        new="Network",
        actor=f"person {n % 90}",
    )


def raw(n: int) -> RawRecord:
    """A raw record of 3.5 kB."""
    payload = f'{{"body":"{BODY}","n":{n}}}'.encode()
    return RawRecord(
        source="desk",
        kind=RecordKind.INCIDENT,
        key=random_key(f"incident {n}"),
        payload=payload,
        content_hash=hashlib.sha256(payload).hexdigest(),
    )


def random_key(text: str) -> str:
    """32 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Watches:
    """What is timed of a landing."""

    raw: Stopwatch = field(default_factory=Stopwatch)
    incidents: Stopwatch = field(default_factory=Stopwatch)
    events: Stopwatch = field(default_factory=Stopwatch)
    commit: Stopwatch = field(default_factory=Stopwatch)


def land(store: Store, ns: range, watches: Watches) -> None:
    """Save and land a page of incidents with their history."""
    page, incidents = [raw(n) for n in ns], [incident(n) for n in ns]
    events = [event(n) for n in range(ns.start * EVENTS, ns.stop * EVENTS)]
    numbers = {one.key: made.number for one, made in zip(page, incidents, strict=True)}
    with store.begin() as uow:
        with watches.raw.running():
            fresh = [one.record for one in uow.raw.fresh(page)]
            uow.raw.save_landed(fresh, START, numbers=numbers)
        with watches.incidents.running():
            uow.records.save(incidents)
        with watches.events.running():
            uow.records.save(events)
        with watches.commit.running():
            uow.commit()


def land_again(store: Store, ns: range, watch: Stopwatch) -> None:
    """Look at a page that has not changed."""
    page = [raw(n) for n in ns]
    with watch.running(), store.begin() as uow:
        assert uow.raw.fresh(page) == []


def save_again(store: Store, ns: range, watch: Stopwatch) -> None:
    """Save incidents that are there."""
    incidents = [incident(n) for n in ns]
    with watch.running(), store.begin() as uow:
        uow.records.save(incidents)
        uow.commit()


def read(store: Store, n: int) -> None:
    """Read all incidents."""
    watch = Stopwatch()
    with watch.running():
        columns = store.queries.columns(RecordKind.INCIDENT)
    assert len(columns["number"]) == n
    watch.tell("incidents, read", n)


def measure(store: Store, n: int) -> None:
    """Write n incidents with what belongs to them, a fifth of them again, and read them."""
    watches, unchanged, again = Watches(), Stopwatch(), Stopwatch()
    pages = [range(k, min(n, k + PER_TRANSACTION)) for k in range(0, n, PER_TRANSACTION)]
    for ns in pages:
        land(store, ns, watches)
    watches.raw.tell("raw, saved and landed", n)
    watches.incidents.tell("incidents, new", n)
    watches.events.tell("history events, new", n * EVENTS)
    watches.commit.tell("commit, per incident", n)
    for ns in pages[::5]:
        land_again(store, ns, unchanged)
        save_again(store, ns, again)
    n_again = sum(map(len, pages[::5]))
    unchanged.tell("raw, unchanged", n_again)
    again.tell("incidents, again", n_again)
    read(store, n)


def main() -> None:
    """Measure a database that is thrown away, or the empty one a URL names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="an empty database; without it a SQLite file")
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--plain", action="store_true", help="without the key of names")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(given.url or f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(engine)
        sealer = None if given.plain else Sealer(b"a key of the bench, that all know")
        measure(Store(engine, sealer), given.incidents)
        engine.dispose()


if __name__ == "__main__":
    main()
