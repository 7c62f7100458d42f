"""What a newer version of a pack says of the one before it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from itsm.figures import Figure
from reports.model import Pack
from reports.pack import build_pack
from reports.restated import restated
from tests.reports.sample_pack import sample_input


def _pack(change: Callable[[Figure], Figure | None]) -> Pack:
    given = sample_input()
    changed = [change(one) if isinstance(one, Figure) else one for one in given.figures]
    return build_pack(replace(given, figures=tuple(one for one in changed if one is not None)))


def _same(one: Figure) -> Figure:
    return one


def test_a_pack_that_is_the_same_moves_nothing() -> None:
    assert restated(_pack(_same), _pack(_same)) == ()


def test_a_value_that_moved_is_told_with_its_records() -> None:
    def more(one: Figure) -> Figure:
        if one.figure_id != "opened" or one.dimensions:
            return one
        return replace(one, value=one.value + 1, rows=(*one.rows[1:], "INC-LATE", "INC-LATER"))

    before = next(one for one in sample_input().figures if one.figure_id == "opened")
    assert isinstance(before, Figure)
    (told,) = restated(_pack(_same), _pack(more))
    assert told.startswith(f"{before.title}: {before.value:,.0f} became {before.value + 1:,.0f} (")
    assert "came: INC-LATE, INC-LATER" in told
    assert f"went: {before.rows[0]}" in told


def test_a_figure_that_came_or_went_is_told_as_not_available() -> None:
    def without(one: Figure) -> Figure | None:
        return None if one.figure_id == "opened" else one

    (gone,) = restated(_pack(_same), _pack(without))
    assert "became not available" in gone
    (came,) = restated(_pack(without), _pack(_same))
    assert "not available became" in came


def test_other_records_behind_the_same_value_are_told() -> None:
    def other(one: Figure) -> Figure:
        if one.figure_id != "opened" or one.dimensions:
            return one
        return replace(one, rows=("INC-OTHER", *one.rows[1:]))

    (told,) = restated(_pack(_same), _pack(other))
    assert "as before, of other records" in told


def test_a_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.restated.MAX_TOLD", 10)

    def every(one: Figure) -> Figure:
        return replace(one, figure_id=f"{one.figure_id}_new", title=f"{one.title} anew")

    told = restated(_pack(_same), _pack(every))
    assert len(told) == 11
    assert told[-1] == "8 more figures moved; `csi restatements` lists all."
