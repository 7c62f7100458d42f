"""Who is asking, and what a route wants of them.

Every route says with `needs` who may use it; `require_rules` refuses an application with a route
that does not, so that a new one cannot be open by accident.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute

from itsm.access import AppRole, Sight, register_person, with_implied
from itsm.errors import ForbiddenActionError, LoginNeededError, PasswordChangeNeededError
from itsm.register_roles import Person

LOOKS = frozenset({"GET", "HEAD"})
"""The methods that change nothing; of somebody unknown no other is taken."""
RULE = "access_rule"
"""The attribute under which a dependency keeps the roles it wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is asking.

    Attributes:
        name: the short name they act under, as in `[people]`; "" for somebody unknown.
        display: their name as pages show it.
        roles: what they may do; none for somebody unknown who is asked to log in.
        services: the services they see; none named: all.
        team: the team whose candidates are theirs, "" for none.
    """

    name: str
    display: str
    roles: frozenset[AppRole]
    services: frozenset[str] = frozenset()
    team: str = ""

    @property
    def is_known(self) -> bool:
        """Whether somebody has logged in, or shown a token."""
        return bool(self.name)

    @property
    def sight(self) -> Sight:
        """What they are shown."""
        is_trusted = AppRole.RESTRICTED_READER in self.roles
        return Sight(services=self.services, restricted=is_trusted)

    @property
    def person(self) -> Person:
        """Who they are to the rules of the register."""
        return register_person(self.name, self.display, self.roles)

    def may(self, *roles: AppRole) -> bool:
        """Whether they have one of some roles."""
        return bool(self.roles & set(roles))


def acting_as(
    name: str,
    display: str,
    roles: Iterable[AppRole],
    services: Iterable[str] = (),
    team: str = "",
) -> Actor:
    """An actor with what their roles bring."""
    return Actor(
        name=name,
        display=display or name,
        roles=with_implied(roles),
        services=frozenset(services),
        team=team,
    )


STRANGER = Actor(name="", display="", roles=frozenset())
"""Somebody who has not logged in where one must."""
MACHINE_USER = Actor(name="", display="", roles=frozenset({AppRole.VIEWER}))
"""Whoever is logged in to this machine, until somebody has made accounts: looks, and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a request.

    Attributes:
        actor: who is asking.
        csrf: the token that every form of this browser must send back; "" where none may.
        session: the hash of the session's id, "" without one.
        account_id: of whoever asks, "" for nobody.
        by_token: whether they have shown a token, which no browser sends by itself.
        must_change: they must set a password of their own before anything else.
    """

    actor: Actor
    csrf: str = ""
    session: str = ""
    account_id: str = ""
    by_token: bool = False
    must_change: bool = False


NOBODY = Known(actor=STRANGER)
_CURRENT: ContextVar[Known] = ContextVar("review_app_known", default=NOBODY)


def known(request: Request) -> Known:
    """What the gate found out about a request."""
    found = request.scope.get(KNOWN, NOBODY)
    assert isinstance(found, Known)
    return found


KNOWN = "csi.known"
"""Where the gate puts it among what the server says of a request."""


def actor(request: Request) -> Actor:
    """Who is asking; to be used as a dependency of a route."""
    return known(request).actor


def current() -> Known:
    """What is known of the request at hand, for templates."""
    return _CURRENT.get()


def remember(found: Known) -> None:
    """Say who is asking, from here on in this request."""
    _CURRENT.set(found)


def needs(*roles: AppRole) -> Any:  # noqa: ANN401  # FastAPI types what Depends gives as Any
    """What a route wants: somebody with one of these roles; without any, whoever may look.

    Raises:
        LoginNeededError: nobody has logged in.
        PasswordChangeNeededError: they were given a password and have to set one of their own.
        ForbiddenActionError: they have another role; names those that may.
    """
    wanted = roles or (AppRole.VIEWER,)

    async def allowed(request: Request) -> None:
        found = known(request)
        if found.must_change:
            raise PasswordChangeNeededError("set a password of your own first")
        only_looks = request.method in LOOKS
        if not found.actor.is_known and not (only_looks and found.actor.may(*wanted)):
            raise LoginNeededError("log in first")
        if not found.actor.may(*wanted):
            raise ForbiddenActionError(_refusal(found.actor, wanted))

    setattr(allowed, RULE, frozenset(wanted))
    return Depends(allowed)


def needs_login() -> Any:  # noqa: ANN401  # as above
    """What a route wants that is about the person who has logged in, whatever they may do.

    Raises:
        LoginNeededError: nobody has logged in.
    """

    async def allowed(request: Request) -> None:
        if not known(request).actor.is_known:
            raise LoginNeededError("log in first")

    setattr(allowed, RULE, frozenset({AppRole.VIEWER}))
    return Depends(allowed)


def open_to_all() -> Any:  # noqa: ANN401  # as above
    """What a route wants that answers strangers, too: the log-in page, a file of the pages."""

    async def allowed() -> None:
        return None

    setattr(allowed, RULE, frozenset())
    return Depends(allowed)


def rule_of(route: APIRoute) -> frozenset[AppRole] | None:
    """The roles of which a route wants one; none: it is open; None: it does not say."""
    calls: list[Callable[..., Any] | None] = [one.call for one in route.dependant.dependencies]
    rules = [getattr(call, RULE) for call in calls if hasattr(call, RULE)]
    return rules[-1] if rules else None


def require_rules(routers: Iterable[APIRouter]) -> tuple[APIRoute, ...]:
    """See that every route says who may use it.

    Returns:
        All routes, in order.
    """
    routes = [route for router in routers for route in router.routes]
    ruled = [r for r in routes if isinstance(r, APIRoute) and rule_of(r) is not None]
    unruled = [getattr(route, "path", repr(route)) for route in routes if route not in ruled]
    assert not unruled, f"these routes do not say who may use them, with needs(): {unruled}"
    return tuple(ruled)


def _refusal(who: Actor, wanted: Iterable[AppRole]) -> str:
    held = ", ".join(sorted(role.replace("_", " ") for role in who.roles)) or "no role"
    may = " or ".join(sorted(role.replace("_", " ") for role in wanted))
    return f"{who.display} has the roles {held}; this takes {may}. An administrator can give it."
