"""Planted waits of ours are never charged to a vendor, and the vendor's own are all found."""

import pytest

from tests.eval.planted_waits import charged


@pytest.mark.parametrize("seed", [1])
def test_no_wait_of_ours_is_charged_to_a_vendor(seed: int) -> None:
    _check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 10))
def test_no_wait_of_ours_is_charged_to_a_vendor_over_seeds(seed: int) -> None:
    _check(seed)


def _check(seed: int) -> None:
    found = charged(seed, n_incidents=2_000, n_weeks=12)
    assert found.n_incidents > 40
    assert found.planted_own_h > 0
    assert found.n_wrongly == 0
    assert found.charged_h > 0.97 * found.planted_vendor_h
