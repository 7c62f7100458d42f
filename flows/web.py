"""The review process: puts together what the review pages need, and serves them on loopback."""

import errno
import socket
import threading
import time
import webbrowser
from collections.abc import Collection
from pathlib import Path

import uvicorn

from checks.known_names import KnownNames
from checks.privacy import redact
from flows.links import kind_links, record_links
from flows.review_desk import review_desk
from flows.wiring import Parts
from flows.works import works_of
from itsm.clocks import zone_of
from itsm.errors import ConfigError
from review_app.app import review_app
from review_app.parts import ReviewParts
from review_app.session import Budget
from store.reviewing import Reviewing

LOOPBACK = ("127.0.0.1", "localhost", "::1")
NAMES_KEPT_S = 600
"""After so long the names of people are read again, while the pages go on with the old ones."""


class Titles:
    """Takes what is personal out of titles: the names any incident has, and its own first of all.

    Args:
        reviewing: where the names are read.
    """

    def __init__(self, reviewing: Reviewing) -> None:
        self._reviewing = reviewing
        self._lock = threading.Lock()
        self._read_names()

    def __call__(self, title: str, people: Collection[str]) -> str:
        """A title without what is personal."""
        self._keep_fresh()
        own, _ = KnownNames.of(people).redact(title)
        return redact(own, known_names=self._names).text

    def _read_names(self) -> None:
        self._names = KnownNames.of(self._reviewing.people())
        self._read_at = time.monotonic()

    def _keep_fresh(self) -> None:
        if time.monotonic() - self._read_at < NAMES_KEPT_S or not self._lock.acquire(
            blocking=False
        ):
            return
        self._read_at = time.monotonic()
        threading.Thread(target=self._renew, daemon=True).start()

    def _renew(self) -> None:
        try:
            self._read_names()
        finally:
            self._lock.release()


def review_parts(parts: Parts, config: Path) -> ReviewParts:
    """What the review pages need, from the parts of an installation."""
    reviewing = Reviewing.of(parts.store)
    return ReviewParts(
        reviewing=reviewing,
        redact=Titles(reviewing),
        zone=zone_of(parts.settings.zone),
        organisation=parts.settings.organisation,
        cost=parts.settings.cost.model(),
        links=record_links(parts.settings),
        record_links=kind_links(parts.settings),
        config=str(config),
        desk=review_desk(parts),
        works=works_of(parts),
        budget=Budget(
            minutes=parts.settings.review.session_minutes,
            minutes_each=parts.settings.review.minutes_per_candidate,
        ),
    )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on this machine only; port 0 takes any that is free.

    Raises:
        ConfigError: the host is not this machine, or the port cannot be had; says what to do.
    """
    if host not in LOOPBACK:
        raise ConfigError(
            f"--host {host}: the review pages have no log-in yet, so they are served on this "
            "machine only (127.0.0.1, localhost or ::1); from another machine, reach them through "
            f"ssh -L {port}:127.0.0.1:{port}"
        )
    is_six = ":" in host
    family = socket.AF_INET6 if is_six else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once instead of after 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("::1" if is_six else "127.0.0.1", port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(_not_had(port, error)) from None
    return listener


def _not_had(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken, perhaps by another csi review; end that one, or choose "
            f"another port: csi review --port {port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights; choose one above 1023: csi review --port 8321"
    return f"port {port} cannot be had: {error.strerror}"


def address_of(listener: socket.socket) -> str:
    """Where a browser finds what listens."""
    name, port = listener.getsockname()[:2]
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def serve(parts: ReviewParts, listener: socket.socket, *, opens: bool = False) -> None:
    """Serve the review pages until the process is told to end."""
    server = uvicorn.Server(server_config(parts, listener.getsockname()[1]))
    if opens:
        threading.Thread(target=webbrowser.open, args=(address_of(listener),), daemon=True).start()
    server.run(sockets=[listener])


def server_config(parts: ReviewParts, port: int) -> uvicorn.Config:
    """How the pages are served: without access log, which would hold what people look for."""
    return uvicorn.Config(
        review_app(parts, port=port),
        access_log=False,
        log_config=None,
        log_level="warning",
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
