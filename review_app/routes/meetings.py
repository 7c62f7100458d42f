"""The weekly review, what waits for whoever asks, and what ran."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole
from itsm.errors import CsiError, NotThereError
from review_app.identity.actors import Actor, needs
from review_app.meetings import MeetingDesk
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.register.desk import refusal_status
from review_app.routes.answers import READ, Who
from review_app.routes.register import Trouble
from review_app.routes.sent import Sent
from review_app.views.meeting import meeting_address, meeting_view
from review_app.views.runs import runs_view
from store.waiting_for import waits_for

MAX_WORD = 60
DONE = {
    "decision": "The decision is kept.",
    "action": "The action is given; next week's review begins with it.",
    "closed": "The action was changed.",
}


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the meeting, of what waits, and of runs."""
    routes = APIRouter(dependencies=[needs()])
    _meeting(routes, parts, pages)
    _others(routes, parts, pages)
    return routes


class _Meeting:
    """The page of a review, as it is or with why something was refused."""

    def __init__(self, parts: ReviewParts, pages: Pages) -> None:
        self._parts = parts
        self._pages = pages

    def page(
        self, who: Actor, week: str, section: str, done: str = "", trouble: Trouble | None = None
    ) -> HTMLResponse:
        """A step of the review of a week."""
        parts = self._parts
        week, section = week[:MAX_WORD], section[:MAX_WORD]
        view = meeting_view(parts, parts.reviewing.store, who, week, section)
        told, people = DONE.get(done, ""), parts.works.people
        said = self._pages.page("meeting", view=view, done=told, trouble=trouble, people=people)
        return HTMLResponse(said, status_code=trouble.status if trouble else 200)

    def tried(self, sent: Sent, who: Actor, word: str, do: Callable[[], object]) -> Response:
        """Back to the step once it is done; else the step with why it was not."""
        week, section = sent.get("week", "")[:MAX_WORD], sent.get("section", "")[:MAX_WORD]
        try:
            do()
        except NotThereError:
            raise
        except CsiError as error:
            trouble = Trouble(refusal_status(error), str(error), word, sent)
            return self.page(who, week, section, trouble=trouble)
        return RedirectResponse(f"{meeting_address(week, section)}&done={word}", status_code=303)


def _meeting(routes: APIRouter, parts: ReviewParts, pages: Pages) -> None:
    shown, desk = _Meeting(parts, pages), MeetingDesk(parts.reviewing.store, parts.works)

    @routes.api_route("/meeting", methods=READ)
    def meeting(request: Request, who: Who) -> HTMLResponse:
        asked = request.query_params
        week, section = asked.get("week", ""), asked.get("section", "")
        return shown.page(who, week, section, asked.get("done", ""))

    @routes.post("/meeting/decisions", dependencies=[needs(AppRole.PROBLEM_MANAGER)])
    def decide(sent: Sent, who: Who) -> Response:
        return shown.tried(sent, who, "decision", lambda: desk.decide(sent, who))

    @routes.post("/meeting/actions", dependencies=[needs(AppRole.PROBLEM_MANAGER)])
    def ask(sent: Sent, who: Who) -> Response:
        return shown.tried(sent, who, "action", lambda: desk.ask(sent, who))

    @routes.post("/meeting/actions/{action_id}")
    def close(action_id: str, sent: Sent, who: Who) -> Response:
        return shown.tried(sent, who, "closed", lambda: desk.close(action_id, sent, who))


def _others(routes: APIRouter, parts: ReviewParts, pages: Pages) -> None:
    store = parts.reviewing.store

    @routes.api_route("/runs", methods=READ)
    def runs() -> HTMLResponse:
        return HTMLResponse(pages.page("runs", view=runs_view(parts, store)))

    @routes.api_route("/waiting", methods=READ)
    def waiting(who: Who) -> HTMLResponse:
        today = parts.works.clock().astimezone(parts.zone).date()
        with store.look() as uow:
            items = waits_for(uow, who.person, who.sight, today) if who.is_known else ()
        return HTMLResponse(pages.page("waiting", items=items))
