"""Who may ask: a user with a password, an API key, and OAuth tokens."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from simulator.faults import drawn
from simulator.login_codes import LoginCodes
from simulator.practice_server import practice_word
from simulator.servicenow.instance import Instance
from simulator.web import Answer, Request, json_answer

ACCESS_LIFE = timedelta(seconds=1_800)
REFRESH_LIFE = timedelta(seconds=8_640_000)
_REFUSED = {"error_description": "access_denied", "error": "server_error"}


@dataclass(slots=True)
class Token:
    """A token pair; asking again while it lives gives the same one."""

    access: str
    refresh: str
    expires_at: datetime
    refresh_expires_at: datetime


@dataclass(slots=True)
class Accounts:
    """The one user of a practice server, and this user's tokens."""

    instance: Instance
    user: str
    password: str
    client_id: str
    client_secret: str
    api_key: str
    token: Token | None = None
    codes: LoginCodes = field(init=False)
    _n_issued: int = 0
    _by_application: dict[str, Token] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.codes = LoginCodes(self.client_id)

    def knows(self, request: Request) -> bool:
        """Whether a request says who it is from, rightly."""
        key = request.header("x-sn-apikey")
        if key:
            return key == self.api_key
        scheme, _, word = request.header("authorization").partition(" ")
        if scheme.lower() == "basic":
            return _basic(word) == (self.user, self.password)
        return scheme.lower() == "bearer" and self._is_alive(word)

    def issue(self, request: Request) -> Answer:
        """`POST /oauth_token.do`, with a form as body and nothing in the address.

        The client is told in the form, or as user and password of basic authentication.
        """
        is_form = request.header("content-type").startswith("application/x-www-form-urlencoded")
        if request.parameters or not is_form:
            return json_answer(_REFUSED, 401)
        asked = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        known = (asked.get("client_id"), asked.get("client_secret"))
        scheme, _, word = request.header("authorization").partition(" ")
        if scheme.lower() == "basic" and known[1] is None:
            known = _basic(word) or known
        if known != (self.client_id, self.client_secret):
            return json_answer(_REFUSED, 401)
        return self._granted(asked)

    def revoke(self, request: Request) -> Answer:
        """`GET /oauth_revoke_token.do?token=...`, without authentication."""
        self.expire(request.parameters.get("token", ""))
        return Answer(200, b"", content_type="text/html")

    def expire(self, word: str) -> None:
        """End the life of an access token."""
        for token in self._tokens():
            if word in (token.access, token.refresh):
                token.expires_at = self.instance.now()
                if word == token.refresh:
                    token.refresh_expires_at = token.expires_at

    def _granted(self, asked: Mapping[str, str]) -> Answer:
        grants = {
            "password": self._by_password,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_client,
        }
        grant = grants.get(asked.get("grant_type", ""))
        token = grant(asked) if grant is not None else None
        if token is None:
            return json_answer(_REFUSED, 401)
        return self._told(self._alive(token), with_refresh=token is self.token)

    def _by_password(self, asked: Mapping[str, str]) -> Token | None:
        if (asked.get("username"), asked.get("password")) != (self.user, self.password):
            return None
        return self._of_user()

    def _by_code(self, asked: Mapping[str, str]) -> Token | None:
        return self._of_user() if self.codes.redeem(asked) else None

    def _of_user(self) -> Token:
        if self.token is None or self.token.refresh_expires_at <= self.instance.now():
            self.token = self._made("user")
        return self.token

    def _by_refresh(self, asked: Mapping[str, str]) -> Token | None:
        token = self.token
        if token is None or token.refresh != asked.get("refresh_token"):
            return None
        return token if token.refresh_expires_at > self.instance.now() else None

    def _by_client(self, _: Mapping[str, str]) -> Token | None:
        return self._by_application.setdefault(self.client_id, self._made("application"))

    def _alive(self, token: Token) -> Token:
        """The same token while it lives, with a new access word afterwards."""
        now = self.instance.now()
        if token.expires_at <= now:
            token.access = self._word("access")
            token.expires_at = now + ACCESS_LIFE
        return token

    def _made(self, whose: str) -> Token:
        now = self.instance.now()
        access, refresh = self._word("access"), self._word(f"refresh {whose}")
        return Token(access, refresh, now + ACCESS_LIFE, now + REFRESH_LIFE)

    def _word(self, what: str) -> str:
        self._n_issued += 1
        salt = f"{self.client_secret}/{self._n_issued}/{what}"
        return f"{practice_word(self.instance.settings.seed, salt)}{int(drawn(salt) * 10**9):09d}"

    def _told(self, token: Token, *, with_refresh: bool) -> Answer:
        left = token.expires_at - self.instance.now()
        told: dict[str, object] = {"access_token": token.access}
        if with_refresh:
            told["refresh_token"] = token.refresh
        told.update(scope="useraccount", token_type="Bearer")  # noqa: S106  # a kind of token
        told["expires_in"] = max(0, int(left.total_seconds()))
        return json_answer(told)

    def _is_alive(self, word: str) -> bool:
        now = self.instance.now()
        return any(one.access == word and one.expires_at > now for one in self._tokens())

    def _tokens(self) -> list[Token]:
        return [*([self.token] if self.token else []), *self._by_application.values()]


def _basic(word: str) -> tuple[str | None, str | None] | None:
    try:
        user, _, password = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
