import base64
import logging
import threading
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr
from requests import PreparedRequest

from connectors.core.auth import (
    ApiKeyHeader,
    Auth,
    BasicAuth,
    BearerToken,
    Grant,
    NoAuth,
    OAuth,
    client_grant,
    password_grant,
    refresh_grant,
)
from connectors.core.client import HttpClient
from itsm.errors import AuthError, TransientSourceError
from simulator.web import Answer, Request, json_answer
from tests.connectors.scripted_server import Script, page, rows, scripted, status

SECRET = SecretStr("client-secret-1")
PASSWORD = SecretStr("pa55-word-of-ours")
BY_PASSWORD = password_grant("client-1", SECRET, "reader", PASSWORD)


def _headers(auth: Auth) -> dict[str, str]:
    request = PreparedRequest()
    request.prepare(method="GET", url="http://127.0.0.1/")
    auth.prepare(request)
    return {name: str(value) for name, value in request.headers.items()}


def test_a_user_and_password_go_as_basic() -> None:
    (header,) = _headers(BasicAuth("rëader", SecretStr("pä:ss"))).items()
    assert header[0] == "Authorization"
    assert base64.b64decode(header[1].removeprefix("Basic ")).decode() == "rëader:pä:ss"


def test_a_key_goes_in_its_header_and_a_token_as_bearer() -> None:
    assert _headers(ApiKeyHeader("x-sn-apikey", SECRET)) == {"x-sn-apikey": "client-secret-1"}
    assert _headers(BearerToken(SECRET)) == {"Authorization": "Bearer client-secret-1"}
    assert _headers(BearerToken(SECRET, "token")) == {"Authorization": "token client-secret-1"}


@pytest.mark.parametrize(
    "auth",
    [
        BasicAuth("reader", PASSWORD),
        ApiKeyHeader("x-key", PASSWORD),
        BearerToken(PASSWORD),
        OAuth(HttpClient("ours", "https://h", NoAuth()), "/token", BY_PASSWORD),
    ],
    ids=lambda auth: type(auth).__name__,
)
def test_credentials_show_in_no_repr_and_tell_what_must_be_hidden(auth: Auth) -> None:
    assert PASSWORD.get_secret_value() not in repr(auth)
    assert PASSWORD.get_secret_value() in auth.secrets
    assert auth.account
    assert "reader" not in auth.account


class Tokens:
    """A token endpoint that numbers its tokens and knows which one is good."""

    def __init__(self, *, lasts_s: int = 1800, rotates: bool = False) -> None:
        self.n_given = 0
        self.lasts_s = lasts_s
        self.rotates = rotates
        self.refresh = "refresh-0"
        self.good = ""
        self.refuses: set[str] = set()
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Answer:
        if not request.path.endswith("/token"):
            is_good = request.header("authorization") == f"Bearer {self.good}"
            return rows(self.good) if is_good else status(401)
        form = {name: value for name, (value,) in parse_qs(request.body.decode()).items()}
        self.asked.append(form)
        if form["grant_type"] in self.refuses or "?" in request.target:
            told = {"error": "server_error", "error_description": "access_denied"}
            return json_answer(told | {"said": form}, 401)
        self.n_given += 1
        self.good = f"access-{self.n_given}"
        if self.rotates:
            self.refresh = f"refresh-{self.n_given}"
        told = {"access_token": self.good, "refresh_token": self.refresh}
        return json_answer({**told, "token_type": "Bearer", "expires_in": self.lasts_s})


def _oauth(server: Script, grant: Grant = BY_PASSWORD) -> HttpClient:
    bare = server.client()
    return bare.with_auth(OAuth(bare, "/token", grant, server.time.clock))


def test_a_token_is_asked_for_once_and_used() -> None:
    tokens = Tokens()
    with scripted(tokens) as server:
        client = _oauth(server)
        client.json("/api")
        client.json("/api")
    (form,) = tokens.asked
    assert form == {
        "grant_type": "password",
        "client_id": "client-1",
        "client_secret": "client-secret-1",
        "username": "reader",
        "password": "pa55-word-of-ours",
    }
    assert server.asked[0].header("content-type") == "application/x-www-form-urlencoded"


def test_a_token_is_renewed_before_it_ends_by_its_refresh_token() -> None:
    tokens = Tokens()
    with scripted(tokens) as server:
        client = _oauth(server)
        client.json("/api")
        server.time.now += timedelta(seconds=1765)
        client.json("/api")
        assert tokens.n_given == 1
        server.time.now += timedelta(seconds=10)
        assert client.json("/api").value == {"result": ["access-2"]}
    assert tokens.asked[1]["grant_type"] == "refresh_token"
    assert tokens.asked[1]["refresh_token"] == "refresh-0"
    assert "password" not in tokens.asked[1]


def test_a_token_that_lives_for_seconds_is_used_for_most_of_them() -> None:
    tokens = Tokens(lasts_s=10)
    with scripted(tokens) as server:
        client = _oauth(server)
        client.json("/api")
        server.time.now += timedelta(seconds=8)
        client.json("/api")
    assert tokens.n_given == 1


def test_a_token_that_ended_early_is_renewed_once() -> None:
    tokens = Tokens()
    with scripted(tokens) as server:
        client = _oauth(server)
        client.json("/api")
        tokens.good = "revoked"
        assert client.json("/api").value == {"result": ["access-2"]}
    assert len(server.asked) == 5


def test_a_refresh_token_that_is_replaced_is_replaced_here() -> None:
    tokens = Tokens(rotates=True)
    with scripted(tokens) as server:
        client = _oauth(server)
        for _ in range(3):
            client.json("/api")
            tokens.good = "revoked"
    assert [form.get("refresh_token") for form in tokens.asked] == [None, "refresh-1", "refresh-2"]


def test_a_refresh_token_that_is_refused_gives_way_to_the_password() -> None:
    tokens = Tokens()
    with scripted(tokens) as server:
        client = _oauth(server)
        client.json("/api")
        tokens.good, tokens.refuses = "revoked", {"refresh_token"}
        client.json("/api")
    assert [form["grant_type"] for form in tokens.asked] == [
        "password",
        "refresh_token",
        "password",
    ]


@pytest.mark.parametrize(
    "grant", [client_grant("client-1", SECRET), refresh_grant("client-1", SECRET, PASSWORD)]
)
def test_other_grants_send_what_they_need(grant: Grant) -> None:
    tokens = Tokens()
    with scripted(tokens) as server:
        _oauth(server, grant).json("/api")
    assert tokens.asked == [grant.form()]
    assert "username" not in grant.form()


def test_a_grant_that_is_refused_is_not_tried_again_and_tells_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = Tokens()
    tokens.refuses = {"password"}

    def echoing(request: Request) -> Answer:
        tokens(request)
        said = f"{SECRET.get_secret_value()} {PASSWORD.get_secret_value()} access_denied"
        return json_answer({"error_description": said, "error": "server_error"}, 401)

    with scripted(echoing) as server:
        client = _oauth(server)
        with pytest.raises(AuthError, match="access_denied") as caught:
            client.json("/api")
        assert len(server.asked) == 1
    told = caplog.text + repr(caught.value) + repr(client)
    assert [s for s in (SECRET, PASSWORD) if s.get_secret_value() in told] == []


def test_a_token_endpoint_that_answers_something_else_may_pass() -> None:
    with scripted(page("Maintenance")) as server, pytest.raises(TransientSourceError):
        _oauth(server).json("/api")
    with scripted(json_answer({"hello": 1})) as server, pytest.raises(TransientSourceError):
        _oauth(server).json("/api")


def test_threads_share_one_token() -> None:
    tokens = Tokens()
    with scripted(tokens) as server:
        client = _oauth(server)
        threads = [threading.Thread(target=client.json, args=("/api",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert tokens.n_given == 1
    assert len(server.asked) == 9
