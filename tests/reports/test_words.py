"""Sentences by rule: plurals, lists, comparisons, verdicts."""

from dataclasses import replace

import pytest

from itsm.figures import Figure, Series, Signal, Unit, Verdict
from itsm.statistics import SpecialCause
from reports.words import (
    ask_of,
    finding,
    listed,
    lower_first,
    plural,
    signal_clause,
    signal_phrase,
    step_words,
)

FIGURE = Figure(
    figure_id="opened",
    version=1,
    title="Incidents opened",
    unit=Unit.COUNT,
    period="2026-W34",
    value=1502.0,
    n=1502,
    series=Series(weeks=("2026-W33", "2026-W34"), values=(1200.0, 1502.0)),
)


def with_verdict(verdict: Verdict, title: str = "Incidents opened") -> Figure:
    """The figure with another verdict."""
    return replace(FIGURE, title=title, signal=Signal(verdict=verdict))


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "0 incidents"), (1, "1 incident"), (2, "2 incidents"), (1204, "1,204 incidents")],
)
def test_counts_agree_with_their_nouns(n: int, text: str) -> None:
    assert plural(n, "incident") == text


def test_an_irregular_plural_is_given() -> None:
    assert plural(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("parts", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_read_like_sentences(parts: list[str], text: str) -> None:
    assert listed(parts) == text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Incidents opened", "incidents opened"),
        ("SLA compliance", "SLA compliance"),
        ("First-contact resolution (FCR)", "first-contact resolution (FCR)"),
        ("OLA compliance", "OLA compliance"),
    ],
)
def test_abbreviations_keep_their_capitals(title: str, text: str) -> None:
    assert lower_first(title) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((1200.0, 1502.0), "up 302 on the week before"),
        ((1502.0, 1200.0), "down 302 on the week before"),
        ((5.0, 5.0), "the same as the week before"),
        ((None, 5.0), None),
        ((5.0,), None),
    ],
)
def test_a_step_is_told_against_the_week_before(
    values: tuple[float | None, ...], text: str | None
) -> None:
    weeks = tuple(f"2026-W{i:02d}" for i in range(len(values)))
    assert step_words(replace(FIGURE, series=Series(weeks=weeks, values=values))) == text


def test_a_step_of_a_share_is_in_percentage_points() -> None:
    series = Series(weeks=("a", "b"), values=(0.95, 0.923))
    words = step_words(replace(FIGURE, unit=Unit.SHARE, series=series))
    assert words == "down 2.7\u00a0percentage points on the week before"


def test_only_a_signal_is_called_better_or_worse() -> None:
    for verdict in (Verdict.NORMAL, Verdict.TOO_FEW_WEEKS):
        said = finding(with_verdict(verdict))
        assert "better" not in said
        assert "worse" not in said
        assert ask_of([with_verdict(verdict)]) is None
    assert (
        finding(with_verdict(Verdict.DETERIORATION)) == "Incidents opened: 1,502, worse than usual"
    )


def test_the_rule_behind_a_signal_is_named() -> None:
    figure = replace(
        FIGURE, signal=Signal(verdict=Verdict.SHIFT, causes=(SpecialCause.RUN, SpecialCause.TREND))
    )
    assert signal_phrase(figure) == (
        "Incidents opened: 1,502, a shift from the usual "
        "(7 weeks in a row on one side of the mean and 6 weeks in a row rising or falling)."
    )


def test_signals_are_named_up_to_three() -> None:
    many = [with_verdict(Verdict.SHIFT, title) for title in ("One", "Two", "Three", "Four")]
    assert signal_clause(many[:1]) == "a signal shows in one"
    assert signal_clause(many[:2]) == "signals show in one and two"
    assert signal_clause(many) == "signals show in one, two, three and others"
    assert (
        signal_clause([with_verdict(Verdict.NORMAL)])
        == "nothing here differs from normal variation"
    )
    assert "too few weeks" in signal_clause([with_verdict(Verdict.TOO_FEW_WEEKS)])
    assert "no weekly series" in signal_clause([FIGURE])


def test_what_got_worse_is_asked_about_first() -> None:
    figures = [
        with_verdict(Verdict.IMPROVEMENT, "Speed"),
        with_verdict(Verdict.DETERIORATION, "Age"),
    ]
    assert ask_of(figures) == "Find what is behind age before you change anything else."
    assert ask_of(figures[:1]) == "Find what helped speed, and keep doing it."
