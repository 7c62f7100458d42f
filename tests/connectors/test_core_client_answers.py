"""Answers that are not what was asked for, redirects, and what is never told."""

import logging
import socketserver
import threading
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.core.auth import BasicAuth, BearerToken
from connectors.core.client import HttpClient
from connectors.core.settings import HttpSettings
from itsm.errors import (
    ConfigError,
    CutAnswerError,
    FatalSourceError,
    TransientSourceError,
)
from simulator.web import Answer, Request, json_answer
from tests.connectors.scripted_server import page, rows, scripted, status

PASSWORD = "pa55-word-of-ours"
BASIC = BasicAuth("reader", SecretStr(PASSWORD))


def test_a_page_for_people_is_not_no_rows() -> None:
    with scripted(page("Instance &amp; Hibernating page")) as server:
        with pytest.raises(TransientSourceError, match='"Instance & Hibernating page"') as caught:
            server.client(tries=2).json("/api")
        assert not isinstance(caught.value, CutAnswerError)
        assert len(server.asked) == 2


def test_a_page_for_people_is_noticed_whatever_it_says_it_is() -> None:
    with (
        scripted(page("Sign in", content_type="application/json")) as server,
        pytest.raises(TransientSourceError, match="Sign in"),
    ):
        server.client(tries=1).json("/api")


def test_a_page_for_people_may_pass() -> None:
    with scripted(page("Maintenance"), rows("a")) as server:
        assert server.client().json("/api").value == {"result": ["a"]}


@pytest.mark.parametrize(
    "body",
    [b'{"result":["a","b"', b"", b'{"result":["a",],"error":{"message":"cancelled"}}', b"null,"],
)
def test_json_that_is_not_whole_is_cut(body: bytes) -> None:
    with scripted(Answer(200, body)) as server, pytest.raises(CutAnswerError):
        server.client().json("/api")


def test_an_error_beside_a_result_is_a_cut_answer() -> None:
    told = {"result": ["a"], "error": {"message": "Transaction cancelled"}, "status": "failure"}
    with (
        scripted(json_answer(told)) as server,
        pytest.raises(CutAnswerError, match="Transaction cancelled"),
    ):
        server.client().json("/api")


def test_a_cut_answer_is_asked_for_once_more() -> None:
    with scripted(Answer(200, b'{"result":["a"'), rows("a")) as server:
        assert server.client().json("/api").value == {"result": ["a"]}
        assert len(server.time.waits_s) == 1
    with scripted(Answer(200, b'{"result":["a"')) as server:
        with pytest.raises(CutAnswerError):
            server.client(tries=9).json("/api")
        assert len(server.asked) == 2


def test_a_body_that_breaks_off_is_asked_for_once_more_and_then_cut() -> None:
    short = Answer(200, b'{"result":["a","b"]}', cut_at=9)
    with scripted(short, rows("a")) as server:
        assert server.client().json("/api").value == {"result": ["a"]}
    with scripted(short) as server:
        with pytest.raises(CutAnswerError, match="broke off"):
            server.client(tries=9).json("/api")
        assert len(server.asked) == 2


def test_an_answer_that_does_not_come_is_cut() -> None:
    def late(_: Request) -> Answer:
        time.sleep(0.4)
        return rows()

    with scripted(late) as server, pytest.raises(CutAnswerError, match=r"0\.1 s"):
        server.client(read_timeout_s=0.1).json("/api")


def test_an_answer_that_stops_in_the_middle_is_cut() -> None:
    class Stalling(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[1,")
            time.sleep(0.5)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Stalling) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings = HttpSettings(read_timeout_s=0.1, tries=1)
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with pytest.raises(CutAnswerError, match=r"no more of it, for 0\.1 s"):
            HttpClient("ours", url, BASIC, settings=settings).json("/api")
        server.shutdown()


def test_an_answer_that_is_too_long_is_not_read_to_its_end() -> None:
    with (
        scripted(Answer(200, b'"' + b"x" * 1_100_000 + b'"')) as server,
        pytest.raises(CutAnswerError, match="more than 1 MB"),
    ):
        server.client(max_answer_mb=1).json("/api")


def test_a_redirect_is_followed_on_the_same_origin() -> None:
    def moved(request: Request) -> Answer:
        if request.path == "/new":
            return rows(request.header("authorization"))
        return Answer(307, headers=(("Location", f"{request.base}/new?page=2"),))

    with scripted(moved) as server:
        answer = server.client(BearerToken(SecretStr("t"))).json("/api", {"page": 1})
        assert answer.value == {"result": ["Bearer t"]}
        assert server.asked[-1].target == "/new?page=2"


@pytest.mark.parametrize("prefix", ["http:", ""])
def test_a_redirect_to_another_origin_is_refused(prefix: str) -> None:
    with scripted(rows()) as other:
        there = other.url.removeprefix("http:")
        elsewhere = Answer(302, headers=(("Location", f"{prefix}{there}/x"),))
        with scripted(elsewhere) as server, pytest.raises(FatalSourceError, match="refused"):
            server.client(BASIC).json("/api")
        assert other.asked == []


def test_redirects_end() -> None:
    with scripted(Answer(302, headers=(("Location", "/base/api"),))) as server:
        with pytest.raises(FatalSourceError, match="redirects"):
            server.client().json("/api")
        assert len(server.asked) < 6


def test_a_link_is_followed_on_the_configured_origin_only() -> None:
    with scripted(rows()) as other, scripted(rows()) as server:
        client = server.client(BASIC)
        with pytest.raises(FatalSourceError):
            client.json(f"{other.url}/base/api?page=2")
        client.json(client.rebased("https://node-a.internal:16001/base/api?page=2"))
        assert other.asked == []
        assert [asked.target for asked in server.asked] == ["/base/api?page=2"]


def test_cookies_are_not_kept() -> None:
    with scripted(Answer(200, b"[]", (("Set-Cookie", "JSESSIONID=1; Path=/"),))) as server:
        client = server.client()
        client.json("/api")
        client.json("/api")
        assert [asked.header("cookie") for asked in server.asked] == ["", ""]


def test_nothing_is_taken_from_the_environment_unasked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with scripted(rows()) as server:
        server.client().json("/api")
        assert server.asked[0].header("authorization") == ""
        with pytest.raises(TransientSourceError, match="proxy"):
            server.client(proxy="environment", tries=1).json("/api")


def test_a_proxy_is_used_where_one_is_configured() -> None:
    with scripted(rows("through")) as proxy:
        client = HttpClient(
            "ours",
            "http://itsm.example",
            BASIC,
            settings=HttpSettings(allow_http=True, proxy=SecretStr(proxy.url)),
        )
        assert client.json("/api").value == {"result": ["through"]}
        assert proxy.asked[0].target == "http://itsm.example/api"


def test_no_secret_and_no_query_is_told_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def echo(request: Request) -> Answer:
        return status(400, message=f"no {PASSWORD} {request.header('authorization')}")

    with scripted(echo) as server:
        client = server.client(BASIC)
        with pytest.raises(FatalSourceError) as caught:
            client.json("/api", {"query": "caller=Ann Ortiz"})
        told = caplog.text + str(caught.value) + repr(caught.value) + repr(client)
        sent = server.asked[0].header("authorization").removeprefix("Basic ")
    assert "GET /base/api" in caplog.text
    assert [word for word in (PASSWORD, sent, "Ann", "Ortiz") if word in told] == []


@pytest.mark.parametrize(
    "url",
    [
        "itsm.example", "ftp://itsm.example", "http://itsm.example", "https://", "https://u:p@host",
        "https://host/x?y=1", "https://host:port/", "",
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_used_is_a_mistake_in_the_settings(url: str) -> None:
    with pytest.raises(ConfigError, match=r"sources\.ours: url"):
        HttpClient("ours", url, BASIC)


def test_a_host_name_that_cannot_be_is_a_final_error() -> None:
    with pytest.raises(FatalSourceError, match="cannot be made"):
        HttpClient("ours", f"https://{'x' * 70}é.example", BASIC).json("/api")


def test_certificates_that_are_not_there_are_a_mistake_in_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ca_bundle"):
        HttpClient(
            "ours", "https://h", BASIC, settings=HttpSettings(ca_bundle=tmp_path / "none.pem")
        )
