"""The practice site gives its estate's records back, and does so while things go wrong."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache

import pytest

from connectors.core.mapping.loading import toml_of
from connectors.core.source import Level
from connectors.jira.source import JiraSource
from connectors.jira.tables import HANGING, NOT_THERE, OBJECTS
from itsm.records import HistoryEvent, Incident, Record, SurveyResponse
from itsm.states import HistoryField, RecordKind
from simulator.estate import Estate, build_estate
from simulator.exports_jira import FORMS
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.jira.fields import CLOCKS
from simulator.jira.mishaps import USUAL
from simulator.jira.server import Access, JiraServer
from simulator.jira.words import WORK, key_of
from simulator.settings import EstateSettings
from tests.connectors.jira_pull import Held, source_of

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
CLOUD, DATA_CENTER = "cloud", "data_center"
NUMBER = re.compile(r"[A-Z]+\d{7}(-\d+)?")
KINDS = sorted(frozenset(K) - NOT_THERE)

LACKING: Mapping[RecordKind, frozenset[str]] = {
    K.INCIDENT: frozenset(
        {"closed_at", "reopen_count", "reassignment_count", "resolved_by", "close_code"}
    ),
    K.SERVICE_REQUEST: frozenset({"closed_at"}),
    K.PROBLEM: frozenset({"is_known_error", "closed_at"}),
    K.VENDOR_CASE: frozenset(
        {"contract", "response_due_at", "responded_at", "resolution_due_at", "closed_at",
         "waiting_on_us_h"}
    ),
    K.SLA_CLOCK: frozenset({"agreement", "party", "paused_h"}),
    K.SURVEY_RESPONSE: frozenset({"sent_at", "nps"}),
    K.CI_RELATION: frozenset({"relation"}),
}  # fmt: skip
"""What a site has no field for; docs/systems.md tells them."""
CODES = toml_of("connectors.codes", "jira.toml")
STATES: Mapping[RecordKind, tuple[str, str]] = {
    K.INCIDENT: ("state", "incident_state"),
    K.SERVICE_REQUEST: ("state", "incident_state"),
    K.CHANGE: ("change_state", "change_state"),
    K.PROBLEM: ("problem_state", "problem_state"),
    K.VENDOR_CASE: ("case_state", "vendor_case_state"),
}
"""How the states of a kind are written on the site, and where it is said what they mean."""


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


@pytest.fixture(scope="module", params=[CLOUD, DATA_CENTER])
def server(request: pytest.FixtureRequest) -> Iterator[JiraServer]:
    is_cloud = request.param == CLOUD
    access = Access() if is_cloud else Access("csi.reader")
    with JiraServer(SETTINGS, is_cloud=is_cloud, access=access) as running:
        yield running


@pytest.fixture
def quiet(server: JiraServer) -> Iterator[JiraServer]:
    server.faults = NONE
    yield server
    server.faults = NONE
    assert server.errors == []


def read_of(source: JiraSource, kind: RecordKind) -> list[Record]:
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
    """What a record of the estate is called on the site; other words stay."""
    if NUMBER.fullmatch(number) is None:
        return number
    project, n = key_of(number)
    return f"{project}-{n}" if project in {work.project for work in WORK.values()} else number


def meaning(kind: RecordKind, state: object) -> object:
    """What is left of a state's meaning once it was written on the site."""
    form, table = STATES.get(kind, ("", ""))
    return CODES[table][FORMS[form]([state])[0]] if form and state is not None else state


def expected(kind: RecordKind, record: Record) -> dict[str, object]:
    """The fields of a record as the site can tell them."""
    told: dict[str, object] = {}
    for name in (field.name for field in fields(record)):
        value: object = getattr(record, name)
        if name in LACKING.get(kind, ()) or name.endswith("_code"):
            continue
        if name == "state":
            value = meaning(kind, value)
        elif name == "urgency":
            value = int(CODES["level"][FORMS[name]([value])[0]])
        elif isinstance(value, str) and name != "title" and kind not in OBJECTS:
            value = number_on(value)
        told[name] = value
    return told


def same(want: object, got: object) -> bool:
    if isinstance(want, float) and isinstance(got, float):
        return abs(want - got) < 1 / 3600
    return want == got


STAMPED = HANGING | OBJECTS | {K.CI_RELATION}
"""Kinds that the site stamps itself, or not at all."""
BY_NUMBER = sorted(frozenset(KINDS) - HANGING - {K.CI_RELATION})


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_every_kind_is_what_the_estate_has(quiet: JiraServer, kind: RecordKind) -> None:
    read = {record.number: record for record in read_of(source_of(quiet), kind)}
    written = {number_on(one.number): one for one in estate().records[kind]}
    assert len(written) > 0
    assert read.keys() == written.keys()
    differing = {
        (number, name): (want, getattr(read[number], name))
        for number, record in written.items()
        for name, want in expected(kind, record).items()
        if not (name == "updated_at" and kind in STAMPED)
        and not same(want, getattr(read[number], name))
    }
    assert differing == {}


def ids(server: JiraServer) -> dict[str, str]:
    """The numbers of the estate by the ids of the issues."""
    return {str(issue.id): issue.number for issue in server.truth()}


def test_history_is_that_of_the_estate(quiet: JiraServer) -> None:
    of = ids(quiet)
    read: Counter[tuple[object, ...]] = Counter()
    places: dict[str, list[tuple[object, int]]] = {}
    for event in read_of(source_of(quiet), K.HISTORY):
        assert isinstance(event, HistoryEvent)
        if event.record_kind in {K.INCIDENT, K.SERVICE_REQUEST}:
            read[of[event.record], event.at, event.field, event.old, event.new] += 1
            places.setdefault(event.record, []).append((event.at, event.sequence))
    written: Counter[tuple[object, ...]] = Counter()
    for record in estate().records[K.HISTORY]:
        assert isinstance(record, HistoryEvent)
        old: object = record.old
        new: object = record.new
        if record.field is HistoryField.STATE:
            old, new = (meaning(record.record_kind, one) for one in (old, new))
        written[record.record, record.at, record.field, old, new] += 1
    assert sum(written.values()) > 1000
    assert written - read == Counter()
    begun = {(field, old) for _, _, field, old, _ in (read - written)}
    assert begun <= {(HistoryField.TEAM, None), (HistoryField.ASSIGNEE, None),
                     (HistoryField.STATE, None)}  # fmt: skip
    assert all(one == sorted(one) for one in places.values())


def test_clocks_are_those_of_the_estate(quiet: JiraServer) -> None:
    assert_hanging(quiet, K.SLA_CLOCK, ("record", "type", "target", "started_at"))


def test_comments_are_those_of_the_estate(quiet: JiraServer) -> None:
    assert_hanging(quiet, K.COMMENT, ("record", "at", "text"))


def test_approvals_are_those_of_the_estate(quiet: JiraServer) -> None:
    assert_hanging(quiet, K.APPROVAL, ("change", "step"))


def assert_hanging(server: JiraServer, kind: RecordKind, names: tuple[str, ...]) -> None:
    """Records without a number of their own, found by what they say."""
    of = ids(server)

    def key(record: Record, *, is_read: bool) -> tuple[object, ...]:
        found = {name: getattr(record, name) for name in names}
        if is_read and "record" in found:
            found["record"] = of[found["record"]]
        if not is_read and "change" in found:
            found["change"] = number_on(found["change"])
        return tuple(found.values())

    read = {key(one, is_read=True): one for one in read_of(source_of(server), kind)}
    written = {key(one, is_read=False): one for one in estate().records[kind]}
    assert len(written) > 10
    assert read.keys() == written.keys()
    lacking = {*LACKING.get(kind, ()), "number", "updated_at", *names}
    differing = {
        (place, field.name): (getattr(record, field.name), getattr(read[place], field.name))
        for place, record in written.items()
        for field in fields(record)
        if field.name not in lacking
        and not field.name.endswith("_code")
        and not same(getattr(record, field.name), getattr(read[place], field.name))
    }
    assert differing == {}


def test_ratings_are_the_answers_there_are(quiet: JiraServer) -> None:
    of = ids(quiet)
    read = {
        (of[one.record], one.answered_at, one.score, one.text)
        for one in read_of(source_of(quiet), K.SURVEY_RESPONSE)
        if isinstance(one, SurveyResponse)
    }
    answered = {
        (one.record, one.answered_at, float(round(one.score)), one.text)
        for one in estate().records[K.SURVEY_RESPONSE]
        if isinstance(one, SurveyResponse) and one.score is not None
    }
    assert len(answered) > 5
    assert read == answered


def test_relations_are_those_of_the_estate(quiet: JiraServer) -> None:
    read = {(one.parent, one.child) for one in read_of(source_of(quiet), K.CI_RELATION)}  # type: ignore[attr-defined]  # they are relations
    written = {(one.parent, one.child) for one in estate().records[K.CI_RELATION]}  # type: ignore[attr-defined]  # they are relations
    assert read == written != set()


def test_a_second_pull_reads_the_overlap_only(quiet: JiraServer) -> None:
    source, held = source_of(quiet), Held()
    assert held.pull(source, K.INCIDENT) == SETTINGS.n_incidents
    before = dict(held.raw)
    assert held.pull(source, K.INCIDENT) < SETTINGS.n_incidents / 10
    assert held.raw == before


@pytest.mark.parametrize("kind", [K.INCIDENT, K.HISTORY, K.COMMENT, K.SLA_CLOCK])
def test_a_pull_that_is_killed_at_every_page_ends_with_the_same(
    quiet: JiraServer, kind: RecordKind
) -> None:
    whole, pieces = Held(), Held()
    whole.pull(source_of(quiet), kind)
    n_kills = 0
    while len(pieces.raw) < len(whole.raw):
        pieces.pull(source_of(quiet, page_size=20), kind, 1)
        n_kills += 1
        assert n_kills < 100
    assert pieces.raw == whole.raw


def test_the_zone_of_the_user_changes_nothing_but_the_words(quiet: JiraServer) -> None:
    source = source_of(quiet)
    before = read_of(source, K.INCIDENT)
    zone = Fault(name=FaultName.USER_ZONE, text="US/Pacific")
    quiet.faults = Faults((zone,))
    held = Held()
    held.pull(source_of(quiet), K.INCIDENT)
    middle = sorted(held.raw)[len(held.raw) // 2]
    assert b"-0700" in held.raw[middle].payload or b"-0800" in held.raw[middle].payload
    mapped = source.map(K.INCIDENT, list(held.raw.values()))
    assert [one.records[0] for one in mapped.mapped] == before
    assert held.pull(source_of(quiet), K.INCIDENT) < SETTINGS.n_incidents / 10


def test_since_leaves_out_older_issues(quiet: JiraServer) -> None:
    middle = SETTINGS.first_week.shifted(2).start_at
    source, held = source_of(quiet, since=middle.date()), Held()
    held.pull(source, K.INCIDENT)
    assert 0 < len(held.raw) < SETTINGS.n_incidents
    assert source.count(K.INCIDENT) == len(held.raw)


def test_an_issue_that_was_moved_keeps_its_history(quiet: JiraServer) -> None:
    held, source = Held(), source_of(quiet)
    issue = next(one for one in quiet.truth("[System] Incident") if one.history)
    was = issue.key
    issue.project, issue.n = "CHG", 90_000
    try:
        held.pull(source, K.INCIDENT)
        (moved,) = source.map(K.INCIDENT, [held.raw[str(issue.id)]]).mapped
        assert moved.records[0].number == "CHG-90000" != was
        events = Held()
        events.pull(source, K.HISTORY)
        assert any(key.startswith(f"{issue.id}.created") for key in events.raw)
    finally:
        issue.project, issue.n = was.partition("-")[0], int(was.partition("-")[2])


def test_nothing_is_lost_while_everything_goes_wrong(server: JiraServer) -> None:
    access = Access() if server.site.is_cloud else Access("csi.reader")
    faults = Faults.all(3, [fault for fault in USUAL if fault.name is not FaultName.ACL_ROWS])
    with JiraServer(
        SETTINGS, is_cloud=server.site.is_cloud, faults=faults, access=access
    ) as broken:
        source = source_of(broken, assets={}, index_lag_s=5, overlap_s=60)
        held = {kind: Held() for kind in source.kinds}
        for _ in range(2):
            for kind in source.kinds:
                held[kind].pull(source, kind)
        broken.faults = NONE
        for kind in source.kinds:
            held[kind].pull(source, kind)
            if kind not in HANGING:
                held[kind].reconcile(source, kind)
        there = {str(one.id): one for one in broken.truth("[System] Incident")}
        assert held[K.INCIDENT].raw.keys() == there.keys()
        mapped = source.map(K.INCIDENT, list(held[K.INCIDENT].raw.values()))
        assert mapped.quarantined == ()
        teams = {
            one.key: one.records[0].team
            for one in mapped.mapped
            if isinstance(one.records[0], Incident)
        }
        assert {key: issue.words.get("Team") for key, issue in there.items()} == teams
        changes = {
            f"{entry.id}.{change.field_id}"
            for issue in there.values()
            for entry in issue.history
            for change in entry.changes
        }
        assert changes <= held[K.HISTORY].raw.keys()
        assert broken.errors == []


def test_a_healthy_site_has_no_failing_finding(quiet: JiraServer) -> None:
    findings = list(source_of(quiet).examine())
    assert [one for one in findings if one.level is not Level.OK] == []
    assert {one.check for one in findings} >= {"network", "tls", "auth", "permission", "clock"}
    assert {one.subject for one in findings if "has none" in one.said} == NOT_THERE


def test_every_metric_of_the_site_is_measured(quiet: JiraServer) -> None:
    bare = list(source_of(quiet, codes={}).examine())
    told = {one.said.partition('"')[2].partition('"')[0] for one in bare if one.check == "codes"}
    known = CODES["clock_type"].keys() & CODES["clock_target"].keys()
    assert told == set(CLOCKS.values()) - known
