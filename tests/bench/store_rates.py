"""How many rows a second the store writes and reads: python -m tests.bench.store_rates [URL].

Prints rows per second of wall time and of this process's own CPU time; the second says more on a
machine that is doing other things. On PostgreSQL the server's CPU time is not in it.
"""

import argparse
import hashlib
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from itsm.records import HistoryEvent, Incident, RawRecord, Record
from itsm.states import HistoryField, IncidentState, RecordKind
from store import Store, open_engine, upgrade

START = datetime(2026, 1, 1, tzinfo=UTC)
PER_TRANSACTION = 2_000


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
    """One of five events of an incident."""
    return HistoryEvent(
        source="desk",
        number=f"INC{n // 5:07d}-{n % 5}",
        record_kind=RecordKind.INCIDENT,
        record=f"INC{n // 5:07d}",
        at=START + timedelta(minutes=n),
        sequence=n % 5,
        field=HistoryField.TEAM,
        old="Service desk",
        new="Network",
    )


def raw(n: int) -> RawRecord:
    """A raw record of 1.2 kB."""
    payload = f"{n:1200d}".encode()
    return RawRecord(
        source="desk",
        kind=RecordKind.INCIDENT,
        key=f"INC{n:07d}",
        payload=payload,
        content_hash=hashlib.sha256(payload).hexdigest(),
    )


def save_records(store: Store, records: Sequence[Record], watch: Stopwatch) -> None:
    """Save records, a transaction per 2,000."""
    for start in range(0, len(records), PER_TRANSACTION):
        with watch.running(), store.begin() as uow:
            uow.records.save(records[start : start + PER_TRANSACTION])
            uow.commit()


def save_raw(store: Store, n: int, watch: Stopwatch) -> None:
    """Save raw records, a transaction per 2,000."""
    for start in range(0, n, PER_TRANSACTION):
        page = [raw(k) for k in range(start, min(n, start + PER_TRANSACTION))]
        with watch.running(), store.begin() as uow:
            uow.raw.save(page, START)
            uow.commit()


def measure(store: Store, n: int) -> None:
    """Write and read n incidents, and a tenth of that of everything else."""
    few = max(1, n // 10)
    watch = Stopwatch()
    for start in range(0, n, 50_000):
        save_records(store, [incident(k) for k in range(start, min(n, start + 50_000))], watch)
    watch.tell("incidents, new", n)
    for what in ("incidents, again", "history events, new", "raw, new", "raw, unchanged"):
        watch = Stopwatch()
        if what.startswith("raw"):
            save_raw(store, few, watch)
        elif what.startswith("history"):
            save_records(store, [event(k) for k in range(few)], watch)
        else:
            save_records(store, [incident(k) for k in range(few)], watch)
        watch.tell(what, few)
    watch = Stopwatch()
    with watch.running():
        columns = store.queries.columns(RecordKind.INCIDENT)
    assert len(columns["number"]) == n
    watch.tell("incidents, read", n)


def main() -> None:
    """Measure a database that is thrown away, or the empty one a URL names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="an empty database; without it a SQLite file")
    parser.add_argument("--incidents", type=int, default=200_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(given.url or f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(engine)
        measure(Store(engine), given.incidents)
        engine.dispose()


if __name__ == "__main__":
    main()
