"""Who is answered, and what every answer carries: names of ours only, nothing inline."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from review_app.identity.actors import KNOWN, remember
from review_app.parts import Identify

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

NAMES = ("127.0.0.1", "localhost", "[::1]")
"""What a browser on this machine may call us; any other name is somebody's trick."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
OPEN = "/static/"
"""Below this there are files only, the same for everyone."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Gate:
    """Lets a request in if it names this machine, says who is asking, and dresses every answer.

    A page of another site can make a browser ask 127.0.0.1 under a name of its own ("DNS
    rebinding") and then read the answer; the Host header gives it away.

    Args:
        inner: the application behind the gate.
        identify: finds out who is asking.
        port: the port we are reached at.
    """

    def __init__(self, inner: Application, identify: Identify, *, port: int) -> None:
        self._inner = inner
        self._identify = identify
        self._hosts = hosts_of(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is not None:
            await _answer(_dressed(send), *refused)
            return
        if not scope["path"].startswith(OPEN):
            found = await run_in_threadpool(self._identify, HTTPConnection(scope))
            scope[KNOWN] = found
            remember(found)
        await self._inner(scope, receive, _dressed(send))

    def _refused(self, scope: Scope) -> tuple[int, str, dict[str, str]] | None:
        """Why a request is not let in: status, sentence, further headers."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0].decode("latin-1").lower() not in self._hosts:
            told = "This server answers under 127.0.0.1 and localhost only.\n"
            return 421, told, {}
        if scope["method"] not in METHODS:
            return 405, "There is no such method here.\n", {"allow": ", ".join(METHODS)}
        return None


def hosts_of(port: int) -> frozenset[str]:
    """The Host headers that name this machine; a browser leaves out port 80."""
    bare = NAMES if port == 80 else ()
    return frozenset([*bare, *(f"{name}:{port}" for name in NAMES)])


def _dressed(send: Send) -> Send:
    """Adds our headers to an answer; one that is there already stays."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given: Sequence[tuple[bytes, bytes]] = message.get("headers", [])
            names = {name.lower() for name, _ in given}
            ours = {"cache-control": "no-store"} | HEADERS
            added = [
                (name.encode(), value.encode())
                for name, value in ours.items()
                if name.encode() not in names
            ]
            message = {**message, "headers": [*given, *added]}
        await send(message)

    return sent


async def _answer(send: Send, status: int, text: str, headers: dict[str, str]) -> None:
    body = text.encode()
    told = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
    } | headers
    start = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
