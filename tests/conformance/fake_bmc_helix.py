"""The practice system of BMC Helix ITSM, with a small estate."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.bmc_helix.forms import BY_NAME
from simulator.bmc_helix.server import BmcHelixServer
from simulator.desk.desk import Desk
from simulator.faults import Fault, FaultName
from simulator.web import Request
from tests.conformance.desk_fake import DeskFake
from tests.conformance.fakes import TickingClock

K = RecordKind
_F = FaultName
_FORMS: Mapping[RecordKind, str] = {
    K.INCIDENT: "HPD:Help Desk",
    K.PROBLEM: "PBM:Problem Investigation",
    K.CHANGE: "CHG:Infrastructure Change",
}


class BmcHelixFake(DeskFake):
    """A server that counts nothing, and remembers nothing that was deleted."""

    system = "bmc_helix"
    kinds = (
        K.INCIDENT,
        K.PROBLEM,
        K.PROBLEM_TASK,
        K.KNOWN_ERROR,
        K.CHANGE,
        K.APPROVAL,
        K.SERVICE_REQUEST,
        K.SERVICE,
        K.TEAM,
        K.VENDOR,
        K.CONFIGURATION_ITEM,
        K.SLA_CLOCK,
        K.COMMENT,
        K.HISTORY,
        K.SURVEY_RESPONSE,
    )
    besides = (Fault(name=_F.INTERNAL_LINKS, text="https://ars-internal.example:8443"),)
    served: BmcHelixServer

    @property
    def desk(self) -> Desk:
        """The desk behind the server."""
        return self.served.system.desk

    def key(self, kind: RecordKind, n: int) -> str:
        """The id of a record."""
        return BY_NAME[_FORMS[kind]].key(n)

    def made(self, clock: TickingClock, folder: Path) -> BmcHelixServer:
        """The server."""
        return BmcHelixServer(self.estate, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """The password."""
        return (self.served.password,)

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        return self.asked_by({"user": self.served.user, "password": self.served.password})

    def version(self, raw: RawRecord) -> str:
        """When the entry was changed last."""
        told = orjson.loads(raw.payload)["Last Modified Date"]["value"]
        return str(int(datetime.fromisoformat(told).replace(tzinfo=UTC).timestamp()))

    def is_token_request(self, request: Request) -> bool:
        """Whether it is a login."""
        return request.path == "/api/jwt/login"

    def limit(self, request: Request) -> int | None:
        """`limit` of incidents."""
        is_incidents = unquote(request.path).endswith("/HPD:Help Desk")
        return int(request.parameters["limit"]) if is_incidents else None

    def unfiltered(self, request: Request) -> Request:
        """Without a qualification."""
        parts = urlsplit(request.target)
        asked = {name: value for name, value in parse_qsl(parts.query) if name != "q"}
        return replace(request, target=f"{parts.path}?{urlencode(asked)}")
