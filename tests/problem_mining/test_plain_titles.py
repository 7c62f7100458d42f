"""Statements are spelt as a person would read them aloud."""

import pytest

from problem_mining import plain_titles as plain_module
from problem_mining.plain_titles import plain_titles, written_in

COMMON = ["The viewer hangs", "Viewer stays empty", "My viewer is slow", "viewer dead", "A viewer"]


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Archive viewre not responding", "Archive viewer not responding"),
        ("Viewwer gone", "Viewer gone"),
        ("VIEWER IS EMPTY", "Viewer is empty"),
        ("viewre-01 down", "viewre-01 down"),
        ("/opt/viewre full", "/opt/viewre full"),
        ("The vieew of sales", "The vieew of sales"),
        ("SNMP trap", "SNMP trap"),
        ("IS the VIEWER slow", "IS the viewer slow"),
        ("E-VIEWER: A VIEWER", "E-VIEWER: A viewer"),
        ("Viewar", "Viewer"),
        ("A reviewer", "A reviewer"),
        ("My view", "My view"),
    ],
)
def test_slips_are_repaired_and_shouting_is_lowered(title: str, plain: str) -> None:
    assert plain_titles([title], written_in([*COMMON, title])) == (plain,)


def test_a_word_that_many_write_stays() -> None:
    ours = ["Viewre crashed"] * 4
    assert plain_titles(ours[:1], written_in([*COMMON, *ours])) == ("Viewre crashed",)


def test_halves_that_are_read_apart_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = [*COMMON, "VIEWER gone", "Viewre crashed", "Viewwer gone", "the viewer again"] * 2
    shown = ["Viewre crashed", "VIEWER gone", "Viewwer gone"]
    whole = written_in(titles)
    assert plain_titles(shown, whole) == ("Viewer crashed", "Viewer gone", "Viewer gone")
    monkeypatch.setattr(plain_module, "LEAST", 2)
    assert written_in(titles) == whole
