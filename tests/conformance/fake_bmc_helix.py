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
from simulator.faults import Fault, FaultName
from simulator.web import Request
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.simulated import SimulatedFake

K = RecordKind
_F = FaultName
_INCIDENTS = frozenset({"incident"})
_FORMS: Mapping[RecordKind, str] = {
    K.INCIDENT: "HPD:Help Desk",
    K.PROBLEM: "PBM:Problem Investigation",
    K.CHANGE: "CHG:Infrastructure Change",
}


class BmcHelixFake(SimulatedFake):
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
    troubles = frozenset(Trouble) - {Trouble.HIDDEN, Trouble.DELETES}
    wide: Mapping[str, object] = {"page_size": 200}
    faults: Mapping[Trouble, tuple[Fault, ...]] = {
        Trouble.CHURN: (
            Fault(name=_F.ROWS_TOUCHED, share=1, rows=2, tables=_INCIDENTS),
            Fault(name=_F.ROWS_INSERTED, share=0.5, rows=1, tables=_INCIDENTS),
            Fault(name=_F.ROWS_DELETED, share=0.5, rows=1, tables=_INCIDENTS),
        ),
        Trouble.TIES: (Fault(name=_F.SAME_SECOND, rows=35, tables=_INCIDENTS),),
        Trouble.SKEW: (Fault(name=_F.CLOCK_SKEW, seconds=-3600),),
        Trouble.EXPIRY: (Fault(name=_F.EXPIRED_TOKEN, ordinals=frozenset({8})),),
        Trouble.CUT: (
            Fault(name=_F.TRUNCATED_200, ordinals=frozenset({1, 2, 3, 4}), tables=_INCIDENTS),
        ),
    }
    besides = (Fault(name=_F.INTERNAL_LINKS, text="https://ars-internal.example:8443"),)
    served: BmcHelixServer

    def made(self, clock: TickingClock, folder: Path) -> BmcHelixServer:
        """The server."""
        return BmcHelixServer(self.estate, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """The password."""
        return (self.served.password,)

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        return self.asked_by({"user": self.served.user, "password": self.served.password})

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        key = BY_NAME[_FORMS[kind]].key
        return {key(one.id): str(one.updated) for one in self.served.truth(kind)}

    def version(self, raw: RawRecord) -> str:
        """When the entry was changed last."""
        told = orjson.loads(raw.payload)["Last Modified Date"]["value"]
        return str(int(datetime.fromisoformat(told).replace(tzinfo=UTC).timestamp()))

    def personal(self) -> tuple[str, ...]:
        """Names of callers, and titles."""
        names = ("caller", "title")
        words = {one.text(name) for one in self.served.truth(K.INCIDENT) for name in names}
        return tuple(sorted(word for word in words if len(word) > 5))

    def wrong(self) -> dict[str, object]:
        """Another password."""
        return {"password": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """The same: a password gives a token."""
        return {}

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

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """Without what is hidden."""
        hidden = self.is_hidden(kind)
        return {key: one for key, one in self.truth(kind).items() if key not in hidden}

    def delete(self, keys: list[str]) -> None:
        """As an administrator would."""
        desk = self.served.system.desk
        for record in list(desk.of(self.kind).values()):
            if BY_NAME[_FORMS[self.kind]].key(record.id) in keys:
                desk.remove(record, is_told=False)
