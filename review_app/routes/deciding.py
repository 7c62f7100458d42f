"""Deciding: the form of every action, what it does, taking back, and saved views."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from itsm.access import AppRole
from itsm.decisions import Action
from itsm.errors import NotThereError, StaleDecisionError, TransitionError
from review_app.acting import Acting, Looked
from review_app.filling import Filling, Trouble, act_view
from review_app.identity.actors import Actor, needs
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.routes.answers import READ, Who, page_answer, problem_answer
from review_app.routes.candidates import no_candidate
from review_app.views.act import MANY
from review_app.views.queue_lines import anchor_of
from review_app.visit import Visit
from review_app.wishes import Form, Wish, read_wish
from store.saved_views import SavedView

STAYS = frozenset(
    {
        Action.PIN,
        Action.REMOVE,
        Action.RENAME,
        Action.ASSIGN,
        Action.ASK_VENDOR,
        Action.OPEN_ENTRY,
        Action.OPEN_KNOWLEDGE_TASK,
        Action.COMMENT,
        Action.REOPEN,
    }
)
"""After these one looks at the same candidate again; after the others at the next one."""
MAX_VIEW_NAME = 60
NO_DESK = "Nothing can be decided here: these pages were started to be looked at only."
NO_ACTION = "There is no such action, or it is done to one candidate at a time."


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of decisions."""
    routes = APIRouter(dependencies=[needs(AppRole.PROBLEM_MANAGER)])
    filling = None
    if parts.desk is not None:
        filling = Filling(parts, Acting(parts.desk, parts.reviewing.facts))

    @routes.api_route("/decide", methods=READ)
    def fill_in(request: Request, who: Who) -> Response:
        form = Form(request.query_params.multi_items())
        return _filled_in(filling, pages, who, form)

    @routes.post("/decide")
    async def decide(request: Request, who: Who) -> Response:
        return await run_in_threadpool(_decide, filling, pages, who, await sent(request))

    @routes.post("/undo")
    async def undo(request: Request, who: Who) -> Response:
        return await run_in_threadpool(_undo, filling, pages, who, await sent(request))

    return routes


def views_router(parts: ReviewParts, _pages: Pages) -> APIRouter:
    """The addresses of saved views, which whoever looks may keep."""
    routes = APIRouter(dependencies=[needs()])

    @routes.post("/views")
    async def keep(request: Request, who: Who) -> Response:
        return await run_in_threadpool(_keep_view, parts, who, await sent(request))

    return routes


async def sent(request: Request) -> Form:
    """The fields of a form that was sent."""
    pairs = (await request.form()).multi_items()
    return Form([(name, value) for name, value in pairs if isinstance(value, str)])


def _filled_in(filling: Filling | None, pages: Pages, who: Actor, form: Form) -> Response:
    if filling is None:
        return problem_answer(pages, 409, "Looking only", NO_DESK)
    action = _action(form)
    if action is None:
        return problem_answer(pages, 404, "No such action", NO_ACTION)
    form = form.choosing(is_merge=action is Action.MERGE)
    view = act_view(filling, _visit(filling.parts, who, form), action, form)
    return no_candidate(pages) if view is None else page_answer(pages, "act", view=view)


def _decide(filling: Filling | None, pages: Pages, who: Actor, form: Form) -> Response:
    """Do what a form asks for, or give it back with what is wrong."""
    if filling is None:
        return problem_answer(pages, 409, "Looking only", NO_DESK)
    action, parts = _action(form), filling.parts
    if action is None or parts.desk is None:
        return problem_answer(pages, 404, "No such action", NO_ACTION)
    visit = _visit(parts, who, form)
    ids = form.all("on")
    if any(parts.boards.of(who, "").entry(name) is None for name in ids):
        return no_candidate(pages)
    asked = form.merging() if action is Action.MERGE else form
    filled = read_wish(action, asked, parts.desk.now().astimezone(parts.zone).date())
    looked = Looked(run_id=form.one("run"), seen=number_in(form.one("seen")))
    trouble = Trouble(wrong=filled.wrong)
    after = _after(parts, visit, ids, action, form.one("then"))
    if not filled.wrong:
        try:
            return _to(after, _done(filling.acting, who, asked.all("on"), filled.wish, looked))
        except StaleDecisionError as error:
            trouble = Trouble(wrong={"": str(error)}, seen=looked.seen)
        except (TransitionError, NotThereError) as error:
            trouble = Trouble(wrong={"": str(error)})
    view = act_view(filling, visit, action, form, trouble, filled.wish)
    status = 422 if trouble.seen is None else 409
    return no_candidate(pages) if view is None else page_answer(pages, "act", status, view=view)


def _done(
    acting: Acting, who: Actor, ids: Sequence[str], wish: Wish, looked: Looked
) -> dict[str, str]:
    """Do it, and say in the address what was done, and how many were left out."""
    left: Mapping[str, str] = {}
    if len(ids) == 1:
        done = acting.decide(who, ids[0], wish, looked)
    else:
        done, left = acting.decide_all(who, ids, wish, looked)
    told = {"done": ",".join(one.decision_id for one in done.decisions)}
    return told | ({"left": str(len(left))} if left else {})


def _undo(filling: Filling | None, pages: Pages, who: Actor, form: Form) -> Response:
    """Take back what was done, and go back to where it was done."""
    if filling is None:
        return problem_answer(pages, 409, "Looking only", NO_DESK)
    ids = [name for text in form.all("decision") for name in text.split(",") if name]
    boards = filling.parts.boards
    seen = boards.of(who, "")
    found = boards.decisions(ids)
    if not found or any(seen.entry(one.candidate_id) is None for one in found):
        return problem_answer(pages, 404, "Nothing to take back", "There is no such decision.")
    try:
        done = filling.acting.undo(who, ids, form.one("reason") or "taken back")
    except TransitionError as error:
        return problem_answer(pages, 409, "Not taken back", str(error))
    on = found[0].candidate_id
    asked = _visit(filling.parts, who, form).asked
    address = asked.of_candidate(on) if form.one("then") == "stay" else asked.address
    if form.one("then") != "stay":
        address = f"{address}#{anchor_of(on)}"
    return _to(address, {"done": ",".join(one.decision_id for one in done.decisions)})


def _keep_view(parts: ReviewParts, who: Actor, form: Form) -> Response:
    """Keep a view under a name, or forget it."""
    asked, name = _visit(parts, who, form).asked.on_page(1), form.one("name", MAX_VIEW_NAME)
    if who.is_known and name and parts.desk is not None:
        with parts.desk.store.begin() as uow:
            if form.has("remove"):
                uow.views.remove(who.name, name)
            else:
                at = parts.desk.now()
                view = SavedView(person=who.name, name=name, query=asked.query, saved_at=at)
                uow.views.save(view)
            uow.commit()
    return RedirectResponse(asked.address, status_code=303)


def _action(form: Form) -> Action | None:
    """The action a form names; None where there is none, or it takes one candidate at a time."""
    try:
        action = Action(form.one("action").replace("-", "_"))
    except ValueError:
        return None
    if action is Action.WITHDRAW or (len(form.all("on")) > 1 and action not in MANY):
        return None
    return action if form.all("on") else None


def _visit(parts: ReviewParts, who: Actor, form: Form) -> Visit:
    """Who decides, and from which queue they came."""
    return Visit.of(parts, who, dict(parse_qsl(form.text("from"))))


def _after(parts: ReviewParts, visit: Visit, ids: Sequence[str], action: Action, then: str) -> str:
    """Where it goes on: at the same candidate, at the next one, or in the queue at its place."""
    asked = visit.asked
    if action in STAYS and then != "queue":
        return asked.of_candidate(ids[0])
    found = [e.candidate.candidate_id for e in parts.boards.of(visit.actor, "").found(asked)]
    places = [found.index(name) for name in ids if name in found]
    later = found[max(places, default=-1) + 1 :] if places else []
    left = [name for name in later if name not in ids]
    if then == "queue" or not left:
        return f"{asked.address}#{anchor_of(left[0])}" if left else asked.address
    return asked.of_candidate(left[0])


def _to(address: str, query: dict[str, str]) -> Response:
    """On to an address, with what was done added to its query."""
    base, mark, anchor = address.partition("#")
    joined = "&" if "?" in base else "?"
    return RedirectResponse(f"{base}{joined}{urlencode(query)}{mark}{anchor}", status_code=303)


def number_in(text: str) -> int:
    """A whole number, 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
