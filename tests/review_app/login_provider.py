"""A small OpenID provider on loopback that can be told to lie."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)


@dataclass
class LoginProvider:
    """What it says; a test changes what it is to lie about.

    Attributes:
        claims: what the id token says beside, or instead of, what is true.
        key: what it signs with.
        header: what stands at the head of the token.
        userinfo: what the userinfo endpoint says; None: there is no such endpoint.
        metadata: what discovery says beside, or instead of, what is true.
    """

    address: str
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    userinfo: dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    authorization: str = ""

    def answer(self, path: str) -> dict[str, Any] | None:
        """What it says at a path."""
        if path == "/.well-known/openid-configuration":
            return self._discovery()
        if path == "/keys":
            return {"keys": [KEY.as_dict(private=False)]}
        if path == "/me" and self.userinfo is not None:
            return self.userinfo
        return None

    def token(self) -> dict[str, Any] | None:
        """Tokens for the code, if the verifier is the one of the log-in."""
        made = base64.urlsafe_b64encode(
            hashlib.sha256(self.sent.get("code_verifier", "").encode()).digest()
        )
        if made.rstrip(b"=").decode() != self.asked["code_challenge"]:
            return None
        return {"access_token": "at", "token_type": "Bearer", "id_token": self._id_token()}

    def _discovery(self) -> dict[str, Any]:
        said = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/auth",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/end",
        }
        if self.userinfo is not None:
            said["userinfo_endpoint"] = f"{self.address}/me"
        return said | self.metadata

    def _id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": "csi",
            "sub": "s-1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
            "preferred_username": "ben",
            "name": "Ben Manager",
            "groups": ["problem-managers"],
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.header["alg"] == "none":
            parts = (json.dumps(self.header), json.dumps(claims))
            return ".".join(_base64(part.encode()) for part in parts) + "."
        if self.header["alg"] == "HS256":
            from joserfc.jwk import OctKey

            public = KEY.as_pem(private=False)
            return jwt.encode(self.header, claims, OctKey.import_key(public))
        return jwt.encode(self.header, claims, self.key)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def login_provider() -> Iterator[LoginProvider]:
    """The provider, until the test is over."""
    told: list[LoginProvider] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(told[0].answer(urlsplit(self.path).path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            told[0].sent = {name: values[0] for name, values in parse_qs(body).items()}
            told[0].authorization = self.headers.get("authorization", "")
            self._say(told[0].token())

        def _say(self, said: dict[str, Any] | None) -> None:
            self.send_response(200 if said is not None else 400)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(said or {"error": "refused"}).encode())

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    told.append(LoginProvider(f"http://127.0.0.1:{server.server_address[1]}"))
    try:
        yield told[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
