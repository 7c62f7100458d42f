"""One estate for all tests that only look at it, and a ServiceNow server over a smaller one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.estate import Estate, build_estate
from simulator.plan import Plan, build_plan
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.simulator.servicenow_client import SERVED

SETTINGS = EstateSettings(n_incidents=2_400, n_weeks=26, seed=3)


@pytest.fixture(scope="session")
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="session")
def plan() -> Plan:
    return build_plan(SETTINGS)


@pytest.fixture(scope="session")
def made_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where the tables of `SERVED` are made once."""
    return tmp_path_factory.mktemp("servicenow")


@pytest.fixture(scope="session")
def servicenow(made_tables: Path) -> Iterator[ServiceNowServer]:
    """A server for tests that only read, without faults."""
    with ServiceNowServer(SERVED, directory=made_tables) as server:
        yield server
        assert server.errors == []


@pytest.fixture
def own_servicenow(made_tables: Path) -> Iterator[ServiceNowServer]:
    """A server for one test, to write to and to disturb."""
    with ServiceNowServer(SERVED, directory=made_tables) as server:
        yield server
        assert server.errors == []
