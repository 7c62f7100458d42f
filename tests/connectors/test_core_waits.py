from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.core.waits import asked_wait_s, grown_wait_s
from tests.connectors.scripted_server import START


def test_a_moment_is_held_against_the_systems_own_clock() -> None:
    headers = {
        "Date": "Mon, 02 Mar 2026 08:00:00 GMT",
        "Retry-After": "Mon, 02 Mar 2026 08:01:00 GMT",
    }
    assert asked_wait_s(headers, START - timedelta(hours=3)) == 60


def test_a_moment_that_has_passed_is_no_wait() -> None:
    assert asked_wait_s({"X-RateLimit-Reset": "2026-03-02T07:00:00Z"}, START) == 0


def test_a_number_that_is_no_moment_is_seconds() -> None:
    assert asked_wait_s({"X-RateLimit-Reset": "30"}, START) == 30


@pytest.mark.parametrize("said", ["", "soon", "nan", "inf", "-inf", "1e300", "-1"])
def test_what_says_nothing_is_no_answer(said: str) -> None:
    assert asked_wait_s({"Retry-After": said}, START) is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_headers_say_a_wait_is_none_or_not_negative(after: str, date: str) -> None:
    wait_s = asked_wait_s({"Retry-After": after, "Date": date}, START)
    assert wait_s is None or 0 <= wait_s < float("inf")


@given(st.text(max_size=10), st.integers(1, 2000))
def test_waits_grow_to_a_minute_and_are_the_same_each_time(source: str, attempt: int) -> None:
    wait_s = grown_wait_s(source, attempt, 1.0)
    assert wait_s == grown_wait_s(source, attempt, 1.0)
    full_s = min(60.0, 2.0 ** min(attempt - 1, 10))
    assert full_s / 2 <= wait_s <= full_s


def test_sources_that_failed_together_do_not_come_back_together() -> None:
    assert len({grown_wait_s(f"source {n}", 3, 1.0) for n in range(50)}) == 50
