"""The server: an iTop over an estate, who may ask, and what goes wrong."""

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import orjson

from itsm.states import RecordKind
from simulator.desk.desk import Desk
from simulator.desk.records import Held
from simulator.faults import NONE, Faults
from simulator.itop.answers import (
    INTERNAL,
    INVALID_JSON,
    MISSING_JSON,
    MISSING_VERSION,
    UNAUTHORIZED,
    refused,
)
from simulator.itop.mishaps import Mishaps
from simulator.itop.objects import Base
from simulator.itop.services import Services
from simulator.practice_server import USUAL_ACCESS, Access, PracticeServer, practice_word
from simulator.settings import EstateSettings
from simulator.web import Answer, Request
from simulator.write_mishaps import PersonEdit

PATH = "/webservices/rest.php"


class ItopServer(PracticeServer):
    """An iTop on this machine, with the records of an estate.

    Args:
        settings: of the estate.
        faults: what goes wrong; may be set anew while it runs.
        port: 0 for a free one.
        access: user, password, address, certificate.
        clock: what time it is; before the estate's export, the server's time is that of the export.
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
        self.base = Base(Desk(settings, clock), self.user)
        self._mishaps = Mishaps(self.base)
        self._services = Services(self.base)

    def _start(self, stack: ExitStack) -> None:
        self.base.make()

    def _prepare(self) -> None:
        self._mishaps.churn.prepare()

    @property
    def held(self) -> Base:
        """What iTop holds."""
        return self.base

    def truth(self, kind: RecordKind) -> Iterator[Held]:
        """The records of a kind now, by ascending id."""
        for _, record in sorted(self.base.desk.of(kind).items()):
            yield record

    def _answer(self, request: Request) -> Answer:
        if not request.path.endswith(PATH):
            return Answer(
                404, b"<html><title>404 Not Found</title></html>", content_type="text/html"
            )
        return self._mishaps.around(request, self._carried)

    def _carried(self, request: Request) -> Answer:
        return self._mishaps.writes.carry_out(request, self._service)

    def edit(self, key: int, name: str, value: str) -> None:
        """Somebody changes a field of an object by hand, in the words of the estate."""
        self._mishaps.edited(key, name, value)

    @property
    def edits(self) -> list[PersonEdit]:
        """What people changed while PERSON_EDITS went wrong."""
        return self._mishaps.writes.edits

    def _service(self, request: Request) -> Answer:
        form = request.form
        version = form.get("version") or request.parameters.get("version")
        if not self._knows(request):
            return refused(UNAUTHORIZED, "Error: Invalid login")
        if not version:
            return refused(MISSING_VERSION, "Error: Missing parameter 'version' (e.g. '1.0')")
        if "json_data" not in form:
            return refused(MISSING_JSON, "Error: Missing parameter 'json_data'")
        try:
            given = orjson.loads(form["json_data"])
        except orjson.JSONDecodeError:
            return refused(INVALID_JSON, "Error: Parameter json_data is not a valid JSON structure")
        try:
            return self._services(given)
        except ValueError as error:
            code, message = error.args if len(error.args) == 2 else (INTERNAL, str(error))
            return refused(code, message)

    def _knows(self, request: Request) -> bool:
        form = request.form
        if "auth_user" in form:
            return (form["auth_user"], form.get("auth_pwd")) == (self.user, self.password)
        scheme, _, word = request.header("authorization").partition(" ")
        try:
            told = base64.b64decode(word, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and told == f"{self.user}:{self.password}"
