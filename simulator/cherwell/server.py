"""The server: business objects over an estate, its routes, who may ask, and what goes wrong."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from itsm.states import RecordKind
from simulator.cherwell.answers import unauthorized
from simulator.cherwell.metadata import Metadata
from simulator.cherwell.mishaps import Mishaps
from simulator.cherwell.objects import OBJECTS, TABLES, hashed
from simulator.cherwell.records import Records
from simulator.cherwell.searching import Searches
from simulator.cherwell.system import TOKEN_LIFE, System
from simulator.desk.desk import Desk
from simulator.desk.records import Held
from simulator.desk.tables import Row, Table
from simulator.faults import NONE, Faults
from simulator.practice_server import USUAL_ACCESS, Access, PracticeServer, practice_word
from simulator.settings import EstateSettings
from simulator.web import Answer, Request, Route, Router, json_answer
from simulator.write_mishaps import PersonEdit

API = "/CherwellAPI"
_V1 = f"{API}/api/V1"
_STAMP = "%a, %d %b %Y %H:%M:%S GMT"


class CherwellServer(PracticeServer):
    """A Cherwell CSM on this machine, with the records of an estate.

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
        self.client_id = hashed(f"{settings.seed}/client", 32)
        desks = (Desk(settings, clock, lambda kind: kind.value) for _ in range(2))
        self.system = System(next(desks), next(desks), self.user)
        self._mishaps = Mishaps(self.system)
        self._router = self._routes()

    @property
    def api_url(self) -> str:
        """Where the API is."""
        return f"{self.url}{API}"

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

    def rows(self, name: str) -> Iterator[tuple[Table, Row]]:
        """The records of an object now, hidden ones too."""
        for table in TABLES[name]:
            for row in table.rows(self.system.desk_of(table)):
                yield table, row

    def key(self, name: str, n: int) -> str:
        """The id of a record, by its number within the object."""
        return OBJECTS[name].table.key(n)

    def _routes(self) -> Router:
        searches, records, known = (
            Searches(self.system),
            Records(self.system),
            Metadata(self.system),
        )
        summary = f"{_V1}/getbusinessobjectsummary"
        pair = (
            "/parentbusobid/{parent}/parentbusobrecid/{parent_key}/relationshipid/{relationship}"
            "/busobid/{child}/busobrecid/{child_key}"
        )
        one = "/busobid/{object}/{by}/{key}"
        named_one = "/busobname/{object}/{by}/{key}"
        named = "/association/{association}/scope/{scope}/scopeowner/{owner}/searchname/{name}"
        routes = [
            Route("POST", f"{API}/token", self._token),
            Route("DELETE", f"{_V1}/logout", self._log_out),
            Route("GET", f"{_V1}/serviceinfo", known.service),
            Route("GET", f"{summary}/busobname/{{name}}", known.by_name),
            Route("GET", f"{summary}/busobid/{{id}}", known.by_id),
            Route("GET", f"{_V1}/getbusinessobjectsummaries/type/{{type}}", known.by_type),
            Route("GET", f"{summary}/type/{{type}}", known.by_type),
            Route("GET", f"{_V1}/getbusinessobjectschema/busobid/{{id}}", known.schema),
            Route("POST", f"{_V1}/getbusinessobjecttemplate", known.template),
            Route("POST", f"{_V1}/getsearchresults", searches.ad_hoc),
            Route("GET", f"{_V1}/getsearchresults{named}", searches.saved),
            Route("GET", f"{_V1}/getbusinessobject{one}", records.one),
            Route("GET", f"{_V1}/getbusinessobject{named_one}", records.one),
            Route("POST", f"{_V1}/getbusinessobjectbatch", records.batch),
            Route("POST", f"{_V1}/getrelatedbusinessobject", records.related),
            Route("POST", f"{_V1}/savebusinessobject", records.save),
            Route("POST", f"{_V1}/savebusinessobjectbatch", records.save_batch),
            Route("POST", f"{_V1}/saverelatedbusinessobject", records.save_related),
            Route("GET", f"{_V1}/linkrelatedbusinessobject{pair}", records.link),
            Route("DELETE", f"{_V1}/unlinkrelatedbusinessobject{pair}", records.unlink),
            Route("DELETE", f"{_V1}/deletebusinessobject{one}", records.delete),
        ]
        missing = json_answer({"Message": "No HTTP resource was found."}, 404)
        refused = json_answer({"Message": "The method is not supported."}, 405)
        return Router(routes, lambda _: missing, lambda _: refused)

    def _answer(self, request: Request) -> Answer:
        scheme, _, token = request.header("authorization").partition(" ")
        is_known = scheme.lower() == "bearer" and self.system.knows(token)
        if request.path.startswith(f"{API}/api/") and not is_known:
            return unauthorized()
        return self._mishaps.carry_out(request, self._router)

    def _token(self, request: Request, _places: Mapping[str, str]) -> Answer:
        told = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if told.get("client_id") != self.client_id:
            text = "The client id is not known"
            return json_answer({"error": "invalid_client_id", "error_description": text}, 400)
        is_known = (told.get("username"), told.get("password")) == (self.user, self.password)
        if told.get("grant_type") == "refresh_token":
            is_known = told.get("refresh_token") in self.system.refreshers
            self.system.refreshers.discard(str(told.get("refresh_token")))
        if not is_known:
            text = "BADREQUEST: the user name or password is wrong"
            return json_answer({"error": "invalid_grant", "error_description": text}, 400)
        token, refresher = self.system.log_in()
        now = self.system.now()
        return json_answer(
            {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": int(TOKEN_LIFE.total_seconds()) - 1,
                "refresh_token": refresher,
                "as:client_id": self.client_id,
                "username": self.user,
                ".issued": now.strftime(_STAMP),
                ".expires": (now + TOKEN_LIFE).strftime(_STAMP),
            }
        )

    def _log_out(self, request: Request, _places: Mapping[str, str]) -> Answer:
        self.system.tokens.pop(request.header("authorization").partition(" ")[2], None)
        return Answer(200, b"")
