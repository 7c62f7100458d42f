"""No figure of operation is shown without its partner from the users' experience."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from itsm.figures import Figure, FigureResult, NotAvailable
from itsm.states import RecordKind
from reports.editions import Choice, EditionKind
from reports.measures.compute import compute
from reports.measures.contracts import CATALOGUE
from reports.measures.data import MeasureData
from reports.model import Pack
from reports.pack import build_pack
from reports.render import render_html
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data
from tests.reports.sample_pack import quiet_input

ESTATE = EstateSettings(n_incidents=700, n_weeks=12, seed=4)


@cache
def _data() -> MeasureData:
    return estate_data(ESTATE)


@cache
def _results(without: frozenset[RecordKind]) -> tuple[FigureResult, ...]:
    frames = {kind: rows for kind, rows in _data().frames.items() if kind not in without}
    week = ESTATE.last_week
    return compute(replace(_data(), frames=frames), week, week.cutoff(timedelta(hours=24)))


def _pack(results: Iterable[FigureResult]) -> Pack:
    return build_pack(replace(quiet_input(), figures=tuple(results), week=ESTATE.last_week))


def _shown(results: Iterable[FigureResult]) -> set[str]:
    """The figures of the pack that have a value."""
    return {
        one.figure_id
        for one in results
        if isinstance(one, Figure) and CATALOGUE[one.figure_id].is_in_pack
    }


def _told_beside(pack: Pack, figure_id: str) -> list[str]:
    """What stands beside a figure: on each of its cards, or at its table or bars."""
    title = CATALOGUE[figure_id].title
    cards = [card for section in pack.sections for card in section.cards]
    own = [card.partner or "" for card in cards if card.figure_id == figure_id]
    if own:
        return own
    tables = [t for section in pack.sections for t in section.tables if t.caption.startswith(title)]
    bars = [b for section in pack.sections for b in section.bars if b.figure_id == figure_id]
    notes = [table.note or "" for table in tables] + [bar.subtitle for bar in bars]
    return [note.partition("Beside it: ")[2] for note in notes]


@pytest.mark.parametrize(
    "without",
    [frozenset(), frozenset({RecordKind.SURVEY_RESPONSE})],
    ids=["with surveys", "without surveys"],
)
def test_every_figure_shown_has_its_partner_or_says_that_there_is_none(
    without: frozenset[RecordKind],
) -> None:
    results = _results(without)
    pack = _pack(results)
    shown = _shown(results)
    assert len(shown) > 20
    for figure_id in sorted(shown):
        beside = _told_beside(pack, figure_id)
        partner = CATALOGUE[CATALOGUE[figure_id].partner]
        gone = any(
            isinstance(r, NotAvailable) and r.figure_id == partner.figure_id for r in results
        )
        assert beside, figure_id
        for words in beside:
            assert partner.title in words, (figure_id, words)
            assert ("not available" in words) == gone, (figure_id, words)


def test_without_surveys_the_place_of_satisfaction_says_so() -> None:
    page = render_html(_pack(_results(frozenset({RecordKind.SURVEY_RESPONSE}))))
    assert page.count("not available") > 10
    cards = page.split('<article class="card">')[1:]
    assert len(cards) > 20
    assert all("Beside it: " in card.partition("</article>")[0] for card in cards)


def test_every_figure_of_operation_has_a_partner_from_experience() -> None:
    for contract in CATALOGUE.values():
        partner = CATALOGUE[contract.partner]
        assert partner.figure_id != contract.figure_id
        if contract.is_in_pack and not contract.is_experience:
            assert partner.is_experience, (contract.figure_id, partner.figure_id)


def test_a_narrow_edition_reads_a_partner_that_stands_in_no_section_of_its_own() -> None:
    given = replace(quiet_input(), figures=_results(frozenset()), week=ESTATE.last_week)
    pack = build_pack(replace(given, choice=Choice(kind=EditionKind.CAB)))
    beside = [card.partner or "" for section in pack.sections for card in section.cards]
    title = CATALOGUE["csat"].title
    whole = build_pack(given)
    told = {c.partner for s in whole.sections for c in s.cards if title in (c.partner or "")}
    assert len(told) == 1 and not any("not available" in (words or "") for words in told)
    assert beside and {words for words in beside if title in words} == told
