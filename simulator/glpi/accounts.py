"""Who may ask a practice GLPI: sessions that are begun with a token or a password, and end."""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.desk.desk import Desk
from simulator.glpi.answers import refused
from simulator.practice_server import practice_word
from simulator.web import Answer, Request, json_answer

IDLE = timedelta(minutes=24)
"""A session that is not used ends after `session.gc_maxlifetime` of PHP."""


@dataclass(slots=True)
class Accounts:
    """The one user of a practice GLPI, and the sessions."""

    desk: Desk
    user: str
    user_token: str
    password: str
    app_token: str
    _alive: dict[str, datetime] = field(default_factory=dict)
    _uses: dict[str, int] = field(default_factory=dict)

    def begin(self, request: Request) -> Answer:
        """`GET initSession`."""
        if (refusal := self.application(request)) is not None:
            return refusal
        scheme, _, word = request.header("authorization").partition(" ")
        told = request.parameters
        if scheme.lower() == "user_token" or "user_token" in told:
            if (word or told.get("user_token")) != self.user_token:
                return refused(401, "ERROR_GLPI_LOGIN_USER_TOKEN",
                               "parameter user_token seems invalid")  # fmt: skip
        elif scheme.lower() == "basic" or "login" in told:
            both = _basic(word) if word else (told.get("login"), told.get("password"))
            if both != (self.user, self.password):
                return refused(401, "ERROR_GLPI_LOGIN", "Incorrect username or password")
        else:
            return refused(400, "ERROR_LOGIN_PARAMETERS_MISSING",
                           "parameter(s) login, password or user_token are missing")  # fmt: skip
        token = practice_word(self.desk.settings.seed, f"session/{self.desk.serial('session')}")
        self._alive[token] = self.desk.now() + IDLE
        return json_answer({"session_token": token})

    def application(self, request: Request) -> Answer | None:
        """What is answered to an application that is not known; None if it is."""
        if request.header("app-token") == self.app_token:
            return None
        if not request.header("app-token"):
            return refused(400, "ERROR_APP_TOKEN_PARAMETERS_MISSING", "missing parameter app_token")
        return refused(400, "ERROR_WRONG_APP_TOKEN_PARAMETER", "parameter app_token seems wrong")

    def stranger(self, request: Request) -> Answer | None:
        """What is answered to somebody without a living session; None if there is one."""
        if (refusal := self.application(request)) is not None:
            return refusal
        token = request.header("session-token")
        if not token:
            told = "parameter session_token is missing or empty"
            return refused(400, "ERROR_SESSION_TOKEN_MISSING", told)
        now = self.desk.now()
        if self._alive.get(token, now) <= now:
            return refused(401, "ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid")
        self._alive[token] = now + IDLE
        return None

    def is_worn(self, request: Request) -> bool:
        """Whether a session was used before; a new one lives a while."""
        token = request.header("session-token")
        self._uses[token] = self._uses.get(token, 0) + 1
        return self._uses[token] > 1

    def end(self, request: Request) -> None:
        """End the session of a request."""
        self._alive.pop(request.header("session-token"), None)


def _basic(word: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
