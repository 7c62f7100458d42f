"""Cleaning: every rule does what its example says, and nothing a person would miss is lost."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from problem_mining.patterns import (
    BOILERPLATE,
    BOILERPLATE_HINTS,
    PATTERNS,
    SIGNATURE_HINTS,
    SIGNATURES,
    Pattern,
)
from problem_mining.text import MAX_CHARS, clean, headline, tidy
from problem_mining.tokens import STOP_WORDS, is_identifier, language_of, terms

FRAGMENTS = st.sampled_from(
    [pattern.example for pattern in PATTERNS]
    + ["RE:", "\n", ".", ",", " - ", "hi", "Danke", "(", "[email]", "0", "12:30", "\x00", "ẞ", "İ"]
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_example_of_a_pattern_is_cleaned_as_it_says(pattern: Pattern) -> None:
    assert clean(pattern.example) == pattern.leaves


def test_patterns_have_names_of_their_own() -> None:
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS)


@pytest.mark.parametrize("pattern", [*SIGNATURES, *BOILERPLATE], ids=lambda pattern: pattern.name)
def test_texts_a_rule_is_for_are_not_passed_over(pattern: Pattern) -> None:
    hints = SIGNATURE_HINTS if pattern in SIGNATURES else BOILERPLATE_HINTS
    assert any(hint in pattern.example.casefold() for hint in hints)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("report wrong", "report wrong"),
        ("Regards to the printer: it jams", "regards to the printer: it jams"),
        ("lon-sql-07 does not answer", "lon-sql-07 does not answer"),
        ("Gi1/0/24 down on lon-sw-03", "gi1/0/24 down on lon-sw-03"),
        ("job NIGHTLY_LOAD_07 failed", "job nightly_load_07 failed"),
        ("Thanks", "thanks"),
        ("Hi", "hi"),
        ("12345", ""),
        ("", ""),
        ("History of orders is empty", "history of orders is empty"),
    ],
)
def test_what_names_a_thing_stays(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("[ALERT] prn-02 disk usage 93 %", "ALERT prn-02 disk usage"),
        ("web-01: backup on /data CRITICAL (130min)", "web-01: backup on /data CRITICAL"),
        ("web-01: backup on /data CRITICAL (130min", "web-01: backup on /data CRITICAL"),
        ("PROBLEM - memory /home on web-01 is 947%", "PROBLEM memory /home on web-01"),
        ("/data cpu load @ web-01", "/data cpu load web-01"),
        ("RE: Outlook (client hangs] since update 9.1", "Outlook client hangs since update 9.1"),
        ("Outlook (web) slow over 50 MB", "Outlook (web) slow over 50 MB"),
        ("(((", ""),
    ],
)
def test_a_headline_has_whole_brackets_and_no_measured_value(title: str, told: str) -> None:
    assert headline(title) == told


def test_tidied_text_keeps_its_letter_case() -> None:
    assert tidy("RE: Outlook asks for password, INC0012345") == "Outlook asks for password"


@given(st.one_of(st.text(max_size=300), st.lists(FRAGMENTS, max_size=8).map(" ".join)))
@example("Hi Hi team, RE: FW: hello. Thanks, Thanks, regards")
@example("INC 12 0012345 1 2 3 4 . , .")
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "text",
    ["a" * 50_000, "+1 " * 20_000, "regards " * 9_000, "1:" * 9_000, "RE: " * 9_000, "@." * 9_000],
)
def test_hostile_text_is_cut_and_done_with(text: str) -> None:
    assert len(clean(text)) <= MAX_CHARS


def test_terms_keep_hosts_whole_and_split_words() -> None:
    found = terms(clean("Outlook/Teams on lon-sql-07 and JOB_LOAD fail with the error 1603"))
    assert found == ["outlook", "teams", "lon-sql-07", "job_load", "fail", "error", "1603"]
    assert [term for term in found if is_identifier(term)] == ["lon-sql-07", "job_load", "1603"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the printer is out of paper", "en"),
        ("der drucker ist nicht zu erreichen", "de"),
        ("je ne peux pas imprimer sur la machine", "fr"),
        ("no puedo entrar en el sistema", "es"),
        ("lon-sql-07 disk", ""),
    ],
)
def test_language_is_guessed_by_its_stop_words(text: str, language: str) -> None:
    assert language_of(text) == language


def test_words_of_condition_are_no_stop_words() -> None:
    stop = frozenset[str]().union(*STOP_WORDS.values())
    assert not {"not", "after", "when", "nicht", "nach", "ne", "pas", "no"} & stop
