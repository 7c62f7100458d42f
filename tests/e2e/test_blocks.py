"""Secrets from Prefect blocks: which are taken, and what goes before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness

from flows.blocks import CsiDelivery, CsiPrivacy, CsiSource, given_by_blocks, register
from flows.settings import ServiceNowSettings, load_settings

pytestmark = pytest.mark.e2e

CONFIG = """\
[sources.servicenow_prod]
kind = "servicenow"
url = "https://example.service-now.com"
user = "csi.reader"

[sources.elsewhere]
kind = "servicenow"
url = "https://other.service-now.com"
user = "csi.reader"

[delivery.mail]
host = "mail.example.org"
sender = "csi@example.org"
username = "csi"

[delivery.chats.board]
kind = "slack"
"""
HOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"

KEY = "the key of names, which nobody guesses"


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        assert register() == ("csi-source", "csi-delivery", "csi-privacy", "csi-login")
        CsiSource(password="from the block", api_key="k").save("servicenow-prod")
        CsiDelivery(mail_password="mail", chats={"board": HOOK, "gone": "x"}).save("default")
        CsiPrivacy(people_key=KEY).save("default")
        yield


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "csi.toml").write_text(CONFIG)
    return tmp_path / "csi.toml"


def test_the_secrets_of_sources_and_ways_out_are_found_by_name(config: Path) -> None:
    assert given_by_blocks(config, {}) == {
        "sources": {"servicenow_prod": {"password": "from the block", "api_key": "k"}},
        "delivery": {"mail": {"password": "mail"}, "chats": {"board": {"url": HOOK}}},
        "privacy": {"people_key": KEY},
    }


def test_what_the_environment_says_goes_before(config: Path) -> None:
    environment = {
        "CSI_SOURCES__SERVICENOW_PROD__PASSWORD": "x",
        "csi_delivery__mail__password": "y",
        "CSI_DELIVERY__CHATS__BOARD__URL": "z",
        "CSI_PRIVACY__PEOPLE_KEY": "k",
    }
    given = given_by_blocks(config, environment)
    assert given == {"sources": {"servicenow_prod": {"api_key": "k"}}}


def test_the_settings_are_whole_with_them(config: Path) -> None:
    settings = load_settings(config, given_by_blocks(config, {}))
    prod, other = settings.sources["servicenow_prod"], settings.sources["elsewhere"]
    assert isinstance(prod, ServiceNowSettings) and isinstance(other, ServiceNowSettings)
    assert prod.password is not None and prod.password.get_secret_value() == "from the block"
    assert prod.user == "csi.reader", "what the file says beside it stays"
    assert other.password is None
    assert settings.delivery.mail is not None
    assert settings.delivery.mail.password.get_secret_value() == "mail"
    assert settings.delivery.chats["board"].url.get_secret_value() == HOOK


def test_a_configuration_that_cannot_be_read_needs_nothing(tmp_path: Path) -> None:
    environment = {"CSI_PRIVACY__PEOPLE_KEY": "k"}
    assert given_by_blocks(tmp_path / "gone.toml", environment) == {}


def test_a_secret_is_not_shown(config: Path) -> None:
    assert "from the block" not in repr(CsiSource.load("servicenow-prod"))
    assert KEY not in repr(CsiPrivacy.load("default"))
