"""Conflicts, data quality, runs, reviews and what waits, as JSON."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from itsm.access import AppRole
from itsm.meetings import MeetingAction, MeetingDecision
from itsm.pushed import Choice
from itsm.quality import QuarantineCount
from itsm.register_forms import MAX_TEXT
from itsm.waiting import WaitItem
from review_app.api.document import BASE
from review_app.api.listing import Asked, Listing, listing, seen_version
from review_app.conflicts import settle, shown
from review_app.identity.actors import needs
from review_app.meetings import MeetingDesk
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.quality import QualityDesk
from review_app.routes.answers import Who
from review_app.wording import WITHHELD
from store.conflicts import Queued
from store.runs import QuarantineRow
from store.stage_runs import StageRun
from store.waiting_for import waits_for

MANAGERS = [needs(AppRole.PROBLEM_MANAGER)]
SEES = [needs(AppRole.PROBLEM_MANAGER, AppRole.ADMINISTRATOR)]
Name = Annotated[str, Field(max_length=400)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class ConflictOut(BaseModel):
    """A field that somebody changed while we wanted to write something else."""

    conflict_id: str
    subject: str
    source: str
    record: str
    field: str
    before: str
    theirs: str | None = Field(description="None: only the tool knows it.")
    ours: str
    standing: str = Field(description="Whose value the tool holds: theirs or ours.")
    found_at: datetime
    choice: str | None
    resolved_by: str | None


class ChoiceIn(BaseModel):
    """Which value is taken."""

    choice: Choice
    value: Text = Field("", description="write_other: the third value.")
    reason: Text = ""


class AsideOut(BaseModel):
    """A record that is set aside."""

    source: str
    kind: str
    key: str
    number: str | None
    rule: str
    field: str
    reason: str
    remedy: str
    first_seen_at: datetime
    last_seen_at: datetime


class AsideIn(BaseModel):
    """A record that is set aside, and why it may be used all the same."""

    source: Name
    kind: Name
    key: Name = ""
    rule: Name = ""
    reason: Text = ""


class Tried(BaseModel):
    """What came of trying again."""

    landed: int
    left: int


class DecisionIn(BaseModel):
    """Something that a review decided."""

    section: Name = ""
    text: Text
    about: Name = ""


class ActionIn(DecisionIn):
    """Something that a review asks of somebody."""

    owner: Name
    due_on: Name = Field(description="As 2026-11-23.")


class CloseIn(BaseModel):
    """What became of an action."""

    status: Name = Field(description="done, dropped or open.")
    said: Text = ""


def router(parts: ReviewParts, _pages: Pages) -> APIRouter:
    """The addresses of these in the API."""
    routes = APIRouter(prefix=BASE)
    _conflicts(routes, parts)
    _quality(routes, parts)
    _meetings(routes, parts)
    _meeting_deeds(routes, parts)
    _state(routes, parts)
    return routes


def _conflicts(routes: APIRouter, parts: ReviewParts) -> None:
    store = parts.reviewing.store

    @routes.get("/conflicts", summary="Fields in conflict", dependencies=[needs()])
    def conflicts(
        request: Request, who: Who, part: Asked, settled: bool = False
    ) -> Listing[ConflictOut]:
        """Those that are open, oldest first; with settled ones where asked for."""
        with store.look() as uow:
            queued = uow.conflicts.list(only_open=not settled)
            seen = [(one, shown(parts, uow, one, who.sight)) for one in queued]
        rows = [(one, is_shown) for one, is_shown in seen if is_shown is not None]
        return listing(request, rows, part, lambda row: _conflict(*row))

    @routes.post("/conflicts/{conflict_id}", summary="Choose a value", dependencies=MANAGERS)
    def choose(conflict_id: str, given: ChoiceIn, who: Who) -> ConflictOut:
        """What has to be written leaves with the next push."""
        form = {"choice": given.choice.value, "value": given.value, "reason": given.reason}
        settle(parts, store, conflict_id, form, who)
        with store.look() as uow:
            return _conflict(uow.conflicts.get(conflict_id), True)


def _conflict(one: Queued, is_shown: bool) -> ConflictOut:
    conflict = one.conflict
    return ConflictOut(
        conflict_id=conflict.conflict_id,
        subject=one.fate.intent.subject,
        source=one.fate.intent.source,
        record=one.fate.number,
        field=conflict.field,
        before=conflict.seen if is_shown else WITHHELD,
        theirs=conflict.theirs if is_shown else WITHHELD,
        ours=conflict.ours if is_shown else WITHHELD,
        standing=conflict.standing.value,
        found_at=one.found_at,
        choice=one.choice.value if one.choice else None,
        resolved_by=one.resolved_by,
    )


def _quality(routes: APIRouter, parts: ReviewParts) -> None:
    store = parts.reviewing.store
    desk = QualityDesk(parts, store)

    @routes.get("/quality/reasons", summary="Why records are set aside", dependencies=[needs()])
    def reasons(request: Request, who: Who, part: Asked) -> Listing[QuarantineCount]:
        """The commonest first; examples for those who act on them."""
        counts = store.queries.quarantine_counts()
        return listing(request, counts, part, lambda one: _without(one, who.may(*_ACTS)))

    @routes.get("/quality/records", summary="Records set aside", dependencies=SEES)
    def records(request: Request, part: Asked) -> Listing[AsideOut]:
        """By source, kind and key."""
        return listing(request, store.queries.quarantine_rows(), part, _aside)

    @routes.post("/quality/accept", summary="Accept a record", dependencies=MANAGERS)
    def accept(given: AsideIn, who: Who) -> dict[str, str]:
        """It is used although it fails the rule: at once where it can, else from the next run."""
        return {"done": desk.accept(given.model_dump(), who)}

    @routes.post("/quality/withdraw", summary="Take acceptance back", dependencies=MANAGERS)
    def withdraw(given: AsideIn, who: Who) -> dict[str, str]:
        """The rule holds again from the next landing on."""
        return {"done": desk.withdraw(given.model_dump(), who)}

    @routes.post("/quality/retry", summary="Try again", dependencies=SEES)
    def retry(given: AsideIn) -> Tried:
        """One record by its key, or all of a rule."""
        landed, left = desk.retry(given.model_dump())
        return Tried(landed=landed, left=left)


_ACTS = (AppRole.PROBLEM_MANAGER, AppRole.ADMINISTRATOR)


def _without(one: QuarantineCount, acts: bool) -> QuarantineCount:
    """A reason without the records' numbers, for those who do not act on them."""
    return one if acts else replace(one, examples=())


def _aside(row: QuarantineRow) -> AsideOut:
    return AsideOut(
        source=row.source,
        kind=row.kind,
        key=row.key,
        number=row.number,
        rule=row.rule,
        field=row.field,
        reason=row.reason,
        remedy=row.remedy,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )


def _meetings(routes: APIRouter, parts: ReviewParts) -> None:
    store = parts.reviewing.store

    @routes.get("/meetings/actions", summary="Actions of reviews", dependencies=[needs()])
    def actions(
        request: Request, who: Who, part: Asked, week: str | None = None
    ) -> Listing[MeetingAction]:
        """All, or those of a week; with services of one's own, one's own."""
        with store.look() as uow:
            found = uow.meetings.actions(week)
        shown = [one for one in found if not who.sight.services or one.owner == who.name]
        return listing(request, shown, part, lambda one: one)

    @routes.get("/meetings/decisions", summary="Decisions of reviews", dependencies=[needs()])
    def decisions(
        request: Request, who: Who, part: Asked, week: str | None = None
    ) -> Listing[MeetingDecision]:
        """All, or those of a week; none with services of one's own."""
        with store.look() as uow:
            found = () if who.sight.services else uow.meetings.decisions(week)
        return listing(request, found, part, lambda one: one)


def _meeting_deeds(routes: APIRouter, parts: ReviewParts) -> None:
    store = parts.reviewing.store
    desk = MeetingDesk(store, parts.works)

    @routes.post(
        "/meetings/{week}/decisions", summary="Decide", status_code=201, dependencies=MANAGERS
    )
    def decide(week: str, given: DecisionIn, who: Who) -> MeetingDecision:
        """Kept as it was said."""
        return desk.decide({**given.model_dump(), "week": week}, who)

    @routes.post(
        "/meetings/{week}/actions", summary="Give an action", status_code=201, dependencies=MANAGERS
    )
    def ask(week: str, given: ActionIn, who: Who) -> MeetingAction:
        """The next review begins with it."""
        return desk.ask({**given.model_dump(), "week": week}, who)

    @routes.post("/meetings/actions/{action_id}", summary="Close one", dependencies=[needs()])
    def close(action_id: str, given: CloseIn, request: Request, who: Who) -> MeetingAction:
        """Its owner, whoever gave it, or a problem manager; send its version as If-Match."""
        seen = seen_version(request)
        if seen == "*":
            with store.look() as uow:
                seen = str(uow.meetings.action(action_id).version)
        return desk.close(action_id, {**given.model_dump(), "seen": seen}, who)


def _state(routes: APIRouter, parts: ReviewParts) -> None:
    store = parts.reviewing.store

    @routes.get("/runs", summary="The newest run of each stage", dependencies=[needs()])
    def runs(request: Request, part: Asked) -> Listing[StageRun]:
        """When it began and ended, how it stands, and when it last went well."""
        with store.look() as uow:
            found = uow.stage_runs.list()
        return listing(request, found, part, lambda one: one)

    @routes.get("/waiting", summary="What waits for whoever asks", dependencies=[needs()])
    def waiting(request: Request, who: Who, part: Asked) -> Listing[WaitItem]:
        """What is late first; paths are those of the pages."""
        today = parts.works.clock().astimezone(parts.zone).date()
        with store.look() as uow:
            items = waits_for(uow, who.person, who.sight, today) if who.is_known else ()
        return listing(request, items, part, lambda one: one)
