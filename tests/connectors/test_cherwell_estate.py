"""The practice Cherwell gives its estate's records back, and does so while things go wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from connectors.cherwell.config import CherwellConfig
from connectors.cherwell.source import CherwellSource
from connectors.cherwell.tables import LACKS
from connectors.core.source import Level
from connectors.core.surroundings import Surroundings
from itsm.errors import ConfigError
from itsm.records import Comment, HistoryEvent, Incident, Record
from itsm.states import HistoryField, IncidentState, RecordKind
from simulator.cherwell.mishaps import USUAL, ZONED
from simulator.cherwell.objects import OBJECTS, PARENTS
from simulator.cherwell.server import CherwellServer
from simulator.cherwell.words import public_id
from simulator.desk.entering import enter
from simulator.estate import Estate, build_estate
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.settings import EstateSettings
from tests.connectors.estate_fields import Told, differing, read_of
from tests.connectors.held import Held

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
OBJECTS_OF_ONES_OWN = {
    "service_request": "ServiceRequest",
    "known_error": "KnownError",
    "vendor_case": "VendorCase",
    "team": "TeamInfo",
}
ZONE, DENIED = ZONED
LACKING: Mapping[RecordKind, frozenset[str]] = {
    K.INCIDENT: frozenset(
        {"reassignment_count", "resolved_by", "is_test", "major_declared_at",
         "knowledge_article", "restricted"}
    ),
    K.SERVICE_REQUEST: frozenset({"is_test"}),
    K.VENDOR_CASE: frozenset(
        {"contract", "response_due_at", "resolution_due_at", "waiting_on_us_h"}
    ),
    K.SERVICE: frozenset({"users", "service_hours", "updated_at"}),
    K.TEAM: frozenset({"line", "size", "vendor", "updated_at"}),
    K.VENDOR: frozenset({"contingency", "updated_at"}),
    K.CONFIGURATION_ITEM: frozenset({"updated_at"}),
    K.KNOWLEDGE_ARTICLE: frozenset({"updated_at"}),
    K.APPROVAL: frozenset({"number"}),
    K.SURVEY_RESPONSE: frozenset({"number", "nps"}),
}  # fmt: skip
"""What the objects have no field for; docs/systems.md tells them."""


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="module")
def running() -> Iterator[CherwellServer]:
    with CherwellServer(SETTINGS) as server:
        yield server


@pytest.fixture
def server(running: CherwellServer) -> Iterator[CherwellServer]:
    running.faults = NONE
    yield running
    running.faults = NONE
    assert running.errors == []


def source_of(server: CherwellServer, **more: object) -> CherwellSource:
    given: dict[str, object] = {"url": server.url, "client_id": server.client_id}
    given |= {"user": server.user}
    given |= {"password": server.password, "overlap_s": 60, "objects": OBJECTS_OF_ONES_OWN}
    config = CherwellConfig.model_validate({**given, **more})
    return CherwellSource("ours", config, Surroundings(sleep=lambda _s: None))


def kept(kind: RecordKind) -> Told:
    """What is left of a value in an object."""
    numbers = {"number", "problem", "record", "change", "incident", "parent_incident",
               "duplicate_of", "caused_by_change"}  # fmt: skip
    by_name = {K.SERVICE, K.TEAM, K.VENDOR, K.CONFIGURATION_ITEM}

    def told(name: str, value: object) -> object:
        if name in numbers and isinstance(value, str) and kind not in by_name:
            return public_id(value)
        return value

    return told


BY_NUMBER = (K.INCIDENT, K.SERVICE_REQUEST, K.CHANGE, K.PROBLEM, K.PROBLEM_TASK, K.KNOWN_ERROR,
             K.VENDOR_CASE, K.SERVICE, K.TEAM, K.VENDOR, K.CONFIGURATION_ITEM,
             K.KNOWLEDGE_ARTICLE)  # fmt: skip


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_every_kind_is_what_the_estate_has(server: CherwellServer, kind: RecordKind) -> None:
    told = kept(kind)
    source = source_of(server)
    read = {record.number: record for record in read_of(source, kind)}
    written = {str(told("number", one.number)): one for one in estate().records[kind]}
    assert read.keys() == written.keys() != set()
    pairs = [(one, read[number]) for number, one in written.items()]
    assert differing(pairs, LACKING.get(kind, ()), told) == {}
    assert source.count(kind) == len(read)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (K.APPROVAL, ("change", "step", "approver")),
        (K.SURVEY_RESPONSE, ("record", "sent_at")),
    ],
)
def test_what_hangs_on_records_is_that_of_the_estate(
    server: CherwellServer, kind: RecordKind, names: tuple[str, ...]
) -> None:
    told = kept(kind)
    read = {tuple(getattr(one, n) for n in names): one for one in read_of(source_of(server), kind)}
    written = {
        tuple(told(n, getattr(one, n)) for n in names): one for one in estate().records[kind]
    }
    assert read.keys() == written.keys() != set()
    pairs = [(one, read[key]) for key, one in written.items()]
    assert differing(pairs, LACKING[kind], told) == {}


def test_deadlines_are_clocks(server: CherwellServer) -> None:
    read = {one.record: one for one in read_of(source_of(server), K.SLA_CLOCK)}  # type: ignore[attr-defined]  # they are clocks
    written = {
        public_id(one.record): one  # type: ignore[attr-defined]  # they are clocks
        for one in estate().records[K.SLA_CLOCK]
        if one.type == "sla" and one.target == "resolution"  # type: ignore[attr-defined]  # they are clocks
    }
    assert read.keys() == written.keys() != set()
    for number, clock in written.items():
        assert read[number].due_at == clock.due_at  # type: ignore[attr-defined]  # they are clocks


def test_the_journal_is_the_history_of_the_estate(server: CherwellServer) -> None:
    of = {
        OBJECTS[name].table.key(one.id): one.number
        for kind, name in PARENTS.items()
        for one in server.truth(kind)
    }
    read: Counter[tuple[object, ...]] = Counter()
    for event in read_of(source_of(server), K.HISTORY):
        assert isinstance(event, HistoryEvent)
        if event.record_kind in {K.INCIDENT, K.SERVICE_REQUEST}:
            read[of[event.record], event.at, event.field, event.old, event.new] += 1
    written: Counter[tuple[object, ...]] = Counter()
    for record in estate().records[K.HISTORY]:
        assert isinstance(record, HistoryEvent)
        sides = [_seen(record, side) for side in (record.old, record.new)]
        written[record.record, record.at, record.field, *sides] += 1
    assert sum(written.values()) > 500
    assert read - written == Counter()
    begun = {(field, old) for _, _, field, old, _ in written - read}
    assert begun == {(HistoryField.TEAM, None)}


def _seen(event: HistoryEvent, side: str | None) -> str | None:
    """A side of a change as labels tell it: what waits is Pending, what was canceled is Closed."""
    if event.field is not HistoryField.STATE or side is None:
        return side
    if side.startswith("awaiting_"):
        return "on_hold"
    return IncidentState.CLOSED if side == IncidentState.CANCELED else side


def test_journal_notes_are_comments_and_notes(server: CherwellServer) -> None:
    keys = {OBJECTS["Incident"].table.key(one.id): one.number for one in server.truth(K.INCIDENT)}
    read = {
        (keys[one.record], one.at, one.text, one.author, one.is_work_note)
        for one in read_of(source_of(server), K.COMMENT)
        if isinstance(one, Comment)
    }
    written = {
        (one.record, one.at, one.text, one.author, one.is_work_note)
        for one in estate().records[K.COMMENT]
        if isinstance(one, Comment)
    }
    assert read == written
    assert len({one[4] for one in read}) == 2


def test_a_server_in_another_zone_gives_the_same_records(server: CherwellServer) -> None:
    before = read_of(source_of(server), K.INCIDENT)
    server.faults = Faults((ZONE,))
    source, held = source_of(server, zone=ZONE.text), Held()
    held.pull(source, K.INCIDENT)
    mapped = source.map(K.INCIDENT, list(held.raw.values()))
    after = [one.records[0] for one in mapped.mapped]
    assert sorted(after, key=_number) == sorted(before, key=_number)
    assert held.pull(source, K.INCIDENT) < SETTINGS.n_incidents / 10


def _number(record: Record) -> str:
    return record.number


def test_a_wrong_zone_is_noticed_by_the_examination(server: CherwellServer) -> None:
    server.faults = Faults((ZONE,))
    told = [one for one in source_of(server).examine() if one.check == "zone"]
    assert [one.level for one in told] == [Level.FAILURE]
    good = [one for one in source_of(server, zone=ZONE.text).examine() if one.check == "zone"]
    assert [one.level for one in good] == [Level.OK]


def test_the_hour_that_comes_twice_loses_nothing() -> None:
    zone = Fault(name=FaultName.USER_ZONE, text="America/New_York")
    estate_ = EstateSettings(n_incidents=100, n_weeks=4, seed=2, end_week="2026-W43", dirt=0.0)
    with CherwellServer(estate_, faults=Faults((zone,))) as server:
        table, desk = OBJECTS["Incident"].table, server.system.desk
        records = list(server.truth(K.INCIDENT))
        first = 1_793_511_000  # 2026-11-01 01:30 in summer time; the hour comes again
        desk.change(records[0], first)
        source, held = source_of(server, zone=zone.text), Held()
        held.pull(source, K.INCIDENT)
        desk.change(records[1], first + 2_400)  # 01:10, on the clock before the last one
        held.raw.clear()
        held.pull(source, K.INCIDENT)
        assert table.key(records[1].id) in held.raw
        assert server.errors == []


def test_without_a_journal_history_is_made_of_differences(server: CherwellServer) -> None:
    server.faults = Faults((DENIED,))
    source = source_of(server)
    assert source.makes_history_of >= {K.INCIDENT, K.CHANGE}
    assert list(source.pages(K.HISTORY, None)) == []
    held = Held()
    held.pull(source, K.INCIDENT)
    record = next(one for one in server.truth(K.INCIDENT) if one.text("state") == "closed")
    table = OBJECTS["Incident"].table
    before = source.map(K.INCIDENT, [held.raw[table.key(record.id)]]).mapped[0].records
    enter(server.system.desk, table, record, {"OwnedByTeam": "Night shift"}, "Gwen Harper")
    held.pull(source, K.INCIDENT)
    after = source.map(K.INCIDENT, [held.raw[table.key(record.id)]]).mapped[0].records
    (events,) = source.differences(K.INCIDENT, before, after)
    assert [(one.field, one.new) for one in events] == [(HistoryField.TEAM, "Night shift")]


def test_what_records_must_hold_is_asked_for(server: CherwellServer) -> None:
    tasks = [one for one in server.truth(K.PROBLEM_TASK) if one.text("state") == "done"]
    source = source_of(server, where={"problem_task": {"Status": "Closed"}})
    assert len(read_of(source, K.PROBLEM_TASK)) == len(tasks) > 0
    with pytest.raises(ConfigError, match="Nowhere"):
        read_of(source_of(server, where={"incident": {"Nowhere": "x"}}), K.INCIDENT)


def test_an_object_that_is_not_there_is_left_out(server: CherwellServer) -> None:
    source = source_of(server, objects={**OBJECTS_OF_ONES_OWN, "outage": "Outages"})
    assert list(source.pages(K.OUTAGE, None)) == []
    told = [one.said for one in source.examine() if one.subject == K.OUTAGE]
    assert told == ["not read: the system has no such thing"]


def test_a_healthy_instance_has_no_failing_finding(server: CherwellServer) -> None:
    findings = list(source_of(server).examine())
    assert [one for one in findings if one.level is not Level.OK] == []
    assert {one.check for one in findings} >= {"network", "tls", "auth", "permission", "clock"}
    assert {one.subject for one in findings if "read relations" in one.said} <= LACKS.keys()


def test_an_order_the_other_way_is_told_with_the_line_to_add(server: CherwellServer) -> None:
    told = [one for one in source_of(server, ascending=0).examine() if one.check == "order"]
    assert [one.line for one in told] == ["[sources.ours]\nascending = 1"]


def test_nothing_is_lost_while_everything_goes_wrong() -> None:
    kept_faults = [fault for fault in USUAL if fault.name is not FaultName.ACL_ROWS]
    with CherwellServer(SETTINGS, faults=Faults.all(3, kept_faults)) as broken:
        source = source_of(broken)
        held = {kind: Held() for kind in source.kinds}
        for _ in range(2):
            for kind in source.kinds:
                held[kind].pull(source, kind)
        broken.faults = NONE
        for kind in source.kinds:
            held[kind].pull(source, kind)
        held[K.INCIDENT].reconcile(source, K.INCIDENT)
        key = OBJECTS["Incident"].table.key
        there = {key(one.id): one for one in broken.truth(K.INCIDENT)}
        assert held[K.INCIDENT].raw.keys() == there.keys()
        mapped = source.map(K.INCIDENT, list(held[K.INCIDENT].raw.values()))
        teams = {one.key: _team(one.records[0]) for one in mapped.mapped}
        assert teams == {key: one.values.get("team") for key, one in there.items()}
        assert broken.errors == []


def _team(record: Record) -> str | None:
    assert isinstance(record, Incident)
    return record.team
