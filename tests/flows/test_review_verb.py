"""`csi review`: where it listens, what it refuses, and that a browser gets the page."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from click.testing import CliRunner

from flows.cli import csi
from flows.links import record_links, servicenow_incident
from flows.settings import load_settings
from flows.verbs.review import review
from flows.web import Titles, address_of, listening, review_parts, server_config, tls_of
from flows.wiring import Parts, build
from itsm.errors import ConfigError
from store.reviewing import Reviewing
from tests.review_app.desk import candidate, incident, land, members_of, mine


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    made = build(load_settings(given={"zone": "Europe/London"}), tmp_path)
    one = candidate("PC-1")
    land(made.store, [*members_of(one), incident("x", caller="Ann Lee", title="by Ann Lee")])
    mine(made.store, "2026-W46", [one])
    return made


@contextmanager
def served(parts: Parts) -> Iterator[int]:
    """The pages behind a real socket."""
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(server_config(review_parts(parts, Path("csi.toml")), port))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def answer(port: int, path: str, host: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": host})
    got = connection.getresponse()
    told = (got.status, got.read().decode(), {k.lower(): v for k, v in got.getheaders()})
    connection.close()
    return told


def test_a_browser_on_this_machine_gets_the_pages(parts: Parts) -> None:
    with served(parts) as port:
        status, page, headers = answer(port, "/", f"127.0.0.1:{port}")
        assert status == 200 and "VPN drops for home workers" in page
        assert "server" not in headers
        status, page, _ = answer(port, "/candidates/PC-1", f"localhost:{port}")
        assert status == 200 and "PC-1-0" in page
        assert answer(port, "/", "evil.example")[0] == 421


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.com", "", "127.0.0.2", "::"])
def test_other_hosts_than_this_machine_are_refused_with_the_reason(host: str) -> None:
    with pytest.raises(ConfigError, match=r"behind TLS only.*ssh -L 8321"):
        listening(host, 8321)


def test_with_an_address_it_listens_where_it_is_told() -> None:
    with listening("0.0.0.0", 0, "https://csi.example.com") as listener:
        assert listener.getsockname()[0] == "0.0.0.0"
    with pytest.raises(ConfigError, match="no interface of this machine"):
        listening("192.0.2.7", 0, "https://csi.example.com")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_it_listens_on_loopback_only(host: str) -> None:
    with listening(host, 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_port_that_is_taken_is_told_with_the_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port {port} is taken.*--port {port + 1}"):
            listening("127.0.0.1", port)


def test_the_verb_opens_nothing_beyond_this_machine_by_default(tmp_path: Path) -> None:
    config = tmp_path / "csi.toml"
    config.write_text('zone = "UTC"\n')
    refused = CliRunner().invoke(review, ["--host", "0.0.0.0", "--config", str(config)])
    assert isinstance(refused.exception, ConfigError)
    assert "behind TLS only" in str(refused.exception)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"address": "http://csi.example.com"}, "https://NAME"),
        ({"address": "https://csi.example.com/path"}, "nothing after"),
        ({"address": "https://csi.example.com"}, "certificate and key too, or trusted_proxies"),
        ({"certificate": "a.pem"}, "certificate and key come together"),
        ({"trusted_proxies": ["everybody"]}, "no address or network"),
        ({"local_accounts": False}, "nobody could log in"),
        ({"oidc": {"issuer": "http://login.example", "client_id": "x"}}, "begins with https"),
        ({"oidc": {"issuer": "https://a", "client_id": "x", "scopes": ["profile"]}}, "openid"),
        ({"oidc": {"issuer": "https://a", "client_id": "x", "roles": {"g": ["root"]}}}, "roles"),
    ],
)
def test_settings_that_would_open_too_much_are_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load_settings(given={"review": given})


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    review_settings = load_settings(
        given={"review": {"certificate": "cert.pem", "key": "key.pem"}}
    ).review
    with pytest.raises(ConfigError, match=r"review\.certificate: .*cert\.pem does not exist"):
        tls_of(review_settings, tmp_path)


def test_the_secret_of_the_provider_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CSI_REVIEW__OIDC__CLIENT_SECRET", "not-in-a-file")
    oidc = {"issuer": "https://login.example", "client_id": "csi"}
    config = load_settings(given={"review": {"oidc": oidc}}).review.access()
    assert config.oidc is not None and config.oidc.client_secret == "not-in-a-file"
    assert "not-in-a-file" not in repr(config)


def test_the_verb_is_listed() -> None:
    told = CliRunner().invoke(csi, ["--help"]).output
    assert "review" in told and "Look through the candidates" in told


def test_titles_lose_the_names_of_all_people_and_their_own_at_once(parts: Parts) -> None:
    titles = Titles(Reviewing.of(parts.store), parts.store.people)
    assert titles("Ann Lee cannot print, ann@example.com", ()) == "<person> cannot print, <email>"
    assert titles("Bo Ek cannot print", ()) == "Bo Ek cannot print"
    assert titles("Bo Ek cannot print", ("Bo Ek",)) == "<person> cannot print"


def test_new_names_are_read_after_a_while(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    titles = Titles(Reviewing.of(parts.store), parts.store.people)
    land(parts.store, [incident("y", caller="Bo Ek")])
    monkeypatch.setattr("flows.web.NAMES_KEPT_S", 0)
    titles("anything", ())
    monkeypatch.setattr("flows.web.NAMES_KEPT_S", 600)
    until = time.monotonic() + 10
    while titles("Bo Ek", ()) != "<person>":
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_servicenow_incident_is_an_address_inside_an_address() -> None:
    link = servicenow_incident("https://acme.service-now.com/", "INC0010001")
    assert link == (
        "https://acme.service-now.com/nav_to.do?uri="
        "incident.do%3Fsysparm_query%3Dnumber%3DINC0010001"
    )
    inner = servicenow_incident("https://acme.service-now.com", "A&b=c #1")
    assert inner is not None and inner.endswith("number%3DA%2526b%3Dc%2520%25231")
    assert servicenow_incident("https://acme.service-now.com", "INC1^ORnumber=INC2") is None


def test_links_come_from_the_settings(tmp_path: Path) -> None:
    exports = {"preset": "servicenow", "files": {"incident": ["incident.csv"]}}
    address = "https://acme.service-now.com/incident.do?number={number}"
    given = {"sources": {"desk": exports}, "review": {"links": {"desk": address}}}
    links = record_links(load_settings(given=given))
    assert links["desk"]("INC 1/2") == "https://acme.service-now.com/incident.do?number=INC%201%2F2"
    assert record_links(load_settings(given={"sources": {"desk": exports}})) == {}


def test_a_servicenow_source_has_links_of_its_own(tmp_path: Path) -> None:
    source = {
        "kind": "servicenow",
        "url": "https://acme.service-now.com",
        "auth": "basic",
        "user": "reader",
        "password": "x",
    }
    link = record_links(load_settings(given={"sources": {"desk": source}}))["desk"]
    assert link("INC1") == servicenow_incident("https://acme.service-now.com", "INC1")


def test_a_link_for_no_source_is_refused() -> None:
    given = {"review": {"links": {"desk": "https://acme.example/{number}"}}}
    with pytest.raises(ConfigError, match="no source 'desk'"):
        record_links(load_settings(given=given))


@pytest.mark.parametrize(
    "address", ["javascript:alert({number})", "https://acme.example/", "{number}"]
)
def test_a_link_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="begins with https"):
        load_settings(given={"review": {"links": {"desk": address}}})
