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
from simulator.faults import Fault, FaultName
from simulator.web import Request
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.simulated import SimulatedFake

K = RecordKind
_F = FaultName
_INCIDENTS = frozenset({"incident"})
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


class CherwellFake(SimulatedFake):
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
    served: CherwellServer

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

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        key = OBJECTS[_OF[kind]].table.key
        return {key(one.id): str(one.updated) for one in self.served.truth(kind)}

    def version(self, raw: RawRecord) -> str:
        """When the record was changed last."""
        told = orjson.loads(raw.payload)["LastModDateTime"]["value"]
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

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """Without what is hidden."""
        hidden = self.is_hidden(kind)
        return {key: one for key, one in self.truth(kind).items() if key not in hidden}

    def delete(self, keys: list[str]) -> None:
        """As an administrator would."""
        desk, key = self.served.system.desk, OBJECTS[_OF[self.kind]].table.key
        for record in list(desk.of(self.kind).values()):
            if key(record.id) in keys:
                desk.remove(record, is_told=False)
