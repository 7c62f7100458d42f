"""Views for dashboards: the same rows on both databases, and nobody in them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from itsm.figures import Figure, NotAvailable, Unit
from itsm.records import Incident, RawRecord, SlaClock
from itsm.states import ClockTarget, ClockType, IncidentState, RecordKind
from store import Store, open_engine, upgrade
from store.view_names import drop_views
from store.views import make_views
from tests.store.conftest import NewUrl

AT = datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)
"""The last second of a week in Berlin that has 167 hours."""
INCIDENT = Incident(
    source="desk",
    number="INC1",
    opened_at=AT,
    updated_at=AT,
    state=IncidentState.RESOLVED,
    state_code="6",
    title="Anna Beispiel cannot print",
    caller="Anna Beispiel",
    assignee="Ben Oster",
    service="Printing",
    resolved_at=datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
)
CLOCK = SlaClock(
    source="desk",
    number="C1",
    updated_at=AT,
    record_kind=RecordKind.INCIDENT,
    record="INC1",
    type=ClockType.SLA,
    target=ClockTarget.RESOLUTION,
    started_at=AT,
    ended_at=AT,
)


@pytest.fixture
def engine(new_url: NewUrl) -> Iterator[Engine]:
    """A database of its own: views are no rows."""
    made = open_engine(new_url())
    yield made
    made.dispose()


def _filled(engine: Engine) -> Store:
    store = Store(engine)
    hidden = replace(INCIDENT, number="INC2", restricted=True)
    gone = replace(INCIDENT, number="INC3")
    with store.begin() as uow:
        uow.records.save([INCIDENT, hidden, gone, CLOCK])
        uow.raw.save(
            [
                RawRecord(
                    source="desk",
                    kind=RecordKind.INCIDENT,
                    key="INC3",
                    payload=b"{}",
                    content_hash="-",
                )
            ],
            AT,
        )
        uow.deletions.note([("desk", RecordKind.INCIDENT, "INC3", AT)], AT)
        figure = Figure(
            figure_id="opened",
            version=1,
            title="-",
            unit=Unit.COUNT,
            period="2026-W13",
            value=2,
            n=2,
        )
        missing = NotAvailable(
            figure_id="csat",
            version=1,
            title="-",
            unit=Unit.SHARE,
            period="2026-W13",
            reason="none",
        )
        uow.figure_values.save("2026-W13", [figure, missing])
        uow.commit()
    return store


def _ask(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_views_tell_weeks_in_the_zone_and_leave_out_what_is_deleted(engine: Engine) -> None:
    store = _filled(engine)
    assert "bi_incident" in make_views(store, "Europe/Berlin")
    assert _ask(
        engine,
        "SELECT number, service, opened_week, resolved_week FROM bi_incident ORDER BY number",
    )[-2:] in (
        [("INC1", "Printing", "2026-W13", "2026-W14"), (None, "Printing", "2026-W13", "2026-W14")],
        [(None, "Printing", "2026-W13", "2026-W14"), ("INC1", "Printing", "2026-W13", "2026-W14")],
    )
    assert len(_ask(engine, "SELECT * FROM bi_incident")) == 2
    assert str(_ask(engine, "SELECT opened_at FROM bi_incident")[0][0])[:19] == (
        "2026-03-29 21:59:59"
    )
    assert _ask(engine, "SELECT figure_id, value, reason FROM bi_figure ORDER BY 1") == [
        ("csat", None, "none"),
        ("opened", 2.0, None),
    ]
    assert _ask(engine, "SELECT target, ended_week FROM bi_clock") == [("resolution", "2026-W13")]


def test_no_view_names_anybody(engine: Engine) -> None:
    names = make_views(_filled(engine), "UTC")
    told = [str(row) for name in names for row in _ask(engine, f"SELECT * FROM {name}")]
    assert len(told) > 3000
    assert not any("Anna" in row or "Ben" in row for row in told)


def test_views_are_made_again_as_often_as_one_likes_and_dropped(engine: Engine) -> None:
    store = _filled(engine)
    first = make_views(store, "UTC")
    assert make_views(store, "Europe/Berlin") == first
    with engine.begin() as connection:
        assert set(drop_views(connection)) == set(first)
    assert not [name for name in sa.inspect(engine).get_table_names() if name.startswith("bi_")]
    upgrade(engine)
