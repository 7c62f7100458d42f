"""Logging in to a mail server by a token: asked for once, sent once, refused with a remedy."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from flows.delivering import deliver
from flows.subscribing import seed_subscriptions
from itsm.errors import ConfigError
from tests.flows.post_office import (
    MADE_AT,
    NOW,
    READERS,
    Mailbox,
    a_pack,
    certificate,
    installation,
    post_office,
    settings_text,
    with_pack,
)

TOKEN, SECRET = "token-4711", "secret-of-the-app"


@dataclass
class ByToken(Mailbox):
    """A mail server that takes tokens alone."""

    names: list[str] = field(default_factory=list)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802  # as the library calls it
        """What Gmail and Exchange Online do: a challenge that tells why, then 535."""
        user, token = (part.partition("=")[2] for part in _said(args[1]))
        self.names.append(user)
        if token == f"Bearer {TOKEN}":
            return AuthResult(success=True, auth_data=user)
        answer = await server.challenge_auth(b'{"status":"400"}', encode_to_b64=True)
        assert answer == b""
        return AuthResult(success=False, handled=False)


def _said(given: str) -> list[str]:
    return b64decode(given).decode().strip("\x01").split("\x01")


@contextmanager
def endpoint(token: str, status: int = 200) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """A token endpoint on loopback: its address, and the forms it was sent."""
    forms: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # as the library calls it
            length = int(self.headers["Content-Length"])
            forms.append(parse_qs(self.rfile.read(length).decode()))
            told = {"access_token": token, "expires_in": 3600} if status == 200 else {"error": "x"}
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing: tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tenant/token", forms
    finally:
        server.shutdown()
        server.server_close()


def settings(port: int, pem: Path, url: str, more: str = "") -> str:
    text = settings_text(port, more=f'ca_file = "{pem}"\nusername = "csi@example.com"\n{more}')
    text = text.replace('security = "none"', 'security = "starttls"')
    oauth = (
        f'[delivery.mail.oauth]\ntoken_url = "{url}"\nclient_id = "app-1"\n'
        f'client_secret = "{SECRET}"\nscope = "mail.send"\n'
    )
    return text.replace('host = "127.0.0.1"', 'host = "localhost"') + oauth


def sent(folder: Path, text: str) -> str:
    """What a run says was wrong with the mail server."""
    parts = installation(folder, text)
    seed_subscriptions(parts, MADE_AT.replace(year=2025))
    with_pack(parts, a_pack())
    return deliver(parts, now=NOW).sent.troubles.get("mail", "")


def test_all_letters_go_out_with_one_token(tmp_path: Path) -> None:
    context, pem = certificate(tmp_path, "localhost")
    box = ByToken()
    with post_office(box, tls=context, auth_required=True) as port, endpoint(TOKEN) as (url, forms):
        assert sent(tmp_path, settings(port, pem, url)) == ""
    assert box.got == Counter(READERS)
    assert box.names == ["csi@example.com"]
    (form,) = forms
    assert form["grant_type"] == ["client_credentials"]
    assert (form["client_id"], form["scope"]) == (["app-1"], ["mail.send"])


def test_a_refresh_token_is_used_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSI_DELIVERY__MAIL__OAUTH__REFRESH_TOKEN", "given-by-a-person")
    context, pem = certificate(tmp_path, "localhost")
    box = ByToken()
    with post_office(box, tls=context, auth_required=True) as port, endpoint(TOKEN) as (url, forms):
        assert sent(tmp_path, settings(port, pem, url)) == ""
    assert forms[0]["grant_type"] == ["refresh_token"]
    assert forms[0]["refresh_token"] == ["given-by-a-person"]


def test_a_refused_token_is_told_without_it(tmp_path: Path) -> None:
    context, pem = certificate(tmp_path, "localhost")
    box = ByToken()
    with post_office(box, tls=context, auth_required=True) as port, endpoint("other") as (url, _):
        said = sent(tmp_path, settings(port, pem, url))
    assert "535: token refused; nothing was sent; check delivery.mail.username" in said
    assert "other" not in said
    assert box.got == Counter()


def test_a_refused_client_is_told_without_its_secret(tmp_path: Path) -> None:
    context, pem = certificate(tmp_path, "localhost")
    box = ByToken()
    with post_office(box, tls=context, auth_required=True) as port, endpoint("", 401) as (url, _):
        said = sent(tmp_path, settings(port, pem, url))
    assert "no token was given" in said
    assert "nothing was sent" in said
    assert SECRET not in said


def test_a_server_that_takes_no_token_is_named(tmp_path: Path) -> None:
    context, pem = certificate(tmp_path, "localhost")
    box = Mailbox()
    with post_office(box, tls=context, asks=True) as port, endpoint(TOKEN) as (url, _):
        said = sent(tmp_path, settings(port, pem, url))
    assert "does not offer XOAUTH2" in said


def test_a_password_beside_it_is_refused(tmp_path: Path) -> None:
    text = settings(587, tmp_path / "x.pem", "https://a.example/token", 'password = "x"')
    with pytest.raises(ConfigError, match="a password or oauth, not both"):
        installation(tmp_path, text)
