"""A fake for every system, that can be made to misbehave in the ways the suite asks for.

A new connector adds its fake to `known_fakes.py`; the suite then runs what the fake can do.
"""

import csv
import http.client
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from connectors.core.source import Source
from connectors.core.surroundings import Surroundings
from connectors.registry import REGISTRY
from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from simulator.web import Request
from tests.conformance.gateway import Gateway, gateway_before
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


_F = FaultName
_INCIDENTS = frozenset({"incident"})
_FAILURES = (
    _F.SERVER_ERROR,
    _F.CONNECTION_DROPPED,
    _F.TRUNCATED_200,
    _F.HTML_200,
    _F.EXPIRED_TOKEN,
)


class ServiceNowFake(HttpFake):
    """The practice instance, with a small estate."""

    system = "servicenow"
    kinds = (
        RecordKind.INCIDENT,
        RecordKind.PROBLEM,
        RecordKind.CHANGE,
        RecordKind.SERVICE_REQUEST,
        RecordKind.TEAM,
        RecordKind.SERVICE,
        RecordKind.CONFIGURATION_ITEM,
        RecordKind.SLA_CLOCK,
        RecordKind.COMMENT,
        RecordKind.HISTORY,
    )
    troubles = frozenset(Trouble)
    wide: Mapping[str, object] = {"page_size": 200}
    estate = EstateSettings(n_incidents=150, n_weeks=4, seed=5)
    tables: Mapping[RecordKind, str] = {
        RecordKind.INCIDENT: "incident",
        RecordKind.PROBLEM: "problem",
        RecordKind.CHANGE: "change_request",
        RecordKind.SERVICE_REQUEST: "sc_req_item",
        RecordKind.TEAM: "sys_user_group",
    }
    faults: Mapping[Trouble, tuple[Fault, ...]] = {
        Trouble.CHURN: (
            Fault(name=_F.ROWS_TOUCHED, share=1, rows=2, tables=_INCIDENTS),
            Fault(name=_F.ROWS_INSERTED, share=0.5, rows=1, tables=_INCIDENTS),
            Fault(name=_F.ROWS_DELETED, share=0.5, rows=1, tables=_INCIDENTS),
            Fault(name=_F.ROWS_PURGED, share=0.5, rows=1, tables=_INCIDENTS),
        ),
        Trouble.TIES: (Fault(name=_F.SAME_SECOND, rows=35, tables=_INCIDENTS),),
        Trouble.HIDDEN: (Fault(name=_F.ACL_ROWS, rows=0.5, tables=_INCIDENTS),),
        Trouble.SKEW: (Fault(name=_F.CLOCK_SKEW, seconds=-3600),),
        Trouble.EXPIRY: (Fault(name=_F.EXPIRED_TOKEN, ordinals=frozenset({3})),),
        Trouble.CUT: (
            Fault(name=_F.TRUNCATED_200, ordinals=frozenset({1, 2, 3, 4}), tables=_INCIDENTS),
        ),
    }

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the instance and the gateway."""
        clock = TickingClock(self.estate.export_at)
        with ServiceNowServer(self.estate, directory=folder, clock=clock) as server:
            self._server = server
            self.secrets = (server.password, server.client_secret)
            with gateway_before(server.url, server.now) as gateway:
                self.gateway = gateway
                yield
        assert server.errors == []

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        return {
            "url": self.gateway.url,
            "user": self._server.user,
            "password": self._server.password,
            "page_size": PAGE_SIZE,
            "overlap_s": 0,
        }

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        records = self._records(self.tables[kind])
        return {one["sys_id"]["value"]: one["sys_mod_count"]["value"] for one in records}

    def version(self, raw: RawRecord) -> str:
        """How often the row was changed."""
        return str(orjson.loads(raw.payload)["sys_mod_count"]["value"])

    def personal(self) -> tuple[str, ...]:
        """Names of callers, and descriptions."""
        records = self._records("incident")
        callers = {one["caller_id"]["display_value"] for one in records}
        texts = {one["short_description"]["value"] for one in records}
        return tuple(sorted(word for word in callers | texts if len(word) > 5))

    def _records(self, table: str) -> list[dict[str, dict[str, str]]]:
        return [
            {name: dict(cell) for name, cell in one.items() if isinstance(cell, Mapping)}
            for one in self._server.truth(table)
        ]

    def misbehave(self, trouble: Trouble | None, seed: int = 0) -> None:
        """Faults of the practice server."""
        if trouble is None:
            self._server.faults = NONE
        elif trouble is Trouble.ALL:
            together = (Trouble.CHURN, Trouble.TIES, Trouble.HIDDEN, Trouble.SKEW)
            faults = [fault for one in together for fault in self.faults[one]]
            faults += [Fault(name=name, share=0.06) for name in _FAILURES]
            self._server.faults = Faults(tuple(faults), seed)
        else:
            self._server.faults = Faults(self.faults.get(trouble, ()), seed)

    def wrong(self) -> dict[str, object]:
        """Another password."""
        return {"password": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """OAuth by password."""
        server = self._server
        return {"client_id": server.client_id, "client_secret": server.client_secret}

    def is_token_request(self, request: Request) -> bool:
        """Whether it is one to the token endpoint."""
        return request.path == "/oauth_token.do"

    def limit(self, request: Request) -> int | None:
        """`sysparm_limit`."""
        is_ours = request.path.endswith("/table/incident")
        return int(request.parameters["sysparm_limit"]) if is_ours else None

    def unfiltered(self, request: Request) -> Request:
        """Only the order is left of the query."""
        parts = urlsplit(request.target)
        asked = dict(parse_qsl(parts.query))
        clauses = asked.get("sysparm_query", "").split("^")
        asked["sysparm_query"] = "^".join(one for one in clauses if one.startswith("ORDERBY"))
        return replace(request, target=f"{parts.path}?{urlencode(asked)}")

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """Without what the fault hides."""
        is_hidden: Callable[[str], bool] = self._server.instance.chances.hidden(self.tables[kind])
        return {key: one for key, one in self.truth(kind).items() if not is_hidden(key)}

    def delete(self, keys: list[str]) -> None:
        """As a person would, through the interface."""
        both = f"{self._server.user}:{self._server.password}"
        headers = {"Authorization": f"Basic {b64encode(both.encode()).decode()}"}
        for key in keys:
            connection = http.client.HTTPConnection(urlsplit(self._server.url).netloc, timeout=60)
            connection.request("DELETE", f"/api/now/table/incident/{key}", headers=headers)
            assert connection.getresponse().status == 204
            connection.close()
