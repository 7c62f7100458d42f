from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.core.paging import Limit
from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach, WalkedPage, walk, walk_keys
from connectors.core.watermark import Keyset, keyset_of
from itsm.errors import CutAnswerError, PagingError
from tests.connectors.model_table import ModelRow, ModelTable, at

KEYS = [f"k{n:02}" for n in range(30)]
ROWS = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(ModelRow, st.integers(0, 5), st.just(0), st.booleans()),
    max_size=30,
)
ACTIONS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["touch", "insert", "delete"]), st.sampled_from(KEYS)), max_size=3
    ),
    max_size=40,
)


class Changes:
    """Does to a table what was drawn, a few things between two pages."""

    def __init__(self, actions: Iterable[list[tuple[str, str]]], most: int) -> None:
        self._actions = iter(actions)
        self._most = most
        self.deleted: set[str] = set()

    def __call__(self, table: ModelTable) -> None:
        for action, key in next(self._actions, [])[: self._most]:
            if action == "touch":
                table.touch(key)
            elif action == "insert" and key not in self.deleted:
                table.insert(f"new {key}")
            elif action == "delete":
                self.deleted.add(key)
                table.rows.pop(key, None)


def _given(pages: Iterator[WalkedPage[str]]) -> dict[str, int]:
    """The last version given of each row."""
    return {row.key: int(row.version) for page in pages for row in page.rows}


@given(rows=ROWS, size=st.integers(2, 9), actions=ACTIONS)
def test_no_row_is_lost_while_rows_change_between_pages(
    rows: dict[str, ModelRow], size: int, actions: list[list[tuple[str, str]]]
) -> None:
    table = ModelTable(rows, between=Changes(actions, most=size // 2))
    given_rows = _given(walk("ours", table.fetch, None, Limit(size)))
    assert table.visible().items() <= given_rows.items()


@given(rows=ROWS, size=st.integers(2, 9))
def test_no_row_is_given_twice_while_nothing_changes(rows: dict[str, ModelRow], size: int) -> None:
    table = ModelTable(rows)
    keys = [row.key for page in walk("ours", table.fetch, None, Limit(size)) for row in page.rows]
    assert sorted(keys) == sorted(table.visible())


@given(rows=ROWS, size=st.integers(2, 9), actions=ACTIONS, stops=st.lists(st.integers(1, 4)))
def test_a_walk_that_is_stopped_at_any_page_goes_on_from_its_text(
    rows: dict[str, ModelRow], size: int, actions: list[list[tuple[str, str]]], stops: list[int]
) -> None:
    table = ModelTable(rows, between=Changes(actions, most=size // 2))
    given_rows: dict[str, int] = {}
    text: str | None = None
    for n_pages in [*stops, 10_000]:
        pages = walk("ours", table.fetch, keyset_of("ours", text), Limit(size))
        for page, _ in zip(pages, range(n_pages), strict=False):
            given_rows |= {row.key: int(row.version) for row in page.rows}
            text = page.keyset.text()
    assert table.visible().items() <= given_rows.items()


@given(rows=ROWS, size=st.integers(2, 9), start=st.integers(0, 6))
def test_a_walk_from_a_place_gives_what_was_updated_since(
    rows: dict[str, ModelRow], size: int, start: int
) -> None:
    table = ModelTable(rows)
    given_rows = _given(walk("ours", table.fetch, Keyset(at(start)), Limit(size)))
    since = {key for key in table.visible() if rows[key].second >= start}
    assert given_rows.keys() == since


def test_a_walk_stopped_after_each_page_comes_to_its_end() -> None:
    table = ModelTable({key: ModelRow(n // 20) for n, key in enumerate(KEYS)})
    text: str | None = None
    seen: list[str] = []
    for _ in range(100):
        pages = walk("ours", table.fetch, keyset_of("ours", text), Limit(4))
        page = next(pages)
        seen += [row.key for row in page.rows]
        text = page.keyset.text()
        if page.keyset.is_end:
            break
    assert set(seen) == set(KEYS)
    assert len(seen) < 2 * len(KEYS)


def test_more_rows_of_one_second_than_fit_a_page_are_read_by_key() -> None:
    table = ModelTable({key: ModelRow(7) for key in KEYS} | {"z": ModelRow(8)})
    given_rows = _given(walk("ours", table.fetch, None, Limit(4)))
    assert given_rows.keys() == {*KEYS, "z"}
    assert max(ask.offset for ask in table.asks) == 0
    assert {ask.reach for ask in table.asks} == {Reach.SINCE, Reach.AT, Reach.AFTER}
    assert len(table.asks) < 14


def test_short_and_empty_pages_are_not_the_end() -> None:
    rows = {key: ModelRow(n, is_hidden=2 < n < 28) for n, key in enumerate(KEYS)}
    table = ModelTable(rows)
    assert _given(walk("ours", table.fetch, None, Limit(4))).keys() == table.visible().keys()
    steps = [
        later.offset - ask.offset for ask, later in zip(table.asks, table.asks[1:], strict=False)
    ]
    assert max(steps) == 2  # half a page


def test_a_pull_that_came_to_its_end_starts_an_overlap_earlier_next_time() -> None:
    table = ModelTable({"a": ModelRow(100), "b": ModelRow(200)})
    (*_, last) = walk("ours", table.fetch, None, Limit(4))
    assert last.keyset.is_end
    table.rows["late"] = ModelRow(195)  # stamped before the end, committed after it
    again = _given(walk("ours", table.fetch, last.keyset, Limit(4), overlap=timedelta(seconds=10)))
    assert again.keys() == {"b", "late"}


def test_pulls_that_find_nothing_stay_where_they_are() -> None:
    place = Keyset(at(500), is_end=True)
    table = ModelTable({"a": ModelRow(1)})
    for _ in range(3):
        (page,) = walk("ours", table.fetch, place, Limit(4), overlap=timedelta(seconds=10))
        assert page.rows == []
        place = page.keyset
    assert place == Keyset(at(500), is_end=True)


def test_a_walk_never_ends_before_the_last_one_did() -> None:
    table = ModelTable({"a": ModelRow(495)})  # what was at 500 has been deleted since
    place = Keyset(at(500), is_end=True)
    (page,) = walk("ours", table.fetch, place, Limit(4), overlap=timedelta(seconds=10))
    assert [row.key for row in page.rows] == ["a"]
    assert page.keyset == place


def test_a_system_that_ignores_the_filter_is_noticed() -> None:
    table = ModelTable({key: ModelRow(n) for n, key in enumerate(KEYS)})
    everything = lambda ask: table.fetch(replace(ask, updated_at=None, reach=Reach.SINCE))  # noqa: E731
    with pytest.raises(PagingError, match="ignores the filter"):
        list(walk("ours", everything, None, Limit(4)))
    with pytest.raises(PagingError, match="ignores the filter"):
        next(walk("ours", everything, Keyset(at(20)), Limit(4)))


def test_a_system_that_ignores_the_order_is_noticed() -> None:
    table = ModelTable({key: ModelRow(n) for n, key in enumerate(KEYS)})

    def backwards(ask: Ask) -> FetchedPage[str]:
        page = table.fetch(ask)
        return FetchedPage(page.rows[::-1], page.has_more)

    with pytest.raises(PagingError, match="order"):
        list(walk("ours", backwards, None, Limit(4)))


def test_a_system_that_ignores_the_key_is_noticed() -> None:
    table = ModelTable({key: ModelRow(7) for key in KEYS})

    def keyless(ask: Ask) -> FetchedPage[str]:
        return table.fetch(replace(ask, after_key=None))

    with pytest.raises(PagingError, match="again"):
        list(walk("ours", keyless, None, Limit(4)))
    with pytest.raises(PagingError, match="again"):
        list(walk_keys("ours", keyless, Limit(4)))


def test_a_system_that_promises_more_for_ever_is_noticed() -> None:
    with pytest.raises(PagingError, match="empty pages"):
        list(walk("ours", lambda _ask: FetchedPage[str]([], has_more=True), None, Limit(4)))


def test_a_cut_page_is_asked_for_again_and_smaller() -> None:
    table = ModelTable({key: ModelRow(n) for n, key in enumerate(KEYS)})
    sizes: list[int] = []

    def cutting(ask: Ask) -> FetchedPage[str]:
        sizes.append(ask.limit)
        if ask.limit > 5 and len(sizes) < 4:
            raise CutAnswerError("ours", "cut")
        return table.fetch(ask)

    assert _given(walk("ours", cutting, None, Limit(16, floor=2))).keys() == set(KEYS)
    assert sizes[:3] == [16, 8, 4]
    assert max(sizes[3:]) > 4  # it grows back


def test_a_page_that_is_cut_however_small_is_an_error() -> None:
    sizes: list[int] = []

    def cutting(ask: Ask) -> FetchedPage[str]:
        sizes.append(ask.limit)
        raise CutAnswerError("ours", "cut")

    with pytest.raises(CutAnswerError):
        list(walk("ours", cutting, None, Limit(16, floor=5)))
    assert sizes == [16, 8, 5, 5, 5, 5]


def test_a_row_that_changed_while_its_page_was_read_does_not_carry_the_walk_away() -> None:
    """A row is found by its old update and told with its new one."""
    table = ModelTable({key: ModelRow(n) for n, key in enumerate(KEYS)})

    def racing(ask: Ask) -> FetchedPage[str]:
        page = table.fetch(ask)
        if len(table.asks) != 2:
            return replace(page, asked_at=at(table.second))
        asked_at = at(table.second)
        last = page.rows[-1]
        table.touch(last.key)
        changed = FetchedRow(at(table.second), last.key, last.key, "1")
        return FetchedPage([*page.rows[:-1], changed], page.has_more, asked_at)

    given_rows = _given(walk("ours", racing, None, Limit(5)))
    assert given_rows == table.visible()


@given(rows=ROWS, size=st.integers(2, 9), actions=ACTIONS)
def test_a_walk_by_key_finds_every_row_that_was_there_throughout(
    rows: dict[str, ModelRow], size: int, actions: list[list[tuple[str, str]]]
) -> None:
    before = set(rows)
    table = ModelTable(rows, between=Changes(actions, most=size // 2))
    keys = [row.key for page in walk_keys("ours", table.fetch, Limit(size)) for row in page]
    assert {key for key in table.visible() if key in before} <= set(keys)
    assert keys == sorted(set(keys))
