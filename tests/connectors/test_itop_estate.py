"""The practice iTop gives its estate's records back, but for what iTop forces."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

import orjson
import pytest

from connectors.core.source import Level
from connectors.core.surroundings import Surroundings
from connectors.itop.config import ItopConfig
from connectors.itop.source import ItopSource
from connectors.itop.writing import ItopWriter
from itsm.errors import ConfigError
from itsm.pushing import PushKind
from itsm.records import Comment, HistoryEvent, Incident, SlaClock
from itsm.states import HistoryField, RecordKind
from simulator.desk.records import Held
from simulator.estate import Estate, build_estate
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.itop.mishaps import DENYING
from simulator.itop.server import ItopServer
from simulator.itop.words import CLASSES, PHYSICAL, ZONE
from simulator.settings import EstateSettings
from simulator.web import Answer, Request
from tests.connectors.estate_fields import Told, differing, read_of

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
_COMMON = frozenset({"state", "state_code", "restricted", "is_test", "updated_at"})
LACKING: Mapping[RecordKind, frozenset[str]] = {
    K.INCIDENT: _COMMON - {"updated_at"} | {
        "opened_by", "resolved_by", "reopen_count", "reassignment_count", "is_major",
        "major_declared_at", "duplicate_of", "vendor", "knowledge_article",
    },
    K.SERVICE_REQUEST: _COMMON - {"updated_at"} | {"due_at"},
    K.CHANGE: frozenset({"outcome", "service", "ci", "category", "implemented_at", "restricted"}),
    K.PROBLEM: _COMMON - {"updated_at"} | {"root_cause", "workaround", "is_known_error"},
    K.SERVICE: frozenset({"updated_at", "owner", "criticality", "users", "service_hours"}),
    K.TEAM: frozenset({"updated_at", "line", "size", "vendor"}),
    K.VENDOR: frozenset({"updated_at", "owner", "contingency"}),
    K.CONTRACT: frozenset({"updated_at", "service"}),
    K.CONFIGURATION_ITEM: frozenset({"updated_at", "service", "team", "is_retired"}),
}  # fmt: skip
"""What iTop has no place for; docs/systems.md tells it."""


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="module")
def running() -> Iterator[ItopServer]:
    with ItopServer(SETTINGS) as server:
        yield server


@pytest.fixture
def server(running: ItopServer) -> Iterator[ItopServer]:
    running.faults = NONE
    yield running
    running.faults = NONE
    assert running.errors == []


def source_of(server: ItopServer, **more: object) -> ItopSource:
    given: dict[str, object] = {"url": server.url, "user": server.user}
    config = ItopConfig.model_validate({**given, "password": server.password, **more})
    return ItopSource("ours", config, Surroundings(sleep=lambda _s: None))


def told_of(server: ItopServer) -> Told:
    """A value as iTop keeps it: other tickets by reference, four priorities, the clock in Paris."""
    known = {
        one.number: server.base.reference(one)
        for kind, cls in CLASSES.items()
        if cls.ref
        for one in server.truth(kind)
    }

    def told(name: str, value: object) -> object:
        if name == "priority" and value == 5:
            return 4
        if isinstance(value, datetime):
            wall = value.astimezone(server.base.zone).replace(fold=0)
            return wall.astimezone(UTC)
        return known.get(value, value) if isinstance(value, str) else value

    return told


@pytest.mark.parametrize("kind", LACKING)
def test_every_kind_is_what_the_estate_has(server: ItopServer, kind: RecordKind) -> None:
    told = told_of(server)
    read = {record.number: record for record in read_of(source_of(server), kind)}
    written = {str(told("number", one.number)): one for one in estate().records[kind]}
    assert read.keys() <= written.keys()
    assert read.keys() == written.keys() or kind is K.VENDOR
    pairs = [(one, read[number]) for number, one in written.items() if number in read]
    assert pairs
    assert differing(pairs, LACKING[kind], told) == {}


def test_comments_clocks_and_changes_are_those_of_the_estate(server: ItopServer) -> None:
    told, source = told_of(server), source_of(server)
    said = {
        (told("record", one.record), one.text.strip(), one.is_work_note)
        for one in estate().records[K.COMMENT]
        if isinstance(one, Comment)
    }
    read = [one for one in read_of(source, K.COMMENT) if isinstance(one, Comment)]
    assert {(one.record, one.text, one.is_work_note) for one in read} == said
    clocks = {
        (told("record", one.record), one.target, one.is_breached): told("due_at", one.due_at)
        for one in estate().records[K.SLA_CLOCK]
        if isinstance(one, SlaClock) and one.type == "sla"
        and one.record.startswith(("INC", "RITM"))
    }  # fmt: skip
    watches = [one for one in read_of(source, K.SLA_CLOCK) if isinstance(one, SlaClock)]
    assert {(one.record, one.target, one.is_breached): one.due_at for one in watches} == clocks
    keys = {str(one.id): one.number for one in server.truth(K.INCIDENT)}
    events = [one for one in read_of(source, K.HISTORY) if isinstance(one, HistoryEvent)]
    teams = {(keys[one.record], one.old, one.new) for one in events
             if one.field is HistoryField.TEAM and one.record in keys}  # fmt: skip
    assert teams == {
        (one.record, one.old, one.new)
        for one in estate().records[K.HISTORY]
        if isinstance(one, HistoryEvent) and one.field is HistoryField.TEAM
        and one.old is not None and one.record.startswith("INC")
    }  # fmt: skip


def places_of(source: ItopSource) -> dict[str, str | None]:
    """Where incidents are, by number."""
    told = read_of(source, K.INCIDENT)
    return {one.number: one.location for one in told if isinstance(one, Incident)}


@contextmanager
def changed(record: Held, name: str, value: str) -> Iterator[None]:
    """An estate in which something else is said of a record, for a while."""
    before = record.values.get(name)
    record.values[name] = value
    try:
        yield
    finally:
        record.values[name] = before


def test_a_ticket_whose_caller_sits_nowhere_is_where_its_item_stands(server: ItopServer) -> None:
    items = {one.number: one for one in server.truth(K.CONFIGURATION_ITEM)
             if one.text("ci_class") in PHYSICAL}  # fmt: skip
    ticket = next(one for one in server.truth(K.INCIDENT)
                  if not one.text("location") and one.text("ci") in items)  # fmt: skip
    number = server.base.reference(ticket)
    assert places_of(source_of(server))[number] is None
    with changed(items[ticket.text("ci")], "location", "Store room"):
        assert places_of(source_of(server))[number] == "Store room"


def test_the_family_of_a_service_is_the_category_of_one_level(server: ItopServer) -> None:
    tickets = {
        server.base.reference(one): one
        for one in server.truth(K.INCIDENT)
        if one.text("service") and one.text("category")
    }
    one_level = next(one for one in tickets.values() if not one.text("subcategory"))
    (service,) = (one for one in server.truth(K.SERVICE) if one.number == one_level.text("service"))
    with changed(service, "family", "Workplace"):
        read = {one.number: one for one in read_of(source_of(server), K.INCIDENT)}
    for number, ticket in tickets.items():
        category, sub = ticket.text("category"), ticket.text("subcategory")
        is_in_family = ticket.text("service") == service.number and not sub
        one = read[number]
        assert isinstance(one, Incident)
        expected = ("Workplace", category) if is_in_family else (category, sub or None)
        assert (one.category, one.subcategory) == expected


def test_people_who_may_not_be_read_cost_the_places_and_it_is_said(
    server: ItopServer, caplog: pytest.LogCaptureFixture
) -> None:
    source = source_of(server)
    told = {number for number, place in places_of(source).items() if place}
    assert told
    server.faults = Faults((Fault(name=FaultName.DENIED, share=1, tables=frozenset({"Person"})),))
    denied = places_of(source)
    assert set(denied) > told
    assert set(denied.values()) == {None}
    (said,) = [one.getMessage() for one in caplog.records if "caller_location" in one.getMessage()]
    assert "location_name of Person cannot be read" in said
    (finding,) = [one for one in source.examine() if "Person" in one.said]
    assert (finding.level, "caller_location" in finding.said) == (Level.WARNING, True)
    server.faults = NONE
    assert {number for number, place in places_of(source).items() if place} == told


def test_what_is_pointed_to_is_asked_for_once_in_a_pull(
    server: ItopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answered = server._web.application

    def kept(request: Request) -> Answer:
        given = orjson.loads(request.form["json_data"])
        if given["class"] in {"Person", "Service", "PhysicalDevice"}:
            asked.extend(f"{given['class']} {key}" for key in re.findall(r"\d+", given["key"]))
        return answered(request)

    monkeypatch.setattr(server._web, "application", kept)
    places_of(source_of(server, page_size=25))
    assert len(asked) == len(set(asked)) > 50


def test_history_is_made_where_the_log_may_not_be_read(server: ItopServer) -> None:
    server.faults = Faults(DENYING[:1])
    source = source_of(server)
    assert source.makes_history_of >= {K.INCIDENT, K.PROBLEM}
    assert list(source.pages(K.HISTORY, None)) == []
    server.faults = NONE
    assert source_of(server).makes_history_of == frozenset()


def test_the_doctor_says_that_the_zone_is_taken_and_notices_one_that_cannot_be(
    server: ItopServer,
) -> None:
    findings = list(source_of(server).examine())
    assert [one.said for one in findings if one.level is Level.FAILURE] == []
    (zone,) = [one for one in findings if one.check == "zone"]
    assert (zone.level, ZONE in zone.said) == (Level.WARNING, True)


def test_a_server_elsewhere_is_read_with_its_own_zone(server: ItopServer) -> None:
    server.faults = Faults((Fault(name=FaultName.USER_ZONE, text="America/New_York"),))
    read = {
        one.number: one for one in read_of(source_of(server, zone="America/New_York"), K.CHANGE)
    }
    for one in server.truth(K.CHANGE):
        at = getattr(read[server.base.reference(one)], "opened_at")  # noqa: B009  # of a base class
        assert at.timestamp() == one.time("opened_at")


def test_problems_are_written_where_only_incidents_are_read(server: ItopServer) -> None:
    writer = ItopWriter("itop", source_of(server, kinds=["incident"]).config)
    assert writer.find(PushKind.PROBLEM, "csi-1") == []


def test_what_itop_does_not_have_is_refused_with_what_could_be_done() -> None:
    given = {"url": "https://itop.invalid", "user": "csi", "kinds": ["outage"]}
    with pytest.raises(ConfigError, match="read them from files"):
        ItopSource("ours", ItopConfig.model_validate(given))
    with pytest.raises(ConfigError, match="no time zone"):
        ItopSource("ours", ItopConfig.model_validate({**given, "kinds": None, "zone": "Mars/Base"}))
