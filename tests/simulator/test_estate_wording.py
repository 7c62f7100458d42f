"""The words of the estate."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.people import person
from simulator.phrases import CONDITIONS, FAMILIES, LANGUAGES, OBJECTS, Language
from simulator.plan import Plan
from simulator.wording import build_texts, error_code, misspelled


@given(st.text(min_size=8, max_size=80), st.integers(0, 2**20 - 1))
def test_a_typo_leaves_most_of_a_text(text: str, pick: int) -> None:
    assert abs(len(misspelled(text, pick)) - len(text)) <= 13


@pytest.mark.parametrize("pick", [0, 1, 3, 9, 3**12])
def test_a_typo_ends_whatever_is_drawn(pick: int) -> None:
    long = "the printer on the second floor does not print " * 40
    assert len(misspelled(long, pick)) > len(long) - 20


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: str(language.code))
def test_every_language_has_a_wording_for_every_concept(language: Language) -> None:
    assert len(language.families) == len(FAMILIES)
    assert len(language.objects) == len(OBJECTS)
    assert len(language.conditions) == len(CONDITIONS)
    for wordings in (*language.families, *language.objects, *language.conditions):
        assert len(set(wordings)) == len(wordings) >= 2
    assert all("{o}" in wording for wordings in language.families for wording in wordings)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: str(language.code))
def test_a_wording_stands_for_one_concept_only(language: Language) -> None:
    for table in (language.families, language.objects, language.conditions):
        flat = [wording for wordings in table for wording in wordings]
        assert len(set(flat)) == len(flat)


def test_a_parameter_is_named_in_all_wordings_of_a_condition_or_in_none() -> None:
    for place in range(len(CONDITIONS)):
        named = {
            frozenset(re.findall(r"\{(\w)\}", wording))
            for language in LANGUAGES
            for wording in language.conditions[place]
        }
        assert len(named) == 1, CONDITIONS[place]


def test_people_and_codes_are_told_apart_by_number() -> None:
    assert len({person(index) for index in range(20_000)}) == 20_000
    assert len({error_code(index) for index in range(400)}) == 400


def test_the_words_of_an_incident_do_not_depend_on_its_neighbours(plan: Plan) -> None:
    whole = build_texts(plan, np.arange(plan.n))
    part = build_texts(plan, np.array([5, 1_700, 42]))
    assert part.titles == [whole.titles[index] for index in (5, 1_700, 42)]
    assert part.descriptions == [whole.descriptions[index] for index in (5, 1_700, 42)]
