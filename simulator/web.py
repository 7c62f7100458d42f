"""A small HTTP server for practice systems: routes as data, requests and answers as values."""

import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import orjson

from itsm.errors import ConfigError

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """One request; `headers` have lower-case names, `base` is scheme and host as asked for."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = ""

    @cached_property
    def path(self) -> str:
        """The path without parameters."""
        return urlsplit(self.target).path

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of the address; of a name given twice the last counts."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The fields of a form that was posted; of a name given twice the last counts."""
        is_form = self.header("content-type").startswith("application/x-www-form-urlencoded")
        text = self.body.decode("utf-8", "replace") if is_form else ""
        return dict(parse_qsl(text, keep_blank_values=True))

    def header(self, name: str) -> str:
        """A header, "" where it is missing."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back; with `cut_at` the connection breaks after that many bytes of body."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON
    cut_at: int | None = None


Application = Callable[[Request], Answer]
Handler = Callable[[Request, Mapping[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """Requests with a method and a path such as `/api/now/table/{table}` go to a handler."""

    method: str
    template: str
    handler: Handler

    def match(self, path: str) -> Mapping[str, str] | None:
        """What the path has in the places of the template; None if it does not fit."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


@dataclass(frozen=True, slots=True)
class Router:
    """Sends requests to handlers; `missing` and `not_allowed` answer the others."""

    routes: Sequence[Route]
    missing: Application
    not_allowed: Application

    def __call__(self, request: Request) -> Answer:
        """The answer of the route that fits."""
        method = request.header("x-http-method-override").upper() or request.method
        is_known = False
        for route in self.routes:
            places = route.match(request.path)
            if places is not None:
                if route.method == method:
                    return route.handler(request, places)
                is_known = True
        return self.not_allowed(request) if is_known else self.missing(request)


def json_answer(value: object, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """A value as JSON."""
    return Answer(status, orjson.dumps(value), headers)


@dataclass(frozen=True, slots=True)
class Logged:
    """A request that was answered; `status` 0: the connection was broken off before."""

    method: str
    target: str
    status: int
    n_bytes: int
    ms: float


@dataclass(slots=True)
class WebServer:
    """Serves an application on this machine, in threads, until it is left.

    Args:
        application: answers requests; an error in it is kept in `errors` and breaks the
            connection.
        port: 0 for a free one.
        host: the address to listen on.
        certificate: a PEM file with key and certificate, for https.
        clock: the time that the `Date` header tells.
    """

    application: Application
    port: int = 0
    host: str = "127.0.0.1"
    certificate: Path | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    requests: list[Logged] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    _listener: "_Listener | None" = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the server can be reached, without a slash at the end."""
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        """Start to listen.

        Raises:
            ConfigError: the port is taken, or the address is not of this machine.
        """
        try:
            self._listener = _Listener((self.host, self.port), self)
        except OSError as error:
            raise ConfigError(f"cannot listen on {self.host}:{self.port}: {error}") from error
        self.port = self._listener.server_port
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to listen, and close what is open."""
        if self._listener is not None and self._thread is not None:
            self._listener.shutdown()
            self._thread.join()
            self._listener.close_all()
            self._listener = self._thread = None


class _Listener(ThreadingHTTPServer):
    """Accepts connections, one thread each."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], web: WebServer) -> None:
        self.web = web
        self.open: set[socket.socket] = set()
        super().__init__(address, _Connection)
        if web.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(web.certificate)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep a defect of the application; a client that went away is nothing to report."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.web.errors.append(error)

    def close_all(self) -> None:
        """Close the listening socket and every connection."""
        self.server_close()
        for connection in tuple(self.open):
            _break_off(connection)


class _Connection(BaseHTTPRequestHandler):
    """One connection: reads requests, writes answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 300
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        try:
            super().finish()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Requests are kept in `WebServer.requests`, nothing is printed."""

    def serve(self) -> None:
        """Answer one request."""
        begun = time.perf_counter()
        web = self.server.web
        request = self._request()
        answer = web.application(request)
        ms = (time.perf_counter() - begun) * 1000
        status = answer.status if answer.cut_at != 0 else 0
        web.requests.append(Logged(self.command, request.target, status, len(answer.body), ms))
        self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve  # noqa: N815

    def _request(self) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = int(headers.get("content-length") or 0)
        scheme = "https" if self.server.web.certificate else "http"
        host = headers.get("host", f"{self.server.web.host}:{self.server.web.port}")
        body = self.rfile.read(length) if length else b""
        return Request(self.command, self.path, headers, body, f"{scheme}://{host}")

    def _send(self, answer: Answer) -> None:
        if answer.cut_at is not None:
            self.close_connection = True
        if answer.cut_at != 0:
            self.wfile.write(self._head(answer))
            body = answer.body if self.command != "HEAD" else b""
            self.wfile.write(body if answer.cut_at is None else body[: answer.cut_at])
            self.wfile.flush()
        if answer.cut_at is not None:
            _break_off(self.connection)

    def _head(self, answer: Answer) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
        now = self.server.web.clock()
        fields = [("Date", format_datetime(now.astimezone(UTC), usegmt=True))]
        if answer.body or answer.status != 204:
            fields += [("Content-Type", answer.content_type)]
            fields += [("Content-Length", str(len(answer.body)))]
        lines += [f"{name}: {value}" for name, value in (*fields, *answer.headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _break_off(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
