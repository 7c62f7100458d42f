"""Packs and subscriptions as JSON: the archive, the records behind figures, release, readers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from itsm.access import AppRole
from itsm.packs import ArchivedFile, SectionComment
from itsm.register_forms import MAX_TEXT
from itsm.subscriptions import Subscription
from reports.model import EvidenceList
from review_app.api.document import BASE
from review_app.api.listing import Asked, Listing, listing, seen_version, set_version
from review_app.identity.actors import needs
from review_app.listing import Listing as Table
from review_app.pack_access import lines_for, opened
from review_app.packs import PackDesk
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import Who
from review_app.subscriptions import SubscriptionDesk
from review_app.views.pack import remarks_of
from review_app.views.pack_rows import PER_PAGE, RecordLine, columns_of, rows_view
from store.publishing import PackLine

MANAGERS = [needs(AppRole.PROBLEM_MANAGER)]
Name = Annotated[str, Field(max_length=400)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class PackOut(BaseModel):
    """A pack of the archive."""

    pack_id: str
    week: str
    edition: str
    version: int
    content_hash: str
    made_at: datetime
    moved: list[str] = Field(description="What it tells otherwise than the version before.")
    state: str = Field(description="waiting, released or held.")


class FigureOut(BaseModel):
    """A figure of a pack that opens to its records."""

    anchor: str
    figure_id: str
    title: str
    dimension: str
    period: str
    n_records: int


class PackWhole(PackOut):
    """A pack with what belongs to it."""

    title: str
    sections: list[str]
    figures: list[FigureOut]
    files: list[ArchivedFile]
    remarks: list[SectionComment]


class ReleaseIn(BaseModel):
    """Whether a pack goes out."""

    state: Name = Field(description="released or held.")
    reason: Text = ""


class RemarkIn(BaseModel):
    """A signed remark on a section."""

    section: Name
    text: Text
    only: bool = Field(False, description="In this edition only.")


class SubscriptionIn(BaseModel):
    """A subscription, as texts; lists are separated by commas."""

    fields: dict[Name, Name] = Field(
        description="name, channel, address, edition, services, vendor, team, language, zone, "
        "formats, day, hour; or active, 0 or 1.",
        max_length=30,
    )


def router(parts: ReviewParts, _pages: Pages) -> APIRouter:
    """The addresses of packs and subscriptions in the API."""
    routes = APIRouter(prefix=BASE, tags=["packs"])
    _packs(routes, parts)
    _acting(routes, parts)
    _subscriptions(routes, SubscriptionDesk(parts.reviewing.store, parts.works))
    return routes


def _packs(routes: APIRouter, parts: ReviewParts) -> None:
    store = parts.reviewing.store

    @routes.get("/packs", summary="Packs of the archive", dependencies=[needs()])
    def packs(request: Request, who: Who, part: Asked) -> Listing[PackOut]:
        """Every version of every edition, by period and edition."""
        with store.look() as uow:
            lines = lines_for(uow, who.sight)
        return listing(request, lines, part, _out)

    @routes.get("/packs/{pack_id}", summary="A pack", dependencies=[needs()])
    def pack(pack_id: str, who: Who) -> PackWhole:
        """Its figures, files and remarks; its data is the JSON format."""
        with store.look() as uow:
            one = opened(uow, pack_id, who.sight)
            files, remarks = uow.packs.files(pack_id), remarks_of(uow, one)
        return PackWhole(
            **_out(one.line).model_dump(),
            title=one.pack.title or one.pack.kind,
            sections=[section.id for section in one.pack.sections],
            figures=[_figure(item) for item in one.pack.evidence],
            files=list(files),
            remarks=list(remarks),
        )

    @routes.get(
        "/packs/{pack_id}/rows/{anchor}", summary="Records of a figure", dependencies=[needs()]
    )
    def rows(pack_id: str, anchor: str, who: Who, page: int = 1) -> list[RecordLine]:
        """As they are today, a hundred to a page; those that are not shown have no number."""
        asked = Table(columns=columns_of(pack_id, anchor), page=min(max(page, 1), 10**6))
        view = rows_view(parts, store, pack_id, anchor, who, asked)
        return list(view.part.rows[:PER_PAGE])


def _acting(routes: APIRouter, parts: ReviewParts) -> None:
    desk = PackDesk(parts, parts.reviewing.store)

    @routes.post("/packs/{pack_id}/release", summary="Release or hold", dependencies=MANAGERS)
    def release(pack_id: str, given: ReleaseIn, who: Who) -> dict[str, str]:
        """Releasing twice is one release."""
        return {"done": desk.release(pack_id, given.model_dump(), who)}

    @routes.post(
        "/packs/{pack_id}/remarks", summary="Sign a remark", status_code=201, dependencies=MANAGERS
    )
    def remark(pack_id: str, given: RemarkIn, who: Who) -> dict[str, str]:
        """The next version of the pack shows it."""
        form = {"section": given.section, "text": given.text, "only": "1" if given.only else ""}
        return {"done": desk.remark(pack_id, form, who)}


def _subscriptions(routes: APIRouter, desk: SubscriptionDesk) -> None:
    sees = [needs(AppRole.PROBLEM_MANAGER, AppRole.ADMINISTRATOR)]

    @routes.get("/subscriptions", summary="Who gets which pack", dependencies=sees)
    def subscriptions(request: Request, part: Asked) -> Listing[Subscription]:
        """Those that ended last."""
        return listing(request, desk.list(), part, lambda one: one)

    @routes.post(
        "/subscriptions", summary="Add a subscription", status_code=201, dependencies=MANAGERS
    )
    def add(given: SubscriptionIn, who: Who, response: Response) -> Subscription:
        """What is left out is as usual."""
        usual = {"channel": "mail", "day": "1", "hour": "8"}
        kept = desk.add({**usual, **given.fields}, who)
        set_version(response, kept.version)
        return kept

    @routes.patch("/subscriptions/{subscription_id}", summary="Change one", dependencies=MANAGERS)
    def change(
        subscription_id: str, given: SubscriptionIn, request: Request, who: Who, response: Response
    ) -> Subscription:
        """Send its version as If-Match."""
        seen = seen_version(request)
        if seen == "*":
            seen = str(desk.get(subscription_id).version)
        kept = desk.change(subscription_id, {**given.fields, "seen": seen}, who)
        set_version(response, kept.version)
        return kept


def _out(line: PackLine) -> PackOut:
    return PackOut(
        pack_id=line.pack_id,
        week=line.week,
        edition=line.edition,
        version=line.version,
        content_hash=line.content_hash,
        made_at=line.made_at,
        moved=list(line.moved),
        state=line.state.value,
    )


def _figure(item: EvidenceList) -> FigureOut:
    return FigureOut(
        anchor=item.anchor,
        figure_id=item.figure_id,
        title=item.title,
        dimension=item.dimension,
        period=item.period,
        n_records=len(item.rows),
    )
