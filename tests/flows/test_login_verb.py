"""`csi login`: a person agrees in a browser once, and pulls go on by themselves."""

import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pydantic import SecretStr
from requests import PreparedRequest

from connectors.core.login_code import CodeAsk, LoggedIn, challenge_of
from connectors.core.login_file import Login, LoginFile
from connectors.core.source import Level, Source
from connectors.core.surroundings import Surroundings
from connectors.logins import LOGINS, login_ask
from connectors.registry import REGISTRY
from flows.doctor_secrets import secrets_that_end
from flows.logging_in import log_in
from flows.settings import Settings, load_settings
from flows.wiring import given_of
from itsm.errors import AuthError, ConfigError
from itsm.states import RecordKind
from simulator.jira.server import JiraServer
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.connectors.scripted_server import SteppedTime

SMALL = EstateSettings(n_incidents=100, n_weeks=2, seed=3)
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


@contextmanager
def served(kind: str, time: SteppedTime) -> Iterator[Any]:
    """A practice system by its name."""
    made = {"servicenow": ServiceNowServer, "jira": JiraServer}[kind]
    with made(SMALL, clock=time.clock) as server:
        yield server
    assert server.errors == []


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def table(kind: str, server: Any, folder: Path) -> dict[str, object]:
    """The source's table in the configuration."""
    given: dict[str, object] = {
        "url": server.url,
        "auth": "oauth_code",
        "client_id": server.client_id,
        "client_secret": server.client_secret,
        "login": {"port": free_port(), "file": folder / "logins" / "ours.json"},
    }
    if kind == "jira":
        given |= {"deployment": "cloud", "token_url": f"{server.url}/oauth/token"}
    return given


def ask_of(kind: str, given: Mapping[str, object], time: SteppedTime) -> CodeAsk:
    around = Surroundings(sleep=time.sleep, clock=time.clock)
    ask = login_ask(kind, "ours", given, around)
    assert ask is not None
    return ask


def browser(*, asks_for: Callable[[str], str] = str) -> Callable[[str], None]:
    """Opens an address as a browser would, and goes where it is sent."""

    def opened(url: str) -> None:
        threading.Thread(target=lambda: requests.get(asks_for(url), timeout=20)).start()

    return opened


def logged_in(kind: str, server: Any, folder: Path, time: SteppedTime) -> CodeAsk:
    ask = ask_of(kind, table(kind, server, folder), time)
    log_in(ask, browser(), time.clock, wait_s=20)
    return ask


def header(auth: LoggedIn) -> str:
    request = PreparedRequest()
    request.prepare(method="GET", url="http://127.0.0.1/")
    auth.prepare(request)
    return str(request.headers["Authorization"])


@pytest.fixture
def time() -> SteppedTime:
    return SteppedTime()


@pytest.mark.parametrize("kind", sorted(LOGINS))
def test_who_has_logged_in_can_read(kind: str, tmp_path: Path, time: SteppedTime) -> None:
    with served(kind, time) as server:
        ask = logged_in(kind, server, tmp_path, time)
        mode = stat.S_IMODE(Path(ask.place.where).stat().st_mode)
        assert (mode, stat.S_IMODE(Path(ask.place.where).parent.stat().st_mode)) == (0o600, 0o700)
        given = {**table(kind, server, tmp_path), "kinds": ["incident"]}
        given |= {"assets_url": server.assets_url} if kind == "jira" else {}
        around = Surroundings(sleep=time.sleep, clock=time.clock)
        source: Source = REGISTRY[kind].source("ours", given, around)
        page = next(source.pages(RecordKind.INCIDENT, None))
        assert page.records


@pytest.mark.parametrize(("kind", "rotates"), [("jira", True), ("servicenow", False)])
def test_tokens_are_renewed_and_kept_before_they_are_used(
    kind: str, rotates: bool, tmp_path: Path, time: SteppedTime
) -> None:
    with served(kind, time) as server:
        ask = logged_in(kind, server, tmp_path, time)
        first, auth = ask.place.read(), LoggedIn(ask, time.clock)
        assert header(auth).endswith(first.access.get_secret_value())
        time.sleep(3_700)
        used = header(auth)
        second = ask.place.read()
        assert used == f"Bearer {second.access.get_secret_value()}"
        assert second.access != first.access
        assert (second.refresh != first.refresh) is rotates
        assert second.began_at == first.began_at
        assert second.renewed_at > first.renewed_at
        assert second.refresh.get_secret_value() in auth.secrets


def test_two_processes_do_not_end_each_others_login(tmp_path: Path, time: SteppedTime) -> None:
    with served("jira", time) as server:
        ask = logged_in("jira", server, tmp_path, time)
        one, other = LoggedIn(ask, time.clock), LoggedIn(ask, time.clock)
        assert header(one) == header(other)
        time.sleep(3_700)
        assert header(one) == header(other)
        n_asked = [r.target for r in server.requests].count("/oauth/token")
        assert n_asked == 2
        time.sleep(3_700)
        assert header(other) == header(one)


def test_a_login_that_has_ended_says_what_to_do(tmp_path: Path, time: SteppedTime) -> None:
    with served("jira", time) as server:
        ask = logged_in("jira", server, tmp_path, time)
        held = ask.place.read()
        ask.place.write(replace(held, refresh=SecretStr("used before"), good_until=time.now))
        with pytest.raises(AuthError, match="csi login ours") as error:
            header(LoggedIn(ask, time.clock))
        assert "used before" not in str(error.value)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path, time: SteppedTime) -> None:
    with served("servicenow", time) as server:
        ask = logged_in("servicenow", server, tmp_path, time)
        Path(ask.place.where).chmod(0o644)
        with pytest.raises(AuthError, match="others may read"):
            ask.place.read()
        Path(ask.place.where).chmod(0o600)
        Path(ask.place.where).write_text("{}")
        with pytest.raises(AuthError, match="holds no tokens"):
            ask.place.read()


def test_who_says_no_is_told_so(tmp_path: Path, time: SteppedTime) -> None:
    with served("servicenow", time) as server:
        server._accounts.codes.denies = True
        ask = ask_of("servicenow", table("servicenow", server, tmp_path), time)
        with pytest.raises(AuthError, match="did not agree: access_denied"):
            log_in(ask, browser(), time.clock, wait_s=20)
        assert not Path(ask.place.where).exists()


def test_an_answer_to_another_login_is_passed_over(tmp_path: Path, time: SteppedTime) -> None:
    with served("servicenow", time) as server:
        ask = ask_of("servicenow", table("servicenow", server, tmp_path), time)

        def forged(url: str) -> None:
            def visit() -> None:
                back = f"{ask.redirect_uri}?code=stolen&state=guessed"
                assert requests.get(back, timeout=20).status_code == 404
                requests.get(url, timeout=20)

            threading.Thread(target=visit).start()

        login = log_in(ask, forged, time.clock, wait_s=20)
        assert login.access.get_secret_value()


def test_a_code_without_its_verifier_is_worth_nothing(tmp_path: Path, time: SteppedTime) -> None:
    with served("jira", time) as server:
        ask = ask_of("jira", table("jira", server, tmp_path), time)

        def other_challenge(url: str) -> str:
            told = parse_qs(urlsplit(url).query)["code_challenge"][0]
            return url.replace(told, challenge_of("of somebody else"))

        with pytest.raises(AuthError, match="no token was given"):
            log_in(ask, browser(asks_for=other_challenge), time.clock, wait_s=20)


def test_nobody_is_waited_for_without_end(tmp_path: Path, time: SteppedTime) -> None:
    with served("jira", time) as server:
        ask = ask_of("jira", table("jira", server, tmp_path), time)
        with pytest.raises(AuthError, match="nobody came back"):
            log_in(ask, lambda _: None, time.clock, wait_s=0.05)


def test_the_challenge_is_that_of_the_standard() -> None:
    # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def settings(folder: Path, more: str = "") -> Settings:
    text = (
        '[sources.sn]\nkind = "servicenow"\nurl = "https://x.service-now.com"\n'
        'auth = "oauth_code"\nclient_id = "abc"\n'
    )
    (folder / "csi.toml").write_text(more + text)
    return load_settings(folder / "csi.toml")


@pytest.mark.parametrize(
    ("days_ago", "level", "said"),
    [(1, Level.OK, "good until"), (90, Level.WARNING, "in 10 days"), (101, Level.FAILURE, "ended")],
)
def test_doctor_tells_when_a_login_ends(
    tmp_path: Path, days_ago: int, level: Level, said: str
) -> None:
    found = settings(tmp_path)
    at = NOW - timedelta(days=days_ago)
    login = Login(
        refresh=SecretStr("r"),
        access=SecretStr("a"),
        good_until=None,
        began_at=at,
        renewed_at=at,
    )
    LoginFile("sn", tmp_path / "logins" / "sn.json").write(login)
    (finding,) = secrets_that_end(found, tmp_path, NOW)
    assert (finding.level, finding.subject) == (level, "sn")
    assert said in finding.said
    path = given_of(found, "sn", tmp_path)["login"]
    assert isinstance(path, dict)
    assert path["file"] == tmp_path / "logins" / "sn.json"


def test_doctor_tells_of_secrets_that_end_and_of_a_login_that_is_missing(tmp_path: Path) -> None:
    days = "secrets_end = { mail = 2026-11-19, rt = 2026-12-01, glpi = 2027-06-01 }\n"
    found = {one.subject: one for one in secrets_that_end(settings(tmp_path, days), tmp_path, NOW)}
    assert [found[name].level for name in ("mail", "rt", "glpi", "sn")] == [
        Level.FAILURE,
        Level.WARNING,
        Level.OK,
        Level.FAILURE,
    ]
    assert "in 11 days" in found["rt"].said
    assert found["sn"].remedy == "csi login sn"


def test_what_cannot_be_logged_in_to_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sources\.ours\.client_id: missing"):
        login_ask("jira", "ours", {"url": "https://x.atlassian.net", "auth": "oauth_code"},
                  Surroundings())  # fmt: skip
    assert login_ask("rt", "ours", {"auth": "oauth_code"}, Surroundings()) is None
    assert login_ask("jira", "ours", {"auth": "basic"}, Surroundings()) is None
