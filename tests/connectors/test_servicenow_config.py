"""The settings of an instance: what is refused, who asks, and secrets that stay secret."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from connectors.core.calls import Call
from connectors.core.surroundings import Surroundings
from connectors.registry import system
from connectors.servicenow.api import TableApi
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.source import ServiceNowSource
from itsm.errors import ConfigError
from itsm.states import RecordKind
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.connectors.servicenow_pull import Held, source_of

BASE: dict[str, object] = {
    "url": "https://sn.example",
    "user": "csi",
    "password": "correct horse",
}
OAUTH = {"client_id": "c", "client_secret": "battery"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "sn.example"}, "https://"),
        ({"colour": "red"}, "colour"),
        ({"page_size": 20_000}, "page_size"),
        ({"since": "yesterday"}, "since"),
        ({"fields": {"incident": {"mood": "u_mood"}}}, "mood: no such field"),
        ({"fields": {"incident": {"symptom": "u^mood"}}}, "symptom"),
        ({"tables": {"incident": "incident^ORactive=true"}}, "tables"),
        ({"tables": {"incident": {"filter": "a=1^NQb=2"}}}, "would undo"),
    ],
)
def test_what_cannot_be_used_is_refused_and_never_shown(
    change: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError) as told:
        system("servicenow").source("sn", {**BASE, **change})
    assert said in str(told.value)
    assert "horse" not in str(told.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": None}, "password: missing for auth = 'basic'; set CSI_SOURCES__SN__PASSWORD"),
        ({"auth": "api_key"}, "api_key: missing"),
        ({"auth": "oauth_password"}, "client_id, client_secret: missing"),
    ],
)
def test_a_missing_secret_is_told_when_it_is_needed_and_not_before(
    change: dict[str, object], said: str
) -> None:
    source = system("servicenow").source("sn", {**BASE, **change})
    assert RecordKind.INCIDENT in source.kinds
    with pytest.raises(ConfigError) as told:
        next(source.pages(RecordKind.INCIDENT, None))
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (BASE, "basic"),
        ({**BASE, **OAUTH}, "oauth_password"),
        ({"url": BASE["url"], **OAUTH}, "oauth_client"),
        ({"url": BASE["url"], "api_key": "battery"}, "api_key"),
        ({**BASE, **OAUTH, "auth": "basic"}, "basic"),
    ],
)
def test_who_asks_follows_from_what_is_set(given: dict[str, object], kind: str) -> None:
    config = ServiceNowConfig.model_validate(given)
    assert config.auth_kind == kind
    client = TableApi("sn", config, Surroundings()).client
    assert "horse" not in repr(client)
    assert "battery" not in repr((config, client))


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        ServiceNowConfig.model_validate(BASE).page_size = 3


class Noted:
    """A budget that notes what it is told."""

    def __init__(self) -> None:
        self.learnt: list[int] = []
        self.n_taken = 0

    def take(self, account: str) -> None:
        self.n_taken += 1

    def hold(self, account: str, until: object) -> None:
        raise AssertionError("nothing is to be held")

    def learn(self, account: str, per_hour: int) -> None:
        self.learnt.append(per_hour)


def test_the_budget_learns_what_this_user_may_ask() -> None:
    config = ServiceNowConfig.model_validate({**BASE, "requests_per_hour": 500})
    budget = Noted()
    api = TableApi("sn", config, Surroundings(budget=budget))
    assert budget.learnt == []
    assert api.client is api.client
    assert budget.learnt == [500]


SETTINGS = EstateSettings(n_incidents=100, n_weeks=3, seed=4, dirt=0.0)


@pytest.fixture(scope="module")
def server() -> Iterator[ServiceNowServer]:
    with ServiceNowServer(SETTINGS) as running:
        yield running


@pytest.mark.parametrize("way", ["basic", "oauth_password", "oauth_client", "api_key"])
def test_every_way_to_say_who_asks_reads(server: ServiceNowServer, way: str) -> None:
    client = {"client_id": server.client_id, "client_secret": server.client_secret}
    nobody = {"user": None, "password": None}
    settings: dict[str, dict[str, str | None]] = {
        "basic": {},
        "oauth_password": {**client},
        "oauth_client": {**client, **nobody},
        "api_key": {"api_key": server.api_key, **nobody},
    }
    source = source_of(server, **settings[way])
    assert source.config.auth_kind == way
    assert Held().pull(source, RecordKind.TEAM) > 0


def test_a_deletion_is_one_of_every_kind_of_the_table_and_of_classes_below_it(
    server: ServiceNowServer, caplog: pytest.LogCaptureFixture
) -> None:
    source = source_of(server, tables={})
    ticket, item = (keys_of(server, table)[0] for table in ("incident", "cmdb_ci_server"))
    delete(source, "incident", ticket)
    delete(source, "cmdb_ci_server", item)
    pages = list(source.deletions(None))
    found = {(one.kind, one.key) for page in pages for one in page.deletions}
    assert found == {
        (RecordKind.INCIDENT, ticket),
        (RecordKind.VENDOR_CASE, ticket),
        (RecordKind.CONFIGURATION_ITEM, item),
    }
    again = [one for page in source.deletions(pages[-1].cursor) for one in page.deletions]
    assert {(one.kind, one.key) for one in again} <= found
    assert "begins later" not in caplog.text
    early = '{"at":"2001-01-01T00:00:00+00:00","key":null,"past":false,"end":true}'
    assert list(source.deletions(early))
    assert "begins later than it was last read" in caplog.text


def keys_of(server: ServiceNowServer, table: str) -> list[str]:
    cells = (row["sys_id"] for row in server.truth(table))
    return [cell["value"] for cell in cells if isinstance(cell, dict)]


def delete(source: ServiceNowSource, table: str, key: str) -> None:
    """Deletes a record as a person would."""
    client = TableApi("sn", source.config, Surroundings()).client
    client.call(Call("DELETE", client.origin.url(f"api/now/table/{table}/{key}")))
