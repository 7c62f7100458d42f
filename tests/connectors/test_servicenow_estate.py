"""The practice instance gives its estate's records back, and does so while things go wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from functools import cache
from typing import TypeVar

import orjson
import pytest

from connectors.core.source import Level
from connectors.servicenow.source import ServiceNowSource
from itsm.records import Change, Comment, HistoryEvent, Record, SurveyResponse
from itsm.states import RecordKind
from simulator.estate import Estate, build_estate
from simulator.faults import NONE, Faults
from simulator.servicenow.ids import Ids
from simulator.servicenow.rows import TABLE_OF
from simulator.servicenow.server import ServiceNowServer
from simulator.servicenow.tables import labels_of
from simulator.settings import EstateSettings
from tests.connectors.servicenow_pull import Held, source_of

SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
IDS = Ids(SETTINGS.seed)
SECONDS = 1 / 3600
"""Durations are stored in whole seconds."""
AUDITED = {"team": "assignment_group", "assignee": "assigned_to"}


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="module")
def server() -> Iterator[ServiceNowServer]:
    with ServiceNowServer(SETTINGS) as running:
        yield running


@pytest.fixture
def quiet(server: ServiceNowServer) -> Iterator[ServiceNowServer]:
    server.faults = NONE
    yield server
    server.faults = NONE
    assert server.errors == []


@pytest.mark.parametrize("kind", sorted(TABLE_OF))
def test_every_kind_is_what_the_estate_has(quiet: ServiceNowServer, kind: RecordKind) -> None:
    source = source_of(quiet)
    held = Held()
    held.pull(source, kind)
    mapped = source.map(kind, list(held.raw.values()))
    assert mapped.quarantined == ()
    assert mapped.unmapped_codes == {}
    assert [item.key for item in mapped.mapped] == list(held.raw)
    read = {item.key: item.records[0] for item in mapped.mapped if item.records}
    written = {key_of(kind, record, read): record for record in estate().records[kind]}
    assert len(written) > 0
    assert read.keys() == written.keys()
    differing = {
        (key, name): told
        for key, record in written.items()
        for name, told in differences(kind, record, read[key], source).items()
    }
    assert differing == {}
    assert source.count(kind) == len(held.raw)


def key_of(kind: RecordKind, record: Record, read: dict[str, Record]) -> str:
    """The id of a record's row; that of a wait which was only another reason is the reason's."""
    if not isinstance(record, HistoryEvent):
        return IDS.of(TABLE_OF[kind], record.number)
    column = AUDITED.get(record.field, str(record.field))
    key = IDS.of("sys_audit", f"{record.number}/{column}")
    return key if key in read else IDS.of("sys_audit", f"{record.number}/hold_reason")


NOT_IN_THE_ESTATE = {"updated_at": None, "sla_met": None}
"""The instance stamps every row, and says of every incident that its SLA was met."""


def differences(
    kind: RecordKind, written: Record, read: Record, source: ServiceNowSource
) -> dict[str, tuple[object, object]]:
    """The fields that differ; codes are those behind the estate's words."""
    found = {}
    if kind in source.by_key:
        assert isinstance(written, HistoryEvent | Comment | SurveyResponse)
        written = replace(written, record=IDS.of(TABLE_OF[written.record_kind], written.record))
    for name in (field.name for field in fields(written)):
        want, got = getattr(written, name), getattr(read, name)
        if name == "number" and got in {want, IDS.of(TABLE_OF[kind], str(want))}:
            continue
        if name in NOT_IN_THE_ESTATE and want is NOT_IN_THE_ESTATE[name]:
            continue
        if name.endswith("_code") or (kind is RecordKind.HISTORY and name == "number"):
            continue
        if isinstance(want, float) and isinstance(got, float) and abs(want - got) < SECONDS:
            continue
        if want != got:
            found[name] = (want, got)
    return found


def test_a_state_keeps_the_code_behind_its_label(quiet: ServiceNowServer) -> None:
    source, held = source_of(quiet), Held()
    held.pull(source, RecordKind.CHANGE)
    labels = labels_of("change_request", "state")
    changes = of_kind(Change, estate().records[RecordKind.CHANGE])
    states = {change.number: change.state_code for change in changes}
    mapped = source.map(RecordKind.CHANGE, list(held.raw.values())).mapped
    for change in of_kind(Change, (item.records[0] for item in mapped)):
        assert labels[change.state_code] == states[change.number]


R = TypeVar("R", bound=Record)


def of_kind(kind: type[R], records: Iterable[Record]) -> list[R]:
    found = [record for record in records if isinstance(record, kind)]
    assert found
    return found


def test_a_second_pull_reads_the_overlap_only(quiet: ServiceNowServer) -> None:
    source, held = source_of(quiet), Held()
    n_first = held.pull(source, RecordKind.INCIDENT)
    before = dict(held.raw)
    n_second = held.pull(source, RecordKind.INCIDENT)
    assert n_first == SETTINGS.n_incidents
    assert n_second < n_first / 10
    assert held.raw == before


@pytest.mark.parametrize("page_size", [50])
def test_a_pull_that_is_killed_at_every_page_ends_with_the_same(
    quiet: ServiceNowServer, page_size: int
) -> None:
    whole, pieces = Held(), Held()
    whole.pull(source_of(quiet), RecordKind.COMMENT)
    n_kills = 0
    while len(pieces.raw) < len(whole.raw):
        pieces.pull(source_of(quiet, page_size=page_size), RecordKind.COMMENT, 1)
        n_kills += 1
        assert n_kills < 100
    assert n_kills >= len(whole.raw) / page_size
    assert pieces.raw == whole.raw


def test_since_leaves_out_older_records_but_not_what_they_name(quiet: ServiceNowServer) -> None:
    middle = SETTINGS.first_week.shifted(2).start_at
    source = source_of(quiet, since=middle.date())
    incidents, teams = Held(), Held()
    incidents.pull(source, RecordKind.INCIDENT)
    teams.pull(source, RecordKind.TEAM)
    assert 0 < len(incidents.raw) < SETTINGS.n_incidents
    assert source.count(RecordKind.INCIDENT) == len(incidents.raw)
    assert len(teams.raw) == len(estate().records[RecordKind.TEAM])


def test_another_column_starts_the_reading_anew(quiet: ServiceNowServer) -> None:
    held = Held()
    held.pull(source_of(quiet), RecordKind.PROBLEM)
    assert held.pull(source_of(quiet), RecordKind.PROBLEM) < len(held.raw)
    fields_given = {"problem": {"category": "subcategory"}}
    assert held.pull(source_of(quiet, fields=fields_given), RecordKind.PROBLEM) == len(held.raw)


def test_nothing_is_lost_while_everything_goes_wrong() -> None:
    with ServiceNowServer(SETTINGS, faults=Faults.all(3)) as server:
        source = source_of(server, page_size=100)
        held = {kind: Held() for kind in source.kinds}
        for kind in source.kinds:
            for _ in range(2):
                held[kind].pull(source, kind)
        deleted = {d.key for page in source.deletions(None) for d in page.deletions}
        server.faults = NONE
        for kind in source.kinds:
            held[kind].pull(source, kind)
            held[kind].reconcile(source, kind)
        assert deleted
        assert not deleted & {key for one in held.values() for key in one.raw}
        for kind in source.kinds:
            rows = {cell(row, "sys_id"): row for row in server.truth(table_of(source, kind))}
            kept = held[kind].raw
            assert kept.keys() == {key for key in rows if is_read(kind, rows[key])}, kind
            assert [key for key, raw in kept.items() if is_older(raw.payload, rows[key])] == []
            mapped = source.map(kind, list(kept.values()))
            assert {one.field for one in mapped.quarantined} <= {"type"}, (
                "only new changes lack one"
            )
        assert server.errors == []


def table_of(source: ServiceNowSource, kind: RecordKind) -> str:
    return source._tables.kinds[kind].table


HANGS_ON = {RecordKind.APPROVAL: "sysapproval", RecordKind.SLA_CLOCK: "task"}
"""Rows of these are read while the record they hang on is there."""


def cell(row: object, name: str, side: str = "value") -> str:
    assert isinstance(row, dict)
    value = row[name]
    return str(value[side] if isinstance(value, dict) else value)


def is_read(kind: RecordKind, row: object) -> bool:
    if kind is RecordKind.VENDOR:
        return cell(row, "vendor") == "true"
    if kind is RecordKind.CONFIGURATION_ITEM:
        return cell(row, "sys_class_name") != "cmdb_ci_service"
    hangs_on = HANGS_ON.get(kind)
    return hangs_on is None or cell(row, hangs_on, "display_value") != ""


def is_older(payload: bytes, row: object) -> bool:
    held = orjson.loads(payload)
    return "sys_mod_count" in held and cell(held, "sys_mod_count") != cell(row, "sys_mod_count")


def test_answers_of_a_survey_are_read_where_they_lie(quiet: ServiceNowServer) -> None:
    answers = {"score": "answers.satisfaction", "nps": "answers.recommendation"}
    source = source_of(
        quiet, fields={"survey_response": {**answers, "text": "answers.remarks"}}, page_size=10
    )
    held = Held()
    held.pull(source, RecordKind.SURVEY_RESPONSE)
    items = source.map(RecordKind.SURVEY_RESPONSE, list(held.raw.values())).mapped
    read = {one.number: one for one in of_kind(SurveyResponse, (i.records[0] for i in items))}
    written = of_kind(SurveyResponse, estate().records[RecordKind.SURVEY_RESPONSE])
    for response in written:
        found = read[response.number]
        assert (found.nps, found.text) == (response.nps, response.text)
        score = None if response.score is None else round(response.score)
        assert found.score == score


def test_a_kind_without_its_column_is_not_read_from_the_whole_table(
    quiet: ServiceNowServer,
) -> None:
    source = source_of(quiet, tables={"vendor_case": {"filter": "u_no_such_ticketISNOTEMPTY"}})
    quiet.requests.clear()
    assert list(source.pages(RecordKind.VENDOR_CASE, None)) == []
    assert source.count(RecordKind.VENDOR_CASE) is None
    assert len(quiet.requests) == 1
    there = source_of(quiet, tables={"vendor_case": {"filter": "correlation_idISNOTEMPTY"}})
    assert there.count(RecordKind.VENDOR_CASE) == 0


def test_a_healthy_instance_has_no_failing_finding(quiet: ServiceNowServer) -> None:
    findings = list(source_of(quiet).examine())
    assert [one for one in findings if one.level is Level.FAILURE] == []
    assert {one.check for one in findings} >= {"network", "tls", "auth", "permission", "clock"}
