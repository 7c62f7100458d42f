"""What every test may rely on: quiet Prefect, repeatable properties, real records if any."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres_server import PostgresServer, postgres_server

os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["CSI_PRIVACY__PEOPLE_KEY"] = "one key for all tests, so that stores can be compared"

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("house"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "house")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real records that CSI_REAL_DATA names; without it the test is skipped."""
    named = os.environ.get("CSI_REAL_DATA")
    if not named:
        pytest.skip("CSI_REAL_DATA is not set: no real records to test with")
    folder = Path(named)
    assert folder.is_dir(), f"CSI_REAL_DATA names {named}, which is not a folder"
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server whose user may create databases; skipped where there is none."""
    with postgres_server() as server:
        yield server
