"""The server: a tracker over an estate, its routes, who may ask, and what goes wrong."""

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from urllib.parse import urlsplit

from itsm.states import RecordKind
from simulator.desk.desk import Desk
from simulator.desk.records import Held
from simulator.faults import NONE, FaultName, Faults
from simulator.practice_server import USUAL_ACCESS, Access, PracticeServer, practice_word
from simulator.rt.collections import Lists
from simulator.rt.mishaps import Mishaps
from simulator.rt.rendering import Show
from simulator.rt.tracker import Tracker
from simulator.rt.words import FIELD_IDS, QUEUES
from simulator.rt.writing import Writes
from simulator.settings import EstateSettings
from simulator.web import Answer, Request, Route, Router, json_answer
from simulator.write_mishaps import PersonEdit

ROOT = "/REST/2.0"
VERSION = "5.0.3"


class RtServer(PracticeServer):
    """A Request Tracker on this machine, with the records of an estate.

    Args:
        settings: of the estate.
        faults: what goes wrong; may be set anew while it runs.
        port: 0 for a free one.
        access: user, password, address, certificate; the password is the token, too.
        clock: what time it is; before the estate's export, the tracker's time is that of the
            export.
    """

    def __init__(
        self,
        settings: EstateSettings,
        *,
        faults: Faults = NONE,
        port: int = 0,
        access: Access = USUAL_ACCESS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(faults, port, access)
        self.user = access.user
        self.password = access.secret or practice_word(settings.seed, "password")
        self.token = f"1-14-{practice_word(settings.seed, 'token')}"
        self.tracker = Tracker(Desk(settings, clock), self.user)
        self._mishaps = Mishaps(self.tracker)
        self._router = self._routes()

    def _start(self, stack: ExitStack) -> None:
        self.tracker.make()

    def _prepare(self) -> None:
        self._mishaps.churn.prepare()

    @property
    def held(self) -> Tracker:
        """What the tracker holds."""
        return self.tracker

    def truth(self, kind: RecordKind) -> Iterator[Held]:
        """The records of a kind now, hidden ones too, by ascending id."""
        for _, record in sorted(self.tracker.desk.of(kind).items()):
            yield record

    def _routes(self) -> Router:
        lists, writes = Lists(self.tracker), Writes(self.tracker)
        routes = [
            Route("GET", f"{ROOT}/rt", lambda *_: json_answer({"Version": VERSION})),
            Route("GET", f"{ROOT}/customfields", lists.fields),
            Route("GET", f"{ROOT}/customfield/{{id}}", self._custom_field),
            Route("GET", f"{ROOT}/user/{{name}}", self._user),
            Route("GET", f"{ROOT}/queue/{{name}}", self._queue),
            Route("GET", f"{ROOT}/ticket/{{id}}", writes.show),
            Route("PUT", f"{ROOT}/ticket/{{id}}", writes.update),
            Route("DELETE", f"{ROOT}/ticket/{{id}}", writes.delete),
            Route("POST", f"{ROOT}/ticket", writes.create),
            Route("POST", f"{ROOT}/ticket/{{id}}/comment", writes.comment),
            Route("POST", f"{ROOT}/ticket/{{id}}/correspond", writes.comment),
        ]
        for way in ("GET", "POST"):
            routes += [
                Route(way, f"{ROOT}/tickets", lists.tickets),
                Route(way, f"{ROOT}/transactions", lists.transactions),
                Route(way, f"{ROOT}/attachments", lists.attachments),
                Route(way, f"{ROOT}/assets", lists.assets),
                Route(way, f"{ROOT}/users", lists.users),
                Route(way, f"{ROOT}/queues/all", lists.queues),
                Route(way, f"{ROOT}/ticket/{{id}}/history", lists.history),
                Route(way, f"{ROOT}/ticket/{{id}}/attachments", lists.attachments),
            ]
        missing = json_answer({"message": "Not Found"}, 404)
        refused = json_answer({"message": "Method Not Allowed"}, 405)
        return Router(routes, lambda _: missing, lambda _: refused)

    def _answer(self, request: Request) -> Answer:
        inner = self.tracker.chances.faults.first(FaultName.INTERNAL_LINKS)
        if not self._knows(request):
            return self._stranger(request)
        if inner is not None:
            request = Request(
                request.method, request.target, request.headers, request.body, inner.text
            )
        return self._mishaps.around(request, self._carried)

    def _carried(self, request: Request) -> Answer:
        return self._mishaps.writes.carry_out(request, self._router)

    def edit(self, key: int, name: str, value: str) -> None:
        """Somebody changes a field of a ticket by hand: its subject, or a custom field."""
        self._mishaps.edited(key, name, value)

    @property
    def edits(self) -> list[PersonEdit]:
        """What people changed while PERSON_EDITS went wrong."""
        return self._mishaps.writes.edits

    def _knows(self, request: Request) -> bool:
        scheme, _, word = request.header("authorization").partition(" ")
        if scheme.lower() == "token":
            return word == self.token
        try:
            told = base64.b64decode(word, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and told == f"{self.user}:{self.password}"

    def _stranger(self, request: Request) -> Answer:
        """Somebody with a cookie or a browser is sent to the login page."""
        if request.header("cookie") or "Mozilla" in request.header("user-agent"):
            where = (("Location", f"{request.base}/NoAuth/Login.html"),)
            return Answer(302, b"Login required", where, "text/plain")
        return json_answer({"message": "Unauthorized"}, 401)

    def _user(self, request: Request, places: object) -> Answer:
        name = urlsplit(request.target).path.rpartition("/")[2]
        by_id = {str(key): login for login, key in self.tracker.users.items()}
        login = by_id.get(name, name)
        if login not in self.tracker.users:
            return json_answer({"message": "Not Found"}, 404)
        show = Show(self.tracker, f"{request.base}{ROOT}")
        known = {one.replace(" ", ".").lower(): one for one in self._people()}
        found = show.user(known.get(login, login), ("Name", "RealName", "EmailAddress"))
        found |= {"id": self.tracker.users[login], "Privileged": 1}
        if login == self.user:
            found["Timezone"] = self.tracker.desk.zone
        return json_answer(found)

    def _people(self) -> set[str]:
        """The names of those who work on tickets, now and before."""
        return {
            name
            for kind in QUEUES
            for one in self.tracker.desk.of(kind).values()
            for name in (self.tracker.owner(one), *self._assignees(one))
        }

    def _assignees(self, record: Held) -> Iterator[str]:
        for event in record.events:
            if event.field == "assignee":
                yield from filter(None, (event.old, event.new))

    def _queue(self, request: Request, places: object) -> Answer:
        name = urlsplit(request.target).path.rpartition("/")[2].replace("%20", " ")
        for queue in QUEUES.values():
            if name.lower() in {queue.name.lower(), str(queue.id)}:
                fields = [{"id": str(FIELD_IDS[one]), "name": one, "type": "customfield",
                           "ref": "customfield"} for one in queue.fields]  # fmt: skip
                return json_answer({"id": queue.id, "Name": queue.name, "Lifecycle": "default",
                                    "TicketCustomFields": fields})  # fmt: skip
        return json_answer({"message": "Not Found"}, 404)

    def _custom_field(self, request: Request, places: object) -> Answer:
        key = request.path.rpartition("/")[2]
        for name, one in FIELD_IDS.items():
            if str(one) == key:
                return json_answer({"id": one, "Name": name, "LookupType": "RT::Queue-RT::Ticket",
                                    "Type": "Freeform", "MaxValues": 1,
                                    "Pattern": self._pattern(name)})  # fmt: skip
        return json_answer({"message": "Not Found"}, 404)

    def _pattern(self, name: str) -> str:
        """The validation of a custom field: forms insist on mandatory ones, REST does not."""
        policies = self.tracker.chances.faults.of(FaultName.FIELD_MANDATORY)
        is_demanded = any(name in one.text.split("|") for one in policies)
        return "(?#Mandatory)." if is_demanded else ""
