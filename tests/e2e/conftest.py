"""A small practice estate for runs from pull to pack."""

import pytest

from tests.e2e.practice_estate import Practice, small_practice


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    return small_practice(tmp_path_factory.mktemp("estate"), n_incidents=600, n_weeks=12)
