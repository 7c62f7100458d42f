"""The archive of packs: the list, a pack, its page, its files, the records behind its figures."""

from collections.abc import Callable
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole
from itsm.errors import CsiError, NotThereError
from review_app.identity.actors import Actor, needs
from review_app.listing import Listing
from review_app.packs import PAGE_POLICY, OpenedFile, PackDesk
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.register.desk import refusal_status
from review_app.routes.answers import READ, Who
from review_app.routes.register import Trouble
from review_app.routes.sent import Sent
from review_app.views import packs
from review_app.views.pack import pack_view
from review_app.views.pack_rows import columns_of, rows_view
from review_app.views.packs import pack_address, packs_view

DONE = {
    "released": "The pack is released; it leaves with the next delivery.",
    "held": "The pack is held back.",
    "same": "It stood so already.",
    "arrived": "It is noted that it arrived.",
    "again": "It leaves again with the next delivery.",
    "remark": "The remark is signed; the next version of the pack shows it.",
    "withdrawn": "The remark is taken back.",
}
KEPT = "private, max-age=3600"


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the archive."""
    routes = APIRouter(dependencies=[needs()])
    desk = PackDesk(parts, parts.reviewing.store)
    _reading(routes, parts, pages)
    _files(routes, desk)
    _acting(routes, parts, pages, desk)
    return routes


def _reading(routes: APIRouter, parts: ReviewParts, pages: Pages) -> None:
    store = parts.reviewing.store

    @routes.api_route("/packs", methods=READ)
    def archive(request: Request, who: Who) -> HTMLResponse:
        asked = Listing.of(packs.COLUMNS, packs.FILTERS, request.query_params)
        view = packs_view(parts, store, who.sight, asked)
        return HTMLResponse(pages.page("packs", view=view))

    @routes.api_route("/packs/{pack_id}/rows/{anchor}", methods=READ)
    def rows(request: Request, pack_id: str, anchor: str, who: Who) -> HTMLResponse:
        asked = Listing.of(columns_of(pack_id, quote(anchor, safe="")), (), request.query_params)
        view = rows_view(parts, store, pack_id, anchor, who, asked)
        return HTMLResponse(pages.page("pack_rows", view=view))


def _files(routes: APIRouter, desk: PackDesk) -> None:
    @routes.api_route("/packs/{pack_id}/page", methods=READ)
    def page(pack_id: str, who: Who) -> Response:
        return _handed_out(desk.page(pack_id, who))

    @routes.api_route("/packs/{pack_id}/{name}", methods=READ)
    def beside(pack_id: str, name: str, who: Who) -> Response:
        return _handed_out(desk.beside(pack_id, name, who))

    @routes.api_route("/packs/{pack_id}/files/{sha256}", methods=READ)
    def file(pack_id: str, sha256: str, who: Who) -> Response:
        return _handed_out(desk.file(pack_id, sha256, who))


def _handed_out(file: OpenedFile) -> Response:
    """A page in a box of its own; anything else as a download."""
    headers = {"cache-control": KEPT}
    if file.is_page:
        headers |= {"content-security-policy": PAGE_POLICY, "x-frame-options": "SAMEORIGIN"}
    else:
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.data, media_type=file.media_type, headers=headers)


class _Shown:
    """The page of a pack, as it is or with why something was refused."""

    def __init__(self, parts: ReviewParts, pages: Pages) -> None:
        self._parts = parts
        self._pages = pages

    def __call__(
        self, pack_id: str, who: Actor, done: str = "", trouble: Trouble | None = None
    ) -> Response:
        view = pack_view(self._parts, self._parts.reviewing.store, pack_id, who)
        page = self._pages.page("pack", view=view, done=DONE.get(done, ""), trouble=trouble)
        return HTMLResponse(page, status_code=trouble.status if trouble else 200)

    def tried(
        self, pack_id: str, deed: str, sent: Sent, who: Actor, do: Callable[[], str]
    ) -> Response:
        """Back to the page once it is done; else the page with why it was not."""
        try:
            done = do()
        except NotThereError:
            raise
        except CsiError as error:
            trouble = Trouble(refusal_status(error), str(error), deed, sent)
            return self(pack_id, who, trouble=trouble)
        return RedirectResponse(f"{pack_address(pack_id)}?done={done}", status_code=303)


def _acting(routes: APIRouter, parts: ReviewParts, pages: Pages, desk: PackDesk) -> None:
    managers = [needs(AppRole.PROBLEM_MANAGER)]
    shown = _Shown(parts, pages)

    @routes.api_route("/packs/{pack_id}", methods=READ)
    def pack(request: Request, pack_id: str, who: Who) -> Response:
        return shown(pack_id, who, request.query_params.get("done", ""))

    @routes.post("/packs/{pack_id}/release", dependencies=managers)
    def release(pack_id: str, sent: Sent, who: Who) -> Response:
        return shown.tried(pack_id, "release", sent, who, lambda: desk.release(pack_id, sent, who))

    @routes.post("/packs/{pack_id}/deliveries/{delivery_id}", dependencies=managers)
    def settle(pack_id: str, delivery_id: str, sent: Sent, who: Who) -> Response:
        return shown.tried(
            pack_id, "settle", sent, who, lambda: desk.settle(pack_id, delivery_id, sent, who)
        )

    @routes.post("/packs/{pack_id}/remarks", dependencies=managers)
    def remark(pack_id: str, sent: Sent, who: Who) -> Response:
        return shown.tried(pack_id, "remark", sent, who, lambda: desk.remark(pack_id, sent, who))

    @routes.post("/packs/{pack_id}/remarks/{comment_id}/withdraw", dependencies=managers)
    def withdraw(pack_id: str, comment_id: str, sent: Sent, who: Who) -> Response:
        return shown.tried(
            pack_id, "withdraw", sent, who, lambda: desk.withdraw(pack_id, comment_id, who)
        )
