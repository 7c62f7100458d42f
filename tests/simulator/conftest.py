"""One estate for all tests that only look at it."""

import pytest

from simulator.estate import Estate, build_estate
from simulator.plan import Plan, build_plan
from simulator.settings import EstateSettings

SETTINGS = EstateSettings(n_incidents=2_400, n_weeks=26, seed=3)


@pytest.fixture(scope="session")
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="session")
def plan() -> Plan:
    return build_plan(SETTINGS)
