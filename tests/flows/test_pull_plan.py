"""`csi pull --plan`: rows, requests and hours before anything is pulled."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import csi
from flows.pull_plan import KindPlan, SourcePlan, told
from flows.settings import load_settings
from flows.wiring import build
from itsm.states import RecordKind
from simulator.freshservice.server import FreshserviceServer
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings

ESTATE = EstateSettings(n_incidents=600, n_weeks=8, seed=5)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def instance(tables: Path) -> Iterator[ServiceNowServer]:
    with ServiceNowServer(ESTATE, directory=tables) as served:
        yield served


def configured(folder: Path, text: str) -> Path:
    config = folder / "csi.toml"
    config.write_text(text)
    return config


def service_now(folder: Path, served: ServiceNowServer) -> Path:
    return configured(
        folder,
        f"""[sources.snow]
kind = "servicenow"
url = "{served.url}"
user = "{served.user}"
password = "{served.password}"
kinds = ["incident"]
page_size = 50
requests_per_hour = 3600
""",
    )


def run(config: Path, *words: str) -> str:
    result = CliRunner().invoke(csi, ["pull", "--config", str(config), *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_rows_and_requests_are_what_the_pull_then_takes(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    config = service_now(tmp_path, instance)
    (plan,) = json.loads(run(config, "--plan", "--json"))
    (kind,) = plan["kinds"]
    n_rows = sum(1 for _ in instance.truth("incident"))
    assert kind["n_rows"] == n_rows
    before = len(instance.requests)
    run(config)
    assert kind["n_calls"] == pytest.approx(len(instance.requests) - before, rel=0.5)
    assert plan["per_hour"] == 3600
    assert plan["hours"] >= kind["n_calls"] / 3600


def test_a_plan_keeps_nothing_and_after_the_pull_there_is_little_left(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    config = service_now(tmp_path, instance)
    run(config, "--plan")
    parts = build(load_settings(config), tmp_path)
    with parts.store.begin() as uow:
        assert uow.raw.count("snow", RecordKind.INCIDENT) == 0
        assert uow.watermarks.get("snow", "incident") is None
    run(config)
    (plan,) = json.loads(run(config, "--plan", "--json"))
    assert plan["kinds"][0]["n_rows"] < ESTATE.n_incidents / 2


def test_what_a_system_does_not_count_is_said_not_to_be_in_it(tmp_path: Path) -> None:
    with FreshserviceServer(ESTATE) as served:
        config = configured(
            tmp_path,
            f"""[sources.desk]
kind = "freshservice"
url = "{served.url}"
api_key = "{served.api_key}"
kinds = ["incident", "team"]
page_size = 20
details = false
""",
        )
        said = run(config, "--plan")
    assert re.search(r"^  incident +- +- +-$", said, re.MULTILINE)
    assert re.search(r"^  team +\d+ +\d+ ", said, re.MULTILINE)
    assert "not in it, because the system does not count them: incident" in said


def test_hours_are_those_of_the_limit_where_it_is_slower() -> None:
    kind = KindPlan(RecordKind.INCIDENT, n_rows=100_000, n_calls=5_000, seconds=600)
    slow = SourcePlan("snow", (kind,), per_hour=1_000, n_asked=3)
    assert slow.hours == pytest.approx(5)
    assert "5,000 requests, about 5.0 h, the limit is 1,000 requests an hour" in list(told(slow))
    free = SourcePlan("snow", (kind,), per_hour=None, n_asked=3)
    assert free.hours == pytest.approx(1 / 6)


def test_a_kind_that_cannot_be_read_is_named_and_the_others_are_planned(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    config = service_now(tmp_path, instance)
    config.write_text(config.read_text().replace(instance.password, "wrong"))
    said = run(config, "--plan")
    assert re.search(r"^  incident +- .*(credentials|401)", said, re.MULTILINE)
