"""A log-in whose tokens are in a block of Prefect: renewed by whoever comes first, for all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy.engine import Engine

from connectors.core.login_code import CodeAsk, LoggedIn
from connectors.core.source import Level
from connectors.core.surroundings import Surroundings
from connectors.logins import login_ask
from flows.doctor_secrets import secrets_that_end
from flows.logging_in import log_in
from flows.login_blocks import BlockPlace
from flows.settings import load_settings
from flows.wiring import engine_of, given_of, logins_of
from itsm.errors import AuthError
from simulator.jira.server import JiraServer
from tests.connectors.scripted_server import SteppedTime
from tests.flows.test_login_verb import browser, free_port, header, served

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", autouse=True)
def prefect() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


def ask_of(server: JiraServer, folder: Path, time: SteppedTime) -> CodeAsk:
    """How the practice site is logged in to, with the settings of a file."""
    config = folder / "csi.toml"
    config.write_text(
        f"""[sources.our_jira]
kind = "jira"
url = "{server.url}"
deployment = "cloud"
auth = "oauth_code"
client_id = "{server.client_id}"
client_secret = "{server.client_secret}"
token_url = "{server.url}/oauth/token"
[sources.our_jira.login]
block = true
port = {free_port()}
"""
    )
    settings = load_settings(config)
    around = Surroundings(sleep=time.sleep, clock=time.clock, logins=logins_of(settings, folder))
    ask = login_ask("jira", "our_jira", given_of(settings, "our_jira", folder), around)
    assert ask is not None
    return ask


def engine(folder: Path) -> Engine:
    return engine_of(load_settings(folder / "csi.toml"), folder)


def test_tokens_lie_in_the_block_and_are_renewed_there_first(tmp_path: Path) -> None:
    time = SteppedTime()
    with served("jira", time) as server:
        ask = ask_of(server, tmp_path, time)
        with pytest.raises(AuthError, match=r"no block csi-login/our-jira.*csi login our_jira"):
            ask.place.read()
        log_in(ask, browser(), time.clock, wait_s=20)
        place = BlockPlace("our_jira", engine(tmp_path))
        first = place.read()
        one, other = LoggedIn(ask, time.clock), LoggedIn(ask, time.clock)
        assert header(one).endswith(first.access.get_secret_value())
        time.sleep(3_700)
        used = header(one)
        second = place.read()
        assert used == f"Bearer {second.access.get_secret_value()}"
        assert second.refresh != first.refresh, (
            "the site replaces it, and the block has the new one"
        )
        assert header(other) == used
        assert [r.target for r in server.requests].count("/oauth/token") == 2
        assert not (tmp_path / "logins").exists()
        told = list(
            secrets_that_end(
                load_settings(tmp_path / "csi.toml"), tmp_path, time.now + timedelta(days=80)
            )
        )
        assert [one.level for one in told] == [Level.WARNING]
        assert "the log-in ends" in told[0].said
