"""What an administrator does with accounts, in the pages and with `csi users`."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from itsm.access import AppRole
from itsm.accounts import (
    AccessEvent,
    AccessEventKind,
    Account,
    AccountOrigin,
    ApiToken,
    short_name,
)
from itsm.errors import AccessError
from review_app.identity.passwords import hashed, one_time_password
from review_app.identity.signing import digest, drawn
from store.unit_of_work import Store, UnitOfWork

FIRST = "admin"
"""The short name of the administrator that the first start makes."""
ONE_TIME_DAYS = 7
"""A password that was given to somebody runs out after so long."""
LONGEST_TOKEN_DAYS = 365
MAX_LABEL, MAX_DISPLAY = 80, 120
TOKEN_PREFIX = "csi_"  # noqa: S105  # the beginning of every token, so that scanners find them


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an account is to be."""

    roles: frozenset[AppRole]
    display: str = ""
    services: frozenset[str] = frozenset()
    team: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """Something that was made, with the secret that is shown once and kept nowhere."""

    account: Account
    secret: str


class Administering:
    """Makes accounts and changes them; each deed with its note.

    Args:
        store: where accounts are.
        by: the short name of who acts; "" for the command line before anybody has an account.
        now: what time it is.
    """

    def __init__(self, store: Store, by: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._by = by
        self._now = now

    def first(self) -> Given | None:
        """The first administrator with a one-time password; None where there are accounts."""
        with self._store.begin() as uow:
            if uow.accounts.list():
                return None
            roles = frozenset({AppRole.ADMINISTRATOR})
            given = self._add(uow, FIRST, Wanted(roles=roles, display="Administrator"))
            uow.commit()
        return given

    def add(self, name: str, wanted: Wanted) -> Given:
        """A local account with a one-time password.

        Raises:
            AccessError: the name cannot be one, is taken, or there is no role.
        """
        _require_role(wanted.roles)
        with self._store.begin() as uow:
            given = self._add(uow, short_name(name), wanted)
            uow.commit()
        return given

    def change(self, name: str, wanted: Wanted, seen: int) -> Account:
        """Give an account other roles, services, team or name to show.

        Raises:
            AccessError: it would have no role, or its roles are those of its groups.
            StaleDecisionError: somebody has changed it since it was looked at.
        """
        _require_role(wanted.roles)
        with self._store.begin() as uow:
            before = uow.accounts.get(name)
            if before.origin is AccountOrigin.OIDC and wanted.roles != before.roles:
                raise AccessError(
                    f"{name}: its roles come from its groups ({', '.join(before.source_groups)}); "
                    "change those at the log-in provider, or [review.oidc.roles] in the settings"
                )
            after = replace(
                before,
                roles=wanted.roles,
                services=wanted.services,
                team=wanted.team.strip(),
                display=wanted.display.strip()[:MAX_DISPLAY] or before.display,
            )
            kept = self._put(uow, after, seen, AccessEventKind.CHANGED, _said(before, after))
            uow.commit()
        return kept

    def disable(self, name: str) -> Account:
        """Let somebody in no more; sessions and tokens end at once.

        Raises:
            AccessError: nobody could let people in any more.
        """
        with self._store.begin() as uow:
            account = uow.accounts.get(name)
            off = replace(account, is_disabled=True)
            kept = self._put(uow, off, account.version, AccessEventKind.DISABLED)
            uow.sessions.end_all(kept.account_id)
            uow.tokens.revoke_all(kept.account_id, self._now())
            uow.commit()
        return kept

    def enable(self, name: str) -> Account:
        """Let somebody in again."""
        with self._store.begin() as uow:
            account = uow.accounts.get(name)
            on = replace(account, is_disabled=False)
            kept = self._put(uow, on, account.version, AccessEventKind.ENABLED)
            uow.commit()
        return kept

    def reset(self, name: str) -> Given:
        """Another one-time password; sessions and tokens end at once.

        Raises:
            AccessError: the log-in provider has the password.
        """
        with self._store.begin() as uow:
            account = uow.accounts.get(name)
            if account.origin is not AccountOrigin.LOCAL:
                raise AccessError(f"{name}: the log-in provider has the password; reset it there")
            password = one_time_password()
            fresh = _one_time(account, password, self._now())
            kept = self._put(uow, fresh, account.version, AccessEventKind.RESET)
            uow.sessions.end_all(kept.account_id)
            uow.tokens.revoke_all(kept.account_id, self._now())
            uow.commit()
        return Given(kept, password)

    def remove(self, name: str) -> None:
        """Take an account away; what it decided keeps its name, its notes lose their person.

        Raises:
            AccessError: there is none, or nobody could let people in any more.
        """
        with self._store.begin() as uow:
            account = uow.accounts.get(name)
            off = replace(account, is_disabled=True)
            self._put(uow, off, account.version, AccessEventKind.DISABLED, "removed")
            uow.accounts.erase(name)
            uow.commit()

    def end_sessions(self, name: str) -> int:
        """Log somebody out everywhere; returns of how many browsers."""
        with self._store.begin() as uow:
            account = uow.accounts.get(name)
            n = uow.sessions.end_all(account.account_id)
            uow.access_events.append(self._event(uow, AccessEventKind.ENDED, account, str(n)))
            uow.commit()
        return n

    def token(
        self, name: str, label: str, roles: frozenset[AppRole], days: int
    ) -> tuple[ApiToken, str]:
        """A token of the API for an account; its text is shown once.

        Raises:
            AccessError: the account has not these roles, or the time is too long.
        """
        if not 1 <= days <= LONGEST_TOKEN_DAYS:
            raise AccessError(f"a token is good for 1 to {LONGEST_TOKEN_DAYS} days, not {days}")
        if not label.strip():
            raise AccessError("say what the token is for, so that somebody dares to revoke it")
        now, text = self._now(), f"{TOKEN_PREFIX}{drawn()}"
        with self._store.begin() as uow:
            account = uow.accounts.get(name)
            if account.is_disabled or account.must_change:
                raise AccessError(f"{name} must log in with a password of their own first")
            if not roles or roles - account.roles - {AppRole.VIEWER}:
                held = ", ".join(sorted(account.roles))
                raise AccessError(f"{name} can give a token these roles only: {held}; choose some")
            token = ApiToken(
                token_id=secrets.token_hex(8),
                token_hash=digest(text),
                account_id=account.account_id,
                label=label.strip()[:MAX_LABEL],
                roles=roles,
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
            uow.tokens.add(token)
            said = ",".join(sorted(roles))
            uow.access_events.append(self._event(uow, AccessEventKind.TOKEN_MADE, account, said))
            uow.commit()
        return token, text

    def revoke(self, name: str, token_id: str) -> None:
        """Make a token open nothing any more.

        Raises:
            AccessError: the account has no such token.
        """
        with self._store.begin() as uow:
            account = uow.accounts.get(name)
            uow.tokens.revoke(token_id, account.account_id, self._now())
            uow.access_events.append(self._event(uow, AccessEventKind.TOKEN_REVOKED, account))
            uow.commit()

    def _add(self, uow: UnitOfWork, name: str, wanted: Wanted) -> Given:
        now, password = self._now(), one_time_password()
        account = Account(
            account_id=secrets.token_hex(8),
            name=name,
            display=wanted.display.strip()[:MAX_DISPLAY] or name,
            origin=AccountOrigin.LOCAL,
            roles=wanted.roles,
            services=wanted.services,
            team=wanted.team.strip(),
            created_at=now,
            changed_at=now,
        )
        account = _one_time(account, password, now)
        uow.accounts.add(account, self._by)
        said = ",".join(sorted(wanted.roles))
        uow.access_events.append(self._event(uow, AccessEventKind.CREATED, account, said))
        return Given(account, password)

    def _put(
        self, uow: UnitOfWork, account: Account, seen: int, kind: AccessEventKind, said: str = ""
    ) -> Account:
        kept = uow.accounts.put(account, self._by, seen=seen, at=self._now())
        uow.access_events.append(self._event(uow, kind, kept, said))
        return kept

    def _event(
        self, uow: UnitOfWork, kind: AccessEventKind, account: Account, said: str = ""
    ) -> AccessEvent:
        by = uow.accounts.find(self._by) if self._by else None
        return AccessEvent(
            event_id=secrets.token_hex(16),
            at=self._now(),
            kind=kind,
            account_id=account.account_id,
            by_account_id=by.account_id if by else None,
            said=said,
        )


def _one_time(account: Account, password: str, now: datetime) -> Account:
    return replace(
        account,
        password=hashed(password),
        password_until=now + timedelta(days=ONE_TIME_DAYS),
        must_change=True,
    )


def _require_role(roles: frozenset[AppRole]) -> None:
    if not roles:
        known = ", ".join(AppRole)
        raise AccessError(f"give at least one role; there are {known}")


def _said(before: Account, after: Account) -> str:
    """What became of the roles: those that came and those that went."""
    came, went = sorted(after.roles - before.roles), sorted(before.roles - after.roles)
    parts = [*(f"+{role}" for role in came), *(f"-{role}" for role in went)]
    if before.services != after.services:
        parts.append("services")
    if before.team != after.team:
        parts.append("team")
    return ",".join(parts)
