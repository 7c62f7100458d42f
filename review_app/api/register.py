"""The register as JSON: entries, what can be done to each, and doing it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from itsm.access import AppRole
from itsm.errors import NotThereError
from itsm.register import RegisterEntry, RegisterState
from itsm.register_forms import FIELDS, MAX_TEXT
from review_app.api.document import BASE
from review_app.api.listing import Asked, Listing, listing, seen_version, set_version
from review_app.identity.actors import Actor, needs
from review_app.listing import Listing as Table
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.register.desk import DEEDS, RegisterDesk
from review_app.register.moves import possible
from review_app.register.reading import Placed, reading, without_texts
from review_app.register.story import Event, story
from review_app.routes.answers import Who
from review_app.views import register

CHANGERS = [needs(AppRole.PROBLEM_MANAGER, AppRole.REGISTER_APPROVER)]
Name = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class WhichEntries(BaseModel):
    """Which entries are listed; the names are those of the page's address."""

    q: Name = Field("", description="Words that must be in it.")
    show: Name = Field("", description="all, late, ended; those that are open where left out.")
    state: Name = ""
    service: Name = ""
    owner: Name = ""
    origin: Name = ""
    sort: Name = "rank"
    order: Name = ""


class MoveOut(BaseModel):
    """A state an entry may go to, or why it may not now."""

    to: RegisterState
    refused: str = Field(description="Why not; empty where it may.")
    needs: list[str] = Field(description="Fields that have to come with the move.")
    closures: list[str] = Field(description="How it may be closed.")


class EntryOut(BaseModel):
    """An entry of the register."""

    entry: RegisterEntry
    place: int | None = Field(description="Its rank among those that compete.")
    why: str
    stale: list[str] = Field(description="What says that nobody moves it.")
    moves: list[MoveOut]


class EntryIn(BaseModel):
    """A request, or other values for an entry, as texts; "" empties a field."""

    fields: dict[Name, Text] = Field(description=f"By field: {', '.join(FIELDS)}.", max_length=60)
    reason: Text = ""


class DeedIn(BaseModel):
    """What is done to an entry; which fields it takes depends on the deed."""

    reason: Text = ""
    to: Name = Field("", description="move: the state.")
    closure: Name = Field("", description="move to closed: successful, withdrawn, unsuccessful.")
    coordinator: Name = Field("", description="move: an owner, where it has none.")
    next_review_on: Name = Field("", description="move: a review date, where it has none.")
    review_on: Name = Field("", description="not-yet: when it is looked at again.")
    said: Name = Field("", description="answer: approved or refused.")
    what: Name = Field("", description="sign: waiver or verification.")
    title: Text = Field("", description="task: what is to be done.")
    owner: Name = Field("", description="task: who does it.")
    due_on: Name = Field("", description="task: until when.")
    task_id: Name = Field("", description="end-task: which.")
    status: Name = Field("", description="end-task: done, dropped or open.")


def router(parts: ReviewParts, _pages: Pages) -> APIRouter:
    """The addresses of the register in the API."""
    routes = APIRouter(prefix=f"{BASE}/register", tags=["register"])
    desk = RegisterDesk(parts.reviewing.store, parts.works)
    _reads(routes, parts, desk)
    _writes(routes, parts, desk)
    return routes


def _reads(routes: APIRouter, parts: ReviewParts, desk: RegisterDesk) -> None:
    @routes.get("", summary="Entries of the register", dependencies=[needs()])
    def entries(
        request: Request, who: Who, part: Asked, which: Annotated[WhichEntries, Query()]
    ) -> Listing[EntryOut]:
        """By rank, if nothing else is asked for."""
        with desk.store.look() as uow:
            read = reading(parts, uow.register, who.sight)
        table = Table.of(register.COLUMNS, register.FILTERS, which.model_dump())
        return listing(
            request, register.chosen(read, table), part, lambda one: _out(one, desk, who)
        )

    @routes.get("/{number}", summary="An entry", dependencies=[needs()])
    def entry(number: str, who: Who, response: Response) -> EntryOut:
        """Its ETag is what a change says it has looked at."""
        return _answered(parts, desk, number, who, response)

    @routes.get("/{number}/history", summary="What happened to it", dependencies=[needs()])
    def history(number: str, request: Request, who: Who, part: Asked) -> Listing[Event]:
        """From the journal, the newest first."""
        placed = _placed(parts, desk, number, who)
        with desk.store.look() as uow:
            told = story(
                uow.journal,
                placed.entry.number,
                parts.zone,
                parts.works.people,
                texts=not placed.is_withheld,
            )
        return listing(request, told, part, lambda one: one)


def _writes(routes: APIRouter, parts: ReviewParts, desk: RegisterDesk) -> None:
    @routes.post("", summary="Add a request", status_code=201, dependencies=CHANGERS)
    def add(given: EntryIn, who: Who, response: Response) -> EntryOut:
        """Impact, urgency, risk and effort that are left out are named as gaps."""
        added = desk.add({**given.fields, "reason": given.reason}, who)
        return _answered(parts, desk, added.entry.number, who, response)

    @routes.patch("/{number}", summary="Change fields", dependencies=CHANGERS)
    def change(
        number: str, given: EntryIn, request: Request, who: Who, response: Response
    ) -> EntryOut:
        """Send the entry's ETag as If-Match."""
        seen = _seen(parts, desk, number, who, request)
        desk.do(number, "edit", {**given.fields, "reason": given.reason, "seen": seen}, who)
        return _answered(parts, desk, number, who, response)

    @routes.post("/{number}/end-task", summary="End a task", dependencies=[needs()])
    def end_task(
        number: str, given: DeedIn, request: Request, who: Who, response: Response
    ) -> EntryOut:
        """Done, dropped or open again; its owner may, too."""
        return act(number, "end-task", given, request, who, response)

    @routes.post("/{number}/{deed}", summary="Do something to it", dependencies=CHANGERS)
    def deeds(
        number: str, deed: str, given: DeedIn, request: Request, who: Who, response: Response
    ) -> EntryOut:
        """One of move, not-yet, answer, sign, task, undo; send the entry's ETag as If-Match."""
        return act(number, deed, given, request, who, response)

    def act(
        number: str, deed: str, given: DeedIn, request: Request, who: Actor, response: Response
    ) -> EntryOut:
        if deed not in DEEDS or deed == "edit":
            raise NotThereError(f"there is nothing called {deed[:40]!r} that is done to an entry")
        seen = _seen(parts, desk, number, who, request)
        form = {name: text for name, text in given.model_dump().items() if text}
        desk.do(number, deed, {**form, "seen": seen}, who)
        return _answered(parts, desk, number, who, response)


def _placed(parts: ReviewParts, desk: RegisterDesk, number: str, who: Actor) -> Placed:
    with desk.store.look() as uow:
        found = reading(parts, uow.register, who.sight).of(number)
    if found is None:
        raise NotThereError(f"the register has no entry {number!r} for you; the register lists all")
    return found


def _seen(parts: ReviewParts, desk: RegisterDesk, number: str, who: Actor, request: Request) -> str:
    """The version that a change has looked at; a star takes the newest."""
    found = _placed(parts, desk, number, who)
    seen = seen_version(request)
    return str(found.entry.version) if seen == "*" else seen


def _answered(
    parts: ReviewParts, desk: RegisterDesk, number: str, who: Actor, response: Response
) -> EntryOut:
    found = _placed(parts, desk, number, who)
    set_version(response, found.entry.version)
    return _out(found, desk, who)


def _out(one: Placed, desk: RegisterDesk, who: Actor) -> EntryOut:
    moves = possible(one.entry, desk.act(who, {})).moves
    return EntryOut(
        entry=without_texts(one.entry) if one.is_withheld else one.entry,
        place=one.place,
        why=one.why,
        stale=list(one.stale),
        moves=[
            MoveOut(
                to=move.to,
                refused=move.refused,
                needs=list(move.needs),
                closures=[code.value for code in move.closures],
            )
            for move in moves
        ],
    )
