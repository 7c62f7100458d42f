"""Cells as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.core.mapping.values import (
    read_duration_h,
    read_flag,
    read_integer,
    read_number,
    read_text,
    shape_of,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("3.0", 3), (" 3 ", 3), ("3 - Moderate", 3), ("1 High", 1), ("2: high", 2),
        ("-5", -5), ("Moderate", None), ("3.5", None), ("P3", None), ("3rd", None), ("", None),
        ("3-4", None), ("2026-11-21", None), ("12 345", None), ("9" * 40, None),
    ],
)  # fmt: skip
def test_whole_numbers(text: str, value: int | None) -> None:
    assert read_integer(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3.0), ("3.25", 3.25), ("3,25", 3.25), ("1,234", 1234.0), ("1,234.5", 1234.5),
        ("1.234,5", 1234.5), ("1 234,5", 1234.5), ("1e3", 1000.0), ("nan", None), ("inf", None),
        ("12 EUR", None), ("", None),
    ],
)  # fmt: skip
def test_numbers(text: str, value: float | None) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("Yes", True), ("1", True), ("FALSE", False), ("no", False), ("maybe", None)],
)
def test_flags(text: str, value: bool | None) -> None:
    assert read_flag(text) is value


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("5400", 1.5), ("1:30:00", 1.5), ("1:30", 1.5), ("1970-01-01 01:30:00", 1.5),
        ("1970-01-02 01:30:00", 25.5), ("1 Hour 30 Minutes", 1.5), ("1h 30m", 1.5),
        ("2 Days and 1 Hour", 49.0), ("30 Seconds", 30 / 3600), ("soon", None), ("3 apples", None),
    ],
)  # fmt: skip
def test_durations_in_hours(text: str, hours: float | None) -> None:
    assert read_duration_h(text) == (None if hours is None else pytest.approx(hours))


@pytest.mark.parametrize("text", ["\x00", " ", "\n\t", "\u00a0"])
def test_a_text_of_nothing_is_none(text: str) -> None:
    assert read_text(text) is None


@given(st.text())
def test_a_text_has_no_nul_and_no_edges(text: str) -> None:
    read = read_text(text)
    assert read is None or (read == read.strip() and read and "\x00" not in read)


@given(st.text())
def test_a_shape_tells_nothing(text: str) -> None:
    assert set(filter(str.isalnum, shape_of(text))) <= {"a", "9"}
