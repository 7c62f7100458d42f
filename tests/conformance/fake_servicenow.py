"""The practice instance of ServiceNow, with a small estate."""

import http.client
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.faults import Fault, FaultName
from simulator.servicenow.server import ServiceNowServer
from simulator.web import Request
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.simulated import SimulatedFake

_F = FaultName
_INCIDENTS = frozenset({"incident"})


class ServiceNowFake(SimulatedFake):
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

    together = (Trouble.CHURN, Trouble.TIES, Trouble.HIDDEN, Trouble.SKEW)
    served: ServiceNowServer

    def made(self, clock: TickingClock, folder: Path) -> ServiceNowServer:
        """The instance."""
        return ServiceNowServer(self.estate, directory=folder, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """Password, and the secret of the OAuth application."""
        return self.served.password, self.served.client_secret

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        return self.asked_by({"user": self.served.user, "password": self.served.password})

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
            for one in self.served.truth(table)
        ]

    def wrong(self) -> dict[str, object]:
        """Another password."""
        return {"password": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """OAuth by password."""
        server = self.served
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
        hidden = self.is_hidden(self.tables[kind])
        return {key: one for key, one in self.truth(kind).items() if key not in hidden}

    def delete(self, keys: list[str]) -> None:
        """As a person would, through the interface."""
        both = f"{self.served.user}:{self.served.password}"
        headers = {"Authorization": f"Basic {b64encode(both.encode()).decode()}"}
        for key in keys:
            connection = http.client.HTTPConnection(urlsplit(self.served.url).netloc, timeout=60)
            connection.request("DELETE", f"/api/now/table/incident/{key}", headers=headers)
            assert connection.getresponse().status == 204
            connection.close()
