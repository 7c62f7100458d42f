"""What the pages of accounts show, as plain values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from itsm.access import ROLE_WORDS, AppRole
from itsm.accounts import AccessEvent, Account, AccountOrigin, ApiToken
from reports.numbers import local_time
from reports.text import clean
from review_app.identity.access_review import state_of
from review_app.identity.browser import Access

N_EVENTS = 30
"""So many of the newest notes are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChoice:
    """A role that can be ticked."""

    value: str
    text: str
    means: str
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """A token in the list."""

    token_id: str
    label: str
    roles: str
    made: str
    ends: str
    used: str
    state: str
    is_valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLine:
    """An account in the list."""

    name: str
    display: str
    roles: str
    services: str
    team: str
    by: str
    last_login: str
    state: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """Something that happened, in the list of the newest."""

    at: str
    kind: str
    who: str
    by: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersView:
    """The page of users and access."""

    users: tuple[UserLine, ...]
    roles: tuple[RoleChoice, ...]
    events: tuple[EventLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """The page of one account."""

    line: UserLine
    account: Account
    is_local: bool
    roles: tuple[RoleChoice, ...]
    services: str
    n_sessions: int
    tokens: tuple[TokenLine, ...]
    events: tuple[EventLine, ...]


def role_choices(offered: Collection[AppRole], held: Collection[AppRole]) -> tuple[RoleChoice, ...]:
    """Roles in their usual order."""
    return tuple(
        RoleChoice(
            value=role.value,
            text=words_of(role).capitalize(),
            means=ROLE_WORDS[role],
            is_held=role in held,
        )
        for role in AppRole
        if role in offered
    )


def words_of(role: AppRole) -> str:
    """A role as people say it."""
    return role.value.replace("_", " ")


def token_lines(tokens: Sequence[ApiToken], now: datetime, zone: ZoneInfo) -> tuple[TokenLine, ...]:
    """Tokens, the newest first; their text is nowhere."""
    return tuple(
        TokenLine(
            token_id=one.token_id,
            label=clean(one.label, 80),
            roles=", ".join(words_of(role) for role in sorted(one.roles)),
            made=_when(one.created_at, zone),
            ends=_when(one.expires_at, zone),
            used=_when(one.used_at, zone) if one.used_at else "not yet",
            state=_state(one, now),
            is_valid=one.is_valid(now),
        )
        for one in tokens
    )


def users_view(access: Access, zone: ZoneInfo) -> UsersView:
    """All accounts, and what happened last."""
    with access.store.look() as uow:
        accounts, events = uow.accounts.list(), uow.access_events.newest(N_EVENTS)
    names = {one.account_id: one.name for one in accounts}
    return UsersView(
        users=tuple(_line(one, zone) for one in accounts),
        roles=role_choices(frozenset(AppRole), ()),
        events=_events(events, names, zone),
    )


def one_user(access: Access, name: str, zone: ZoneInfo) -> UserView | None:
    """One account; None where there is none."""
    with access.store.look() as uow:
        account = uow.accounts.find(name)
        if account is None:
            return None
        names = {one.account_id: one.name for one in uow.accounts.list()}
        tokens = uow.tokens.of(account.account_id)
        n_sessions = uow.sessions.count(account.account_id)
        events = uow.access_events.of(account.account_id)[-N_EVENTS:][::-1]
    return UserView(
        line=_line(account, zone),
        account=account,
        is_local=account.origin is AccountOrigin.LOCAL,
        roles=role_choices(frozenset(AppRole), account.roles),
        services="\n".join(sorted(account.services)),
        n_sessions=n_sessions,
        tokens=token_lines(tokens, access.now(), zone),
        events=_events(events, names, zone),
    )


def _line(account: Account, zone: ZoneInfo) -> UserLine:
    last = account.last_login_at
    is_local = account.origin is AccountOrigin.LOCAL
    groups = ", ".join(clean(group, 60) for group in account.source_groups)
    return UserLine(
        name=account.name,
        display=clean(account.display, 80),
        roles=", ".join(words_of(role) for role in sorted(account.roles)) or "none",
        services=", ".join(clean(one, 60) for one in sorted(account.services)) or "all",
        team=clean(account.team, 60),
        by="a password here" if is_local else f"groups {groups}",
        last_login=_when(last, zone) if last else "never",
        state=state_of(account),
        address=f"/users/{account.name}",
    )


def _events(
    events: Sequence[AccessEvent], names: dict[str, str], zone: ZoneInfo
) -> tuple[EventLine, ...]:
    return tuple(
        EventLine(
            at=_when(event.at, zone),
            kind=event.kind.value,
            who=names.get(event.account_id or "", "nobody known"),
            by=names.get(event.by_account_id or "", ""),
            said=event.said,
        )
        for event in events
    )


def _state(token: ApiToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "good" if token.is_valid(now) else "run out"


def _when(at: datetime, zone: ZoneInfo) -> str:
    """A time in the zone of the pages, which their head does not need to name in each line."""
    return local_time(at, zone).partition(" (")[0]
