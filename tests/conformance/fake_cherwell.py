"""The practice instance of Cherwell CSM, with a small estate."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.cherwell.objects import OBJECTS
from simulator.cherwell.server import API, CherwellServer
from simulator.desk.desk import Desk
from simulator.web import Request
from tests.conformance.desk_fake import DeskFake
from tests.conformance.fakes import TickingClock

K = RecordKind
_OF: Mapping[RecordKind, str] = {
    K.INCIDENT: "Incident",
    K.PROBLEM: "Problem",
    K.CHANGE: "ChangeRequest",
}
OWN_OBJECTS = {
    "service_request": "ServiceRequest",
    "known_error": "KnownError",
    "vendor_case": "VendorCase",
    "team": "TeamInfo",
}


class CherwellFake(DeskFake):
    """An instance that counts what one may see, and remembers nothing that was deleted."""

    system = "cherwell"
    kinds = (
        K.INCIDENT,
        K.PROBLEM,
        K.PROBLEM_TASK,
        K.KNOWN_ERROR,
        K.CHANGE,
        K.APPROVAL,
        K.SERVICE_REQUEST,
        K.VENDOR_CASE,
        K.SERVICE,
        K.TEAM,
        K.VENDOR,
        K.CONFIGURATION_ITEM,
        K.KNOWLEDGE_ARTICLE,
        K.SLA_CLOCK,
        K.COMMENT,
        K.HISTORY,
        K.SURVEY_RESPONSE,
    )
    served: CherwellServer

    @property
    def desk(self) -> Desk:
        """The desk behind the server."""
        return self.served.system.desk

    def key(self, kind: RecordKind, n: int) -> str:
        """The id of a record."""
        return OBJECTS[_OF[kind]].table.key(n)

    def made(self, clock: TickingClock, folder: Path) -> CherwellServer:
        """The server."""
        return CherwellServer(self.estate, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """The password."""
        return (self.served.password,)

    def settings(self) -> dict[str, object]:
        """A client, a user with a password, and the objects that have to be named."""
        who = {"client_id": self.served.client_id, "user": self.served.user}
        return self.asked_by({**who, "password": self.served.password, "objects": OWN_OBJECTS})

    def version(self, raw: RawRecord) -> str:
        """When the record was changed last."""
        told = orjson.loads(raw.payload)["LastModDateTime"]["value"]
        return str(int(datetime.fromisoformat(told).replace(tzinfo=UTC).timestamp()))

    def is_token_request(self, request: Request) -> bool:
        """Whether it is one to the token endpoint."""
        return request.path == f"{API}/token"

    def limit(self, request: Request) -> int | None:
        """`pageSize` of incidents."""
        if not request.path.endswith("/getsearchresults"):
            return None
        asked = orjson.loads(request.body)
        return int(asked["pageSize"]) if asked["busObId"] == OBJECTS["Incident"].id else None

    def unfiltered(self, request: Request) -> Request:
        """Without filters."""
        if not request.path.endswith("/getsearchresults"):
            return request
        return replace(request, body=orjson.dumps({**orjson.loads(request.body), "filters": []}))
