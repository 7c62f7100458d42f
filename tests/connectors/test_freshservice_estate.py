"""The practice Freshservice gives its estate's records back, and does so while things go wrong."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache

import pytest

from connectors.core.mapping.loading import toml_of
from connectors.core.source import Level
from connectors.freshservice.reading import page_at
from connectors.freshservice.source import FreshserviceSource
from connectors.freshservice.tables import LACKS
from itsm.records import HistoryEvent, Incident, Record, ServiceRequest, SurveyResponse
from itsm.states import HistoryField, RecordKind
from simulator.estate import Estate, build_estate
from simulator.faults import NONE, FaultName, Faults
from simulator.freshservice.mishaps import USUAL
from simulator.freshservice.server import FreshserviceServer
from simulator.freshservice.words import ASSET_TYPES, LEVELS, PRIORITIES, SOURCES, STATES
from simulator.settings import EstateSettings
from tests.connectors.freshservice_pull import source_of
from tests.connectors.held import Held

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
NUMBER = re.compile(r"(INC|PRB|CHG|RITM)(\d{7})")
PREFIXES = {"INC": "INC-", "PRB": "PRB-", "CHG": "CHN-", "RITM": "SR-"}
CODES = toml_of("connectors.codes", "freshservice.toml")

LACKING: Mapping[RecordKind, frozenset[str]] = {
    K.INCIDENT: frozenset(
        {"reopen_count", "reassignment_count", "opened_by", "resolved_by", "sla_met",
         "major_declared_at", "affected_users", "handling_h", "knowledge_article", "symptom",
         "duplicate_of", "is_first_contact", "restricted", "change"}
    ),
    K.CHANGE: frozenset({"restricted"}),
    K.PROBLEM: frozenset({"resolved_at", "closed_at"}),
    K.PROBLEM_TASK: frozenset({"number"}),
    K.VENDOR: frozenset({"owner", "contingency"}),
    K.CONTRACT: frozenset({"service"}),
    K.SERVICE: frozenset({"owner", "criticality", "users", "service_hours"}),
    K.TEAM: frozenset({"line", "size", "vendor"}),
    K.KNOWLEDGE_ARTICLE: frozenset({"number", "service", "retired_at", "state_code"}),
}  # fmt: skip
"""What Freshservice has no field for; docs/systems.md tells them."""
TABLES = {K.INCIDENT: "incident_state", K.SERVICE_REQUEST: "incident_state",
          K.CHANGE: "change_state", K.PROBLEM: "problem_state"}  # fmt: skip
STAMPED = frozenset({K.TEAM, K.SERVICE, K.VENDOR, K.CONTRACT, K.CONFIGURATION_ITEM})
BY_NUMBER = (K.INCIDENT, K.SERVICE_REQUEST, K.CHANGE, K.PROBLEM, K.VENDOR, K.CONTRACT, K.SERVICE,
             K.TEAM, K.CONFIGURATION_ITEM)  # fmt: skip


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="module")
def server() -> Iterator[FreshserviceServer]:
    with FreshserviceServer(SETTINGS) as running:
        yield running


@pytest.fixture
def quiet(server: FreshserviceServer) -> Iterator[FreshserviceServer]:
    server.faults = NONE
    yield server
    server.faults = NONE
    assert server.errors == []


def read_of(source: FreshserviceSource, kind: RecordKind) -> list[Record]:
    held = Held()
    held.pull(source, kind)
    mapped = source.map(kind, list(held.raw.values()))
    assert mapped.quarantined == ()
    assert mapped.unmapped_codes == {}
    return [record for item in mapped.mapped for record in item.records]


def number_on(number: str, server: FreshserviceServer) -> str:
    """What a record of the estate is called in the account; other words stay."""
    found = NUMBER.fullmatch(number)
    if found is None:
        return number
    kind = {"INC": K.INCIDENT, "PRB": K.PROBLEM, "CHG": K.CHANGE, "RITM": K.SERVICE_REQUEST}
    return f"{PREFIXES[found[1]]}{server.account.number(kind[found[1]], number)}"


def meaning(kind: RecordKind, state: object) -> object:
    """What is left of a state's meaning once it was written as a number."""
    words = STATES[K.INCIDENT if kind is K.SERVICE_REQUEST else kind]
    return CODES[TABLES[kind]][str(words[str(state)])] if state is not None else None


def expected(kind: RecordKind, record: Record, server: FreshserviceServer) -> dict[str, object]:
    """The fields of a record as the account can tell them."""
    told: dict[str, object] = {}
    for name in (field.name for field in fields(record)):
        value: object = getattr(record, name)
        if name in LACKING.get(kind, ()) or name in {"state_code", "type_code", "outcome_code"}:
            continue
        if name == "state" and kind in TABLES:
            value = meaning(kind, value)
        elif name in {"impact", "urgency"} and value is not None:
            value = int(CODES["level"][str(LEVELS[str(value)])])
        elif name == "priority" and value is not None:
            value = int(CODES["priority"][str(PRIORITIES[str(value)])])
        elif name == "ci_class":
            value = ASSET_TYPES[str(value)][1]
        elif name == "channel":
            value = CODES["channel"][str(SOURCES[str(value)])]
        elif isinstance(value, str) and name not in {"title", "name"}:
            value = number_on(value, server)
        told[name] = value
    return told


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_every_kind_is_what_the_estate_has(quiet: FreshserviceServer, kind: RecordKind) -> None:
    read = {record.number: record for record in read_of(source_of(quiet), kind)}
    written = {number_on(one.number, quiet): one for one in estate().records[kind]}
    assert len(written) > 0
    assert read.keys() == written.keys()
    skipped = {"source", "number"} | ({"updated_at"} if kind in STAMPED else set())
    differing = {
        (number, name): (want, getattr(read[number], name))
        for number, record in written.items()
        for name, want in expected(kind, record, quiet).items()
        if name not in skipped and want != getattr(read[number], name)
    }
    assert differing == {}


def test_comments_and_tasks_are_those_of_the_estate(quiet: FreshserviceServer) -> None:
    source = source_of(quiet)
    ids = {str(one.id): one.number for one in quiet.account.tickets()}
    names = ("at", "text", "author", "is_work_note")
    read = Counter((ids[one.record], *(getattr(one, name) for name in names))  # type: ignore[attr-defined]  # they are comments
                   for one in read_of(source, K.COMMENT))  # fmt: skip
    written = Counter((one.record, *(getattr(one, name) for name in names))  # type: ignore[attr-defined]  # they are comments
                      for one in estate().records[K.COMMENT])  # fmt: skip
    assert read == written != Counter()
    told = {(one.problem, one.title, one.due_at) for one in read_of(source, K.PROBLEM_TASK)}  # type: ignore[attr-defined]  # they are tasks
    assert told == {(number_on(one.problem, quiet), one.title, one.due_at)  # type: ignore[attr-defined]  # they are tasks
                    for one in estate().records[K.PROBLEM_TASK]}  # fmt: skip


def test_activities_are_the_history_of_the_estate(quiet: FreshserviceServer) -> None:
    ids = {str(one.id): one.number for one in quiet.account.tickets()}
    read: Counter[tuple[object, ...]] = Counter()
    for event in read_of(source_of(quiet), K.HISTORY):
        assert isinstance(event, HistoryEvent)
        read[ids[event.record], event.at, event.field, event.new] += 1
    work = [*estate().records[K.INCIDENT], *estate().records[K.SERVICE_REQUEST]]
    opened = {
        one.number: one.opened_at for one in work if isinstance(one, Incident | ServiceRequest)
    }
    written: Counter[tuple[object, ...]] = Counter()
    for record in estate().records[K.HISTORY]:
        assert isinstance(record, HistoryEvent)
        old: object = record.old
        new: object = record.new
        if record.old is None and record.at == opened[record.record]:
            continue  # what a ticket was opened with is no activity
        if record.field is HistoryField.STATE:
            old, new = (meaning(record.record_kind, one) for one in (old, new))
        if record.field is HistoryField.PRIORITY:
            old, new = (None if one is None else CODES["priority"][str(PRIORITIES[str(one)])]
                        for one in (old, new))  # fmt: skip
        if old != new:
            written[record.record, record.at, record.field, new] += 1
    assert sum(written.values()) > 600
    assert written - read == Counter()


def test_ratings_are_the_answers_there_are(quiet: FreshserviceServer) -> None:
    ids = {str(one.id): one.number for one in quiet.account.tickets()}
    read = {
        (ids[one.record], one.answered_at, one.score, one.text)
        for one in read_of(source_of(quiet), K.SURVEY_RESPONSE)
        if isinstance(one, SurveyResponse)
    }
    resolved = {one.number for one in estate().records[K.INCIDENT] if one.resolved_at}  # type: ignore[attr-defined]  # they are incidents
    answered = {
        (one.record, one.answered_at, float(round(one.score)), one.text)
        for one in estate().records[K.SURVEY_RESPONSE]
        if isinstance(one, SurveyResponse) and one.score is not None and one.record in resolved
    }
    assert read == answered != set()


def test_a_vendors_case_is_read_where_it_is_asked_for(quiet: FreshserviceServer) -> None:
    own = {"vendor_case": {"vendor_reference": "custom_fields.vendor_ticket"}}
    read = {(one.incident, one.vendor_reference)  # type: ignore[attr-defined]  # they are cases
            for one in read_of(source_of(quiet, fields=own), K.VENDOR_CASE)}  # fmt: skip
    written = {(number_on(one.incident, quiet), one.vendor_reference)  # type: ignore[attr-defined]  # they are cases
               for one in estate().records[K.VENDOR_CASE]}  # fmt: skip
    assert read
    assert read <= written


def test_a_page_behind_the_last_one_that_is_given_is_not_asked_for_twice() -> None:
    with FreshserviceServer(SETTINGS, page_cap=3) as capped:
        source, held = source_of(capped, page_size=30, details=False), Held()
        held.pull(source, K.INCIDENT)
        assert held.raw.keys() == {str(one.id) for one in capped.truth(K.INCIDENT)}
        refused = [one for one in capped.requests if one.status == 400]
        assert 0 < len(refused) < 10


@pytest.mark.parametrize("size", [10, 25, 100])
def test_pages_overlap_and_get_on(size: int) -> None:
    n_pages = offset = 0
    while offset < 10_000:
        per_page, number = page_at(offset, size)
        first, n_pages = (number - 1) * per_page, n_pages + 1
        assert per_page <= size or (size == 10 and offset % 2520 == 0)
        assert first < offset or offset == 0
        assert first + per_page > offset
        offset = first + per_page
    assert n_pages < 2.5 * 10_000 / size


@pytest.mark.parametrize("kind", [K.INCIDENT, K.HISTORY, K.COMMENT, K.SLA_CLOCK])
def test_a_pull_that_is_killed_at_every_page_ends_with_the_same(
    quiet: FreshserviceServer, kind: RecordKind
) -> None:
    whole, pieces = Held(), Held()
    whole.pull(source_of(quiet), kind)
    n_kills = 0
    while len(pieces.raw) < len(whole.raw):
        pieces.pull(source_of(quiet, page_size=20), kind, 1)
        n_kills += 1
        assert n_kills < 100
    assert {key for key, one in whole.raw.items() if pieces.raw[key] != one} == set()


def test_nothing_is_lost_while_everything_goes_wrong() -> None:
    faults = Faults.all(3, [fault for fault in USUAL if fault.name is not FaultName.ACL_ROWS])
    with FreshserviceServer(SETTINGS, faults=faults) as broken:
        source = source_of(broken, overlap_s=60, details=False, http={"first_wait_s": 0.01})
        held = Held()
        for _ in range(2):
            held.pull(source, K.INCIDENT)
        broken.faults = NONE
        held.pull(source, K.INCIDENT)
        held.reconcile(source, K.INCIDENT)
        there = {str(one.id): one for one in broken.truth(K.INCIDENT)}
        assert held.raw.keys() == there.keys()
        mapped = source.map(K.INCIDENT, list(held.raw.values())).mapped
        teams = {one.key: one.records[0].team for one in mapped}  # type: ignore[attr-defined]  # they are incidents
        assert teams == {key: one.text("team") or None for key, one in there.items()}
        assert broken.errors == []


def test_a_healthy_account_has_no_failing_finding(quiet: FreshserviceServer) -> None:
    findings = list(source_of(quiet).examine())
    assert [one for one in findings if one.level is not Level.OK] == []
    assert {one.check for one in findings} >= {"network", "tls", "auth", "permission", "clock"}
    assert {one.subject for one in findings if one.said.startswith("not read: ")} >= LACKS.keys()


def test_activities_in_another_language_are_told(quiet: FreshserviceServer) -> None:
    source = source_of(quiet, activities={"state": "hat den Status auf (.+) gesetzt",
                                          "team": "Gruppe (.+)", "assignee": "Agent: (.+)",
                                          "priority": "Dringlichkeit (.+)"})  # fmt: skip
    (warned,) = [one for one in source.examine() if one.level is not Level.OK]
    assert (warned.check, warned.subject) == ("codes", K.HISTORY)


def test_what_hangs_on_kinds_that_are_not_pulled_is_left_out(quiet: FreshserviceServer) -> None:
    source = source_of(quiet, kinds=["incident", "history"])
    history = read_of(source, K.HISTORY)
    kinds = {one.record_kind for one in history if isinstance(one, HistoryEvent)}
    assert kinds == {K.INCIDENT}
