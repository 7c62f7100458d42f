"""The practice server of GLPI, with a small estate."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.faults import Fault, FaultName
from simulator.glpi.server import GlpiServer
from simulator.web import Request
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.simulated import SimulatedFake

K = RecordKind
_F = FaultName
_WORK = frozenset({"Ticket"})
_IS_TIME = re.compile(r"criteria\[(\d+)\]\[field\]")


class GlpiFake(SimulatedFake):
    """A GLPI. Hidden tickets are in no count; what was deleted lies in the trash, or is gone."""

    system = "glpi"
    kinds = (
        K.INCIDENT,
        K.PROBLEM,
        K.CHANGE,
        K.APPROVAL,
        K.SERVICE_REQUEST,
        K.TEAM,
        K.CONFIGURATION_ITEM,
        K.SLA_CLOCK,
        K.COMMENT,
        K.HISTORY,
        K.SURVEY_RESPONSE,
    )
    troubles = frozenset(Trouble) - {Trouble.HIDDEN}
    wide: Mapping[str, object] = {"page_size": 500}
    faults: Mapping[Trouble, tuple[Fault, ...]] = {
        Trouble.CHURN: (
            Fault(name=_F.ROWS_TOUCHED, share=1, rows=2, tables=_WORK),
            Fault(name=_F.ROWS_INSERTED, share=0.5, rows=1, tables=_WORK),
            Fault(name=_F.ROWS_DELETED, share=0.5, rows=1, tables=_WORK),
            Fault(name=_F.ROWS_PURGED, share=0.5, rows=1, tables=_WORK),
        ),
        Trouble.TIES: (Fault(name=_F.SAME_SECOND, rows=35, tables=_WORK),),
        Trouble.SKEW: (Fault(name=_F.CLOCK_SKEW, seconds=-3600),),
        Trouble.EXPIRY: (Fault(name=_F.EXPIRED_TOKEN, ordinals=frozenset({8})),),
        Trouble.CUT: (
            Fault(name=_F.TRUNCATED_200, ordinals=frozenset({1, 2, 3, 4}), tables=_WORK),
        ),
    }
    served: GlpiServer

    def made(self, clock: TickingClock, folder: Path) -> GlpiServer:
        """The server."""
        return GlpiServer(self.estate, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """Password and tokens."""
        return self.served.password, self.served.user_token, self.served.app_token

    def settings(self) -> dict[str, object]:
        """A user with an API token, and the token of the application."""
        served = self.served
        return self.asked_by({"user_token": served.user_token, "app_token": served.app_token})

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        itemtype = {K.PROBLEM: "Problem", K.CHANGE: "Change"}.get(kind, "Ticket")
        wanted = {K.INCIDENT: {"type": 1}, K.SERVICE_REQUEST: {"type": 2}}.get(kind, {})
        rows = self.served.truth(itemtype, **wanted)
        return {str(row["id"]): str(row["date_mod"]) for row in rows}

    def version(self, raw: RawRecord) -> str:
        """When the ticket was changed; there is no other version."""
        told = orjson.loads(raw.payload)["19"]["value"]
        return str(int(datetime.fromisoformat(told).replace(tzinfo=UTC).timestamp()))

    def personal(self) -> tuple[str, ...]:
        """Names of people, and titles."""
        words = {row["realname"] for row in self.served.truth("User")}
        words |= {row["name"] for row in self.served.truth("Ticket")}
        return tuple(sorted(word for word in words if len(word) > 5))

    def wrong(self) -> dict[str, object]:
        """Another token."""
        return {"user_token": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """A session is a token that ends."""
        return {}

    def is_token_request(self, request: Request) -> bool:
        """Whether it begins a session."""
        return request.path.endswith("/initSession")

    def limit(self, request: Request) -> int | None:
        """The length of the range of a search for tickets."""
        if not request.path.endswith("/search/Ticket"):
            return None
        first, _, last = request.parameters["range"].partition("-")
        return int(last) - int(first) + 1

    def unfiltered(self, request: Request) -> Request:
        """Without conditions on time and id."""
        parts = urlsplit(request.target)
        asked = parse_qsl(parts.query)
        gone = {found[1] for name, value in asked
                if (found := _IS_TIME.fullmatch(name)) and value in {"19", "2"}}  # fmt: skip
        kept = [(name, value) for name, value in asked
                if not any(name.startswith(f"criteria[{place}]") for place in gone)]  # fmt: skip
        return replace(request, target=f"{parts.path}?{urlencode(kept)}")

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """Without what is hidden."""
        hidden = self.is_hidden("Ticket")
        return {key: one for key, one in self.truth(kind).items() if key not in hidden}

    def delete(self, keys: list[str]) -> None:
        """As a person would: into the trash."""
        for key in keys:
            row = self.served.database.table("Ticket").rows[int(key)]
            self.served.changes.remove("Ticket", row)
