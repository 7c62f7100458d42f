"""The server: an instance over an estate, its accounts, its routes, and what goes wrong."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from simulator.faults import NONE, Faults
from simulator.people import address
from simulator.practice_server import USUAL_ACCESS, Access, PracticeServer, practice_word
from simulator.servicenow.accounts import Accounts
from simulator.servicenow.answers import failure, no_resource, not_allowed, unauthenticated
from simulator.servicenow.batch import BatchApi
from simulator.servicenow.database import copied, lived_in, made_database
from simulator.servicenow.home import Home
from simulator.servicenow.ids import user_name
from simulator.servicenow.instance import Instance
from simulator.servicenow.mishaps import Mishaps, edited_by_hand
from simulator.servicenow.pages import Pages, is_page
from simulator.servicenow.reading import Record, every
from simulator.servicenow.table_api import TableApi
from simulator.servicenow.tables import TABLES
from simulator.servicenow.writing import Change, Writer
from simulator.settings import EstateSettings
from simulator.web import Answer, Request, Route, Router
from simulator.write_mishaps import PersonEdit, Touched

_LONGEST_ADDRESS = 10_000


class ServiceNowServer(PracticeServer):
    """A ServiceNow instance on this machine, with the records of an estate.

    Args:
        settings: of the estate.
        directory: where the tables are kept and found again; without one they are made anew
            and thrown away.
        faults: what goes wrong; may be set anew while it runs.
        port: 0 for a free one.
        access: user, password, address, certificate.
        clock: what time it is. Before the estate's export, the server's time is that of the
            export; afterwards it is this one.
        home: where the instance lives on: what is written stays, and whoever serves it from there
            again goes on with it. Without one all that was written is thrown away.
    """

    def __init__(
        self,
        settings: EstateSettings,
        *,
        directory: Path | None = None,
        faults: Faults = NONE,
        port: int = 0,
        access: Access = USUAL_ACCESS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        home: Home | None = None,
    ) -> None:
        self._directory = directory
        self._home = home
        self._settings = settings
        self._clock = clock
        super().__init__(faults, port, access)
        self.user = access.user
        self.password = access.secret or practice_word(settings.seed, "password")
        self.client_id = practice_word(settings.seed, "client")
        self.client_secret = practice_word(settings.seed, "secret")
        self.api_key = practice_word(settings.seed, "key")
        self._instance: Instance | None = None

    def _start(self, stack: ExitStack) -> None:
        scratch = Path(tempfile.mkdtemp(prefix="csi-practice-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        path = self._tables(scratch)
        earliest = self._home.earliest if self._home else None
        instance = Instance(self._settings, path, self.user, self._clock, earliest)
        self._instance = instance
        stack.callback(instance.close)
        if self._home is not None:
            instance.counts_on()
        self._accounts = Accounts(
            instance,
            self.user,
            self.password,
            self.client_id,
            self.client_secret,
            self.api_key,
        )
        self._mishaps = Mishaps(instance, self._accounts)
        self._mishaps.enter_user(self.user)
        self._router = self._routes(instance)

    def _tables(self, scratch: Path) -> Path:
        """The file to work in."""
        if self._home is not None:
            return lived_in(self._settings, self._home.folder)
        made = made_database(self._settings, self._directory or scratch)
        return copied(made, scratch / "instance.sqlite") if self._directory else made

    def _prepare(self) -> None:
        self._mishaps.prepare()

    @property
    def held(self) -> Instance:
        """What the server holds."""
        return self.instance

    @property
    def instance(self) -> Instance:
        """What the server holds."""
        if self._instance is None:
            raise RuntimeError("the server has not been started")
        return self._instance

    def truth(self, table: str, fields: str = "") -> Iterator[Record]:
        """The records of a table now, as one in GMT sees them who may see all, by ascending id.

        Each field is `{"display_value": ..., "value": ...}`.

        Args:
            table: whose records.
            fields: only these, apart by commas, `sys_id` among them; all where none are named.
        """
        return every(self.instance, TABLES[table], fields)

    @property
    def edits(self) -> list[PersonEdit]:
        """What people changed by hand while `person_edits` went wrong, in order."""
        return self._mishaps.writes.edits

    def edit(self, table: str, key: str, name: str, value: str, who: str = "gwen.harper") -> None:
        """Change a field of a record as somebody at a form does."""
        edited_by_hand(self.instance, Touched(table, key), name, value, who)

    def enter_person(self, name: str) -> str:
        """Somebody begins to work there; the id of their record."""
        who = {"name": name, "user_name": user_name(name), "email": address(name)}
        return Writer(self.instance, "admin").insert(Change(TABLES["sys_user"], who))

    def _routes(self, instance: Instance) -> Router:
        tables = TableApi(instance, self.user)
        self._pages = Pages(instance, self.password)
        routes = [
            Route("POST", "/oauth_token.do", lambda request, _: self._accounts.issue(request)),
            Route("GET", "/oauth_auth.do", lambda one, _: self._accounts.codes.agree(one)),
            Route("GET", "/oauth_revoke_token.do", lambda one, _: self._accounts.revoke(one)),
        ]
        for version in ("", "/v1", "/v2"):
            many, one = f"/api/now{version}/table/{{table}}", "/{sys_id}"
            routes += [
                Route("GET", many, tables.list),
                Route("POST", many, tables.create),
                Route("GET", many + one, tables.get),
                Route("PATCH", many + one, tables.update),
                Route("PUT", many + one, tables.update),
                Route("DELETE", many + one, tables.delete),
            ]
            batch = BatchApi(self._inner)
            routes.append(Route("POST", f"/api/now{version}/batch", batch.serve))
        return Router([*routes, *self._pages.routes()], no_resource, not_allowed)

    def _inner(self, request: Request) -> Answer:
        return self._router(request)

    def _answer(self, request: Request) -> Answer:
        if len(request.target) > _LONGEST_ADDRESS:
            return failure(414, "Request-URI Too Long", None)
        if request.path.startswith("/oauth_") or is_page(request.path):
            return self._router(request)
        if not self._accounts.knows(request):
            return unauthenticated()
        return self._mishaps.around(request, self._router)
