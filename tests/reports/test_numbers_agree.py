"""The numbers in sentences are those of the cards, charts and tables beside them."""

import re
from collections.abc import Iterator

import pytest

from reports.editions import EditionKind
from reports.model import Pack, Section
from reports.pack import DAILY
from tests.reports.made_packs import CASES, PERIODICAL, given_of, pack_of, texts

NUMBER = re.compile(r"(?<![\w.,-])\d[\d.,]*\d|(?<![\w.,-])\d(?![\w-])")
NAMED = re.compile(r"\b[A-Z]{2,}[-\w]*\d[-\w]*\b")
"""Record numbers: INC0000012, CSI-PC-1."""


def numbers(text: str) -> list[str]:
    """The numbers of a text, without those of records."""
    return NUMBER.findall(NAMED.sub(" ", text))


def shown(section: Section) -> set[str]:
    """Every number that a section shows beside its sentences."""
    held = (section.cards, section.charts, section.bars, section.tables, section.candidates)
    return {found for _path, text in texts(held) for found in numbers(text)}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", PERIODICAL)
@pytest.mark.parametrize(("name", "back"), CASES)
def test_every_number_of_an_opening_stands_in_its_section(
    name: str, back: int, kind: EditionKind, language: str
) -> None:
    for section in pack_of(name, back, kind, language).sections:
        beside = shown(section)
        if section.id == "service-health":
            beside |= _backlog(pack_of(name, back, EditionKind.FULL, language))
        for sentence in (section.opening.sentence, section.opening.ask or ""):
            # a limit such as "72 hours" is a rule, no figure
            told = set(numbers(sentence)) - {"72"}
            assert told <= beside, (section.id, sentence, told - beside)


def _backlog(pack: Pack) -> set[str]:
    """What stands open: told with the flow, and shown with the backlog."""
    return {card.value for s in pack.sections for card in s.cards if card.figure_id == "backlog"}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", PERIODICAL)
@pytest.mark.parametrize(("name", "back"), CASES)
def test_the_brief_counts_what_it_lists(
    name: str, back: int, kind: EditionKind, language: str
) -> None:
    pack = pack_of(name, back, kind, language)
    signals = {
        (card.figure_id, card.title)
        for section in pack_of(name, back, EditionKind.FULL, language).sections
        for card in section.cards
        if card.tone in ("worse", "better", "shift")
    }
    told = numbers(pack.brief.headline)
    expected = [len(pack.brief.asks), None, len(pack.missing)]
    counts = [str(n) for n in (expected[0], expected[2]) if n]
    assert counts[-1] == told[-1]
    if expected[0]:
        assert counts[0] == told[0]
    if kind in (EditionKind.FULL, EditionKind.EXECUTIVE) and signals:
        assert int(told[1 if expected[0] else 0]) >= len(signals)


@pytest.mark.parametrize(("name", "back"), CASES)
def test_the_lines_of_the_brief_say_what_the_cards_and_tables_say(name: str, back: int) -> None:
    pack = pack_of(name, back, EditionKind.FULL)
    values = {card.title: card.value for s in pack.sections for card in s.cards}
    values |= {row[0]: row[1] for table in _further(pack) for row in table}
    for line in pack.brief.changes:
        title, colon, rest = line.partition(": ")
        if colon and title in values:
            assert rest.startswith(f"{values[title]}, "), line
    told = pack.brief.gaps[0]
    confessed = {row[1] for row in _confessed(pack)}
    assert set(numbers(told)) <= confessed


def _further(pack: Pack) -> Iterator[tuple[tuple[str, ...], ...]]:
    for section in pack.sections:
        yield from (t.rows for t in section.tables if t.caption == "Also measured")


def _confessed(pack: Pack) -> tuple[tuple[str, ...], ...]:
    quality = next(s for s in pack.sections if s.id == "data-quality")
    return next(t.rows for t in quality.tables if t.caption.startswith("What this pack cannot"))


def test_a_number_that_was_changed_would_be_found() -> None:
    section = next(s for s in pack_of("small", 0, EditionKind.FULL).sections if s.id == "backlog")
    wrong = section.opening.sentence.replace(numbers(section.opening.sentence)[0], "4321", 1)
    assert not set(numbers(wrong)) <= shown(section)


@pytest.mark.parametrize(("name", "back"), CASES)
def test_what_is_to_be_done_today_is_told_by_no_pack_of_a_period(name: str, back: int) -> None:
    """The watch list has it: clocks near their end, and work that stands still."""
    given = given_of(name, back)
    computed = {one.figure_id for one in given.figures}
    assert DAILY & computed, "the estate knows of them"
    pack = pack_of(name, back, EditionKind.FULL)
    assert not DAILY & {one.figure_id for one in pack.evidence}
    assert not DAILY & {one.figure_id for one in pack.definitions}
