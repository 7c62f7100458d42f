"""The practice server of Request Tracker, with a small estate."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.faults import Fault, FaultName
from simulator.rt.server import RtServer
from simulator.web import Request
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.simulated import SimulatedFake

K = RecordKind
_F = FaultName
_TICKETS = frozenset({"tickets"})


class RtFake(SimulatedFake):
    """A tracker. Hidden tickets take the totals away, and its tokens do not end."""

    system = "rt"
    kinds = (
        K.INCIDENT,
        K.PROBLEM,
        K.CHANGE,
        K.APPROVAL,
        K.SERVICE_REQUEST,
        K.VENDOR_CASE,
        K.CONFIGURATION_ITEM,
        K.SLA_CLOCK,
        K.COMMENT,
        K.HISTORY,
        K.SURVEY_RESPONSE,
    )
    troubles = frozenset(Trouble) - {Trouble.HIDDEN, Trouble.EXPIRY}
    wide: Mapping[str, object] = {"page_size": 100}
    faults: Mapping[Trouble, tuple[Fault, ...]] = {
        Trouble.CHURN: (
            Fault(name=_F.ROWS_TOUCHED, share=1, rows=2, tables=_TICKETS),
            Fault(name=_F.ROWS_INSERTED, share=0.5, rows=1, tables=_TICKETS),
            Fault(name=_F.ROWS_DELETED, share=0.5, rows=1, tables=_TICKETS),
            Fault(name=_F.ROWS_PURGED, share=0.5, rows=1, tables=_TICKETS),
        ),
        Trouble.TIES: (Fault(name=_F.SAME_SECOND, rows=35, tables=_TICKETS),),
        Trouble.SKEW: (Fault(name=_F.CLOCK_SKEW, seconds=-3600),),
        Trouble.CUT: (
            Fault(name=_F.TRUNCATED_200, ordinals=frozenset({3, 4, 5, 6}), tables=_TICKETS),
        ),
    }
    besides = (
        Fault(name=_F.USER_ZONE, text="America/New_York"),
        Fault(name=_F.INTERNAL_LINKS, text="https://rt-internal.example:8443"),
    )
    served: RtServer

    def made(self, clock: TickingClock, folder: Path) -> RtServer:
        """The tracker."""
        return RtServer(self.estate, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """Password and token."""
        return self.served.password, self.served.token

    def settings(self) -> dict[str, object]:
        """A user with a password, and the practice catalog of items."""
        who = {"user": self.served.user, "password": self.served.password}
        return self.asked_by({**who, "catalogs": {"configuration_item": "Configuration Items"}})

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        return {str(one.id): str(one.updated) for one in self.served.truth(kind)}

    def version(self, raw: RawRecord) -> str:
        """When the ticket was updated; there is no other version."""
        told = orjson.loads(raw.payload)["LastUpdated"]["value"]
        return str(int(datetime.fromisoformat(f"{told}Z").timestamp()))

    def personal(self) -> tuple[str, ...]:
        """Names of requestors, and subjects."""
        words = {one.text(name) for one in self.served.truth(self.kind)
                 for name in ("caller", "title")}  # fmt: skip
        return tuple(sorted(word for word in words if len(word) > 5))

    def wrong(self) -> dict[str, object]:
        """Another password."""
        return {"password": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """An authentication token."""
        return {"token": self.served.token}

    def is_token_request(self, request: Request) -> bool:
        """Nobody asks for tokens."""
        return False

    def limit(self, request: Request) -> int | None:
        """`per_page` of tickets in the order of their update."""
        is_page = request.path.endswith("/tickets") and "orderby=LastUpdated&orderby=id" in (
            request.target
        )
        return int(request.parameters["per_page"]) if is_page else None

    def unfiltered(self, request: Request) -> Request:
        """Only the queue is left of a query for tickets."""
        parts = urlsplit(request.target)
        asked = [
            (name, re.sub(r" AND (LastUpdated|id) .*", "", value) if name == "query" else value)
            for name, value in parse_qsl(parts.query)
        ]
        return replace(request, target=f"{parts.path}?{urlencode(asked)}")

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """Without what is hidden."""
        hidden = self.is_hidden("tickets")
        return {key: one for key, one in self.truth(kind).items() if key not in hidden}

    def delete(self, keys: list[str]) -> None:
        """As a person would."""
        for key in keys:
            record = self.served.tracker.ticket(int(key))
            assert record is not None
            self.served.tracker.delete(record, "somebody")
