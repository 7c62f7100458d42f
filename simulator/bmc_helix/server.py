"""The server: forms over an estate, its routes, who may ask, and what goes wrong."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from itsm.states import RecordKind
from simulator.bmc_helix.answers import failed, no_login
from simulator.bmc_helix.entries import Reads
from simulator.bmc_helix.forms import BY_NAME
from simulator.bmc_helix.mishaps import Mishaps
from simulator.bmc_helix.system import System
from simulator.bmc_helix.writing import Writes
from simulator.desk.desk import Desk
from simulator.desk.records import Held
from simulator.desk.tables import Row
from simulator.faults import NONE, FaultName, Faults
from simulator.practice_server import USUAL_ACCESS, Access, PracticeServer, practice_word
from simulator.settings import EstateSettings
from simulator.web import Answer, Request, Route, Router
from simulator.write_mishaps import PersonEdit

ROOT = "/api/arsys/v1/entry"
_LOGIN, _LOGOUT = "/api/jwt/login", "/api/jwt/logout"


class BmcHelixServer(PracticeServer):
    """A BMC Helix ITSM on this machine, with the records of an estate.

    Args:
        settings: of the estate.
        faults: what goes wrong; may be set anew while it runs.
        port: 0 for a free one.
        access: user, password, address, certificate.
        clock: what time it is; before the estate's export, the time is that of the export.
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
        desks = (Desk(settings, clock, lambda kind: kind.value) for _ in range(2))
        self.system = System(next(desks), next(desks), self.user)
        self._mishaps = Mishaps(self.system)
        self._router = self._routes()

    def _start(self, stack: ExitStack) -> None:
        self.system.make()

    def _prepare(self) -> None:
        self._mishaps.churn.prepare()

    @property
    def held(self) -> System:
        """What is served."""
        return self.system

    @property
    def edits(self) -> list[PersonEdit]:
        """What people changed while PERSON_EDITS went wrong."""
        return self._mishaps.writes.edits

    def truth(self, kind: RecordKind) -> Iterator[Held]:
        """The records of a kind now, hidden ones too, by ascending id."""
        for _, record in sorted(self.system.desk.of(kind).items()):
            yield record

    def entries(self, form: str) -> Iterator[Row]:
        """The entries of a form now, hidden ones too."""
        return self.system.rows(form)

    def key(self, form: str, n: int) -> str:
        """The id of an entry, by its number within the form."""
        return BY_NAME[form].key(n)

    def _routes(self) -> Router:
        reads, writes = Reads(self.system), Writes(self.system)
        one = f"{ROOT}/{{form}}/{{id}}"
        routes = [
            Route("POST", _LOGIN, self._log_in),
            Route("POST", _LOGOUT, self._log_out),
            Route("GET", f"{ROOT}/{{form}}", reads.list),
            Route("POST", f"{ROOT}/{{form}}", writes.create),
            Route("GET", one, reads.one),
            Route("PUT", one, writes.change),
            Route("DELETE", one, writes.delete),
        ]
        missing = failed(404, 9877, "The resource does not exist")
        refused = failed(405, 9878, "The method is not allowed")
        return Router(routes, lambda _: missing, lambda _: refused)

    def _answer(self, request: Request) -> Answer:
        if not request.path.startswith("/api/"):
            return Answer(200, self._mishaps.page, content_type="text/html;charset=UTF-8")
        scheme, _, token = request.header("authorization").partition(" ")
        is_known = scheme == "AR-JWT" and self.system.knows(token)
        if request.path != _LOGIN and not is_known:
            return no_login()
        inner = self.system.chances.faults.first(FaultName.INTERNAL_LINKS)
        if inner is not None:
            request = Request(
                request.method, request.target, request.headers, request.body, inner.text
            )
        return self._mishaps.carry_out(request, self._router)

    def _log_in(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """The token is the whole answer, as plain text."""
        told = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if (told.get("username"), told.get("password")) != (self.user, self.password):
            return no_login(told.get("username", ""))
        return Answer(200, self.system.log_in().encode(), content_type="text/plain")

    def _log_out(self, request: Request, _places: Mapping[str, str]) -> Answer:
        self.system.tokens.pop(request.header("authorization").partition(" ")[2], None)
        return Answer(204)
