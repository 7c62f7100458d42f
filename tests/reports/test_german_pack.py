"""German packs: every text of the catalogue translated, no English left, marks of numbers."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Message
from jinja2.ext import extract_from_ast

from itsm.candidates import Purity
from itsm.figures import Figure
from itsm.periods import calendar_month, calendar_quarter
from problem_mining.reasons import _in_words
from reports.editions import EDITIONS, Choice, EditionKind
from reports.language import TOLD, catalogue_of, known, speaking, told, tongue
from reports.measures.contracts import CATALOGUE
from reports.pack import build_pack
from tests.reports.made_packs import CASES, PERIODICAL, given_of, pack_of, texts
from tests.reports.sample_pack import sample_input

ROOM = Path(__file__).parents[2] / "reports"
APART = {"extract", "measures"}
"""Rooms in the room that speak to programs, or compose what `told` says."""
ENGLISH = re.compile(
    r"\b(the|and|of|is|are|were|with|without|from|not|by|than|that|this|which|their|its|"
    r"week|weeks|opened|resolved|usual|asked|records|incidents|open|missing)\b"
)
"""Words that no German text has; names of records and services are looked at apart."""
AS_GIVEN = re.compile(
    r"brief\.asks\.(title|key|href|anchor|facts)|(candidates|card)\.(statement|closest|edge|candidate_id)"
    r"|evidence\.(rows|base_rows)|candidate_rows|register_rows|known_problems|anchor|figure_id"
    r"|organisation|provenance|tone|checksum|journal_head|run_id|^(kind|edition|language|zone)$"
    r"|(^|\.)(id|section_id)$"
)
"""Fields that hold what people or programs wrote elsewhere, as it is."""


def _messages() -> Iterator[str | tuple[str, str]]:
    """Every text of the room that is said through the catalogue."""
    for file in (*sorted(ROOM.rglob("*.py")), *_others()):
        if not APART & set(file.parts):
            yield from _in_python(ast.parse(file.read_text(encoding="utf-8")))
    environment = jinja2.Environment(autoescape=True)
    for file in sorted((ROOM / "templates").glob("*.j2")):
        tree = environment.parse(file.read_text(encoding="utf-8"))
        found = extract_from_ast(tree, ("_", "n_"))
        for _line, _name, message in found:
            kept = [message] if isinstance(message, str) else [one for one in message or () if one]
            yield kept[0] if len(kept) == 1 else (kept[0], kept[1])


def _others() -> Iterator[Path]:
    """Files of other rooms that speak through the catalogue."""
    for room in ("flows", "review_app"):
        for file in sorted((ROOM.parent / room).rglob("*.py")):
            if "from reports.language import" in file.read_text(encoding="utf-8"):
                yield file


def _in_python(tree: ast.AST) -> Iterator[str | tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            n = {"_": 1, "mark": 1, "n_": 2}.get(node.func.id, 0)
            held = [a.value for a in node.args[:n] if isinstance(a, ast.Constant)]
            said = [text for text in held if isinstance(text, str)]
            if n and len(said) == n:
                yield said[0] if n == 1 else (said[0], said[1])


def test_no_text_of_the_room_is_without_its_german() -> None:
    catalogue = catalogue_of("de")
    lacking = sorted(
        str(one)
        for one in set(_messages())
        if not _is_translated(catalogue.get(one if isinstance(one, str) else one[0]), one)
    )
    assert lacking == []


def _is_translated(found: Message | None, asked: str | tuple[str, str]) -> bool:
    if found is None or not found.string or found.fuzzy:
        return False
    is_plural = isinstance(asked, tuple)
    return is_plural == isinstance(found.string, tuple) and (not is_plural or all(found.string))


def test_the_german_of_a_text_takes_the_parts_of_the_english() -> None:
    for one in catalogue_of("de"):
        if not one.id:
            continue
        english = one.id[-1] if one.pluralizable else one.id
        german = one.string[-1] if one.pluralizable and one.string else one.string
        assert _slots(english) == _slots(german), english


def _slots(text: object) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", str(text)))


def test_no_text_stands_in_the_catalogue_that_nothing_says() -> None:
    said = {one if isinstance(one, str) else one[0] for one in _messages()}
    kept = {
        one.id[0] if one.pluralizable else one.id
        for one in catalogue_of("de")
        if one.id and one.context is None
    }
    assert sorted(kept - said) == []


def test_every_word_of_the_catalogue_of_figures_has_its_german() -> None:
    tongue("de").unknown.clear()
    with speaking("de"):
        for contract in CATALOGUE.values():
            for text in (
                *(contract.title, contract.formula, contract.denominator, contract.exclusions),
                *(contract.decision, contract.owner, *contract.needs),
            ):
                told(text)
    assert tongue("de").unknown == set()


@pytest.mark.parametrize("kind", PERIODICAL)
@pytest.mark.parametrize(("name", "back"), CASES)
def test_what_other_rooms_say_is_known(name: str, back: int, kind: EditionKind) -> None:
    tongue("de").unknown.clear()
    given = given_of(name, back, kind)
    build_pack(replace(given, choice=replace(given.choice, language="de")))
    assert tongue("de").unknown == set()


@pytest.mark.parametrize("kind", PERIODICAL)
@pytest.mark.parametrize(("name", "back"), CASES)
def test_no_english_is_left(name: str, back: int, kind: EditionKind) -> None:
    given = given_of(name, back, kind)
    names = _names(given.figures)
    left = {
        (path, text)
        for path, text in texts(pack_of(name, back, kind, "de"))
        if not AS_GIVEN.search(path)
        if ENGLISH.search(_without(text, names).casefold())
    }
    assert left == set()


def _names(figures: object) -> list[str]:
    """What stands in the records: services, teams, vendors, causes; the longest first."""
    assert isinstance(figures, tuple)
    found = {
        value
        for one in figures
        for value in one.dimensions.values()
        if len(value) > 3 and _said(value) == value
    }
    given = sample_input()
    found |= {text for entry in given.register for text in (entry.title, entry.coordinator or "")}
    found |= {part.text for one in given.candidates for part in one.evidence}
    found |= {part.value for one in given.candidates for part in one.purity}
    found |= {one.statement for one in given.candidates}
    return sorted(filter(None, found), key=len, reverse=True)


def _said(value: str) -> str:
    with speaking("de"):
        return tongue("de").texts.pgettext(TOLD, value)


def _without(text: str, names: list[str]) -> str:
    text = re.sub(r"\b[a-z_]+(?:\.[a-z_]+|\.csv|_at|_h)\b", " ", text)
    for name in names:
        text = text.replace(name, " ")
    return text


def test_the_kinds_of_evidence_and_purity_have_their_german() -> None:
    kinds = (
        *("alerts", "company", "meaning", "names", "time", "time pattern", "unshared terms"),
        *("wording", "shared codes", "category", "subcategory", "service", "location"),
    )
    with speaking("de"):
        assert [kind for kind in kinds if known(kind) == kind and kind not in ("service",)] == []


def test_numbers_and_days_are_written_as_germans_write_them() -> None:
    pack = pack_of("other", 0, EditionKind.FULL, "de")
    cards = {card.figure_id: card.value for s in pack.sections for card in s.cards}
    figures = given_of("other", 0, EditionKind.FULL).figures
    rate = next(f for f in figures if isinstance(f, Figure) and f.figure_id == "fcr")
    assert cards["fcr"] == f"{rate.value * 100:.1f}".replace(".", ",") + "\u00a0%"
    assert re.match(r"Woche\u00a0\d+, ", pack.period)
    assert re.match(r"\d{1,2}\.\u00a0\w+\.?\u00a0\d{4}, \d\d:\d\d \(", pack.cutoff)


def test_a_reader_elsewhere_is_told_their_own_time() -> None:
    given = sample_input()
    there = replace(given, choice=replace(given.choice, zone="America/New_York"))
    assert build_pack(given).cutoff.endswith("00:00 (Europe/London)")
    assert build_pack(there).cutoff.endswith("19:00 (America/New_York)")


def test_months_and_quarters_are_named_in_both_languages() -> None:
    given = sample_input()
    for language, month, quarter in (
        ("en", "August 2026", "Quarter 3 of 2026"),
        ("de", "August 2026", "Quartal 3/2026"),
    ):
        choice = replace(given.choice, language=language)
        for period, name in (
            (calendar_month("2026-08"), month),
            (calendar_quarter("2026-Q3"), quarter),
        ):
            assert build_pack(replace(given, week=period, choice=choice)).period == name


def test_every_edition_has_a_title_in_both_languages() -> None:
    titles = {}
    for language in ("en", "de"):
        with speaking(language):
            titles[language] = {
                kind: tongue(language).texts.gettext(one.title) for kind, one in EDITIONS.items()
            }
    assert all(titles["en"][kind] != titles["de"][kind] for kind in EditionKind)


def test_a_share_is_set_as_german_sets_it_also_in_the_reasons_of_a_candidate() -> None:
    pack = build_pack(replace(sample_input(), choice=Choice(language="de")))
    reasons = [r.text for s in pack.sections for c in s.candidates for r in c.reasons]
    assert any("\u00a0%" in text for text in reasons)
    assert not [text for text in reasons if re.search(r"\d%", text)]


class _Same(defaultdict[str, float]):
    """Every value is the same one."""

    def __init__(self, value: float) -> None:
        super().__init__(lambda: value)


def test_every_reason_that_mining_gives_has_its_german() -> None:
    """Asked of the function itself: an estate brings the common ones only."""
    about_texts = ("wording", "shared_terms", "names", "unshared_terms", "meaning", "alerts")
    fields = ("service", "ci", "category", "symptom", "location", "team")
    topics = (*about_texts, "language", "time", "company", *fields)
    pure = [Purity(field=name, value="X-1", share=0.9, n=10) for name in fields]
    tongue("de").unknown.clear()
    with speaking("de"):
        for topic in topics:
            for speaks_for in (True, False):
                for some in (0.0, 0.5):
                    for shared in ((), ("term-1", "app01")):
                        told(_in_words(topic, speaks_for, shared, pure, _Same(some)))
        for span in ("an hour", "12 hours"):
            told(f"all 4 within {span}: one event so far, it has not come back")
        for why in (
            "come back faster than their own rate explains",
            "come together far more often than subject and place alone explain",
        ):
            told(f"X-1 (90%), Y (80%) {why}")
    assert tongue("de").unknown == set()


def test_last_weeks_decisions_are_told_in_german_after_a_pack_in_english() -> None:
    before = build_pack(sample_input(3))
    assert before.brief.asks
    given = replace(sample_input(3), earlier=before, choice=Choice(language="de"))
    (actions,) = (one for one in build_pack(given).sections if one.id == "actions")
    rows = [
        row
        for table in actions.tables
        for row in table.rows
        if row[1:2] == ("erbetene Entscheidung",)
    ]
    assert {row[2] for row in rows} == {"Problemmanagement"}
    assert all(re.fullmatch(r"\d+\. \w+\.? \d{4}", row[3].replace("\u00a0", " ")) for row in rows)
