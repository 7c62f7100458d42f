"""Where history is read, and history out of what differs between two pulls."""

from collections.abc import Iterator

import pytest

from connectors.core.source import MakesHistory
from connectors.servicenow.source import ServiceNowSource
from itsm.records import HistoryEvent, Record
from itsm.states import HistoryField, RecordKind
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.connectors.api_rows import Cell, raw, row, unreached
from tests.connectors.servicenow_pull import Held, source_of

SETTINGS = EstateSettings(n_incidents=100, n_weeks=3, seed=4, dirt=0.0)


@pytest.fixture(scope="module")
def running() -> Iterator[ServiceNowServer]:
    with ServiceNowServer(SETTINGS) as server:
        yield server


@pytest.fixture
def server(running: ServiceNowServer) -> Iterator[ServiceNowServer]:
    running.faults = NONE
    yield running
    running.faults = NONE
    assert running.errors == []


def denied(*tables: str) -> Faults:
    return Faults((Fault(name=FaultName.DENIED, tables=frozenset(tables)),))


def test_history_is_read_from_metrics_where_the_audit_may_not_be_read(
    server: ServiceNowServer,
) -> None:
    audited = Held()
    audited.pull(source_of(server), RecordKind.HISTORY)
    server.faults = denied("sys_audit")
    source, held = source_of(server), Held()
    held.pull(source, RecordKind.HISTORY)
    events = events_of(source.map(RecordKind.HISTORY, list(held.raw.values())).mapped)
    wanted = events_of(source.map(RecordKind.HISTORY, list(audited.raw.values())).mapped)
    assert events
    plain = {changed(event) for event in events if event.field is not HistoryField.STATE}
    assert plain
    assert plain <= {changed(event) for event in wanted}
    assert source.makes_history_of == frozenset()
    assert source.count(RecordKind.HISTORY) == len(held.raw)


def changed(event: HistoryEvent) -> tuple[object, ...]:
    return event.record, event.field, event.at, event.new


def test_history_is_made_where_none_may_be_read(server: ServiceNowServer) -> None:
    server.faults = denied("sys_audit", "metric_instance")
    source = source_of(server)
    assert isinstance(source, MakesHistory)
    assert source.makes_history_of == {
        RecordKind.INCIDENT,
        RecordKind.SERVICE_REQUEST,
        RecordKind.CHANGE,
        RecordKind.PROBLEM,
    }
    assert list(source.pages(RecordKind.HISTORY, None)) == []
    assert source.count(RecordKind.HISTORY) is None
    assert RecordKind.HISTORY not in source.by_key


@pytest.mark.parametrize("page_size", [11, 1000])
def test_changes_that_are_read_later_are_as_if_they_had_been_read_at_once(
    server: ServiceNowServer, page_size: int
) -> None:
    source, other = (source_of(server, page_size=page_size) for _ in range(2))
    assert source.unread(RecordKind.HISTORY, None) is None, "nobody has asked yet what tells it"
    assert isinstance(source, MakesHistory)
    assert source.makes_history_of == frozenset()
    unread = source.unread(RecordKind.HISTORY, None)
    assert unread is not None
    later = source_of(server)
    pages = zip(unread, other.pages(RecordKind.HISTORY, None), strict=True)
    n = 0
    for page, at_once in pages:
        read = later.read(RecordKind.HISTORY, page.answers)
        assert read == at_once.records
        assert later.map(RecordKind.HISTORY, read) == other.map(RecordKind.HISTORY, read)
        assert page.n == len(read)
        n += page.n
    assert n > 500


def test_names_that_may_not_be_read_stay_ids(server: ServiceNowServer) -> None:
    server.faults = denied("sys_user", "sys_user_group")
    source, held = source_of(server), Held()
    held.pull(source, RecordKind.HISTORY)
    events = events_of(source.map(RecordKind.HISTORY, list(held.raw.values())).mapped)
    teams = {event.new for event in events if event.field is HistoryField.TEAM}
    assert teams
    assert all(team is not None and len(team) == 32 for team in teams)


@pytest.mark.parametrize("page_size", [10, 100])
def test_pages_of_any_size_tell_the_same_history(server: ServiceNowServer, page_size: int) -> None:
    whole, parts = Held(), Held()
    whole.pull(source_of(server, page_size=5000), RecordKind.HISTORY)
    parts.pull(source_of(server, page_size=page_size), RecordKind.HISTORY)
    assert parts.raw == whole.raw
    fetched = source_of(server).fetch(RecordKind.HISTORY, list(whole.raw))
    assert {record.key: record for record in fetched} == whole.raw


def test_a_table_that_is_not_there_is_left_out_unless_somebody_named_it(
    server: ServiceNowServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = denied("kb_knowledge")
    assert list(source_of(server).pages(RecordKind.KNOWLEDGE_ARTICLE, None)) == []
    assert "knowledge_article records are left out" in caplog.text
    named = source_of(server, kinds=["incident", "knowledge_article"])
    with pytest.raises(Exception, match="kb_knowledge"):
        list(named.pages(RecordKind.KNOWLEDGE_ARTICLE, None))
    with pytest.raises(Exception, match="incident"):
        server.faults = denied("incident")
        list(source_of(server).pages(RecordKind.INCIDENT, None))


def test_deletions_that_may_not_be_read_stop_nothing(
    server: ServiceNowServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = denied("sys_audit_delete")
    assert list(source_of(server).deletions(None)) == []
    assert "comparing keys" in caplog.text


SNAPSHOT: dict[str, Cell] = {
    "number": "INC1",
    "state": "2",
    "opened_at": "2025-03-01 08:00:00",
    "sys_updated_on": "2025-03-01 09:00:00",
    "assignment_group": ("g1", "Desk"),
    "priority": "3",
}


def differences(before: dict[str, Cell] | None, **now: Cell) -> list[HistoryEvent]:
    source = unreached(history="differences")
    old = None if before is None else mapped(source, before)
    (events,) = source.differences(
        RecordKind.INCIDENT, [old], [mapped(source, {**SNAPSHOT, **now})]
    )
    return sorted(events, key=lambda event: (event.at, event.sequence))


def mapped(source: ServiceNowSource, cells: dict[str, Cell]) -> Record:
    (item,) = source.map(RecordKind.INCIDENT, [raw(RecordKind.INCIDENT, "a1", row(**cells))]).mapped
    return item.records[0]


def told(events: list[HistoryEvent]) -> list[tuple[str, str | None, str | None, str]]:
    return [(event.field, event.old, event.new, event.at.strftime("%d %H")) for event in events]


RESOLVED: dict[str, Cell] = {
    "state": "6",
    "resolved_at": "2025-03-01 10:00:00",
    "sys_updated_on": "2025-03-01 11:00:00",
}


def test_a_first_snapshot_tells_the_times_it_has() -> None:
    closed: dict[str, Cell] = {**RESOLVED, "state": "7", "closed_at": "2025-03-04 10:00:00"}
    assert told(differences(None, **closed)) == [
        ("state", None, "new", "01 08"),
        ("state", None, "resolved", "01 10"),
        ("state", None, "closed", "04 10"),
    ]


def test_a_change_is_dated_by_its_update_and_a_resolution_by_its_own_time() -> None:
    events = differences(SNAPSHOT, **RESOLVED, assignment_group=("g2", "Network"))
    assert told(events) == [
        ("state", None, "resolved", "01 10"),
        ("team", "Desk", "Network", "01 11"),
    ]


def test_the_same_change_has_one_number_whichever_pull_sees_it() -> None:
    late = {event.number: event for event in differences(None, **RESOLVED)}
    soon = {event.number: event for event in differences(SNAPSHOT, **RESOLVED)}
    assert soon.items() <= late.items()


def test_a_reopening_is_a_change_back() -> None:
    before = {**SNAPSHOT, **RESOLVED}
    events = differences(before, sys_updated_on="2025-03-02 09:00:00")
    assert told(events) == [("state", "resolved", "in_progress", "02 09")]


def test_things_that_happen_in_one_second_keep_their_order_and_their_numbers() -> None:
    at_once: dict[str, Cell] = {
        "state": "7",
        "resolved_at": "2025-03-01 08:00:00",
        "closed_at": "2025-03-01 08:00:00",
    }
    events = differences(None, **at_once)
    assert [event.new for event in events] == ["new", "resolved", "closed"]
    assert len({event.number for event in events}) == 3


def test_nothing_happened_where_nothing_differs() -> None:
    assert differences(SNAPSHOT) == []


def events_of(items: object) -> list[HistoryEvent]:
    assert isinstance(items, tuple)
    return [record for item in items for record in item.records if isinstance(record, HistoryEvent)]
