"""Accounts of the review pages, their tokens, and what is noted about them; plain values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from itsm.access import AppRole
from itsm.errors import AccessError

NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
"""What a short name may be: it stands in addresses, journals and settings."""


class AccountOrigin(StrEnum):
    """Who vouches for a person."""

    LOCAL = "local"
    """We do, by a password."""
    OIDC = "oidc"
    """The OpenID provider does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who may use the review pages.

    Attributes:
        account_id: drawn at random; what events name.
        name: the short name they act under.
        display: their name as pages show it.
        origin: who vouches for them.
        roles: what they may do; of an account of the provider, what its groups say.
        services: the services they see; none: all.
        team: the team whose candidates are theirs, "" for none.
        source_groups: the groups of the provider that gave roles and services.
        issuer, subject: who they are to the provider; None for a local account.
        password: the Argon2 hash; None where the provider has it, or none is set.
        password_until: when a one-time password runs out.
        must_change: the password was given to them and has to be replaced first of all.
        is_disabled: they may not log in.
        version: counts up with each change, for whoever changes it after looking at it.
    """

    account_id: str
    name: str
    display: str
    origin: AccountOrigin
    roles: frozenset[AppRole]
    created_at: datetime
    changed_at: datetime
    services: frozenset[str] = frozenset()
    team: str = ""
    source_groups: tuple[str, ...] = ()
    issuer: str | None = None
    subject: str | None = None
    password: str | None = None
    password_until: datetime | None = None
    last_login_at: datetime | None = None
    must_change: bool = False
    is_disabled: bool = False
    version: int = 1

    @property
    def administers(self) -> bool:
        """Whether they can let others in."""
        return AppRole.ADMINISTRATOR in self.roles and not self.is_disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSession:
    """A browser that has logged in; its id is known to that browser alone, we keep its hash."""

    session_hash: str
    account_id: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token of the API; its text was shown once, we keep its hash."""

    token_id: str
    token_hash: str
    account_id: str
    label: str
    roles: frozenset[AppRole]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and now < self.expires_at


class AccessEventKind(StrEnum):
    """What is noted about access."""

    LOGIN = "login"
    LOGIN_FAILED = "login failed"
    LOGOUT = "logout"
    CREATED = "created"
    CHANGED = "changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    RESET = "password reset"
    PASSWORD = "password changed"  # noqa: S105  # the name of an event
    TOKEN_MADE = "token made"  # noqa: S105  # the name of an event
    TOKEN_REVOKED = "token revoked"  # noqa: S105  # the name of an event
    ENDED = "sessions ended"
    EXPORTED = "exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEvent:
    """Something that happened to an account; `said` holds no name and no free text."""

    event_id: str
    at: datetime
    kind: AccessEventKind
    account_id: str | None = None
    by_account_id: str | None = None
    said: str = ""


def short_name(text: str) -> str:
    """A short name as it is kept.

    Raises:
        AccessError: it cannot be one; says what can.
    """
    name = text.strip().lower()
    if not NAME.fullmatch(name):
        raise AccessError(
            f"{text.strip()[:64]!r} cannot be a short name; write up to 64 small letters, digits "
            "and . _ @ + -, beginning with a letter or digit"
        )
    return name


def roles_from(texts: Iterable[str]) -> frozenset[AppRole]:
    """Roles by their names.

    Raises:
        AccessError: there is no such role; names those there are.
    """
    given = [text.strip() for text in texts if text.strip()]
    if strange := sorted(set(given) - set(AppRole)):
        known = ", ".join(AppRole)
        raise AccessError(f"{', '.join(strange)}: no such role; there are {known}")
    return frozenset(map(AppRole, given))
