"""The practice BMC Helix gives its estate's records back, and does so while things go wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from connectors.bmc_helix.config import BmcHelixConfig
from connectors.bmc_helix.source import BmcHelixSource
from connectors.core.source import Level
from connectors.core.surroundings import Surroundings
from itsm.records import Comment, HistoryEvent, Incident, Record
from itsm.states import HistoryField, RecordKind
from simulator.bmc_helix.forms import BY_NAME
from simulator.bmc_helix.mishaps import DENIED, USUAL
from simulator.bmc_helix.server import BmcHelixServer
from simulator.bmc_helix.words import number_of
from simulator.desk.entering import enter
from simulator.estate import Estate, build_estate
from simulator.faults import NONE, FaultName, Faults
from simulator.settings import EstateSettings
from tests.connectors.estate_fields import Told, differing, read_of
from tests.connectors.held import Held

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
VENDOR_TICKETS = {
    "forms": {"vendor_case": "HPD:Help Desk"},
    "filters": {"vendor_case": "'Vendor Ticket Number' != $NULL$"},
}
LACKING: Mapping[RecordKind, frozenset[str]] = {
    K.INCIDENT: frozenset(
        {"reopen_count", "resolved_by", "is_major", "is_test", "major_declared_at",
         "knowledge_article", "restricted"}
    ),
    K.SERVICE_REQUEST: frozenset({"is_test"}),
    K.PROBLEM_TASK: frozenset(),
    K.SERVICE: frozenset({"criticality", "users", "service_hours", "updated_at"}),
    K.TEAM: frozenset({"line", "size", "vendor", "updated_at"}),
    K.VENDOR: frozenset({"owner", "contingency", "updated_at"}),
    K.CONFIGURATION_ITEM: frozenset({"updated_at"}),
    K.SLA_CLOCK: frozenset({"number", "party", "breached_at", "paused_h", "updated_at"}),
    K.APPROVAL: frozenset({"number"}),
    K.SURVEY_RESPONSE: frozenset({"number", "nps"}),
}  # fmt: skip
"""What the forms have no field for; docs/systems.md tells them."""


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="module")
def running() -> Iterator[BmcHelixServer]:
    with BmcHelixServer(SETTINGS) as server:
        yield server


@pytest.fixture
def server(running: BmcHelixServer) -> Iterator[BmcHelixServer]:
    running.faults = NONE
    yield running
    running.faults = NONE
    assert running.errors == []


def source_of(server: BmcHelixServer, **more: object) -> BmcHelixSource:
    given: dict[str, object] = {"url": server.url, "user": server.user}
    given |= {"password": server.password, "overlap_s": 60}
    config = BmcHelixConfig.model_validate({**given, **more})
    return BmcHelixSource("ours", config, Surroundings(sleep=lambda _s: None))


def kept(_kind: RecordKind) -> Told:
    """What is left of a value on a form."""

    def told(name: str, value: object) -> object:
        if name == "priority" and value == 5:
            return 4
        if name in {"number", "problem", "record", "change", "incident", "parent_incident",
                    "duplicate_of", "caused_by_change"}:  # fmt: skip
            return number_of(value) if isinstance(value, str) else value
        return value

    return told


BY_NUMBER = (K.INCIDENT, K.SERVICE_REQUEST, K.CHANGE, K.PROBLEM, K.PROBLEM_TASK, K.KNOWN_ERROR,
             K.SERVICE, K.TEAM, K.VENDOR, K.CONFIGURATION_ITEM)  # fmt: skip


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_every_kind_is_what_the_estate_has(server: BmcHelixServer, kind: RecordKind) -> None:
    read = {record.number: record for record in read_of(source_of(server), kind)}
    written = {str(number_of(one.number)): one for one in estate().records[kind]}
    assert read.keys() == written.keys() != set()
    pairs = [(one, read[number]) for number, one in written.items()]
    assert differing(pairs, LACKING.get(kind, ()), kept(kind)) == {}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (K.SLA_CLOCK, ("record", "type", "target", "started_at", "agreement")),
        (K.APPROVAL, ("change", "step", "approver")),
        (K.SURVEY_RESPONSE, ("record", "sent_at")),
    ],
)
def test_what_hangs_on_records_is_that_of_the_estate(
    server: BmcHelixServer, kind: RecordKind, names: tuple[str, ...]
) -> None:
    told = kept(kind)
    read = {tuple(getattr(one, n) for n in names): one for one in read_of(source_of(server), kind)}
    written = {
        tuple(told(n, getattr(one, n)) for n in names): one for one in estate().records[kind]
    }
    assert read.keys() == written.keys() != set()
    pairs = [(one, read[key]) for key, one in written.items()]
    assert differing(pairs, LACKING[kind], told) == {}


def test_history_is_that_of_the_estate(server: BmcHelixServer) -> None:
    of = {BY_NAME["HPD:Help Desk"].key(one.id): one.number for one in server.truth(K.INCIDENT)}
    of |= {
        BY_NAME["SRM:Request"].key(one.id): one.number for one in server.truth(K.SERVICE_REQUEST)
    }
    read: Counter[tuple[object, ...]] = Counter()
    for event in read_of(source_of(server), K.HISTORY):
        assert isinstance(event, HistoryEvent)
        if event.record in of:
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
    """A side of a change as labels tell it: all that waits is Pending."""
    if event.field is HistoryField.STATE and side is not None and side.startswith("awaiting_"):
        return "on_hold"
    return side


def test_work_log_entries_are_comments_and_notes(server: BmcHelixServer) -> None:
    read = {
        (one.record, one.at, one.text, one.author, one.is_work_note)
        for one in read_of(source_of(server), K.COMMENT)
        if isinstance(one, Comment)
    }
    written = {
        (number_of(one.record), one.at, one.text, one.author, one.is_work_note)
        for one in estate().records[K.COMMENT]
        if isinstance(one, Comment)
    }
    assert read == written
    assert len({one[4] for one in read}) == 2


def test_vendor_cases_are_incidents_with_a_ticket_once_that_is_said(
    server: BmcHelixServer,
) -> None:
    assert K.VENDOR_CASE not in source_of(server).kinds
    read = read_of(source_of(server, **VENDOR_TICKETS), K.VENDOR_CASE)
    written = {
        (number_of(one.incident), one.vendor)  # type: ignore[attr-defined]  # they are cases
        for one in estate().records[K.VENDOR_CASE]
    }
    assert {(one.incident, one.vendor) for one in read} == written != set()  # type: ignore[attr-defined]  # they are cases


def test_a_link_that_was_made_later_reaches_an_incident_that_did_not_change(
    server: BmcHelixServer,
) -> None:
    source, held = source_of(server), Held()
    held.pull(source, K.INCIDENT)
    free = next(one for one in server.truth(K.INCIDENT) if not one.text("problem"))
    problem = next(iter(server.truth(K.PROBLEM)))
    before = free.updated
    server.system.associate(free, problem, ("Problem Investigation", "Caused By"), server.now())
    held.pull(source_of(server), K.INCIDENT)
    key = BY_NAME["HPD:Help Desk"].key(free.id)
    ((record,),) = (one.records for one in source.map(K.INCIDENT, [held.raw[key]]).mapped)
    assert isinstance(record, Incident)
    assert record.problem == number_of(problem.number)
    assert free.updated == before


def test_a_field_a_form_does_not_have_is_left_out_and_told(server: BmcHelixServer) -> None:
    own = {"fields": {"incident": {"affected_users": "Users Hit", "title": "Description"}}}
    source = source_of(server, **own)
    assert len(read_of(source, K.INCIDENT)) == SETTINGS.n_incidents
    lines = [one for one in source.examine() if one.check == "fields"]
    assert any("Users Hit" in one.said for one in lines if one.subject == K.INCIDENT)


def test_without_audit_forms_history_is_made_of_differences(server: BmcHelixServer) -> None:
    server.faults = Faults((DENIED,))
    source = source_of(server)
    assert source.makes_history_of >= {K.INCIDENT, K.CHANGE}
    assert list(source.pages(K.HISTORY, None)) == []
    assert source.by_key == frozenset()
    held = Held()
    held.pull(source, K.INCIDENT)
    record = next(one for one in server.truth(K.INCIDENT) if one.text("state") == "closed")
    table = BY_NAME["HPD:Help Desk"]
    key = table.key(record.id)
    before = source.map(K.INCIDENT, [held.raw[key]]).mapped[0].records
    enter(server.system.desk, table, record, {"Assigned Group": "Night shift"}, "Gwen Harper")
    held.pull(source, K.INCIDENT)
    after = source.map(K.INCIDENT, [held.raw[key]]).mapped[0].records
    (events,) = source.differences(K.INCIDENT, before, after)
    assert [(one.field, one.new) for one in events] == [(HistoryField.TEAM, "Night shift")]
    told = [one.said for one in source.examine() if one.check == "history"]
    assert told == ["history is made of what differs between two pulls"]


def test_since_leaves_out_older_entries(server: BmcHelixServer) -> None:
    middle = SETTINGS.first_week.shifted(2).start_at
    source, held = source_of(server, since=middle.date()), Held()
    held.pull(source, K.INCIDENT)
    assert 0 < len(held.raw) < SETTINGS.n_incidents
    assert {one.key for page in source.keys(K.INCIDENT) for one in page} == held.raw.keys()


def test_a_healthy_server_has_no_failing_finding(server: BmcHelixServer) -> None:
    findings = list(source_of(server).examine())
    assert [one for one in findings if one.level is not Level.OK] == []
    assert {one.check for one in findings} >= {"network", "tls", "auth", "permission", "clock"}


def test_a_wrong_password_is_told_without_it(server: BmcHelixServer) -> None:
    findings = list(source_of(server, password="wrong-secret").examine())
    (failed,) = [one for one in findings if one.level is Level.FAILURE]
    assert failed.check == "auth"
    assert "wrong-secret" not in str(failed)


def test_a_token_is_given_up_at_the_end(server: BmcHelixServer) -> None:
    source = source_of(server)
    n_before = len(server.system.tokens)
    next(source.pages(K.TEAM, None))
    assert len(server.system.tokens) == n_before + 1
    source.close()
    assert len(server.system.tokens) == n_before


def test_nothing_is_lost_while_everything_goes_wrong() -> None:
    kept = [fault for fault in USUAL if fault.name is not FaultName.ACL_ROWS]
    with BmcHelixServer(SETTINGS, faults=Faults.all(3, kept)) as broken:
        source = source_of(broken)
        held = {kind: Held() for kind in source.kinds}
        for _ in range(2):
            for kind in source.kinds:
                held[kind].pull(source, kind)
        broken.faults = NONE
        for kind in source.kinds:
            held[kind].pull(source, kind)
        held[K.INCIDENT].reconcile(source, K.INCIDENT)
        key = BY_NAME["HPD:Help Desk"].key
        there = {key(one.id): one for one in broken.truth(K.INCIDENT)}
        assert held[K.INCIDENT].raw.keys() == there.keys()
        mapped = source.map(K.INCIDENT, list(held[K.INCIDENT].raw.values()))
        teams = {one.key: _team(one.records[0]) for one in mapped.mapped}
        assert teams == {key: one.values.get("team") for key, one in there.items()}
        assert broken.errors == []


def _team(record: Record) -> str | None:
    assert isinstance(record, Incident)
    return record.team
