"""The review app behind a proxy that ends TLS: a real one, small, over real sockets."""

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography.x509 import DNSName

from flows.web import listening, server_config
from itsm.access import AppRole
from review_app.identity.administering import Administering, Wanted
from review_app.identity.browser import Access, utc_now
from review_app.identity.config import AccessConfig
from review_app.identity.csrf import FIELD
from store import Store
from store.standing import Watching
from tests.certificates import own_certificate
from tests.review_app.deciders import Decider
from tests.review_app.desk import candidate, land, members_of, mine

PASSWORD = "four plain words here"
OURS, THEIRS = "127.0.0.2", "127.0.0.3"
"""Two people's machines, as the proxy sees them."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of our own for localhost."""
    return own_certificate(tmp_path_factory.mktemp("tls") / "ours.pem", DNSName("localhost"))


class Proxy(BaseHTTPRequestHandler):
    """Hands a request on as docs/review-app.md asks: Host stays, X-Forwarded-For grows."""

    protocol_version = "HTTP/1.1"
    behind = 0

    def _hand_on(self) -> None:
        headers = dict(self.headers.items())
        told = [headers.pop("X-Forwarded-For", ""), self.client_address[0]]
        headers["X-Forwarded-For"] = ", ".join(filter(None, told))
        body = self.rfile.read(int(headers.get("Content-Length", 0)))
        inner = http.client.HTTPConnection("127.0.0.1", self.behind)
        inner.request(self.command, self.path, body, headers)
        answer = inner.getresponse()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        inner.close()

    def do_GET(self) -> None:
        self._hand_on()

    def do_POST(self) -> None:
        self._hand_on()


@contextmanager
def proxy(certificate: Path, behind: int) -> Iterator[int]:
    """A proxy that ends TLS before the pages; its port."""
    handler = type("Handler", (Proxy,), {"behind": behind})
    server = ThreadingHTTPServer(("0.0.0.0", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()


class Town:
    """The pages behind the proxy, and browsers on two machines."""

    def __init__(self, address: str, direct: str, certificate: Path) -> None:
        self.address, self.direct = address, direct
        self._trusted = ssl.create_default_context(cafile=str(certificate))

    def browser(self, machine: str = OURS) -> httpx.Client:
        """A browser on a machine."""
        transport = httpx.HTTPTransport(verify=self._trusted, local_address=machine)
        return httpx.Client(base_url=self.address, transport=transport, timeout=60)


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


@pytest.fixture
def town(store: Store, certificate: Path) -> Iterator[Town]:
    several = [candidate(f"PC-{n}", 4, hours=90 - n, known_problems=()) for n in range(3)]
    mine(store, "2026-W46", several)
    land(store, members_of(*several))
    with listening("127.0.0.1", 0) as listener, proxy(certificate, port_of(listener)) as outer:
        port = port_of(listener)
        address = f"https://localhost:{outer}"
        config = AccessConfig(address=address, trusted_proxies=(ip_network("127.0.0.1/32"),))
        access = Access(store, config)
        parts = replace(
            Decider(store).parts,
            identify=access.identify,
            access=access,
            watching=Watching.of(store),
        )
        server = uvicorn.Server(server_config(parts, port))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Town(address, f"http://127.0.0.1:{port}", certificate)
        finally:
            server.should_exit = True
            thread.join(20)


def fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of a form."""
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def attempt(browser: httpx.Client, password: str, **headers: str) -> httpx.Response:
    """Fill in the log-in page."""
    page = browser.get("/login").text
    sent = {**fields(page, "/login"), "name": "ben", "password": password}
    return browser.post("/login", data=sent, headers=headers)


def account(store: Store) -> str:
    roles = frozenset({AppRole.PROBLEM_MANAGER})
    return Administering(store, "", utc_now).add("ben", Wanted(roles=roles)).secret


def test_a_person_logs_in_decides_and_logs_out_through_the_proxy(town: Town, store: Store) -> None:
    secret = account(store)
    with town.browser() as browser:
        first = browser.get("/?show=open")
        assert (first.status_code, first.headers["location"]) == (
            303,
            "/login?next=%2F%3Fshow%3Dopen",
        )
        done = attempt(browser, secret)
        assert done.headers["location"] == "/account/password"
        cookie = done.headers["set-cookie"]
        assert "__Host-csi_session=" in cookie and "Secure" in cookie
        assert "max-age=31536000" in done.headers["strict-transport-security"]
        sent = fields(browser.get("/account/password").text, "/account/password")
        sent |= {"old": secret, "new": PASSWORD, "again": PASSWORD}
        assert browser.post("/account/password", data=sent).status_code == 303
        page = browser.get("/decide?action=comment&on=PC-1").text
        wish = fields(page, "/decide") | {"reason": "through the proxy"}
        assert FIELD in wish
        assert browser.post("/decide", data=wish).status_code == 303
        assert "through the proxy" in browser.get("/candidates/PC-1").text
        assert browser.post("/logout", data=fields(page, "/logout")).status_code == 303
        assert browser.get("/").headers["location"] == "/login"
    with store.begin() as uow:
        assert [one.actor for one in uow.decisions.list()] == ["ben"]


def test_guesses_are_braked_by_the_machine_they_come_from_whatever_it_claims(
    town: Town, store: Store
) -> None:
    secret = account(store)
    with town.browser(THEIRS) as guesser:
        said = [
            attempt(guesser, "wrong", **{"X-Forwarded-For": f"198.51.100.{n}"}).status_code
            for n in range(8)
        ]
    assert said[-1] == 429, said
    with town.browser() as browser:
        assert attempt(browser, secret).status_code == 303


def test_only_its_own_name_is_answered_and_nobody_looks_before_a_log_in(town: Town) -> None:
    direct = httpx.get(f"{town.direct}/", timeout=60)
    assert direct.status_code == 421
    with town.browser() as browser:
        assert browser.get("/", headers={"host": "evil.example"}).status_code == 421
        assert browser.get("/register").status_code == 303
        assert browser.get("/metrics").status_code == 403
        assert browser.get("/healthz").json() == {"status": "ok"}
