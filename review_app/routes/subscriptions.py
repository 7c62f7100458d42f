"""Who gets which edition: the list, and the form of one."""

from collections.abc import Mapping
from typing import Protocol

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itsm.access import AppRole
from itsm.errors import CsiError
from itsm.subscriptions import Channel, Subscription
from reports.editions import EditionKind
from reports.language import LANGUAGES
from reports.text import clean
from review_app.identity.actors import needs
from review_app.pages import Pages
from review_app.parts import ReviewParts
from review_app.register.desk import refusal_status
from review_app.routes.answers import READ, Who
from review_app.routes.sent import Sent
from review_app.subscriptions import DAYS, SubscriptionDesk, texts_of

MANAGERS = needs(AppRole.PROBLEM_MANAGER, AppRole.ADMINISTRATOR)
CHANGERS = needs(AppRole.PROBLEM_MANAGER)
WHAT_WAITS = "what-waits"


class Form(Protocol):
    """The form of a subscription, with what was typed and why it was refused."""

    def __call__(
        self,
        values: Mapping[str, str],
        one: Subscription | None,
        trouble: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        """The page with the form."""


CHOICES = {
    "channel": tuple(Channel),
    "edition": (*EditionKind, WHAT_WAITS),
    "language": LANGUAGES,
}


def router(parts: ReviewParts, pages: Pages) -> APIRouter:
    """The addresses of the subscriptions; what they hold are addresses of people."""
    routes = APIRouter()
    desk = SubscriptionDesk(parts.reviewing.store, parts.works)

    def form(
        values: Mapping[str, str], one: Subscription | None, trouble: str = "", status: int = 200
    ) -> HTMLResponse:
        page = pages.page(
            "subscription", values=values, one=one, trouble=trouble, choices=CHOICES, days=DAYS
        )
        return HTMLResponse(page, status_code=status)

    @routes.api_route("/subscriptions", methods=READ, dependencies=[MANAGERS])
    def all_of_them() -> HTMLResponse:
        lines = [(one, clean(one.name, 80), clean(one.address, 120)) for one in desk.list()]
        return HTMLResponse(pages.page("subscriptions", lines=lines, days=DAYS))

    _new_ones(routes, desk, form, parts.zone.key)
    _changes(routes, desk, form)
    return routes


def _new_ones(routes: APIRouter, desk: SubscriptionDesk, form: Form, zone: str) -> None:
    @routes.api_route("/subscriptions/new", methods=READ, dependencies=[CHANGERS])
    def new() -> HTMLResponse:
        return form({"day": "2", "hour": "8", "zone": zone, "language": "en"}, None)

    @routes.post("/subscriptions/new", dependencies=[CHANGERS])
    def add(sent: Sent, who: Who) -> Response:
        try:
            desk.add(sent, who)
        except CsiError as error:
            return form(sent, None, str(error), refusal_status(error))
        return RedirectResponse("/subscriptions", status_code=303)


def _changes(routes: APIRouter, desk: SubscriptionDesk, form: Form) -> None:
    @routes.api_route("/subscriptions/{subscription_id}", methods=READ, dependencies=[CHANGERS])
    def edit(subscription_id: str) -> HTMLResponse:
        one = desk.get(subscription_id)
        return form(texts_of(one), one)

    @routes.post("/subscriptions/{subscription_id}", dependencies=[CHANGERS])
    def change(subscription_id: str, sent: Sent, who: Who) -> Response:
        one = desk.get(subscription_id)
        try:
            desk.change(subscription_id, sent, who)
        except CsiError as error:
            values = {**texts_of(one), **sent}
            return form(values, one, str(error), refusal_status(error))
        return RedirectResponse("/subscriptions", status_code=303)
