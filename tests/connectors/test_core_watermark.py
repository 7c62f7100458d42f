from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.core.watermark import Keyset, keyset_of
from itsm.errors import FatalSourceError

MOMENTS = st.datetimes(
    datetime(1970, 1, 1),
    datetime(2200, 1, 1),
    timezones=st.timedeltas(timedelta(hours=-12), timedelta(hours=12)).map(timezone),
)
PLACES = st.builds(Keyset, MOMENTS, st.none() | st.text(), st.booleans(), st.booleans())


@given(PLACES)
def test_a_place_is_kept_as_text(place: Keyset) -> None:
    text = place.text()
    assert keyset_of("ours", text) == place
    assert (
        text
        == Keyset(place.updated_at.astimezone(UTC), place.key, place.is_past, place.is_end).text()
    )


def test_no_text_is_the_start() -> None:
    assert keyset_of("ours", None) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "[]", "{}", "null", "7",
        '{"at":"2026-01-01T00:00:00","key":null,"past":false,"end":false}',
        '{"at":"2026-01-01T00:00:00+00:00","key":7,"past":false,"end":false}',
        '{"at":7,"key":null,"past":false,"end":false}',
    ],
)  # fmt: skip
def test_a_text_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(FatalSourceError, match="watermark"):
        keyset_of("ours", text)


@given(PLACES, st.timedeltas(timedelta(0), timedelta(days=1)))
def test_only_what_came_to_its_end_is_read_again_by_an_overlap(
    place: Keyset, overlap: timedelta
) -> None:
    begun = place.begin(overlap)
    if place.is_end:
        assert begun == Keyset(place.updated_at - overlap)
    else:
        assert begun == place
