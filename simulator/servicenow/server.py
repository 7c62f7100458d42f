"""The server: an instance over an estate, its accounts, its routes, and what goes wrong."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from simulator.faults import NONE, Chances, Faults
from simulator.servicenow.accounts import Accounts, practice_word
from simulator.servicenow.answers import failure, no_resource, not_allowed, unauthenticated
from simulator.servicenow.batch import BatchApi
from simulator.servicenow.database import copied, made_database
from simulator.servicenow.instance import Instance
from simulator.servicenow.mishaps import Mishaps
from simulator.servicenow.reading import Record, every
from simulator.servicenow.table_api import TableApi
from simulator.servicenow.tables import TABLES
from simulator.settings import EstateSettings
from simulator.web import Answer, Logged, Request, Route, Router, WebServer

_LONGEST_ADDRESS = 10_000


@dataclass(frozen=True)
class Access:
    """How a server is reached, and by whom.

    Attributes:
        user: who may log in.
        password: without one it follows from the seed.
        host: the address to listen on; others than this machine's are not meant.
        certificate: a PEM file with key and certificate, for https.
    """

    user: str = "csi.reader"
    password: str = ""
    host: str = "127.0.0.1"
    certificate: Path | None = None


class ServiceNowServer:
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
    """

    def __init__(
        self,
        settings: EstateSettings,
        *,
        directory: Path | None = None,
        faults: Faults = NONE,
        port: int = 0,
        access: Access = Access(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock
        self._first_faults = faults
        self.user = access.user
        self.password = access.password or practice_word(settings.seed, "password")
        self.client_id = practice_word(settings.seed, "client")
        self.client_secret = practice_word(settings.seed, "secret")
        self.api_key = practice_word(settings.seed, "key")
        self._web = WebServer(self._answer, port, access.host, access.certificate)
        self._instance: Instance | None = None

    def __enter__(self) -> Self:
        """Make the tables if need be, copy them, and listen."""
        self._kept = ExitStack()
        with ExitStack() as stack:
            self._start(stack)
            self._kept = stack.pop_all()
        return self

    def _start(self, stack: ExitStack) -> None:
        scratch = Path(tempfile.mkdtemp(prefix="csi-practice-"))
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        made = made_database(self._settings, self._directory or scratch)
        path = copied(made, scratch / "instance.sqlite") if self._directory else made
        instance = Instance(self._settings, path, self.user, self._clock)
        self._instance = instance
        stack.callback(instance.close)
        self._web.clock = instance.now
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
        self.faults = self._first_faults
        self._router = self._routes(instance)
        stack.enter_context(self._web)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and throw the copy away."""
        self._kept.__exit__(kind, error, trace)

    @property
    def instance(self) -> Instance:
        """What the server holds."""
        if self._instance is None:
            raise RuntimeError("the server has not been started")
        return self._instance

    @property
    def url(self) -> str:
        """Where the server can be reached."""
        return self._web.url

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._web.port

    @property
    def requests(self) -> list[Logged]:
        """Every request that was answered, in order; may be cleared."""
        return self._web.requests

    @property
    def errors(self) -> list[Exception]:
        """Defects of the server itself: always empty, one hopes."""
        return self._web.errors

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self.instance.chances.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.instance.chances = Chances(faults)
        self._mishaps.prepare()

    def now(self) -> datetime:
        """What time it is on the server."""
        return self.instance.now()

    def truth(self, table: str) -> Iterator[Record]:
        """The records of a table now, as one in GMT sees them who may see all, by ascending id.

        Each field is `{"display_value": ..., "value": ...}`.
        """
        return every(self.instance, TABLES[table])

    def _routes(self, instance: Instance) -> Router:
        tables = TableApi(instance, self.user)
        routes = [
            Route("POST", "/oauth_token.do", lambda request, _: self._accounts.issue(request)),
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
        return Router(routes, no_resource, not_allowed)

    def _inner(self, request: Request) -> Answer:
        return self._router(request)

    def _answer(self, request: Request) -> Answer:
        if len(request.target) > _LONGEST_ADDRESS:
            return failure(414, "Request-URI Too Long", None)
        if request.path.startswith("/oauth_"):
            return self._router(request)
        if not self._accounts.knows(request):
            return unauthenticated()
        return self._mishaps.around(request, self._router)
