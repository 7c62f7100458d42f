"""Logs a person in: a browser goes to the system and comes back to this machine with a code."""

import html
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from connectors.core.login_code import Attempt, CodeAsk
from connectors.core.login_file import Login
from itsm.errors import AuthError, ConfigError

WAIT_S = 300.0
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 16px sans-serif; margin: 3em"><h1>{title}</h1><p>{said}</p></body></html>"""


def log_in(
    ask: CodeAsk,
    show: Callable[[str], None],
    now: Callable[[], datetime],
    wait_s: float = WAIT_S,
) -> Login:
    """Wait for the person to agree, fetch the tokens, and keep them.

    Args:
        ask: how the system is logged in to.
        show: opens an address, or shows it.
        now: the time.
        wait_s: so long the person has.

    Raises:
        ConfigError: the port is taken.
        AuthError: nobody came back in time, the person said no, or no tokens were given.
    """
    attempt = Attempt.new(ask)
    login: list[Login] = []
    taken = partial(_taken, attempt, now, login)
    with _Door(ask.settings.port, attempt.is_answered_by, taken) as door:
        show(attempt.url)
        door.serve(wait_s, ask.client.source)
    ask.place.write(login[0])
    return login[0]


def _taken(
    attempt: Attempt, now: Callable[[], datetime], login: list[Login], told: Mapping[str, str]
) -> None:
    login.append(attempt.came_back(told, now()))


class _Door(HTTPServer):
    """Takes one visit to /callback on this machine, and nothing else."""

    allow_reuse_address = True

    def __init__(
        self,
        port: int,
        is_meant: Callable[[Mapping[str, str]], bool],
        take: Callable[[Mapping[str, str]], None],
    ) -> None:
        self.is_meant, self.take = is_meant, take
        self.error: AuthError | None = None
        self.is_done = False
        try:
            super().__init__(("127.0.0.1", port), _Visit)
        except OSError as error:
            told = "name another as login.port, and as redirect address of the application"
            raise ConfigError(f"port {port} cannot be used: {error.strerror}; {told}") from None

    def serve(self, wait_s: float, source: str) -> None:
        """Answer until the browser has come back.

        Raises:
            AuthError: it did not in time, or came without what is needed.
        """
        until = time.monotonic() + wait_s
        while not self.is_done:
            self.timeout = until - time.monotonic()
            if self.timeout <= 0:
                raise AuthError(source, f"nobody came back within {wait_s:.0f} seconds")
            self.handle_request()
        if self.error is not None:
            raise self.error


class _Visit(BaseHTTPRequestHandler):
    server: _Door

    def do_GET(self) -> None:  # as the library calls it
        """Take what the browser brings, and tell the person how it went."""
        parts = urlsplit(self.path)
        told = dict(parse_qsl(parts.query))
        if parts.path != "/callback" or not self.server.is_meant(told):
            self.send_error(404)
            return
        try:
            self.server.take(told)
            title, said = "Logged in", "You can close this window."
        except AuthError as error:
            self.server.error = error
            title, said = "Not logged in", error.message
        self.server.is_done = True
        body = _PAGE.format(title=title, said=html.escape(said)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # as the library has it
        """Say nothing: the address holds the code."""
