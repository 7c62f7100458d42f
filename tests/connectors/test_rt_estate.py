"""The practice Request Tracker gives its estate's records back, but for what RT forces."""

from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from connectors.core.source import Level
from connectors.core.surroundings import Surroundings
from connectors.rt.config import RtConfig
from connectors.rt.source import RtSource
from itsm.errors import ConfigError
from itsm.records import Comment, HistoryEvent, VendorCase
from itsm.states import HistoryField, RecordKind
from simulator.desk.records import Held
from simulator.estate import Estate, build_estate
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.rt.server import RtServer
from simulator.rt.words import CATALOGS, QUEUES
from simulator.settings import EstateSettings
from tests.connectors.estate_fields import Told, differing, read_of

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
CATALOG_NAMES = {kind.value: name for kind, (name, _) in CATALOGS.items()}
LACKING: Mapping[RecordKind, frozenset[str]] = {
    K.INCIDENT: frozenset(
        {"state", "state_code", "closed_at", "reopen_count", "reassignment_count", "resolved_by",
         "opened_by"}
    ),
    K.SERVICE_REQUEST: frozenset({"state", "state_code", "closed_at", "due_at"}),
    K.CHANGE: frozenset({"state_code"}),
    K.PROBLEM: frozenset({"state_code", "closed_at"}),
    K.PROBLEM_TASK: frozenset({"state_code"}),
    K.KNOWN_ERROR: frozenset(),
    K.VENDOR_CASE: frozenset(
        {"state", "state_code", "closed_at", "contract", "response_due_at", "responded_at",
         "resolution_due_at", "waiting_on_us_h"}
    ),
    K.APPROVAL: frozenset({"state", "state_code"}),
    K.POST_INCIDENT_REVIEW: frozenset({"summary"}),
    K.REVIEW_ACTION: frozenset({"state_code"}),
    K.SERVICE: frozenset({"updated_at"}),
    K.TEAM: frozenset({"updated_at"}),
    K.VENDOR: frozenset({"updated_at"}),
    K.CONFIGURATION_ITEM: frozenset({"updated_at"}),
}  # fmt: skip
"""What RT has no place for; docs/systems.md tells it."""


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="module")
def running() -> Iterator[RtServer]:
    with RtServer(SETTINGS) as server:
        yield server


@pytest.fixture
def server(running: RtServer) -> Iterator[RtServer]:
    running.faults = NONE
    yield running
    running.faults = NONE
    assert running.errors == []


def source_of(server: RtServer, **more: object) -> RtSource:
    given: dict[str, object] = {"url": server.url, "user": server.user}
    given |= {"password": server.password, "catalogs": CATALOG_NAMES}
    config = RtConfig.model_validate({**given, **more})
    return RtSource("ours", config, Surroundings(sleep=lambda _s: None))


def ids(server: RtServer) -> dict[str, str]:
    """The ticket of each record, by the estate's number."""
    return {one.number: str(one.id) for kind in QUEUES for one in server.truth(kind)}


def told_of(server: RtServer) -> Told:
    """A value as RT keeps it: other tickets by their ids."""
    known = ids(server)

    def told(name: str, value: object) -> object:
        return known.get(value, value) if isinstance(value, str) else value

    return told


@pytest.mark.parametrize("kind", LACKING)
def test_every_kind_is_what_the_estate_has(server: RtServer, kind: RecordKind) -> None:
    told = told_of(server)
    read = {record.number: record for record in read_of(source_of(server), kind)}
    written = {str(told("number", one.number)): one for one in estate().records[kind]}
    assert read.keys() == written.keys() != set()
    pairs = [(one, read[number]) for number, one in written.items()]
    assert differing(pairs, LACKING[kind], told) == {}


def test_states_are_those_of_the_usual_life_cycle(server: RtServer) -> None:
    read = {record.number: record for record in read_of(source_of(server), K.INCIDENT)}
    for one in server.truth(K.INCIDENT):
        status = server.tracker.status(one)
        meaning = {"new": "new", "open": "in_progress", "stalled": "on_hold",
                   "resolved": "resolved", "rejected": "canceled"}[status]  # fmt: skip
        assert str(getattr(read[str(one.id)], "state")) == meaning  # noqa: B009  # of a base class


def test_comments_and_changes_are_those_of_the_estate(server: RtServer) -> None:
    known = ids(server)
    said = {
        (known[one.record], one.text.strip(), one.is_work_note)
        for one in estate().records[K.COMMENT]
        if isinstance(one, Comment)
    }
    read = [one for one in read_of(source_of(server), K.COMMENT) if isinstance(one, Comment)]
    assert {(one.record, one.text, one.is_work_note) for one in read} == said
    events = [one for one in read_of(source_of(server), K.HISTORY) if isinstance(one, HistoryEvent)]
    teams = {(one.record, one.old, one.new, one.at) for one in events
             if one.field is HistoryField.TEAM}  # fmt: skip
    expected = {
        (known[one.record], one.old, one.new, one.at)
        for one in estate().records[K.HISTORY]
        if isinstance(one, HistoryEvent) and one.field is HistoryField.TEAM and one.old is not None
    }
    assert teams == expected != set()


def test_a_vendors_ticket_may_be_a_field_of_the_incident(server: RtServer) -> None:
    some: list[Held] = list(server.truth(K.INCIDENT))[:3]
    for place, one in enumerate(some):
        one.values["knowledge_article"] = f"AC-{place}"
    reference = "Knowledge Article"
    fields = {"vendor_reference": reference, "number": reference, "vendor": ("Team", "Category")}
    source = source_of(server, fields={"vendor_case": fields})
    raw = [one for page in source.pages(K.VENDOR_CASE, None) for one in page.records]
    cases = [one for item in source.map(K.VENDOR_CASE, raw).mapped for one in item.records]
    told = {(one.number, one.incident) for one in cases if isinstance(one, VendorCase)}
    assert {(f"AC-{place}", str(one.id)) for place, one in enumerate(some)} <= told
    with_one = [one for one in server.truth(K.INCIDENT) if one.text("knowledge_article")]
    assert len(raw) == len(with_one)


def test_the_doctor_names_codes_kinds_and_the_zone(server: RtServer) -> None:
    server.faults = Faults((Fault(name=FaultName.USER_ZONE, text="America/New_York"),))
    findings = list(source_of(server).examine())
    assert [one.said for one in findings if one.level is Level.FAILURE] == []
    assert "America/New_York" in next(one.said for one in findings if one.check == "zone")
    absent = {one.subject for one in findings if one.said.startswith("not read")}
    assert absent == {K.CI_RELATION, K.KNOWLEDGE_ARTICLE, K.OUTAGE}


def test_what_rt_does_not_have_is_refused_with_what_could_be_done() -> None:
    given = {"url": "https://rt.invalid", "user": "csi", "kinds": ["outage"]}
    with pytest.raises(ConfigError, match="read them from files"):
        RtSource("ours", RtConfig.model_validate(given))
