"""A fake for every system, that can be made to misbehave in the ways the suite asks for.

A new connector adds its fake to `known_fakes.py`; the suite then runs what the fake can do.
"""

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import orjson

from connectors.core.source import Source
from connectors.core.surroundings import Surroundings
from connectors.core.system import System
from connectors.registry import REGISTRY
from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.web import Request
from tests.conformance.gateway import Gateway
from tests.connectors.scripted_server import SteppedTime

PAGE_SIZE = 10


class Trouble(StrEnum):
    """What a fake can be made to do; a test runs where the fake can."""

    HTTP = "http"
    """It is spoken to over HTTP: the gateway can meddle."""

    CHURN = "churn"
    """Between two pages, rows are updated, inserted and deleted; half a page at most."""

    TIES = "ties"
    """Thirty-five rows share one moment."""

    HIDDEN = "hidden"
    """Half of the rows are hidden from the user, after the limit was applied."""

    EXPIRY = "expiry"
    """A token ends before its time, once."""

    CUT = "cut"
    """The first answers are cut off and complain of it, under a status of success."""

    SKEW = "skew"
    """Its clock is an hour behind ours."""

    ALL = "all"
    """Everything at once; the rows that are hidden are those of HIDDEN."""

    DELETES = "deletes"
    """Rows can be deleted, and the system remembers it."""


class Fake(ABC):
    """A system that misbehaves on demand.

    Attributes:
        system: its name in the registry.
        kind: the record kind that trouble is made with.
        kinds: all the kinds it has records of.
        troubles: what it can be made to do.
        secrets: what must not be told anywhere.
        wide: settings for pages that are not small, where all kinds are read.
    """

    system: str
    kind = RecordKind.INCIDENT
    kinds: tuple[RecordKind, ...]
    troubles: frozenset[Trouble]
    secrets: tuple[str, ...] = ()
    wide: Mapping[str, object]

    def __init__(self) -> None:
        self.time = SteppedTime()

    @contextmanager
    @abstractmethod
    def running(self, folder: Path) -> Iterator[None]:
        """While it runs; files may be put into the folder."""

    @abstractmethod
    def settings(self) -> dict[str, object]:
        """The source's table in the configuration, with small pages and no overlap."""

    @abstractmethod
    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """The version of every record there is now, hidden ones included, by raw key."""

    @abstractmethod
    def version(self, raw: RawRecord) -> str:
        """The version of a raw record, as `truth` tells it."""

    @abstractmethod
    def personal(self) -> tuple[str, ...]:
        """Names and texts in the records that must not be told in a log."""

    @property
    def registered(self) -> System:
        """Its entry in the registry."""
        return REGISTRY[self.system]

    def source(self, **settings: object) -> Source:
        """The connector, with waits that cost no time."""
        around = Surroundings(sleep=self.time.sleep, clock=self.time.clock)
        return REGISTRY[self.system].source("ours", {**self.settings(), **settings}, around)


class HttpFake(Fake):
    """A system that is spoken to over HTTP, through a gateway.

    Attributes:
        gateway: meddles, and has seen every request.
    """

    gateway: Gateway

    @abstractmethod
    def misbehave(self, trouble: Trouble | None, seed: int = 0) -> None:
        """Start with some trouble, or stop all of it; what is left to chance follows the seed."""

    @abstractmethod
    def wrong(self) -> dict[str, object]:
        """Settings with a wrong secret, "wrong-secret-of-ours"."""

    @abstractmethod
    def token_settings(self) -> dict[str, object]:
        """Settings that use a token that ends."""

    @abstractmethod
    def is_token_request(self, request: Request) -> bool:
        """Whether a request asks for a token."""

    @abstractmethod
    def limit(self, request: Request) -> int | None:
        """How many rows of the fake's kind a request asks for; None if it asks for others."""

    @abstractmethod
    def unfiltered(self, request: Request) -> Request:
        """The same request without what restricts the rows."""

    @abstractmethod
    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """As `truth`, without what is hidden at present."""

    @abstractmethod
    def delete(self, keys: list[str]) -> None:
        """Delete records of the fake's kind."""


class FilesFake(Fake):
    """Exports in a folder; nothing changes while they are read."""

    system = "files"
    kinds = (RecordKind.INCIDENT, RecordKind.PROBLEM)
    troubles = frozenset()
    wide: Mapping[str, object] = {"batch_size": 1000}

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Write the files."""
        self._paths = {kind: folder / f"{kind}.csv" for kind in self.kinds}
        for kind, path in self._paths.items():
            with path.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["number", "title", "state", "opened_at", "updated_at"])
                for n in range(37):
                    at = f"2026-03-02 08:00:{n:02}"
                    writer.writerow([f"{kind}-{n:03}", f"Ann Ortiz {n}", "new", at, at])
        yield

    def settings(self) -> dict[str, object]:
        """The files, ten records at a time."""
        return {"files": self._paths, "batch_size": PAGE_SIZE, "day_first": False}

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What was written."""
        return {f"{kind}-{n:03}": f"2026-03-02 08:00:{n:02}" for n in range(37)}

    def version(self, raw: RawRecord) -> str:
        """When the row was updated."""
        return str(orjson.loads(raw.payload)["rows"][0]["updated_at"])

    def personal(self) -> tuple[str, ...]:
        """A name in every title."""
        return ("Ann", "Ortiz")


@dataclass(slots=True)
class TickingClock:
    """A second passes each time one looks, so that changes fall into different seconds."""

    now: datetime
    step_s: float = 1.0
    n_looks: int = field(default=0)

    def __call__(self) -> datetime:
        """The time."""
        self.n_looks += 1
        return self.now + timedelta(seconds=self.step_s * self.n_looks)
