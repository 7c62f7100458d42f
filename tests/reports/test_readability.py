"""Sentences of packs are readable by someone who is not in IT; so are the formulas checked."""

import pytest

from reports.editions import EditionKind
from reports.model import Pack
from tests.reports.made_packs import CASES, PERIODICAL, pack_of
from tests.reports.readability import amstad, counts, flesch_kincaid, syllables, vienna

MAX_GRADE = 10.0
"""Flesch-Kincaid grade, English."""
MIN_EASE = 55.0
"""Reading ease after Amstad, German: 50 and more is what newspapers write."""
MAX_VIENNA = 10.0
"""First Vienna formula, German: the school grade."""
MAX_SECTION = 13.0
"""The opening of a single section: one or two sentences, in which one long name weighs much."""


def sentences(pack: Pack) -> list[str]:
    """What a pack says in sentences: the brief, and how each section opens."""
    brief = pack.brief
    asked = [line for ask in brief.asks for line in (ask.reason, ask.cost) if line]
    opened = [
        line
        for s in pack.sections
        for line in (s.opening.sentence, s.opening.ask, *s.notes)
        if line
    ]
    return [brief.headline, *brief.gaps[:1], brief.programme, *asked, *opened]


@pytest.mark.parametrize("kind", PERIODICAL)
@pytest.mark.parametrize(("name", "back"), CASES)
def test_english_asks_for_grade_10_at_most(name: str, back: int, kind: EditionKind) -> None:
    found = counts(sentences(pack_of(name, back, kind)), "en")
    assert found.words > 50
    assert flesch_kincaid(found) <= MAX_GRADE


@pytest.mark.parametrize("kind", PERIODICAL)
@pytest.mark.parametrize(("name", "back"), CASES)
def test_german_is_as_easy(name: str, back: int, kind: EditionKind) -> None:
    found = counts(sentences(pack_of(name, back, kind, "de")), "de")
    assert found.words > 50
    assert amstad(found) >= MIN_EASE
    assert vienna(found) <= MAX_VIENNA


@pytest.mark.parametrize(("name", "back"), CASES)
def test_no_section_opens_with_a_hard_sentence(name: str, back: int) -> None:
    for section in pack_of(name, back, EditionKind.FULL).sections:
        said = [section.opening.sentence, section.opening.ask or ""]
        assert flesch_kincaid(counts(said, "en")) <= MAX_SECTION, said


@pytest.mark.parametrize(
    ("word", "language", "n"),
    [
        ("week", "en", 1),
        ("incidents", "en", 3),
        ("resolved", "en", 2),
        ("variation", "en", 4),
        ("Störungen", "de", 3),
        ("Woche", "de", 2),
        ("Vereinbarung", "de", 4),
    ],
)
def test_syllables_are_counted_as_they_are_spoken(word: str, language: str, n: int) -> None:
    assert syllables(word, language) == n


def test_the_formulas_give_what_is_known_of_texts() -> None:
    easy = counts(["The cat sat on the mat. It was warm. The sun was out."], "en")
    hard = counts(
        [
            "Notwithstanding the aforementioned considerations, organisational accountability "
            "necessitates comprehensive interdepartmental harmonisation of remediation activities."
        ],
        "en",
    )
    assert flesch_kincaid(easy) < 2 < 18 < flesch_kincaid(hard)
    easy = counts(["Die Katze liegt auf dem Sofa. Es ist warm. Die Sonne scheint."], "de")
    hard = counts(
        [
            "Die abteilungsübergreifende Vereinheitlichung organisatorischer Verantwortlichkeiten "
            "bedingt Berücksichtigung unterschiedlichster Rahmenvereinbarungen."
        ],
        "de",
    )
    assert vienna(easy) < 4 < 15 < vienna(hard)
    assert amstad(easy) > 70 > 0 > amstad(hard)
