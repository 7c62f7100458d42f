"""The practice GLPI gives its estate's records back, and does so while things go wrong."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache

import pytest

from connectors.core.mapping.loading import toml_of
from connectors.core.source import Level
from connectors.glpi.source import GlpiSource
from connectors.glpi.tables import HANGING, LACKS
from itsm.records import HistoryEvent, Incident, Record, SurveyResponse
from itsm.states import HistoryField, RecordKind
from simulator.estate import Estate, build_estate
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.glpi.making import REQUESTS_FROM
from simulator.glpi.mishaps import USUAL
from simulator.glpi.server import GlpiServer
from simulator.glpi.words import CLASSES, LEVELS, PRIORITIES, STATES
from simulator.settings import EstateSettings
from tests.connectors.glpi_pull import source_of
from tests.connectors.held import Held

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
NUMBER = re.compile(r"(INC|PRB|CHG|RITM|PTASK)(\d{7})")
CODES = toml_of("connectors.codes", "glpi.toml")

LACKING: Mapping[RecordKind, frozenset[str]] = {
    K.INCIDENT: frozenset(
        {"reopen_count", "reassignment_count", "resolved_by", "sla_met", "is_test", "is_major",
         "major_declared_at", "affected_users", "handling_h", "knowledge_article",
         "caused_by_change", "change", "symptom", "is_first_contact", "restricted"}
    ),
    K.SERVICE_REQUEST: frozenset({"is_test"}),
    K.CHANGE: frozenset({"type", "outcome", "risk", "planned_start_at", "planned_end_at"}),
    K.PROBLEM: frozenset({"workaround", "is_known_error"}),
    K.PROBLEM_TASK: frozenset({"closed_at"}),
    K.VENDOR: frozenset({"owner", "contingency"}),
    K.CONTRACT: frozenset({"service", "cost_per_year", "ends_at"}),
    K.SERVICE: frozenset({"owner", "criticality", "users", "service_hours"}),
    K.TEAM: frozenset({"line", "size", "vendor"}),
    K.KNOWLEDGE_ARTICLE: frozenset({"service", "retired_at"}),
    K.APPROVAL: frozenset(),
}  # fmt: skip
"""What a GLPI has no column for; docs/systems.md tells them."""
STATE_TABLES = {K.INCIDENT: "incident_state", K.SERVICE_REQUEST: "incident_state",
                K.CHANGE: "change_state", K.PROBLEM: "problem_state",
                K.PROBLEM_TASK: "task_state", K.APPROVAL: "approval_state"}  # fmt: skip
STAMPED = frozenset({K.TEAM, K.SERVICE, K.VENDOR, K.CONTRACT, K.CONFIGURATION_ITEM,
                     K.KNOWLEDGE_ARTICLE})  # fmt: skip
"""Kinds that the server stamps itself."""
BY_NUMBER = (K.INCIDENT, K.SERVICE_REQUEST, K.CHANGE, K.PROBLEM, K.VENDOR, K.CONTRACT, K.SERVICE,
             K.TEAM, K.CONFIGURATION_ITEM, K.KNOWLEDGE_ARTICLE)  # fmt: skip


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="module")
def server() -> Iterator[GlpiServer]:
    with GlpiServer(SETTINGS) as running:
        yield running


@pytest.fixture
def quiet(server: GlpiServer) -> Iterator[GlpiServer]:
    server.faults = NONE
    yield server
    server.faults = NONE
    assert server.errors == []


def read_of(source: GlpiSource, kind: RecordKind) -> list[Record]:
    held = Held()
    held.pull(source, kind)
    mapped = source.map(kind, list(held.raw.values()))
    assert mapped.quarantined == ()
    assert mapped.unmapped_codes == {}
    assert [item.key for item in mapped.mapped] == list(held.raw)
    if kind not in HANGING:
        assert source.count(kind) == len(held.raw)
    return [record for item in mapped.mapped for record in item.records]


def number_on(number: str) -> str:
    """What a record of the estate is called on the server; other words stay."""
    found = NUMBER.fullmatch(number)
    if found is None:
        return number if not number.startswith("KB00") else str(int(number[2:]))
    more = REQUESTS_FROM if found[1] == "RITM" else 0
    return str(int(found[2]) + more)


def meaning(kind: RecordKind, state: object) -> object:
    """What is left of a state's meaning once it was written as a number."""
    words = STATES[K.INCIDENT if kind is K.SERVICE_REQUEST else kind]
    return CODES[STATE_TABLES[kind]][str(words[str(state)])] if state is not None else None


def expected(kind: RecordKind, record: Record) -> dict[str, object]:
    """The fields of a record as the server can tell them."""
    told: dict[str, object] = {}
    for name in (field.name for field in fields(record)):
        value: object = getattr(record, name)
        if name in LACKING.get(kind, ()) or name in {"state_code", "type_code", "outcome_code"}:
            continue
        if name == "state" and kind in STATE_TABLES:
            value = meaning(kind, value)
        elif name in {"impact", "urgency"} and value is not None:
            value = int(CODES["level"][str(LEVELS[str(value)])])
        elif name == "ci_class":
            value = CLASSES[str(value)]
        elif name == "severity":
            value = PRIORITIES[str(value)]
        elif isinstance(value, str) and name not in {"title", "name"} and kind is not K.CONTRACT:
            value = number_on(value)
        if name == "state_code" or (name == "uses" and value is None):
            continue
        told[name] = value
    return told


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_every_kind_is_what_the_estate_has(quiet: GlpiServer, kind: RecordKind) -> None:
    read = {record.number: record for record in read_of(source_of(quiet), kind)}
    written = {number_on(one.number): one for one in estate().records[kind]}
    assert len(written) > 0
    assert read.keys() == written.keys()
    skipped = {"source", "number"} | ({"updated_at"} if kind in STAMPED else set())
    differing = {
        (number, name): (want, getattr(read[number], name))
        for number, record in written.items()
        for name, want in expected(kind, record).items()
        if name not in skipped and want != getattr(read[number], name)
    }
    assert differing == {}


def told_of(records: list[Record], *names: str) -> Counter[tuple[object, ...]]:
    return Counter(tuple(getattr(one, name) for name in names) for one in records)


def written_of(kind: RecordKind, *names: str) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for one in estate().records[kind]:
        values = expected(kind, one)
        found[tuple(values[name] for name in names)] += 1
    return found


def test_what_hangs_on_others_is_that_of_the_estate(quiet: GlpiServer) -> None:
    source = source_of(quiet)
    for kind, names in (
        (K.PROBLEM_TASK, ("problem", "title", "state", "team", "opened_at", "due_at")),
        (K.APPROVAL, ("change", "step", "state", "approver", "requested_at", "decided_at")),
        (K.COMMENT, ("record_kind", "record", "at", "text", "author", "is_work_note")),
    ):
        assert told_of(read_of(source, kind), *names) == written_of(kind, *names) != Counter()


def test_history_is_that_of_the_estate(quiet: GlpiServer) -> None:
    read: Counter[tuple[object, ...]] = Counter()
    for event in read_of(source_of(quiet), K.HISTORY):
        assert isinstance(event, HistoryEvent)
        if event.record_kind in {K.INCIDENT, K.SERVICE_REQUEST}:
            read[event.record, event.at, event.field, event.old, event.new] += 1
    written: Counter[tuple[object, ...]] = Counter()
    for record in estate().records[K.HISTORY]:
        assert isinstance(record, HistoryEvent)
        old: object = record.old
        new: object = record.new
        if record.field is HistoryField.STATE:
            old, new = (meaning(record.record_kind, one) for one in (old, new))
        if record.field is HistoryField.PRIORITY and old is None:
            continue  # with what it was opened is in no log
        if old != new:
            written[number_on(record.record), record.at, record.field, old, new] += 1
    assert sum(written.values()) > 900
    assert written - read == Counter()
    begun = {(field, old) for _, _, field, old, _ in (read - written)}
    followed = (HistoryField.TEAM, HistoryField.ASSIGNEE, HistoryField.STATE)
    assert begun <= {(field, None) for field in followed}


def test_clocks_are_those_that_tickets_have_columns_for(quiet: GlpiServer) -> None:
    names = ("record", "type", "target", "agreement", "started_at", "due_at", "ended_at")
    read = told_of(read_of(source_of(quiet), K.SLA_CLOCK), *names)
    kept = [one for one in estate().records[K.SLA_CLOCK]
            if one.type.value == "sla"]  # type: ignore[attr-defined]  # they are clocks  # fmt: skip
    written: Counter[tuple[object, ...]] = Counter()
    for one in kept:
        values = expected(K.SLA_CLOCK, one)
        written[tuple(values[name] for name in names)] += 1
    assert len(kept) > 200
    assert written - read == Counter()


def test_ratings_are_the_answers_there_are(quiet: GlpiServer) -> None:
    read = {
        (one.record, one.sent_at, one.answered_at, one.score, one.text)
        for one in read_of(source_of(quiet), K.SURVEY_RESPONSE)
        if isinstance(one, SurveyResponse)
    }
    answered = {
        (number_on(one.record), one.sent_at, one.answered_at, float(round(one.score)), one.text)
        for one in estate().records[K.SURVEY_RESPONSE]
        if isinstance(one, SurveyResponse) and one.score is not None
    }
    assert len(answered) > 5
    assert read == answered


def test_relations_are_those_of_the_estate(quiet: GlpiServer) -> None:
    read = {(one.parent, one.child) for one in read_of(source_of(quiet), K.CI_RELATION)}  # type: ignore[attr-defined]  # they are relations
    written = {(one.parent, one.child) for one in estate().records[K.CI_RELATION]}  # type: ignore[attr-defined]  # they are relations
    assert written <= read
    assert written != set()


def test_a_vendors_case_is_read_where_it_is_asked_for(quiet: GlpiServer) -> None:
    source = source_of(quiet, fields={"vendor_case": {"vendor_reference": "1"}})
    read = {(one.incident, one.vendor) for one in read_of(source, K.VENDOR_CASE)}  # type: ignore[attr-defined]  # they are cases
    written = {
        (number_on(one.number), one.vendor)
        for one in estate().records[K.INCIDENT]
        if isinstance(one, Incident) and one.vendor
    }
    assert read == written != set()


def test_a_link_that_stamps_nothing_is_seen(quiet: GlpiServer) -> None:
    source, held = source_of(quiet), Held()
    held.pull(source, K.INCIDENT)
    row = next(one for one in quiet.truth("Ticket", type=1)
               if not quiet.database.linked("Problem_Ticket", "Ticket", one["id"]))  # fmt: skip
    made = quiet.changes.link("Problem_Ticket", {"problems_id": 2, "tickets_id": row["id"]})
    try:
        assert held.pull(source, K.INCIDENT) <= 3
        (mapped,) = source.map(K.INCIDENT, [held.raw[str(row["id"])]]).mapped
        assert mapped.records[0].problem == "2"  # type: ignore[attr-defined]  # it is an incident
    finally:
        quiet.changes.unlink("Problem_Ticket", made)


def test_without_the_historical_history_is_made_of_differences(quiet: GlpiServer) -> None:
    quiet.faults = Faults((Fault(name=FaultName.DENIED, tables=frozenset({"Log"})),))
    source = source_of(quiet)
    assert K.INCIDENT in source.makes_history_of
    assert list(source.pages(K.HISTORY, None)) == []
    warned = [one for one in source.examine() if one.level is not Level.OK]
    assert [(one.check, one.subject) for one in warned] == [("permission", K.HISTORY)]
    assert source_of(server_of(quiet), history="log").makes_history_of == frozenset()


def server_of(server: GlpiServer) -> GlpiServer:
    server.faults = NONE
    return server


def test_the_zone_of_the_session_has_to_be_told_and_then_changes_nothing(
    quiet: GlpiServer,
) -> None:
    before = read_of(source_of(quiet), K.INCIDENT)
    quiet.faults = Faults((Fault(name=FaultName.USER_ZONE, text="US/Pacific"),))
    found = {one.check: one for one in source_of(quiet).examine()}
    assert found["zone"].level is Level.FAILURE
    assert "-8 h" in found["zone"].said or "-7 h" in found["zone"].said
    told = source_of(quiet, zone="US/Pacific")
    found = {one.check: one for one in told.examine()}
    assert found["zone"].level is Level.OK
    quiet.faults = Faults((Fault(name=FaultName.USER_ZONE, text="US/Pacific"),))
    after = {one.number: one for one in read_of(told, K.INCIDENT)}
    # what was told of the hour that comes twice in autumn is taken for its first time
    same = [one for one in before if after[one.number] == one]
    assert len(same) > 0.97 * len(before)
    assert after.keys() == {one.number for one in before}


@pytest.mark.parametrize("kind", [K.INCIDENT, K.HISTORY, K.COMMENT, K.SLA_CLOCK])
def test_a_pull_that_is_killed_at_every_page_ends_with_the_same(
    quiet: GlpiServer, kind: RecordKind
) -> None:
    whole, pieces = Held(), Held()
    whole.pull(source_of(quiet), kind)
    n_kills = 0
    while len(pieces.raw) < len(whole.raw):
        pieces.pull(source_of(quiet, page_size=40), kind, 1)
        n_kills += 1
        assert n_kills < 100
    differing = {key for key, one in whole.raw.items() if pieces.raw[key] != one}
    assert differing == set()


def test_nothing_is_lost_while_everything_goes_wrong() -> None:
    faults = Faults.all(3, [fault for fault in USUAL if fault.name is not FaultName.ACL_ROWS])
    kinds = (K.INCIDENT, K.PROBLEM, K.HISTORY)
    with GlpiServer(SETTINGS, faults=faults) as broken:
        source = source_of(broken, overlap_s=60, http={"first_wait_s": 0.01})
        held = {kind: Held() for kind in kinds}
        for _ in range(2):
            for kind in kinds:
                held[kind].pull(source, kind)
        broken.faults = NONE
        for kind in kinds:
            held[kind].pull(source, kind)
            if kind not in HANGING:
                held[kind].reconcile(source, kind)
        there = {str(row["id"]): row for row in broken.truth("Ticket", type=1)}
        assert held[K.INCIDENT].raw.keys() == there.keys()
        assert source.map(K.INCIDENT, list(held[K.INCIDENT].raw.values())).quarantined == ()
        assert broken.errors == []


def test_a_healthy_server_has_no_failing_finding(quiet: GlpiServer) -> None:
    findings = list(source_of(quiet).examine())
    assert [one for one in findings if one.level is not Level.OK] == []
    assert {one.check for one in findings} >= {"network", "tls", "auth", "permission", "clock",
                                               "zone"}  # fmt: skip
    assert {one.subject for one in findings if "has nothing" in one.said} == LACKS.keys()


def test_what_hangs_on_kinds_that_are_not_pulled_is_left_out(quiet: GlpiServer) -> None:
    source = source_of(quiet, kinds=["incident", "history"])
    history = read_of(source, K.HISTORY)
    kinds = {one.record_kind for one in history if isinstance(one, HistoryEvent)}
    assert kinds == {K.INCIDENT}
