"""Who is answered, and what every answer carries: names of ours only, nothing inline."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from review_app.identity.actors import KNOWN, remember
from review_app.identity.config import AccessConfig
from review_app.metrics import Requests
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
WATCHED = ("/healthz", "/metrics")
"""What watches a service asks these on the machine itself, whatever its address is to people."""
LARGEST = 2 * 1024 * 1024
"""No form of ours is larger, in bytes."""

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
BY_TLS_ONLY = {"strict-transport-security": "max-age=31536000"}


class Gate:
    """Lets a request in if it names us, says who is asking, and dresses every answer.

    A page of another site can make a browser ask 127.0.0.1 under a name of its own ("DNS
    rebinding") and then read the answer; the Host header gives it away.

    Args:
        inner: the application behind the gate.
        identify: finds out who is asking.
        port: the port we are reached at on this machine.
        config: under which address people reach us.
        requests: what is counted of each request.
    """

    def __init__(
        self,
        inner: Application,
        identify: Identify,
        *,
        port: int,
        config: AccessConfig,
        requests: Requests,
    ) -> None:
        self._inner = inner
        self._identify = identify
        self._machine = hosts_of(port)
        self._hosts = frozenset({config.host}) if config.host else self._machine
        self._headers = HEADERS | (BY_TLS_ONLY if config.is_secure else {})
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        with self._requests.timed(scope) as counted:
            answer = self._dressed(counted(send))
            refused = self._refused(scope)
            if refused is not None:
                await _answer(answer, *refused)
                return
            if not scope["path"].startswith(OPEN):
                found = await run_in_threadpool(self._identify, HTTPConnection(scope))
                scope[KNOWN] = found
                remember(found)
            await self._inner(scope, _limited(receive), answer)

    def _refused(self, scope: Scope) -> tuple[int, str, dict[str, str]] | None:
        """Why a request is not let in: status, sentence, further headers."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        named = self._hosts | (self._machine if scope["path"] in WATCHED else frozenset())
        if len(hosts) != 1 or hosts[0].decode("latin-1").lower() not in named:
            told = ", ".join(sorted(self._hosts)) if self._hosts != self._machine else LOCAL
            return 421, f"This server answers under {told} only.\n", {}
        if scope["method"] not in METHODS:
            return 405, "There is no such method here.\n", {"allow": ", ".join(METHODS)}
        sizes = [value for name, value in scope["headers"] if name == b"content-length"]
        if sizes and (not sizes[0].isdigit() or int(sizes[0]) > LARGEST):
            return 413, f"No form here is larger than {LARGEST // 1024} kB.\n", {}
        return None

    def _dressed(self, send: Send) -> Send:
        """Adds our headers to an answer; one that is there already stays."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                given: Sequence[tuple[bytes, bytes]] = message.get("headers", [])
                names = {name.lower() for name, _ in given}
                ours = {"cache-control": "no-store"} | self._headers
                added = [
                    (name.encode(), value.encode())
                    for name, value in ours.items()
                    if name.encode() not in names
                ]
                message = {**message, "headers": [*given, *added]}
            await send(message)

        return sent


LOCAL = "127.0.0.1 and localhost"


def hosts_of(port: int) -> frozenset[str]:
    """The Host headers that name this machine; a browser leaves out port 80."""
    bare = NAMES if port == 80 else ()
    return frozenset([*bare, *(f"{name}:{port}" for name in NAMES)])


def _limited(receive: Receive) -> Receive:
    """The body of a request, cut off where it says no size and is larger than any form."""
    size = 0

    async def received() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        return {"type": "http.disconnect"} if size > LARGEST else message

    return received


async def _answer(send: Send, status: int, text: str, headers: dict[str, str]) -> None:
    body = text.encode()
    told = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(body)),
    } | headers
    start = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
