"""Deletions leave records out of every query and lose none; counts are held side by side."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itsm.records import (
    Approval,
    Change,
    Comment,
    HistoryEvent,
    Incident,
    RawRecord,
    Record,
    SlaClock,
    SurveyResponse,
)
from itsm.states import (
    ApprovalState,
    ChangeState,
    ChangeType,
    ClockTarget,
    ClockType,
    HistoryField,
    IncidentState,
    RecordKind,
)
from store import Reconciliation, Store
from store.reconciling import Noted
from store.tables import CANONICAL, HANGS_ON

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
INCIDENT, CHANGE = RecordKind.INCIDENT, RecordKind.CHANGE


def raw(key: str, kind: RecordKind = INCIDENT, source: str = "desk") -> RawRecord:
    return RawRecord(source=source, kind=kind, key=key, payload=b"{}", content_hash=key)


def incident(number: str, source: str = "desk") -> Incident:
    return Incident(
        source=source, number=number, opened_at=NOW, state=IncidentState.NEW, state_code="1"
    )


def hanging(record: str, source: str = "desk") -> list[Record]:
    """A clock, an event, a comment and a survey of an incident."""
    to: dict[str, Any] = {"source": source, "record_kind": INCIDENT, "record": record}
    return [
        SlaClock(
            **to,
            number=f"clock of {record}",
            type=ClockType.SLA,
            target=ClockTarget.RESOLUTION,
            started_at=NOW,
        ),
        HistoryEvent(
            **to, number=f"event of {record}", at=NOW, sequence=1, field=HistoryField.TEAM
        ),
        Comment(**to, number=f"comment of {record}", at=NOW, text="t"),
        SurveyResponse(**to, number=f"survey of {record}"),
    ]


HANGING = (
    RecordKind.SLA_CLOCK,
    RecordKind.HISTORY,
    RecordKind.COMMENT,
    RecordKind.SURVEY_RESPONSE,
)


def change_with_approval(number: str) -> list[Record]:
    change = Change(
        source="desk",
        number=number,
        opened_at=NOW,
        state=ChangeState.CLOSED,
        state_code="3",
        type=ChangeType.NORMAL,
        type_code="normal",
    )
    approval = Approval(
        source="desk",
        number=f"approval of {number}",
        change=number,
        state=ApprovalState.APPROVED,
        state_code="approved",
    )
    return [change, approval]


@pytest.fixture
def filled(store: Store) -> Store:
    """Two incidents of one source and one of another, with what hangs on them; two changes."""
    with store.begin() as uow:
        numbers = {"k1": "INC1", "k2": "INC2"}
        uow.raw.save_landed([raw("k1"), raw("k2")], NOW, numbers=numbers)
        uow.raw.save_landed([raw("INC1", source="other")], NOW)
        uow.raw.save_landed([raw("CHG1", CHANGE), raw("CHG2", CHANGE)], NOW)
        for number in ("INC1", "INC2"):
            uow.records.save([incident(number), *hanging(number)])
        uow.records.save([incident("INC1", "other"), *hanging("INC1", "other")])
        uow.records.save([*change_with_approval("CHG1"), *change_with_approval("CHG2")])
        uow.commit()
    return store


def note(store: Store, *deletions: Noted) -> int:
    with store.begin() as uow:
        n = uow.deletions.note(deletions, LATER)
        uow.commit()
    return n


def numbers(store: Store, kind: RecordKind, known_at: datetime | None = None) -> list[object]:
    found = store.queries.columns(kind, sources=["desk"], names=["number"], known_at=known_at)
    return found["number"]


def test_a_deleted_record_is_left_out_with_all_that_hangs_on_it(filled: Store) -> None:
    before = filled.queries.counts()
    assert note(filled, ("desk", INCIDENT, "k1", NOW)) == 1
    after = filled.queries.counts()
    assert numbers(filled, INCIDENT) == ["INC2"]
    for kind in HANGING:
        assert [str(n).split()[-1] for n in numbers(filled, kind)] == ["INC2"]
    for kind in RecordKind:
        assert after[kind] == before[kind] - (kind in (INCIDENT, *HANGING))
        assert len(filled.queries.columns(kind)["number"]) == after[kind]


def test_a_change_takes_its_approvals_along(filled: Store) -> None:
    note(filled, ("desk", CHANGE, "CHG2", NOW))
    assert numbers(filled, CHANGE) == ["CHG1"]
    assert numbers(filled, RecordKind.APPROVAL) == ["approval of CHG1"]
    assert numbers(filled, INCIDENT) == ["INC1", "INC2"]


def test_every_record_that_hangs_on_another_names_it_always() -> None:
    for kind, (_, column) in HANGS_ON.items():
        assert not CANONICAL[kind].c[column].nullable
    for table in (CANONICAL[kind] for kind in HANGING):
        assert not table.c.record_kind.nullable
        assert not table.c.record.nullable


def test_what_was_deleted_after_a_moment_was_there_at_that_moment(filled: Store) -> None:
    note(filled, ("desk", INCIDENT, "k1", NOW), ("desk", INCIDENT, "k2", LATER))
    before = NOW - timedelta(microseconds=1)
    for known_at, left in (
        (before, ["INC1", "INC2"]),
        (NOW, ["INC2"]),
        (LATER - timedelta(seconds=1), ["INC2"]),
        (LATER, []),
        (None, []),
    ):
        assert numbers(filled, INCIDENT, known_at) == left
        assert len(numbers(filled, RecordKind.HISTORY, known_at)) == len(left)
        assert filled.queries.counts(known_at=known_at)[INCIDENT] == len(left) + 1


def test_a_deletion_lifted_brings_everything_back(filled: Store) -> None:
    before = filled.queries.dump()
    note(filled, ("desk", INCIDENT, "k1", NOW), ("desk", CHANGE, "CHG1", NOW))
    assert filled.queries.dump() != before
    with filled.begin() as uow:
        assert uow.deletions.lift("desk", INCIDENT, ["k1", "k2", "unknown"]) == 1
        assert uow.deletions.lift("desk", CHANGE, ["CHG1"]) == 1
        assert uow.deletions.lift("desk", CHANGE, []) == 0
        uow.commit()
    assert filled.queries.dump() == before


def test_only_what_is_held_is_noted_and_the_latest_time_stays(filled: Store) -> None:
    assert note(filled, ("desk", INCIDENT, "never read", NOW), ("x", INCIDENT, "k1", NOW)) == 0
    early, late = ("desk", INCIDENT, "k1", NOW), ("desk", INCIDENT, "k1", LATER)
    for given in ([early, late], [late, early], [early]):
        assert note(filled, *given) == 1
    assert "INC1" in numbers(filled, INCIDENT, LATER - timedelta(seconds=1))
    with filled.begin() as uow:
        assert uow.deletions.count("desk", INCIDENT) == 1
        assert uow.deletions.count("other", INCIDENT) == 0


def test_a_number_taken_over_by_another_record_is_shown(filled: Store) -> None:
    note(filled, ("desk", INCIDENT, "k1", NOW))
    with filled.begin() as uow:
        uow.raw.save_landed([raw("k9")], NOW, numbers={"k9": "INC1"})
        uow.commit()
    assert numbers(filled, INCIDENT) == ["INC1", "INC2"]
    assert "event of INC1" in numbers(filled, RecordKind.HISTORY)
    note(filled, ("desk", INCIDENT, "k9", LATER))
    assert numbers(filled, INCIDENT) == ["INC2"]
    assert numbers(filled, INCIDENT, NOW) == ["INC1", "INC2"]


def test_dumps_tell_deletions_without_their_clock(filled: Store) -> None:
    dumps = []
    for at in (NOW, LATER):
        with filled.begin() as uow:
            uow.deletions.note([("desk", INCIDENT, "k1", NOW)], at)
            uow.commit()
        dumps.append(filled.queries.dump())
    assert dumps[0] == dumps[1]
    assert '"key": "k1", "number": "INC1"' in dumps[0]


def test_the_newest_reconciliation_of_each_kind_is_kept(store: Store) -> None:
    def counted(kind: RecordKind, at: datetime, n_server: int | None) -> Reconciliation:
        return Reconciliation(
            source="desk",
            kind=kind,
            at=at,
            n_server=n_server,
            n_held=9,
            n_deleted=1,
            n_hidden=None if n_server is None else n_server - 9,
        )

    with store.begin() as uow:
        uow.reconciliations.save([counted(INCIDENT, NOW, 12), counted(CHANGE, NOW, None)])
        uow.reconciliations.save([counted(INCIDENT, LATER, 10)])
        uow.reconciliations.save([])
        uow.commit()
    assert store.queries.reconciliations() == (
        counted(CHANGE, NOW, None),
        counted(INCIDENT, LATER, 10),
    )
