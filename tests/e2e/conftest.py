"""A small practice estate for runs from pull to pack."""

import pytest

from flows.demo_config import demo_config
from flows.practice import write_estate
from simulator.settings import EstateSettings
from tests.e2e.practice_estate import Practice


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    exports = tmp_path_factory.mktemp("estate") / "exports"
    made = write_estate(EstateSettings(n_incidents=600, n_weeks=12, seed=5), "servicenow", exports)
    small_pages = "[sources.practice]\nbatch_size = 50\n"
    config = demo_config(made.files).replace("[sources.practice]\n", small_pages)
    return Practice(config, made.last_week, exports)
