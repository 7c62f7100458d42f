"""What is redacted beside what is known is what would be redacted without it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from checks.known_names import KnownNames
from checks.privacy import redact
from flows import redacted_before
from flows.redacted_before import NOTHING, Known, redacted_columns
from simulator.settings import EstateSettings
from tests.flows.desk_of_weeks import desk

TEXTS = (
    "Printer out of paper",
    "Please call Mr Okafor on 0171 2345678",
    "Badge of Ada Lovelace-Großmann was refused",
    "Mail from jane.doe@example.com bounced, says Jane Doe",
    "ada's laptop is slow; ADA LOVELACE-GROSSMANN asks",
    "Outlook hangs",
    "Asked the person at the desk: Card, Peter",
)
SOME = ("Jane Doe", "Chidi Okafor")


def redacted(texts: Sequence[str], known: Known, names: KnownNames) -> tuple[list[str], Known]:
    found, left = redacted_before.redacted(pa.array(texts, pa.large_string()), known, names)
    return found.to_pylist(), left


def plainly(texts: tuple[str, ...], *people: str) -> list[str]:
    names = KnownNames.of(people)
    return [redact(text, known_names=names).text for text in texts]


@pytest.mark.parametrize(
    "then",
    [
        SOME,
        (*SOME, "Ada Lovelace-Großmann"),
        ("Jane Doe",),
        ("Ada Lovelace-Großmann",),
        (*SOME, "Peter Card"),
        (),
    ],
    ids=["the same", "one more", "one less", "others", "a word of a placeholder", "nobody"],
)
def test_names_that_come_and_go_are_taken_out_as_if_nothing_were_known(
    then: tuple[str, ...],
) -> None:
    first, known = redacted(TEXTS[:6], NOTHING, KnownNames.of(SOME))
    assert first == plainly(TEXTS[:6], *SOME)
    found, left = redacted(TEXTS, known, KnownNames.of(then))
    assert found == plainly(TEXTS, *then)
    assert redacted(TEXTS, left, KnownNames.of(then))[0] == found
    assert redacted(TEXTS, left, KnownNames.of(SOME))[0] == plainly(TEXTS, *SOME)


def test_what_is_known_is_taken_over_and_not_redacted_once_more() -> None:
    names = KnownNames.of(SOME)
    _, known = redacted(TEXTS[:5], NOTHING, names)
    marked = replace(known, others=[f"kept {n}" for n in range(len(known.others))])
    found, _ = redacted(TEXTS, marked, names)
    plain = plainly(TEXTS, *SOME)
    is_kept = [text.startswith("kept") for text in found]
    assert is_kept == [n < 5 and text != TEXTS[n] for n, text in enumerate(plain)]
    assert sum(is_kept) > 1
    assert found[5:] == plain[5:]


def test_other_patterns_or_a_damaged_file_redact_everything(tmp_path: Path) -> None:
    names = KnownNames.of(SOME)
    found = redacted(TEXTS, NOTHING, KnownNames.of(()))[1]
    assert redacted(TEXTS, replace(found, key="other patterns"), names)[0] == plainly(TEXTS, *SOME)
    parts = desk(tmp_path, EstateSettings(n_incidents=100, n_weeks=2, seed=3), 40).parts
    column = pd.Series([*TEXTS, None], dtype="str")
    whole = [*plainly(TEXTS, *SOME)]
    for _ in range(2):
        (told,) = redacted_columns(parts, [column], names)
        assert told.tolist()[:-1] == whole
        assert told.isna().tolist() == [False] * len(TEXTS) + [True]
    (file,) = (path for path in tmp_path.rglob("redacted") if path.is_file())
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    (told,) = redacted_columns(parts, [column], names)
    assert told.tolist()[:-1] == whole
    assert file.read_bytes() == data
    redacted_before.forget(parts)
    assert not file.exists()
