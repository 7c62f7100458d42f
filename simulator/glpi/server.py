"""The server: a GLPI over an estate, its sessions, its routes, and what goes wrong."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from itsm.errors import RefusedRequestError
from simulator.desk.desk import Desk
from simulator.faults import NONE, Faults
from simulator.glpi.accounts import Accounts
from simulator.glpi.answers import bad, no_itemtype, not_allowed
from simulator.glpi.changing import Changes
from simulator.glpi.churn import Churn
from simulator.glpi.database import Database, Row
from simulator.glpi.editing import Editing, touched_by
from simulator.glpi.items import Items
from simulator.glpi.making import Maker
from simulator.glpi.mishaps import Mishaps
from simulator.glpi.people import Names
from simulator.glpi.rendering import Renderer
from simulator.glpi.searching import Search
from simulator.glpi.session import OUR_ID, Sessions
from simulator.glpi.writing import Writing
from simulator.practice_server import USUAL_ACCESS, Access, PracticeServer, practice_word
from simulator.settings import EstateSettings
from simulator.web import Answer, Request, Route, Router
from simulator.write_mishaps import PersonEdit, WriteMishaps

ROOTS = ("/apirest.php", "/api.php/v1")
"""Where the API is: that of version 10, and where version 11 has it besides."""


class GlpiServer(PracticeServer):
    """A GLPI on this machine, with the records of an estate.

    Args:
        settings: of the estate.
        faults: what goes wrong; may be set anew while it runs.
        port: 0 for a free one.
        access: user, password, address, certificate; the tokens follow from the seed.
        clock: what time it is. Before the estate's export, the server's time is that of the export;
            afterwards it is this one.
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
        self.user_token = practice_word(settings.seed, "user token")
        self.app_token = practice_word(settings.seed, "application")
        self.database = Database(Desk(settings, clock))
        self._names = Names(self.database)
        self.changes = Changes(self.database, self._names, f"{self.user} ({OUR_ID})")
        self._churn = Churn(self.database, self.changes)
        self._accounts = Accounts(
            self.held, self.user, self.user_token, self.password, self.app_token
        )
        editing = Editing(self.database, self.changes)
        writes = WriteMishaps(lambda: self.held.chances, touched_by, editing.disturb)
        self._writes, self.edit = writes, editing.edit
        self._mishaps = Mishaps(self.database, self._accounts, self._churn, writes)
        self._router = self._routes()

    @property
    def held(self) -> Desk:
        """The clock, and what goes wrong."""
        return self.database.desk

    @property
    def edits(self) -> list[PersonEdit]:
        """What people changed by hand while `person_edits` went wrong, in order."""
        return self._writes.edits

    def truth(self, itemtype: str, **wanted: object) -> Iterator[Row]:
        """The items there are now, hidden ones too, without those in the trash."""
        for _, row in sorted(self.database.table(itemtype).rows.items()):
            is_meant = all(row.get(name) == value for name, value in wanted.items())
            if is_meant and not row.get("is_deleted"):
                yield row

    def _start(self, stack: ExitStack) -> None:
        Maker(self.database, self._names).all()

    def _prepare(self) -> None:
        self._churn.prepare()

    def _routes(self) -> Router:
        items = Items(self.database, self._renderer)
        search = Search(self.database, items, self._renderer)
        writing = Writing(self.database, items, self.changes, self._renderer)
        sessions = Sessions(self._accounts)
        found: list[Route] = []
        for root in ROOTS:
            found += [
                Route(
                    "GET", f"{root}/initSession", lambda request, _: self._accounts.begin(request)
                ),
                *sessions.routes(root),
                Route("GET", f"{root}/getMultipleItems", items.several),
                Route("GET", f"{root}/listSearchOptions/{{itemtype}}", search.options),
                Route("GET", f"{root}/search/{{itemtype}}", search.search),
                Route("GET", f"{root}/{{itemtype}}", items.all),
                Route("POST", f"{root}/{{itemtype}}", writing.add),
                Route("PUT", f"{root}/{{itemtype}}", writing.update),
                Route("PATCH", f"{root}/{{itemtype}}", writing.update),
                Route("DELETE", f"{root}/{{itemtype}}", writing.delete),
                Route("GET", f"{root}/{{itemtype}}/{{id}}", items.one),
                Route("PUT", f"{root}/{{itemtype}}/{{id}}", writing.update),
                Route("PATCH", f"{root}/{{itemtype}}/{{id}}", writing.update),
                Route("DELETE", f"{root}/{{itemtype}}/{{id}}", writing.delete),
                Route("GET", f"{root}/{{itemtype}}/{{id}}/{{sub}}", items.below),
            ]
        return Router(found, no_itemtype, not_allowed)

    def _renderer(self, request: Request) -> Renderer:
        wanted = request.header("x-glpi-sanitized-content").lower()
        return Renderer(ZoneInfo(self.held.zone), wanted not in {"false", "0"})

    def _answer(self, request: Request) -> Answer:
        if request.path.endswith("/initSession"):
            return self._router(request)
        return self._mishaps.around(request, self._known)

    def _known(self, request: Request) -> Answer:
        """An answer to somebody with a session."""
        refusal = self._accounts.stranger(request)
        if refusal is not None:
            return refusal
        try:
            if request.method == "GET" and request.body:
                raise bad("GET Request should not have json payload (http body)",
                          "ERROR_JSON_PAYLOAD_FORBIDDEN")  # fmt: skip
            return self._router(request)
        except RefusedRequestError as error:
            assert isinstance(error.answer, Answer)
            return error.answer
