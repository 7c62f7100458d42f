"""Frames have one type per field, whatever is missing."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from flows.frames import DTYPES, are_among, frame_of_records
from flows.reading import begun
from itsm.fields import fields_of
from itsm.records import Incident
from itsm.states import IncidentState, RecordKind

OPENED = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
INCIDENT = Incident(
    source="desk", number="INC1", opened_at=OPENED, state=IncidentState.NEW, state_code="New"
)


@pytest.mark.parametrize("kind", list(RecordKind))
def test_an_empty_frame_has_every_column_in_its_type(kind: RecordKind) -> None:
    empty = frame_of_records(kind, [])
    assert {name: str(dtype) for name, dtype in empty.dtypes.items()} == {
        spec.name: DTYPES[spec.type] for spec in fields_of(kind)
    }


def test_values_and_gaps_survive() -> None:
    row = frame_of_records(RecordKind.INCIDENT, [INCIDENT]).iloc[0]
    assert row["opened_at"] == pd.Timestamp(OPENED)
    assert row["state"] == "new"
    assert pd.isna(row["priority"])
    assert pd.isna(row["title"])
    assert row["is_test"] is False or not row["is_test"]


def test_begun_keeps_what_was_known_at_the_cutoff() -> None:
    frame = frame_of_records(RecordKind.INCIDENT, [INCIDENT])
    assert len(begun(RecordKind.INCIDENT, frame, OPENED)) == 0
    assert len(begun(RecordKind.INCIDENT, frame, OPENED.replace(minute=31))) == 1


@pytest.mark.parametrize("wanted", [{"a/1", "c/ü"}, set(), {"nowhere"}])
def test_some_of_very_many_texts_are_found_as_pandas_finds_them(wanted: set[str]) -> None:
    texts = pd.Series(["a/1", None, "b/2", "c/ü", "a/1", ""], index=[9, 8, 7, 6, 5, 4], dtype="str")
    assert are_among(texts, wanted).tolist() == texts.isin(wanted).tolist()
    assert are_among(texts.iloc[:0], wanted).tolist() == []
