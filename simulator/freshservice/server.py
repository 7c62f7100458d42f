"""The server: an account over an estate, its key, its routes, its limits, and what goes wrong."""

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

from itsm.errors import RefusedRequestError
from itsm.states import RecordKind
from simulator.desk.churn import Churn
from simulator.desk.desk import Desk
from simulator.desk.records import Held
from simulator.faults import NONE, Faults
from simulator.freshservice.account import Account, sequence
from simulator.freshservice.answers import no_path, nobody, not_allowed
from simulator.freshservice.fields import Fields
from simulator.freshservice.forms import Forms
from simulator.freshservice.limits import Limits
from simulator.freshservice.lists import Lists
from simulator.freshservice.mishaps import Mishaps
from simulator.freshservice.rendering import Show
from simulator.freshservice.shown import told
from simulator.freshservice.writing import Writing
from simulator.practice_server import USUAL_ACCESS, Access, PracticeServer, practice_word
from simulator.settings import EstateSettings
from simulator.web import Answer, Request, Route, Router
from simulator.write_mishaps import PersonEdit

ROOT = "/api/v2"
PAGE_CAP = 300
"""Pages behind this one are refused, as by the sister product."""


class FreshserviceServer(PracticeServer):
    """A Freshservice account on this machine, with the records of an estate.

    Args:
        settings: of the estate.
        faults: what goes wrong; may be set anew while it runs.
        port: 0 for a free one.
        access: the agent whose key it is, the key, address, certificate.
        plan: whose rate limits hold: starter, growth, pro, enterprise; "" for none.
        page_cap: pages behind this one are refused.
        clock: what time it is; before the estate's export, that of the export.
    """

    def __init__(
        self,
        settings: EstateSettings,
        *,
        faults: Faults = NONE,
        port: int = 0,
        access: Access = USUAL_ACCESS,
        plan: str = "",
        page_cap: int = PAGE_CAP,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(faults, port, access)
        self.user = access.user
        self.api_key = access.secret or practice_word(settings.seed, "key")
        self.account = Account(Desk(settings, clock, sequence))
        self.limits = Limits(self.account.desk, plan)
        self._churn = Churn(self.account.desk, "tickets", self.account.delete)
        self._mishaps = Mishaps(self.account, self._churn)
        self._router = self._routes(page_cap)

    @property
    def held(self) -> Account:
        """What the account holds."""
        return self.account

    def truth(self, kind: RecordKind) -> Iterator[Held]:
        """The records of a kind now, hidden ones too, by ascending id."""
        for _, record in sorted(self.account.desk.of(kind).items()):
            yield record

    def _start(self, stack: ExitStack) -> None:
        self.account.make(self.user)

    def _prepare(self) -> None:
        self._churn.prepare()

    def _routes(self, page_cap: int) -> Router:
        show = Show(self.account)
        lists, forms = Lists(self.account, show, page_cap), Forms(self.account)
        writing = Writing(self.account, show, lists, Fields(self.account), self.user)
        named = {
            "tickets": lists.tickets, "tickets/filter": lists.found, "tickets/{id}": lists.ticket,
            "tickets/{id}/conversations": lists.conversations,
            "tickets/{id}/activities": lists.activities,
            "tickets/{id}/csat_response": lists.rating,
            "problems": lists.problems, "problems/{id}": lists.problem,
            "problems/{id}/tasks": lists.tasks, "problems/{id}/notes": writing.problem_notes,
            "changes": lists.changes, "assets": lists.assets, "asset_types": lists.asset_types,
            "vendors": lists.vendors, "contracts": lists.contracts, "groups": lists.groups,
            "agents": lists.agents,
            "requesters": lists.requesters, "requesters/{id}": lists.requester,
            "solutions/articles": lists.articles, "ticket_form_fields": forms.tickets,
            "problem_form_fields": forms.problems,
            "workspaces": lists.workspaces, "objects/{id}/records": writing.objects,
        }  # fmt: skip
        return Router(
            [
                *(Route("GET", f"{ROOT}/{path}", one) for path, one in named.items()),
                Route("POST", f"{ROOT}/problems", writing.add_problem),
                Route("PUT", f"{ROOT}/problems/{{id}}", writing.change_problem),
                Route("POST", f"{ROOT}/problems/{{id}}/notes", writing.note_problem),
                Route("PUT", f"{ROOT}/tickets/{{id}}", writing.change_ticket),
                Route("DELETE", f"{ROOT}/tickets/{{id}}", writing.delete_ticket),
                Route("PUT", f"{ROOT}/tickets/{{id}}/restore", writing.restore_ticket),
                Route("POST", f"{ROOT}/tickets/{{id}}/notes", writing.note_ticket),
                Route("POST", f"{ROOT}/objects/{{id}}/records", writing.add_object),
                Route("PUT", f"{ROOT}/objects/{{id}}/records/{{record}}", writing.change_object),
            ],
            no_path,
            not_allowed,
        )

    def _answer(self, request: Request) -> Answer:
        if not self._knows(request):
            return nobody()
        refusal = self.limits.refusal(request)
        answer = refusal or self._mishaps.around(request, self._known)
        return self.limits.told(request, answer)

    @property
    def edits(self) -> list[PersonEdit]:
        """What people changed while PERSON_EDITS went wrong."""
        return self._mishaps.writes.edits

    def edit(self, kind: RecordKind, key: int, name: str, value: str) -> None:
        """Somebody changes a field by hand."""
        self._mishaps.edited(kind, key, name, value)

    def edit_object(
        self, number: int, record: int, name: str, value: str, who: str = "Gwen Harper"
    ) -> None:
        """A colleague changes a field of a record of a custom object by hand."""
        data = self.account.objects[number][record]["data"]
        assert isinstance(data, dict)
        data[name] = value
        data["bo_updated_at"] = told(self.account.desk.now_s())
        data["bo_updated_by"] = {"id": self.account.agent(who)}

    def _known(self, request: Request) -> Answer:
        try:
            return self._mishaps.writes.carry_out(request, self._router)
        except RefusedRequestError as error:
            assert isinstance(error.answer, Answer)
            return error.answer

    def _knows(self, request: Request) -> bool:
        scheme, _, word = request.header("authorization").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            key = base64.b64decode(word, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return False
        return key == self.api_key
