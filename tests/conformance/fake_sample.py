"""The desk that does not exist, and a fake of it: what `docs/adding-a-connector.md` shows."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from connectors.core.source import Source
from connectors.core.surroundings import Surroundings
from connectors.core.system import Capabilities, System
from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.desk.churn import Churn
from simulator.desk.desk import Desk
from simulator.desk.making import made_desk
from simulator.desk.records import Held
from simulator.faults import NONE, Chances, Fault
from simulator.mishaps import PracticeMishaps
from simulator.practice_server import USUAL_ACCESS, PracticeServer
from simulator.web import Answer, Request, json_answer
from tests.conformance.desk_fake import DeskFake
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.sample_connector import SampleConfig, SampleSource

K = RecordKind
SAMPLE = System(
    config=SampleConfig,
    make=SampleSource,
    capabilities=Capabilities(
        kinds=frozenset({K.INCIDENT}),
        resumes=True,
        reads_changes_only=True,
        tells_deletes=False,
        writes=False,
        counts=True,
    ),
)
"""Its entry, as `connectors/NAME/system.py` would have it."""


@dataclass(slots=True)
class _Mishaps(PracticeMishaps):
    desk: Desk

    @property
    def chances(self) -> Chances:
        return self.desk.chances

    def table_of(self, request: Request) -> str:
        return "incident" if request.path == "/api/records" else ""

    def after(self, request: Request, table: str) -> None:
        Churn(self.desk, table, lambda one: self.desk.remove(one, is_told=False)).after()

    def limited(self, fault: Fault) -> Answer:
        return json_answer({}, 429, ("Retry-After", str(max(1, round(fault.seconds)))))

    def expired(self, request: Request) -> Answer:
        return json_answer({"error": "who are you?"}, 401)


class SampleServer(PracticeServer):
    """Serves the incidents of an estate."""

    password = "a-word-for-practice"

    def __init__(self, desk: Desk) -> None:
        super().__init__(NONE, 0, USUAL_ACCESS)
        self.desk, self._mishaps = desk, _Mishaps(desk)

    @property
    def held(self) -> Desk:
        """What is served."""
        return self.desk

    def _start(self, stack: ExitStack) -> None:
        made_desk(self.desk)

    def _prepare(self) -> None:
        Churn(self.desk, "incident").prepare()

    def _answer(self, request: Request) -> Answer:
        told = base64.b64encode(f"csi:{self.password}".encode()).decode()
        if request.header("authorization") != f"Basic {told}":
            return json_answer({"error": "who are you?"}, 401)
        return self._mishaps.around(request, self._served)

    def _served(self, request: Request) -> Answer:
        if request.path == "/api/count":
            return json_answer({"count": len(self.desk.of(K.INCIDENT))})
        asked = request.parameters
        limit, offset = int(asked["limit"]), int(asked.get("offset", 0))
        with self.desk.lock:
            found = list(islice(self._found(asked), offset, offset + limit + 1))
            rows = [_shown(one) for one in found[:limit]]
        return json_answer({"records": rows, "more": len(found) > limit})

    def _found(self, asked: Mapping[str, str]) -> Iterator[Held]:
        """Incidents by update and id, from a moment on, at it, or later; or some by id."""
        records = self.desk.of(K.INCIDENT)
        if "ids" in asked:
            return (one for key in asked["ids"].split(",") if (one := records.get(_id(key))))
        since, after = None, _id(asked.get("after", ""))
        until = int(asked["at"]) + 1 if "at" in asked else None
        if moment := asked.get("since") or asked.get("at"):
            since = int(moment)
        elif "later_than" in asked:
            since = int(asked["later_than"]) + 1
        found = self.desk.ordered(K.INCIDENT, since, until)
        if asked.get("order") == "id":
            found = (records[key] for key in sorted(records))
        return (one for one in found if one.id > after)


def _id(key: str) -> int:
    return int(key or 0)


def _shown(record: Held) -> dict[str, str]:
    names = ("number", "title", "team", "caller", "state")
    times = {"opened": record.created, "updated": record.updated}
    shown = {name: datetime.fromtimestamp(at, UTC).isoformat()[:19] for name, at in times.items()}
    return {"id": f"{record.id:09d}", **shown, **{name: record.text(name) for name in names}}


class SampleFake(DeskFake):
    """What the suite needs to know of it."""

    system = "sample"
    kinds = (K.INCIDENT,)
    troubles = DeskFake.troubles - {Trouble.EXPIRY}
    served: SampleServer

    @property
    def registered(self) -> System:
        """It stands in no registry."""
        return SAMPLE

    def source(self, **settings: object) -> Source:
        """The connector, with waits that cost no time."""
        around = Surroundings(sleep=self.time.sleep, clock=self.time.clock)
        return SAMPLE.source("ours", {**self.settings(), **settings}, around)

    @property
    def desk(self) -> Desk:
        """The desk behind the server."""
        return self.served.desk

    def key(self, kind: RecordKind, n: int) -> str:
        """The id of a record."""
        return f"{n:09d}"

    def made(self, clock: TickingClock, folder: Path) -> SampleServer:
        """The desk."""
        return SampleServer(Desk(self.estate, clock))

    def secrets_of(self) -> tuple[str, ...]:
        """The password."""
        return (self.served.password,)

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        return self.asked_by({"user": "csi", "password": self.served.password})

    def version(self, raw: RawRecord) -> str:
        """When it was updated."""
        told = orjson.loads(raw.payload)["updated"]["value"]
        return str(int(datetime.fromisoformat(told).replace(tzinfo=UTC).timestamp()))

    def is_token_request(self, request: Request) -> bool:
        """There are none."""
        return False

    def limit(self, request: Request) -> int | None:
        """`limit` of a list."""
        is_list = request.path == "/api/records"
        return int(request.parameters["limit"]) if is_list else None

    def unfiltered(self, request: Request) -> Request:
        """Without a moment."""
        parts, gone = urlsplit(request.target), {"since", "at", "later_than", "after"}
        asked = {name: one for name, one in parse_qsl(parts.query) if name not in gone}
        return replace(request, target=f"{parts.path}?{urlencode(asked)}")
