"""The practice server of Freshservice, with a small estate."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.faults import Fault, FaultName
from simulator.freshservice.server import FreshserviceServer
from simulator.web import Request
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.simulated import SimulatedFake

K = RecordKind
_F = FaultName
_WORK = frozenset({"tickets"})


class FreshserviceFake(SimulatedFake):
    """An account. Its lists have no totals, and its keys do not end."""

    system = "freshservice"
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
    troubles = frozenset(Trouble) - {Trouble.HIDDEN, Trouble.EXPIRY}
    wide: Mapping[str, object] = {"page_size": 100, "details": True}
    faults: Mapping[Trouble, tuple[Fault, ...]] = {
        Trouble.CHURN: (
            Fault(name=_F.ROWS_TOUCHED, share=1, rows=2, tables=_WORK),
            Fault(name=_F.ROWS_INSERTED, share=0.5, rows=1, tables=_WORK),
            Fault(name=_F.ROWS_DELETED, share=0.5, rows=1, tables=_WORK),
            Fault(name=_F.ROWS_PURGED, share=0.5, rows=1, tables=_WORK),
        ),
        Trouble.TIES: (Fault(name=_F.SAME_SECOND, rows=35, tables=_WORK),),
        Trouble.SKEW: (Fault(name=_F.CLOCK_SKEW, seconds=-3600),),
        Trouble.CUT: (
            Fault(name=_F.TRUNCATED_200, ordinals=frozenset({1, 2, 3, 4}), tables=_WORK),
        ),
    }
    besides = (Fault(name=_F.INTERNAL_LINKS, text="https://shard-7.internal.example"),)
    served: FreshserviceServer

    def made(self, clock: TickingClock, folder: Path) -> FreshserviceServer:
        """The account."""
        return FreshserviceServer(self.estate, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """The key."""
        return (self.served.api_key,)

    def settings(self) -> dict[str, object]:
        """An agent with a key."""
        return self.asked_by({"api_key": self.served.api_key, "details": False})

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        return {str(one.id): str(one.updated) for one in self.served.truth(kind)}

    def version(self, raw: RawRecord) -> str:
        """When the ticket was changed; there is no other version."""
        told = orjson.loads(raw.payload)["updated_at"]["value"]
        return str(int(datetime.fromisoformat(told).replace(tzinfo=UTC).timestamp()))

    def personal(self) -> tuple[str, ...]:
        """Names of people, and subjects."""
        words = {one.text(name) for one in self.served.truth(K.INCIDENT)
                 for name in ("caller", "title")}  # fmt: skip
        return tuple(sorted(word for word in words if len(word) > 5))

    def wrong(self) -> dict[str, object]:
        """Another key."""
        return {"api_key": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """There are no tokens."""
        return {}

    def is_token_request(self, request: Request) -> bool:
        """Nobody asks for tokens."""
        return False

    def limit(self, request: Request) -> int | None:
        """`per_page` of the list of tickets."""
        is_list = request.path.endswith("/tickets")
        return int(request.parameters["per_page"]) if is_list else None

    def unfiltered(self, request: Request) -> Request:
        """As if nothing were said of time."""
        parts = urlsplit(request.target)
        asked = dict(parse_qsl(parts.query))
        if "updated_since" in asked:
            asked["updated_since"] = "2000-01-01T00:00:00Z"
        return replace(request, target=f"{parts.path}?{urlencode(asked)}")

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """Without what is hidden."""
        hidden = self.is_hidden("tickets")
        return {key: one for key, one in self.truth(kind).items() if key not in hidden}

    def delete(self, keys: list[str]) -> None:
        """As a person would: into the trash."""
        for key in keys:
            record = self.served.account.ticket(int(key))
            assert record is not None
            self.served.account.delete(record)
