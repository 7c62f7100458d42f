"""Codes that a practice system gives to whoever logs in with a browser, and takes back once."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from simulator.web import Answer, Request, json_answer


@dataclass(frozen=True, slots=True)
class _Code:
    redirect_uri: str
    challenge: str


@dataclass(slots=True)
class LoginCodes:
    """Agrees to every log-in of one application, as a person who presses the button would.

    Attributes:
        client_id: of the application.
        denies: whether the person says no instead.
    """

    client_id: str
    denies: bool = False
    _given: dict[str, _Code] = field(default_factory=dict)
    _n: int = 0

    def agree(self, request: Request) -> Answer:
        """What the browser is told: go back, with a code."""
        asked = request.parameters
        back = asked.get("redirect_uri", "")
        is_known = asked.get("client_id") == self.client_id
        if not is_known or asked.get("response_type") != "code" or not _is_here(back):
            return json_answer({"error": "invalid_request"}, 400)
        told = {"state": asked.get("state", "")}
        if self.denies:
            told["error"] = "access_denied"
        else:
            self._n += 1
            told["code"] = hashlib.sha256(f"{self.client_id}/{self._n}".encode()).hexdigest()[:24]
            self._given[told["code"]] = _Code(back, asked.get("code_challenge", ""))
        return Answer(302, b"", (("Location", f"{back}?{urlencode(told)}"),))

    def redeem(self, asked: Mapping[str, object]) -> bool:
        """Whether a code is known, was not used before, and is brought by who asked for it."""
        code = self._given.pop(str(asked.get("code")), None)
        if code is None or asked.get("redirect_uri") != code.redirect_uri:
            return False
        hashed = hashlib.sha256(str(asked.get("code_verifier", "")).encode()).digest()
        told = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        return not code.challenge or told == code.challenge


def _is_here(address: str) -> bool:
    return address.startswith(("http://127.0.0.1:", "http://localhost:"))
