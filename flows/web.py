"""The review process: puts together what the review pages need, and serves them."""

import errno
import socket
import threading
import time
import webbrowser
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from checks.known_names import KnownNames
from checks.privacy import redact
from flows.access_settings import AccessSettings
from flows.links import kind_links, record_links
from flows.review_desk import review_desk
from flows.wiring import Parts
from flows.works import works_of
from itsm.clocks import zone_of
from itsm.errors import ConfigError
from review_app.app import review_app
from review_app.identity.browser import Access
from review_app.parts import ReviewParts
from review_app.session import Budget
from store.people import Directory
from store.reviewing import Reviewing
from store.standing import Watching

LOOPBACK = ("127.0.0.1", "localhost", "::1")
NAMES_KEPT_S = 600
"""After so long the names of people are read again, while the pages go on with the old ones."""


@dataclass(frozen=True, slots=True)
class Tls:
    """What the pages are served with where no proxy does it: PEM files."""

    certificate: Path
    key: Path


class Titles:
    """Takes what is personal out of titles: the names any incident has, and its own first of all.

    Args:
        reviewing: where the people are read.
        directory: whose pseudonyms they are.
    """

    def __init__(self, reviewing: Reviewing, directory: Directory) -> None:
        self._reviewing = reviewing
        self._directory = directory
        self._lock = threading.Lock()
        self._read_names()

    def __call__(self, title: str, people: Collection[str]) -> str:
        """A title without what is personal."""
        self._keep_fresh()
        own, _ = KnownNames.of(self._told(people)).redact(title)
        return redact(own, known_names=self._names).text

    def _told(self, people: Collection[str]) -> frozenset[str]:
        """Their names, as they were when names were last read; of newer people, looked up."""
        known = self._by_pseudonym
        others = [one for one in people if one not in known]
        names = frozenset(known[one] for one in people if one in known)
        return names | self._directory.names(others)

    def _read_names(self) -> None:
        self._by_pseudonym = self._directory.all()
        self._names = KnownNames.of(self._directory.everyone(self._reviewing.people()))
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
    access = Access(parts.store, parts.settings.review.access())
    return ReviewParts(
        reviewing=reviewing,
        redact=Titles(reviewing, parts.store.people),
        zone=zone_of(parts.settings.zone),
        organisation=parts.settings.organisation,
        cost=parts.settings.cost.model(),
        links=record_links(parts.settings),
        record_links=kind_links(parts.settings),
        config=str(config),
        identify=access.identify,
        access=access,
        watching=Watching.of(parts.store),
        desk=review_desk(parts),
        works=works_of(parts),
        budget=Budget(
            minutes=parts.settings.review.session_minutes,
            minutes_each=parts.settings.review.minutes_per_candidate,
        ),
    )


def listening(host: str, port: int, address: str = "") -> socket.socket:
    """A socket to serve the pages on; port 0 takes any that is free.

    Args:
        host: this machine, or the interface to be reached at.
        port: where.
        address: where people reach the pages; without it they are for this machine only.

    Raises:
        ConfigError: the host is not this machine and nobody has said how people reach it, or the
            port cannot be had; says what to do.
    """
    if host not in LOOPBACK and not address:
        raise ConfigError(
            f"--host {host}: beyond this machine the pages are served behind TLS only; set address "
            "under [review], with certificate and key or trusted_proxies (docs/review-app.md), or "
            f"reach them from another machine through ssh -L {port}:127.0.0.1:{port}"
        )
    name = {"localhost": "127.0.0.1"}.get(host, host)
    is_six = ":" in host
    family = socket.AF_INET6 if is_six else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once instead of after 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((name, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(_not_had(host, port, error)) from None
    return listener


def _not_had(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host}: no interface of this machine; 0.0.0.0 listens on all of them"
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


def serve(
    parts: ReviewParts, listener: socket.socket, tls: Tls | None = None, *, opens: bool = False
) -> None:
    """Serve the review pages until the process is told to end."""
    server = uvicorn.Server(server_config(parts, listener.getsockname()[1], tls))
    if opens:
        threading.Thread(target=webbrowser.open, args=(address_of(listener),), daemon=True).start()
    server.run(sockets=[listener])


def server_config(parts: ReviewParts, port: int, tls: Tls | None = None) -> uvicorn.Config:
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
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )


def tls_of(settings: AccessSettings, base: Path) -> Tls | None:
    """The certificate that the pages are served with; None where a proxy has it, or nobody.

    Raises:
        ConfigError: a file is not there.
    """
    if settings.certificate is None or settings.key is None:
        return None
    found = Tls(base / settings.certificate, base / settings.key)
    for name, file in (("certificate", found.certificate), ("key", found.key)):
        if not file.is_file():
            raise ConfigError(f"review.{name}: {file} does not exist; name the PEM file")
    return found
