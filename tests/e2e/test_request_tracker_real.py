"""Pulls from, and writes to, a real Request Tracker 5: what it answers counts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors.core.source import Level
from connectors.core.surroundings import Surroundings
from connectors.core.writing import Creation
from connectors.rt.config import RtConfig
from connectors.rt.source import RtSource
from connectors.rt.writing import RtWriter
from itsm.errors import FatalSourceError, WriteConflictError
from itsm.pushing import PushKind
from itsm.records import Comment, HistoryEvent, Incident, Record
from itsm.states import HistoryField, IncidentState, RecordKind
from tests.e2e.killed_pulls import Run, held
from tests.e2e.real_request_tracker import READER, WRITER, RealTracker, running_tracker

pytestmark = pytest.mark.e2e

K = RecordKind
N = 130
"""Incidents: more than fit a page, and most of them in the same few seconds."""


@dataclass(frozen=True)
class Seeded:
    """A tracker, and what was entered into it."""

    tracker: RealTracker
    incidents: Mapping[str, str]
    problem: str
    change: str
    deleted: str
    merged: str
    moved: str


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    with running_tracker(tmp_path_factory.mktemp("rt")) as tracker:
        yield entered(tracker)


def entered(tracker: RealTracker) -> Seeded:
    """Everything that can happen to a ticket, over REST."""
    problem = tracker.created("Problems", "VPN gateway loses routes", Content="ten incidents")
    change = tracker.created(
        "Changes", "New gateway", Content="x", CustomFields={"Change Type": "Normal"}
    )
    incidents = {}
    for n in range(N):
        title = f"VPN drops, site {n} — café 'quoted' \\ 🙂"
        custom = {"Service": "Remote Access", "Team": "Network", "CI": f"gw-{n % 7}"}
        key = tracker.created(
            "Incidents", title, Content=f"It drops <b>every</b> hour.\nRow {n}", Priority=50,
            Requestor=f"user{n}@example.com", CustomFields=custom,
        )  # fmt: skip
        incidents[key] = title
    moved, linked, deleted, merged, into, *rest = incidents
    tracker.changed(moved, Status="open", Owner="root", Priority=100)
    tracker.changed(moved, CustomFields={"Team": "Desktop"})
    tracker.changed(moved, Status="resolved")
    tracker.changed(moved, Status="open")
    tracker.said(moved, "looked at the routes", is_internal=True)
    tracker.said(moved, "We are on it.", is_internal=False)
    tracker.changed(linked, AddDependsOn=[int(problem)], AddRefersTo=[int(change)])
    tracker.asked("DELETE", f"ticket/{deleted}")
    tracker.changed(merged, MergeInto=int(into))
    assert len(rest) == N - 5
    return Seeded(tracker, incidents, problem, change, deleted, merged, moved)


def source(tracker: RealTracker, **more: object) -> RtSource:
    given = {"url": tracker.url, "user": READER[0], "password": READER[1], "overlap_s": 0}
    config = RtConfig.model_validate({**given, **more})
    return RtSource("desk", config, Surroundings())


def records(one: RtSource, kind: RecordKind) -> Sequence[Record]:
    raw = [raw for page in one.pages(kind, None) for raw in page.records]
    assert max(Counter(record.key for record in raw).values(), default=1) == 1
    mapped = one.map(kind, raw)
    assert [item.reason for item in mapped.quarantined] == []
    return [record for item in mapped.mapped for record in item.records]


def test_tickets_come_once_as_they_were_entered(seeded: Seeded) -> None:
    found = {one.number: one for one in records(source(seeded.tracker), K.INCIDENT)}
    there = seeded.incidents.keys() - {seeded.deleted, seeded.merged}
    assert found.keys() == there
    for number, one in found.items():
        assert isinstance(one, Incident)
        assert one.title == seeded.incidents[number]
        assert (one.caller or "").endswith("@example.com")
        assert one.description is not None
        assert one.description.startswith("It drops <b>every</b> hour.\nRow ")
        assert one.ci is not None
        assert one.opened_at.tzinfo is not None
    moved = found[seeded.moved]
    assert isinstance(moved, Incident)
    assert (moved.state, moved.team, moved.priority) == (IncidentState.IN_PROGRESS, "Desktop", 1)
    assert moved.assignee == "Enoch Root"
    linked = next(one for one in found.values() if isinstance(one, Incident) and one.problem)
    assert (linked.problem, linked.caused_by_change) == (seeded.problem, seeded.change)
    assert {one.number for one in records(source(seeded.tracker), K.PROBLEM)} == {seeded.problem}


def test_small_pages_and_one_second_for_many_lose_none(seeded: Seeded) -> None:
    small = records(source(seeded.tracker, page_size=10), K.INCIDENT)
    assert len(small) == N - 2


def test_history_and_comments_are_told(seeded: Seeded) -> None:
    one = source(seeded.tracker)
    events = [event for event in records(one, K.HISTORY) if isinstance(event, HistoryEvent)]
    told = [(one.field, one.old, one.new) for one in events if one.record == seeded.moved]
    states = [(old, new) for field, old, new in told if field is HistoryField.STATE]
    assert states == [
        ("new", "in_progress"), ("in_progress", "resolved"), ("resolved", "in_progress")
    ]  # fmt: skip
    assert (HistoryField.TEAM, "Network", "Desktop") in told
    assert (HistoryField.ASSIGNEE, None, "Enoch Root") in told
    assert (HistoryField.PRIORITY, "3", "1") in told
    comments = [one for one in records(one, K.COMMENT) if isinstance(one, Comment)]
    said = {(one.text, one.is_work_note) for one in comments if one.record == seeded.moved}
    assert said == {("looked at the routes", True), ("We are on it.", False)}


def test_deleted_and_merged_tickets_are_told(seeded: Seeded) -> None:
    told = [one for page in source(seeded.tracker).deletions(None) for one in page.deletions]
    assert {one.key for one in told} == {seeded.deleted, seeded.merged}
    assert {one.kind for one in told} == {K.INCIDENT}


def test_only_what_changed_is_read_the_next_time(seeded: Seeded) -> None:
    one = source(seeded.tracker)
    cursor = list(one.pages(K.INCIDENT, None))[-1].cursor
    key = list(seeded.incidents)[-1]
    seeded.tracker.changed(key, CustomFields={"Service": "Mail"})
    again = [raw.key for page in one.pages(K.INCIDENT, cursor) for raw in page.records]
    assert key in again
    assert len(again) < 5


def test_counts_and_keys_hold_against_a_pull(seeded: Seeded) -> None:
    one = source(seeded.tracker)
    keys = [stamped.key for page in one.keys(K.INCIDENT) for stamped in page]
    assert keys == sorted(seeded.incidents.keys() - {seeded.deleted, seeded.merged})
    assert one.count(K.INCIDENT) in {None, len(keys)}
    assert one.count(K.INCIDENT, [*keys[:7], seeded.deleted, seeded.merged]) == 7


def test_a_wrong_zone_stops_the_pull_before_anything_is_lost(seeded: Seeded) -> None:
    with pytest.raises(FatalSourceError, match="zone"):
        records(source(seeded.tracker, zone="Asia/Tokyo"), K.INCIDENT)


def test_the_doctor_finds_nothing_in_the_way(seeded: Seeded) -> None:
    findings = list(source(seeded.tracker).examine())
    assert [one.said for one in findings if one.level is Level.FAILURE] == []
    assert "America/New_York" in next(one.said for one in findings if one.check == "zone")


def test_a_pull_through_the_command_line_counts_what_is_there(
    seeded: Seeded, tmp_path: Path
) -> None:
    lines = ['kind = "rt"', f'url = "{seeded.tracker.url}"', f'user = "{READER[0]}"']
    lines.append('kinds = ["incident", "problem", "history", "comment"]')
    run = Run(tmp_path, "\n".join(lines), {"password": READER[1]})
    run.to_the_end()
    run.to_the_end("--thorough")
    for here in held(tmp_path):
        there = seeded.incidents.keys() - {seeded.deleted, seeded.merged}
        assert here.raw[K.INCIDENT] - here.deleted[K.INCIDENT] == there
        assert here.quarantined[K.INCIDENT] == frozenset()


PUSH = {
    "mode": "full",
    "custom_fields": {"description": "Workaround"},
    "key_field": "External Key",
}


def writer(tracker: RealTracker) -> RtWriter:
    instance = urlsplit(tracker.url).netloc
    given = {"url": tracker.url, "user": WRITER[0], "password": WRITER[1]}
    config = RtConfig.model_validate({**given, "push": {**PUSH, "instance": instance}})
    return RtWriter("desk", config)


def test_a_problem_is_created_found_written_and_taken_back(seeded: Seeded) -> None:
    one = writer(seeded.tracker)
    identity = one.identity()
    assert (identity.name, identity.copy_of) == (urlsplit(seeded.tracker.url).netloc, "")
    values = one.held(PushKind.PROBLEM, {"title": "VPN 🙂 drops", "description": "a\r\nb <b>c</b>"})
    key = one.create(Creation(kind=PushKind.PROBLEM, key="csi:prb:PC-1", values=values))
    (found,) = one.find(PushKind.PROBLEM, "csi:prb:PC-1")
    assert found.key == key
    assert {name: found.fields[name] for name in values} == values
    assert found.version.strip('"').isdecimal()
    one.write(found, {"title": "VPN drops daily"})
    after = one.read(PushKind.PROBLEM, key)
    assert after is not None
    assert after.fields["title"] == "VPN drops daily"
    assert after.version != found.version
    with pytest.raises(WriteConflictError):
        one.write(found, {"title": "over somebody's head"})
    told = one.edits(found)
    assert told is not None
    assert [(edit.field, edit.after, edit.is_ours) for edit in told] == [
        ("title", "VPN drops daily", True)
    ]
    one.note(after, "mark 4711: looked at it")
    assert one.has_note(after, "mark 4711")
    assert not one.has_note(after, "mark 4712")
    noted = one.read(PushKind.PROBLEM, key)
    assert noted is not None
    one.move(noted, "canceled", "Taken back.")
    gone = one.read(PushKind.PROBLEM, key)
    assert gone is not None
    assert (gone.state, gone.is_closed) == ("canceled", True)


def test_an_incident_is_linked_and_unlinked(seeded: Seeded) -> None:
    one = writer(seeded.tracker)
    key = list(seeded.incidents)[-2]
    problem = one.read(PushKind.PROBLEM, seeded.problem)
    incident = one.numbered(PushKind.INCIDENT, key)
    assert problem is not None
    assert incident is not None
    one.link(incident, problem)
    one.link(incident, problem)
    linked = one.read(PushKind.INCIDENT, key)
    assert linked is not None
    assert linked.problems == (seeded.problem,)
    one.unlink(linked, problem)
    free = one.read(PushKind.INCIDENT, key)
    assert free is not None
    assert free.problems == ()


def test_an_edit_between_compare_and_write_is_never_written_over(seeded: Seeded) -> None:
    one = writer(seeded.tracker)
    key = one.create(
        Creation(kind=PushKind.PROBLEM, key="csi:prb:PC-2", values={"title": "compared"})
    )
    for n in range(20):
        before = one.read(PushKind.PROBLEM, key)
        assert before is not None
        seeded.tracker.changed(key, Subject=f"a person's words, {n}")
        with pytest.raises(WriteConflictError):
            one.write(before, {"title": "ours"})
        after = one.read(PushKind.PROBLEM, key)
        assert after is not None
        assert after.fields["title"] == f"a person's words, {n}"


def test_nothing_is_created_where_it_could_not_be_found_again(seeded: Seeded) -> None:
    instance = urlsplit(seeded.tracker.url).netloc
    given = {"url": seeded.tracker.url, "user": WRITER[0], "password": WRITER[1]}
    push = {**PUSH, "instance": instance, "key_field": "No Such Field"}
    one = RtWriter("desk", RtConfig.model_validate({**given, "push": push}))
    with pytest.raises(FatalSourceError, match="No Such Field"):
        one.create(Creation(kind=PushKind.PROBLEM, key="csi:prb:PC-3", values={"title": "x"}))
