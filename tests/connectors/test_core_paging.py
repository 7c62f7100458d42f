import pytest

from connectors.core.paging import next_link, paged
from itsm.errors import PagingError


def test_pages_follow_the_cursors_that_a_system_gives() -> None:
    chain: dict[str | None, tuple[str, str | None]] = {
        None: ("one", "a"),
        "a": ("two", "b"),
        "b": ("three", None),
    }
    assert list(paged("ours", chain.__getitem__)) == ["one", "two", "three"]


def test_a_cursor_that_comes_back_ends_the_walk() -> None:
    chain: dict[str | None, tuple[str, str | None]] = {
        None: ("one", "a"),
        "a": ("two", "b"),
        "b": ("three", "a"),
    }
    pages = paged("ours", chain.__getitem__)
    assert [next(pages) for _ in range(3)] == ["one", "two", "three"]
    with pytest.raises(PagingError, match="again"):
        next(pages)


def test_the_next_link_is_found_among_the_others() -> None:
    links = (
        '<https://h/api?a=1,2&offset=0>;rel="first",<https://h/api?a=1,2&offset=20>; rel="next",'
        '<https://h/api?offset=90>;rel="last"'
    )
    assert next_link({"Link": links}) == "https://h/api?a=1,2&offset=20"
    assert next_link({"Link": '<https://h/api?offset=0>;rel="first"'}) is None
    assert next_link({}) is None
