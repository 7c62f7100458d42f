"""Who is asking: by the cookie of a session, by a token of the API, or nobody yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from itsm.access import with_implied
from itsm.accounts import Account
from review_app.identity.actors import MACHINE_USER, NOBODY, STRANGER, Known, acting_as
from review_app.identity.config import AccessConfig
from review_app.identity.notes import Notes
from review_app.identity.signing import Signing, digest, drawn
from store.identifying import Identifying
from store.unit_of_work import Store

SESSION, VISITOR = "csi_session", "csi_visitor"
NOTED_S = 60
"""The use of a session or token is written down this often at most."""
BEARER = "bearer "
FOR_TOKENS = ("/api/", "/metrics")
"""Tokens open what lies below these, and nothing else."""


def utc_now() -> datetime:
    """The time of the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that has not logged in: what its forms are checked with."""

    cookie: str
    csrf: str


class Access:
    """What is needed to let people in: the store, how it is configured, what is signed with.

    Args:
        store: where accounts and sessions are.
        config: who is let in, and for how long.
        now: what time it is.
    """

    def __init__(
        self, store: Store, config: AccessConfig, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.store = store
        self.config = config
        self.now = now
        with store.begin() as uow:
            self.signing = Signing(uow.accounts.secret("signing", drawn()))
            uow.commit()
        self.notes = Notes(store)
        self._reads = Identifying.of(store)
        self._is_claimed = False

    def identify(self, asked: HTTPConnection) -> Known:
        """Who is asking."""
        given = asked.headers.get("authorization", "")
        if given.lower().startswith(BEARER) and asked.url.path.startswith(FOR_TOKENS):
            return self._by_token(given[len(BEARER) :].strip())
        return self._by_session(asked) or self._as_visitor(asked)

    def own(self, asked: HTTPConnection) -> str:
        """Our own address, as the browser knows it; the gate has seen to the Host header."""
        return self.config.address or f"{asked.url.scheme}://{asked.headers['host']}"

    def is_open(self) -> bool:
        """Whether whoever sits at this machine may look: nobody has made accounts yet."""
        if self._is_claimed or self.config.address or self.config.oidc is not None:
            return False
        self._is_claimed = self._reads.is_claimed()
        return not self._is_claimed

    def new_visitor(self) -> Visitor:
        """What a browser is given with the log-in page."""
        drawn_id = drawn()
        cookie = self.signing.signed(VISITOR, drawn_id)
        return Visitor(cookie, self.signing.csrf_of(drawn_id))

    def cookie_name(self, name: str) -> str:
        """A cookie's name; behind TLS browsers see that no other site has set it."""
        return f"__Host-{name}" if self.config.is_secure else name

    def set_cookie(self, answer: Response, name: str, value: str) -> None:
        """Give a browser a cookie that no script reads and no other site's form sends."""
        answer.set_cookie(
            self.cookie_name(name),
            value,
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.config.is_secure,
        )

    def drop_cookie(self, answer: Response, name: str) -> None:
        """Take a cookie back."""
        answer.delete_cookie(
            self.cookie_name(name),
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.config.is_secure,
        )

    def _by_session(self, asked: HTTPConnection) -> Known | None:
        cookie = asked.cookies.get(self.cookie_name(SESSION), "")
        session_id = self.signing.value_of(SESSION, cookie)
        found = self._reads.session(digest(session_id)) if session_id else None
        if session_id is None or found is None:
            return None
        session, account = found
        now = self.now()
        idle_s = (now - session.seen_at).total_seconds()
        age_s = (now - session.created_at).total_seconds()
        is_over = idle_s > self.config.idle_s or age_s > self.config.longest_s
        if is_over or account.is_disabled or not account.roles:
            return None
        if idle_s > NOTED_S:
            self.notes.session_used(session.session_hash, now)
        csrf = self.signing.csrf_of(session_id)
        return known_account(account, csrf=csrf, session=session.session_hash)

    def _as_visitor(self, asked: HTTPConnection) -> Known:
        actor = MACHINE_USER if self.is_open() else STRANGER
        cookie = asked.cookies.get(self.cookie_name(VISITOR), "")
        visitor_id = self.signing.value_of(VISITOR, cookie)
        return Known(actor=actor, csrf=self.signing.csrf_of(visitor_id) if visitor_id else "")

    def _by_token(self, text: str) -> Known:
        found = self._reads.token(digest(text))
        if found is None:
            return NOBODY
        token, account = found
        now, roles = self.now(), token.roles & with_implied(account.roles)
        if not token.is_valid(now) or account.is_disabled or account.must_change or not roles:
            return NOBODY
        if token.used_at is None or now - token.used_at > timedelta(seconds=NOTED_S):
            self.notes.token_used(token.token_id, now)
        actor = acting_as(account.name, account.display, roles, account.services, account.team)
        return Known(actor=actor, account_id=account.account_id, by_token=True)


def known_account(account: Account, *, csrf: str, session: str) -> Known:
    """Somebody who has logged in."""
    return Known(
        actor=acting_as(
            account.name, account.display, account.roles, account.services, account.team
        ),
        csrf=csrf,
        session=session,
        account_id=account.account_id,
        must_change=account.must_change,
    )
