"""Who may ask: a user with an API token or password, a personal access token, and OAuth tokens."""

import base64
import binascii
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.jira.answers import asked
from simulator.jira.site import Site
from simulator.login_codes import LoginCodes
from simulator.practice_server import practice_word
from simulator.web import Answer, Request, json_answer

ACCESS_LIFE = timedelta(hours=1)
ATTEMPTS = 3
"""Failed logins until Data Center asks for a person."""


@dataclass(slots=True)
class Accounts:
    """The one user of a practice site.

    `token` is the API token of Cloud, or the password and personal access token of Data Center.
    """

    site: Site
    user: str
    token: str
    client_id: str
    client_secret: str
    codes: LoginCodes = field(init=False)
    refresh: str = ""
    _alive: dict[str, datetime] = field(default_factory=dict)
    _failed: Counter[str] = field(default_factory=Counter)
    _uses: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.codes = LoginCodes(self.client_id)

    def knows(self, request: Request) -> bool:
        """Whether a request says who it is from, rightly."""
        scheme, _, word = request.header("authorization").partition(" ")
        if scheme.lower() == "basic":
            return self._is_ours(word)
        if scheme.lower() != "bearer":
            return False
        if not self.site.is_cloud:
            return word == self.token
        return self._alive.get(word, self.site.now()) > self.site.now()

    def says_something(self, request: Request) -> bool:
        """Whether a request claims to be from somebody."""
        return bool(request.header("authorization"))

    def is_bearer(self, request: Request) -> bool:
        """Whether a request comes with a token that ends."""
        return request.header("authorization")[:6].lower() == "bearer"

    def is_worn(self, request: Request) -> bool:
        """Whether a request comes with a token that was used before; a new one lives a while."""
        word = request.header("authorization").partition(" ")[2]
        self._uses[word] += 1
        return self.is_bearer(request) and self._uses[word] > 1

    def note_failure(self) -> bool:
        """Count a failed login; whether there were too many."""
        self._failed[self.user] += 1
        return self._failed[self.user] > ATTEMPTS

    def issue(self, request: Request) -> Answer:
        """`POST /oauth/token` with JSON: a token for the application itself, or for a person.

        A refresh token is good once: with the new access token comes a new one.
        """
        wanted = asked(request)
        known = (wanted.get("client_id"), wanted.get("client_secret"))
        if known != (self.client_id, self.client_secret):
            told = {"error": "access_denied", "error_description": "Unauthorized"}
            return json_answer(told, 401)
        kind = wanted.get("grant_type")
        if kind == "client_credentials":
            return json_answer(self._made())
        if kind == "authorization_code" and self.codes.redeem(wanted):
            return json_answer(self._made() | {"refresh_token": self._rotated()})
        if kind == "refresh_token" and self.refresh and wanted.get("refresh_token") == self.refresh:
            return json_answer(self._made() | {"refresh_token": self._rotated()})
        is_known = kind in {"authorization_code", "refresh_token"}
        word = "invalid_grant" if is_known else "unsupported_grant_type"
        return json_answer({"error": word, "error_description": "Not this one"}, 403)

    def _made(self) -> dict[str, object]:
        word = practice_word(self.site.settings.seed, f"access/{self.site.serial('token')}")
        self._alive[word] = self.site.now() + ACCESS_LIFE
        return {
            "access_token": word,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "token_type": "Bearer",
            "scope": "read:jira-work read:servicedesk-request",
        }

    def _rotated(self) -> str:
        serial = self.site.serial("refresh")
        self.refresh = practice_word(self.site.settings.seed, f"refresh/{serial}")
        return self.refresh

    def expire(self, request: Request) -> None:
        """End the life of the token a request came with."""
        self._alive[request.header("authorization").partition(" ")[2]] = self.site.now()

    def _is_ours(self, word: str) -> bool:
        try:
            user, _, password = base64.b64decode(word, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return (user, password) == (self.user, self.token)
