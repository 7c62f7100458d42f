"""The labelled texts: what is personal or secret vanishes, and little else."""

import pytest

from checks.privacy import redact
from tests.eval.privacy_eval import measured, told
from tests.eval.private_texts import TEXTS


@pytest.mark.parametrize("language", TEXTS)
def test_each_kind_is_found_and_little_else_is_taken(language: str) -> None:
    for one in measured(TEXTS[language]):
        assert one.recall >= 0.8, one
        assert one.precision >= 0.8, one


def test_a_value_that_stays_and_a_word_that_goes_are_both_counted() -> None:
    (mail,) = measured(["write to [[email|nobody at example]]", "to a@example.com"])
    assert (mail.n, mail.n_found, mail.n_wrong) == (1, 0, 1)
    assert (mail.recall, mail.precision) == (0, 0)


def test_the_table_has_a_line_per_language_and_kind() -> None:
    lines = list(told())
    assert len(lines) == 2 + sum(len(measured(texts)) for texts in TEXTS.values())


@pytest.mark.parametrize(
    "text",
    [
        "Viele Grüße aus dem Lager",
        "Thanks, works again now",
        "MR FileInput is slow",
        "Frau kann sich nicht anmelden",
        "Arbeitsplatz 4 hat kein Bild",
        "Google Drive 3 licences",
        "Ausweisleser an Tor 3 defekt",
        "Steueridentifikationsnummer fehlt",
    ],
)
def test_what_only_looks_like_a_person_or_an_address_stays(text: str) -> None:
    assert redact(text).text == text
