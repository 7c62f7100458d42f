"""Batches in which other columns are alike each time: what is bound once is what each row holds."""

from datetime import UTC, datetime, timedelta

import pytest

from itsm.records import Incident
from itsm.states import IncidentState, RecordKind
from store import Store
from store.alike import _BUILT

KIND = RecordKind.INCIDENT
START = datetime(2026, 8, 17, 12, tzinfo=UTC)
NAMES = ["number", "title", "team", "priority"]


def batch(turn: int, n: int, **alike: str | None) -> list[Incident]:
    """Incidents that differ in what `alike` does not name."""
    given: dict[str, list[str | None]] = {
        name: [f"{name} {i}" for i in range(n)] for name in ("title", "team")
    }
    given |= {name: [value] * n for name, value in alike.items()}
    return [
        Incident(
            source="desk",
            number=f"INC{i:04d}",
            opened_at=START,
            updated_at=START + timedelta(hours=turn),
            state=IncidentState.NEW,
            state_code="1",
            priority=1 + i % 4 if turn % 2 else 3,
            title=given["title"][i],
            team=given["team"][i],
        )
        for i in range(n)
    ]


@pytest.mark.parametrize("n", [1, 15, 16, 37, 700])
def test_each_batch_holds_what_it_was_given(store: Store, n: int) -> None:
    """Also where a column that was alike differs later, is alike again, or says nothing."""
    turns: list[dict[str, str | None]] = [
        {"title": "same", "team": None},
        {"team": "Network"},
        {},
        {"title": None, "team": "Network"},
        {"title": "same", "team": "Mail"},
    ]
    for turn, alike in enumerate(turns):
        given = batch(turn, n, **alike)
        with store.begin() as uow:
            assert uow.records.save(given) == n
            uow.commit()
        held = store.queries.columns(KIND, names=NAMES)
        assert held == {name: [getattr(one, name) for one in given] for name in NAMES}


def test_few_statements_are_kept_however_many_batches_differ(store: Store) -> None:
    turns: list[dict[str, str | None]] = [{"title": "x"}, {"team": "y"}, {}]

    def save(turn: int) -> None:
        with store.begin() as uow:
            uow.records.save(batch(turn, 16, **turns[turn % 3]))
            uow.commit()

    for turn in range(3):
        save(turn)
    before = len(_BUILT)
    for turn in range(3, 12):
        save(turn)
    assert len(_BUILT) == before
