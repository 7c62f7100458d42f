"""Records of one incident in two systems count once; what only looks alike is asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.pairing import join_pairs, say_pair
from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.decisions import IncidentRef
from itsm.errors import NotThereError, TransitionError
from itsm.likeness import Look, likely_pairs
from itsm.pairs import Known, PairState, counted_once, names_in, told_pairs
from itsm.records import HistoryEvent, Incident, RawRecord, Record
from itsm.states import HistoryField, IncidentState, RecordKind

NOON = datetime(2026, 8, 17, 12, tzinfo=UTC)
NOW, JIRA = "servicenow", "jira"


def incident(source: str, number: str, *, minutes: float = 0, **fields: object) -> Incident:
    at = NOON + timedelta(minutes=minutes)
    new = Incident(
        source=source, number=number, opened_at=at, state=IncidentState.NEW, state_code="1"
    )
    return replace(new, **fields)  # type: ignore[arg-type]  # fields by name, in a test


def event(source: str, record: str) -> HistoryEvent:
    return HistoryEvent(
        source=source,
        number=f"event of {record}",
        record_kind=RecordKind.INCIDENT,
        record=record,
        at=NOON,
        sequence=1,
        field=HistoryField.TEAM,
    )


def ref(source: str, number: str) -> IncidentRef:
    return IncidentRef(source=source, number=number)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    config = tmp_path / "csi.toml"
    config.write_text('database = "sqlite:///csi.sqlite"\n')
    return build(load_settings(config), tmp_path)


def keep(parts: Parts, *records: Record) -> None:
    with parts.store.begin() as uow:
        uow.records.save(records)
        uow.commit()


def counted(parts: Parts, kind: RecordKind = RecordKind.INCIDENT) -> list[object]:
    return parts.store.queries.columns(kind, names=["number"])["number"]


def test_a_record_that_names_another_systems_is_counted_once(parts: Parts) -> None:
    keep(
        parts,
        incident(NOW, "INC1"),
        incident(NOW, "INC2"),
        incident(JIRA, "OPS-7", minutes=3, correlation="INC1"),
        event(NOW, "INC1"),
        event(JIRA, "OPS-7"),
    )
    assert join_pairs(parts) == (1, 0)
    assert counted(parts) == ["INC1", "INC2"]
    assert parts.store.queries.counts()[RecordKind.INCIDENT] == 2
    assert counted(parts, RecordKind.HISTORY) == ["event of INC1"]
    with parts.store.look() as uow:
        assert uow.pairs.mirrored() == {ref(JIRA, "OPS-7"): ref(NOW, "INC1")}


def test_the_other_systems_own_key_and_an_address_name_it_too(parts: Parts) -> None:
    key = "9f1c0ffee"
    raw = RawRecord(source=NOW, kind=RecordKind.INCIDENT, key=key, payload=b"{}", content_hash="1")
    address = f"https://now.example/nav_to.do?uri=incident.do%3Fsys_id%3D{key}"
    keep(parts, incident(NOW, "INC1"), incident(JIRA, "OPS-7", minutes=3, correlation=address))
    with parts.store.begin() as uow:
        uow.raw.save_landed([raw], NOON, numbers={key: "INC1"})
        uow.commit()
    assert join_pairs(parts) == (1, 0)
    assert names_in("https://ops.example/browse/OPS-7/")[1] == "OPS-7"


def test_when_the_one_that_counts_is_deleted_the_other_counts(parts: Parts) -> None:
    raw = RawRecord(
        source=NOW, kind=RecordKind.INCIDENT, key="INC1", payload=b"{}", content_hash="1"
    )
    keep(parts, incident(NOW, "INC1"), incident(JIRA, "OPS-7", minutes=3, correlation="INC1"))
    with parts.store.begin() as uow:
        uow.raw.save_landed([raw], NOON)
        uow.deletions.note([(NOW, RecordKind.INCIDENT, "INC1", NOON)], NOON)
        uow.commit()
    join_pairs(parts)
    assert counted(parts) == ["OPS-7"]


def test_records_that_only_look_alike_are_asked_for_and_never_joined(parts: Parts) -> None:
    title = "Mail gateway refuses attachments"
    keep(
        parts,
        incident(NOW, "INC1", title=title, service="Mail"),
        incident(JIRA, "OPS-7", minutes=20, title=title, service="Mail"),
        incident(JIRA, "OPS-8", minutes=21, title="Printer is out of toner", service="Print"),
    )
    assert join_pairs(parts) == (0, 1)
    assert len(counted(parts)) == 3
    pair = ref(NOW, "INC1"), ref(JIRA, "OPS-7")
    with pytest.raises(TransitionError):
        say_pair(parts, pair, PairState.ACCEPTED, "kim", " ")
    say_pair(parts, pair, PairState.ACCEPTED, "kim", "the same outage")
    assert counted(parts) == ["OPS-8", "INC1"]
    assert join_pairs(parts) == (1, 0), "the decision stays"
    say_pair(parts, pair, PairState.REJECTED, "kim", "another gateway")
    assert join_pairs(parts) == (0, 0), "and is not asked again"
    assert len(counted(parts)) == 3


def test_a_person_may_part_what_systems_join(parts: Parts) -> None:
    keep(parts, incident(NOW, "INC1"), incident(JIRA, "OPS-7", correlation="INC1"))
    join_pairs(parts)
    pair = ref(JIRA, "OPS-7"), ref(NOW, "INC1")
    say_pair(parts, pair, PairState.REJECTED, "kim", "the number was reused")
    assert join_pairs(parts) == (0, 0)
    assert len(counted(parts)) == 2
    with pytest.raises(NotThereError):
        say_pair(parts, (ref(NOW, "INC9"), pair[0]), PairState.ACCEPTED, "kim", "guess")


def test_a_number_that_several_systems_use_joins_nothing() -> None:
    naming = Known(ref("glpi", "1"), NOON, "7")
    named = {"7": [Known(ref("rt", "7"), NOON), Known(ref("otrs", "7"), NOON)]}
    assert {pair.state for pair in told_pairs([naming], named)} == {PairState.PROPOSED}
    late = {"7": [Known(ref("rt", "7"), NOON + timedelta(days=31))]}
    assert [pair.state for pair in told_pairs([naming], late)] == [PairState.PROPOSED]


def test_what_both_hold_joins_three_systems_into_one() -> None:
    three = [Known(ref(name, "1"), NOON + timedelta(minutes=i), "MON-5") for i, name in
             enumerate(["c", "a", "b"])]  # fmt: skip
    pairs = told_pairs(three, {})
    mains = counted_once(pairs, {one.ref: one.opened_at for one in three})
    assert set(mains.values()) == {ref("c", "1")}, "the one that was opened first"
    assert len(mains) == 2
    twice = [*three, Known(ref("a", "2"), NOON, "MON-5")]
    assert told_pairs(twice, {}) == (), "an alarm's name, not that of one incident"


def test_likeness_takes_each_record_once_and_the_most_alike_first() -> None:
    looks = [
        Look(ref(NOW, "1"), NOON, "Payroll export stuck at step nine", ("Payroll",)),
        Look(ref(JIRA, "1"), NOON, "payroll export stuck at step nine!", ("payroll",)),
        Look(ref(JIRA, "2"), NOON, "payroll export stuck at step", ("payroll",)),
        Look(ref(JIRA, "3"), NOON + timedelta(hours=25), "Payroll export stuck at step nine"),
    ]
    (pair,) = likely_pairs(looks)
    assert (pair.one, pair.other, pair.score) == (ref(JIRA, "1"), ref(NOW, "1"), 1.0)
