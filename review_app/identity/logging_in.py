"""Logging in with a password, and what every log-in does: a new session, a note, old ones away."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from itsm.accounts import (
    AccessEvent,
    AccessEventKind,
    Account,
    AccountOrigin,
    LoginSession,
)
from itsm.errors import AccessError, BrakedError
from review_app.identity.browser import Access
from review_app.identity.passwords import LONGEST, fits, hashed, needs_new_hash, require_fit
from review_app.identity.signing import digest, drawn
from store.unit_of_work import UnitOfWork

REFUSED = "Name or password is not right."
"""The same for an unknown name, a wrong password and a disabled account."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody who has just logged in; `cookie` is the session's signed id."""

    account: Account
    cookie: str


def log_in(access: Access, name: str, password: str, client: str, before: str) -> LoggedIn:
    """Log in with a password.

    Args:
        access: what lets people in.
        name: the short name, as it was typed.
        password: as it was typed.
        client: the address it comes from.
        before: the hash of the session this browser had, which ends; "" for none.

    Raises:
        AccessError: name and password do not fit; does not say which.
        BrakedError: there were too many attempts; says how long to wait.
    """
    typed = name.strip().lower()[:LONGEST]
    brakes = _Brakes(access, typed, client)
    brakes.require_free()
    account = _find(access, typed)
    is_local = account is not None and account.password is not None and not account.is_disabled
    is_right = fits(account.password if account and is_local else None, password)
    if account is None or not is_right or not account.roles or _has_run_out(access, account):
        _note(access, AccessEventKind.LOGIN_FAILED, account)
        raise AccessError(REFUSED)
    brakes.release()
    assert account.password is not None
    if needs_new_hash(account.password):
        account = replace(account, password=hashed(password))
    return start_session(access, account, before, said="password")


def start_session(access: Access, account: Account, before: str, said: str) -> LoggedIn:
    """Begin a session under an id that nobody knew before; the one of this browser ends."""
    session_id, now = drawn(), access.now()
    kept = timedelta(days=access.config.kept_days)
    with access.store.begin() as uow:
        current = uow.accounts.get(account.name)
        if account.password != current.password:
            changed = replace(current, password=account.password)
            uow.accounts.put(changed, "", seen=current.version, at=now)
        if before:
            uow.sessions.end(before)
        uow.sessions.start(_session(digest(session_id), account, access))
        uow.accounts.noted_login(account, now)
        uow.access_events.append(event(access, AccessEventKind.LOGIN, account, said=said))
        _forget_old(uow, access)
        uow.access_events.forget(before=now - kept)
        uow.commit()
    return LoggedIn(account, access.signing.signed("csi_session", session_id))


def log_out(access: Access, session: str, account_id: str, *, everywhere: bool) -> None:
    """End a session, or all that a person has."""
    with access.store.begin() as uow:
        uow.sessions.end(session)
        if everywhere:
            uow.sessions.end_all(account_id)
        kind = AccessEventKind.ENDED if everywhere else AccessEventKind.LOGOUT
        uow.access_events.append(_event(access, kind, account_id, account_id))
        uow.commit()


def change_password(
    access: Access, name: str, old: str, new: tuple[str, str], client: str
) -> LoggedIn:
    """Set a password of one's own; all sessions end and a new one begins.

    Raises:
        AccessError: the old one is not right, or the new one may not be used; says why.
        BrakedError: there were too many attempts with a wrong old one.
    """
    brakes = _Brakes(access, name, client)
    brakes.require_free()
    with access.store.look() as uow:
        account = uow.accounts.get(name)
    if account.origin is not AccountOrigin.LOCAL:
        raise AccessError("your password is kept by the log-in provider; change it there")
    if not fits(account.password, old):
        raise AccessError("the present password is not right")
    brakes.release()
    require_fit(*new, name)
    if new[0] == old:
        raise AccessError("the new password is the old one; choose another")
    own = replace(account, password=hashed(new[0]), must_change=False, password_until=None)
    with access.store.begin() as uow:
        kept = uow.accounts.put(own, name, seen=account.version, at=access.now())
        uow.sessions.end_all(kept.account_id)
        uow.access_events.append(event(access, AccessEventKind.PASSWORD, kept, by=kept))
        uow.commit()
    return start_session(access, kept, "", said="password")


def event(
    access: Access,
    kind: AccessEventKind,
    account: Account | None,
    by: Account | None = None,
    said: str = "",
) -> AccessEvent:
    """A note on access; of an account that is not there it says nothing, also not its name."""
    of = account.account_id if account else None
    return _event(access, kind, of, by.account_id if by else None, said)


def _event(
    access: Access, kind: AccessEventKind, of: str | None, by: str | None, said: str = ""
) -> AccessEvent:
    return AccessEvent(
        event_id=secrets.token_hex(16),
        at=access.now(),
        kind=kind,
        account_id=of,
        by_account_id=by,
        said=said,
    )


class _Brakes:
    """The brakes that an attempt goes past: by name, by address, and by both."""

    def __init__(self, access: Access, name: str, client: str) -> None:
        self._access = access
        keyed = access.signing.keyed
        self._pair = keyed("pair", f"{name}\0{client}")
        self._name = keyed("name", name)
        self._client = keyed("address", client)

    def require_free(self) -> None:
        """Count the attempt, unless it has to wait."""
        config = self._access.config
        rules = (
            (self._pair, config.per_pair),
            (self._name, config.per_name),
            (self._client, config.per_address),
        )
        with self._access.store.begin() as uow:
            wait_s = uow.brakes.try_once(rules, self._access.now())
            uow.commit()
        if wait_s:
            raise BrakedError(wait_s)

    def release(self) -> None:
        """Take the attempt back: it was right."""
        with self._access.store.begin() as uow:
            uow.brakes.release([self._client], [self._pair, self._name])
            uow.commit()


def _find(access: Access, name: str) -> Account | None:
    with access.store.look() as uow:
        return uow.accounts.find(name)


def _has_run_out(access: Access, account: Account) -> bool:
    until = account.password_until
    return until is not None and access.now() > until


def _note(access: Access, kind: AccessEventKind, account: Account | None) -> None:
    with access.store.begin() as uow:
        uow.access_events.append(event(access, kind, account))
        uow.commit()


def _session(session_hash: str, account: Account, access: Access) -> LoginSession:
    now = access.now()
    return LoginSession(
        session_hash=session_hash, account_id=account.account_id, created_at=now, seen_at=now
    )


def _forget_old(uow: UnitOfWork, access: Access) -> None:
    """Take sessions and brakes away that have run out."""
    now, config = access.now(), access.config
    idle, longest = timedelta(seconds=config.idle_s), timedelta(seconds=config.longest_s)
    uow.sessions.forget(seen_before=now - idle, made_before=now - longest)
    uow.brakes.forget(before=now - timedelta(seconds=config.per_name.forgotten_s))
