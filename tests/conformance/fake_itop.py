"""The practice server of iTop, with a small estate."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.faults import Fault, FaultName
from simulator.itop.server import ItopServer
from simulator.web import Request
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.simulated import SimulatedFake

K = RecordKind
_F = FaultName
_INCIDENTS = frozenset({"Incident"})
_FIRST_PAGES = frozenset({16, 17, 18, 19})
"""The first pages of incidents; the fifteen questions before them look for the oldest one."""
_SLICE = re.compile(r" AND o\.last_update >= '[^']*' AND o\.last_update < '[^']*'| WHERE .*")


class ItopFake(SimulatedFake):
    """An iTop in Paris. It hides nothing, and its logins do not end."""

    system = "itop"
    kinds = (
        K.INCIDENT,
        K.PROBLEM,
        K.PROBLEM_TASK,
        K.CHANGE,
        K.APPROVAL,
        K.SERVICE_REQUEST,
        K.VENDOR_CASE,
        K.TEAM,
        K.CONFIGURATION_ITEM,
        K.SLA_CLOCK,
        K.COMMENT,
        K.HISTORY,
        K.SURVEY_RESPONSE,
    )
    troubles = frozenset(Trouble) - {Trouble.HIDDEN, Trouble.EXPIRY}
    wide: Mapping[str, object] = {"page_size": 200}
    faults: Mapping[Trouble, tuple[Fault, ...]] = {
        Trouble.CHURN: (
            Fault(name=_F.ROWS_TOUCHED, share=1, rows=2, tables=_INCIDENTS),
            Fault(name=_F.ROWS_INSERTED, share=0.5, rows=1, tables=_INCIDENTS),
            Fault(name=_F.ROWS_DELETED, share=0.5, rows=1, tables=_INCIDENTS),
            Fault(name=_F.ROWS_PURGED, share=0.5, rows=1, tables=_INCIDENTS),
        ),
        Trouble.TIES: (Fault(name=_F.SAME_SECOND, rows=35, tables=_INCIDENTS),),
        Trouble.SKEW: (Fault(name=_F.CLOCK_SKEW, seconds=-3600),),
        Trouble.CUT: (Fault(name=_F.TRUNCATED_200, ordinals=_FIRST_PAGES, tables=_INCIDENTS),),
    }
    served: ItopServer

    def made(self, clock: TickingClock, folder: Path) -> ItopServer:
        """The iTop."""
        return ItopServer(self.estate, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """The password."""
        return (self.served.password,)

    def settings(self) -> dict[str, object]:
        """A user with a password."""
        return self.asked_by({"user": self.served.user, "password": self.served.password})

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        return {str(one.id): str(one.updated) for one in self.served.truth(kind)}

    def version(self, raw: RawRecord) -> str:
        """When the incident was updated; there is no other version."""
        told = datetime.fromisoformat(orjson.loads(raw.payload)["last_update"]["value"])
        return str(int(told.replace(tzinfo=UTC).timestamp()))

    def personal(self) -> tuple[str, ...]:
        """Names of callers, and titles."""
        words = {one.text(name) for one in self.served.truth(self.kind)
                 for name in ("caller", "title")}  # fmt: skip
        return tuple(sorted(word for word in words if len(word) > 5))

    def wrong(self) -> dict[str, object]:
        """Another password."""
        return {"password": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """Name and password in the form."""
        return {"auth": "form"}

    def is_token_request(self, request: Request) -> bool:
        """Nobody asks for tokens."""
        return False

    def limit(self, request: Request) -> int | None:
        """How many incidents a page is asked for."""
        given = self._given(request)
        is_page = given.get("class") == "Incident" and "title" in str(given.get("output_fields"))
        return int(str(given["limit"])) if is_page and "limit" in given else None

    def unfiltered(self, request: Request) -> Request:
        """Only the class is left of a query."""
        given = self._given(request)
        given["key"] = _SLICE.sub("", str(given.get("key")))
        form = {**request.form, "json_data": orjson.dumps(given).decode()}
        return replace(request, body=urlencode(form).encode())

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """All of them."""
        return self.truth(kind)

    def delete(self, keys: list[str]) -> None:
        """As a person would."""
        for key in keys:
            record = self.served.base.find(int(key))
            assert record is not None
            self.served.base.desk.remove(record)

    def _given(self, request: Request) -> dict[str, object]:
        given = orjson.loads(request.form.get("json_data", "{}"))
        assert isinstance(given, dict)
        return given
