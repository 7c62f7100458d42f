"""The register: table, board, the page of an entry, and what is done there."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole
from itsm.errors import CsiError, NotThereError
from itsm.register_forms import FIELDS, read_fields
from review_app.identity.actors import Actor, actor, needs
from review_app.listing import Listing
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.register.desk import DEEDS, RegisterDesk, refusal_status, seen_entry
from review_app.register.fields import filled_in, input_groups
from review_app.register.reading import TEXTS, withheld
from review_app.routes.answers import READ
from review_app.routes.sent import Sent
from review_app.views import board, register
from review_app.views.board import board_view
from review_app.views.entry import changed_since, entry_view
from review_app.views.register import entry_address, register_view
from review_app.views.register_many import done_view
from review_app.wording import WITHHELD

Who = Annotated[Actor, Depends(actor)]
CHANGERS = (AppRole.PROBLEM_MANAGER, AppRole.REGISTER_APPROVER)
"""Who may try to change an entry; the rules of the register say the rest."""
DONE = {
    "move": "The entry was moved.",
    "edit": "The fields were changed.",
    "not-yet": "It is noted why not yet.",
    "answer": "Your answer is kept.",
    "sign": "You have signed.",
    "task": "The task was added.",
    "end-task": "The task was changed.",
    "added": "The request is in the register.",
    "undo": "What you did last is taken back.",
}
QUOTE_FREE = frozenset(FIELDS) - {"title", *TEXTS}
"""The fields that quote no record: what may be edited by somebody who may not read the rest."""
ASKED_AT_FIRST = frozenset(
    {"title", "description", "service", "process", "justification", "expected_benefit"}
    | {"cost_of_inaction", "is_regulatory", "blocks_critical", "impact", "urgency", "risk"}
    | {"effort", "required_by", "stakeholders"}
)
"""The fields of the intake form; the others are filled in while it is assessed."""


class Trouble(NamedTuple):
    """Why a deed was refused, what it was, and what was typed."""

    status: int
    text: str
    deed: str
    typed: Mapping[str, str]
    changed: tuple[tuple[str, ...], ...] = ()


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the register."""
    routes = APIRouter(dependencies=[needs()])
    desk = RegisterDesk(parts.reviewing.store, parts.works)
    _lists(routes, parts, pages, desk)
    _new_entries(routes, parts, pages, desk)
    _entries(routes, parts, pages, desk)
    return routes


def _lists(routes: APIRouter, parts: ReviewParts, pages: Pages, desk: RegisterDesk) -> None:
    @routes.api_route("/register", methods=READ)
    def table(request: Request, who: Who) -> HTMLResponse:
        asked = Listing.of(register.COLUMNS, register.FILTERS, request.query_params)
        view = register_view(parts, desk.store, who.sight, asked)
        done = done_view(request.query_params)
        return HTMLResponse(pages.page("register", view=view, done=done))

    @routes.api_route("/register/board", methods=READ)
    def columns(request: Request, who: Who) -> HTMLResponse:
        asked = Listing.of(board.COLUMNS, board.FILTERS, request.query_params)
        view = board_view(parts, desk.store, who, desk.act(who, {}), asked)
        return HTMLResponse(pages.page("board", view=view, people=parts.works.people))


def _new_entries(routes: APIRouter, parts: ReviewParts, pages: Pages, desk: RegisterDesk) -> None:
    def form(values: Mapping[str, str], trouble: str = "", status: int = 200) -> HTMLResponse:
        wrong = wrong_of(values) if trouble else {}
        groups = input_groups(values, wrong, ASKED_AT_FIRST)
        people = parts.works.people
        page = pages.page("entry_new", groups=groups, trouble=trouble, people=people)
        return HTMLResponse(page, status_code=status)

    @routes.api_route("/register/new", methods=READ, dependencies=[needs(*CHANGERS)])
    def new() -> HTMLResponse:
        return form({})

    @routes.post("/register/new", dependencies=[needs(*CHANGERS)])
    def add(sent: Sent, who: Who) -> Response:
        try:
            added = desk.add(sent, who)
        except CsiError as error:
            return form(sent, str(error), refusal_status(error))
        return _back_to(added.entry.number, "added")


def _entries(routes: APIRouter, parts: ReviewParts, pages: Pages, desk: RegisterDesk) -> None:
    its = EntryPages(parts, pages, desk)

    @routes.api_route("/register/{number}", methods=READ)
    def entry(number: str, request: Request, who: Who) -> Response:
        return its.shown(number, who, request.query_params.get("done", ""))

    @routes.api_route("/register/{number}/edit", methods=READ, dependencies=[needs(*CHANGERS)])
    def edit(number: str, who: Who) -> Response:
        return its.edited(number, who)

    @routes.post("/register/{number}/end-task")
    def end_task(number: str, sent: Sent, who: Who) -> Response:
        return its.act(number, "end-task", sent, who)

    @routes.post("/register/{number}/{deed}", dependencies=[needs(*CHANGERS)])
    def deeds(number: str, deed: str, sent: Sent, who: Who) -> Response:
        return its.act(number, deed, sent, who)


class EntryPages:
    """The page of an entry, its form, and what comes back when something is done there."""

    def __init__(self, parts: ReviewParts, pages: Pages, desk: RegisterDesk) -> None:
        self._parts = parts
        self._pages = pages
        self._desk = desk

    def shown(
        self, number: str, who: Actor, done: str = "", trouble: Trouble | None = None
    ) -> Response:
        """The page of an entry."""
        desk = self._desk
        view = entry_view(self._parts, desk.store, number, who, desk.act(who, {}))
        page = self._pages.page("entry", view=view, done=DONE.get(done, ""), trouble=trouble)
        return HTMLResponse(page, status_code=trouble.status if trouble else 200)

    def edited(self, number: str, who: Actor, trouble: Trouble | None = None) -> Response:
        """The form with all fields of an entry, as they are or as they were typed."""
        with self._desk.store.look() as uow:
            entry = seen_entry(uow, number, who.sight)
            hidden = number in withheld(self._parts, [entry], who.sight)
        typed = trouble.typed if trouble else {}
        groups = input_groups(
            {**filled_in(entry), **typed}, wrong_of(typed), QUOTE_FREE if hidden else None
        )
        page = self._pages.page(
            "entry_edit",
            number=number,
            address=entry_address(number),
            title=WITHHELD if hidden else entry.title,
            groups=groups,
            trouble=trouble,
            people=self._parts.works.people,
            seen=typed.get("seen") or str(entry.version),
        )
        return HTMLResponse(page, status_code=trouble.status if trouble else 200)

    def act(self, number: str, deed: str, sent: Mapping[str, str], who: Actor) -> Response:
        """Do something to an entry, and go back to its page, or say why it was refused."""
        if deed not in DEEDS:
            raise NotThereError(f"there is nothing called {deed!r} that is done to an entry")
        try:
            self._desk.do(number, deed, sent, who)
        except NotThereError:
            raise
        except CsiError as error:
            trouble = _trouble(self._desk, number, deed, sent, error)
            if deed == "edit":
                return self.edited(number, who, trouble)
            return self.shown(number, who, trouble=trouble)
        return _back_to(number, deed)


def wrong_of(values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the fields of a form, by field."""
    filled = read_fields({name: text for name, text in values.items() if name != "seen"}, "form")
    return {one.field: f"{one.problem}: {one.remedy}" for one in filled.wrong}


def _trouble(
    desk: RegisterDesk, number: str, deed: str, sent: Mapping[str, str], error: CsiError
) -> Trouble:
    status, seen = refusal_status(error), sent.get("seen", "")
    changed: tuple[tuple[str, ...], ...] = ()
    if status == STALE and seen.isdigit():
        with desk.store.look() as uow:
            changed = changed_since(uow, number, int(seen))
    return Trouble(status=status, text=str(error), deed=deed, typed=sent, changed=changed)


STALE = 409


def _back_to(number: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"{entry_address(number)}?done={done}", status_code=303)
