"""Incidents read by two processes are those that one reads."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pytest

from flows import reading
from flows.reading import some_of
from itsm.records import Incident
from itsm.states import IncidentState, RecordKind
from problem_mining.side_by_side import beside
from store.engine import open_engine
from store.schema import upgrade
from store.unit_of_work import Store

T = TypeVar("T")
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
NAMES = (
    "source",
    "number",
    "title",
    "opened_at",
    "resolved_at",
    "handling_h",
    "is_first_contact",
    "team",
)


def incident(k: int) -> Incident:
    return Incident(
        source=("desk", "other")[k % 2],
        number=f"INC{k * 7919 % 1000:05}",
        opened_at=NOW - timedelta(hours=k),
        resolved_at=NOW if k % 5 else None,
        state=IncidentState.NEW,
        state_code="1",
        title=f"VPN drops {k} ü" if k % 3 else None,
        handling_h=k / 3 if k % 4 else None,
        is_first_contact=None if k % 2 else k % 3 == 0,
    )


def test_it_does_not_show_that_two_processes_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'csi.sqlite'}")
    upgrade(engine)
    store = Store(engine)
    with store.begin() as uow:
        uow.records.save([incident(k) for k in range(500)])
        uow.commit()
    since = ("opened_at", NOW - timedelta(hours=400), NOW)
    alone = read(store, None), read(store, since)
    asked = list[Callable[[], object]]()

    def counted(work: Callable[[], T]) -> AbstractContextManager[Callable[[], T]]:
        asked.append(work)
        return beside(work)

    monkeypatch.setattr(reading, "LEAST", 100)
    monkeypatch.setattr(reading, "beside", counted)
    for one, whole in zip((read(store, None), read(store, since)), alone, strict=True):
        pd.testing.assert_frame_equal(one, whole)
    assert len(alone[0]) == 500
    assert len(asked) == 2
    engine.dispose()


def read(store: Store, since: tuple[str, datetime, datetime] | None) -> pd.DataFrame:
    return some_of(store, RecordKind.INCIDENT, NOW, NAMES, since=since)
