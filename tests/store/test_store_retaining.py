"""Retention removes what is over and nothing on hold; a hold forbids erasing, too."""

from datetime import UTC, datetime, timedelta

import pytest

from itsm.errors import ConfigError, NotThereError, OnHoldError, TransitionError
from itsm.holds import HoldScope, LegalHold
from itsm.journal import JournalKind, JournalNote
from itsm.records import Approval, Change, Comment, Incident, Quarantined, RawRecord, Record
from itsm.retention import Kept
from itsm.states import ApprovalState, ChangeState, ChangeType, IncidentState, RecordKind
from store import MiningRun, PackSnapshot, Store
from store.sealing import Sealer

NOW = datetime(2026, 8, 25, 6, tzinfo=UTC)
BEFORE = NOW - timedelta(days=365)
OLD, NEW = NOW - timedelta(days=400), NOW - timedelta(days=100)
ANNA = "Anna Berg"


def incident(
    number: str,
    closed_at: datetime | None,
    *,
    service: str | None = None,
    title: str | None = None,
    caller: str | None = None,
) -> Incident:
    return Incident(
        source="desk",
        number=number,
        opened_at=(closed_at or OLD) - timedelta(days=2),
        closed_at=closed_at,
        state=IncidentState.NEW if closed_at is None else IncidentState.CLOSED,
        state_code="1",
        service=service,
        title=title,
        caller=caller,
    )


def comment(number: str, record: str, at: datetime) -> Comment:
    return Comment(
        source="desk",
        number=number,
        record_kind=RecordKind.INCIDENT,
        record=record,
        at=at,
        text="done",
    )


RECORDS: tuple[Record, ...] = (
    incident("OLD1", OLD, service="Mail", caller=ANNA),
    incident("OLD2", OLD, service="Print", title="Anna Berg cannot print"),
    incident("OPEN", None),
    incident("NEW", NEW, service="Mail"),
    comment("C1", "OLD1", OLD),
    comment("C2", "NEW", NEW),
    comment("C3", "NEW", OLD),
    Change(
        source="desk",
        number="CHG1",
        opened_at=OLD,
        closed_at=OLD,
        state=ChangeState.CLOSED,
        state_code="3",
        type=ChangeType.NORMAL,
        type_code="n",
    ),
    Approval(
        source="desk",
        number="A1",
        change="CHG1",
        state=ApprovalState.APPROVED,
        state_code="a",
        approver=ANNA,
    ),
)


def raw(kind: RecordKind, key: str) -> RawRecord:
    return RawRecord(
        source="desk", kind=kind, key=key, payload=b'{"n":"x"}', content_hash=f"h{key}"
    )


@pytest.fixture
def desk(store: Store) -> Store:
    """With a key, some records, and their raw payloads."""
    desk = Store(store.engine, Sealer(b"k" * 32))
    with desk.begin() as uow:
        numbers = {f"k{n}": n for n in ("OLD1", "OLD2", "NEW")}
        some = [raw(RecordKind.INCIDENT, key) for key in numbers]
        uow.raw.save_landed(some, OLD, numbers=numbers)
        uow.raw.save_landed([raw(RecordKind.COMMENT, "C1")], OLD)
        uow.records.save(RECORDS)
        uow.commit()
    return desk


def numbers(store: Store, kind: RecordKind) -> list[object]:
    return store.queries.columns(kind)["number"]


def removed(store: Store, kept: Kept) -> int:
    with store.begin() as uow:
        due = uow.retaining.due(kept, BEFORE)
        n = uow.retaining.remove(kept, BEFORE, NOW)
        uow.commit()
    assert n == due
    return n


def hold(store: Store, scope: HoldScope, about: str) -> LegalHold:
    with store.begin() as uow:
        held = uow.holds.place(scope, about, by="otto", role="auditor", reason="case 7", at=NOW)
        uow.commit()
    return held


def test_closed_records_go_with_all_that_hangs_on_them_and_open_ones_stay(desk: Store) -> None:
    assert removed(desk, Kept.INCIDENTS) == 2
    assert numbers(desk, RecordKind.INCIDENT) == ["NEW", "OPEN"]
    assert numbers(desk, RecordKind.COMMENT) == ["C2", "C3"]
    assert removed(desk, Kept.INCIDENTS) == 0
    with desk.look() as uow:
        assert uow.raw.of("desk", RecordKind.INCIDENT, ["kOLD1"]) == []
        assert len(uow.raw.of("desk", RecordKind.INCIDENT, ["kNEW"])) == 1
        assert uow.raw.of("desk", RecordKind.COMMENT, ["C1"]) == []
        assert uow.raw.fresh([raw(RecordKind.INCIDENT, "kOLD1")]) == [], "it comes back"
        assert uow.raw.count("desk", RecordKind.INCIDENT) == 3, "a removed one counts as missed"


def test_each_kind_goes_by_its_own_time(desk: Store) -> None:
    assert removed(desk, Kept.COMMENTS) == 2
    assert numbers(desk, RecordKind.COMMENT) == ["C2"]
    assert removed(desk, Kept.CHANGES) == 1
    assert numbers(desk, RecordKind.APPROVAL) == []
    assert len(numbers(desk, RecordKind.INCIDENT)) == 4


def test_payloads_go_and_the_records_made_of_them_stay(desk: Store) -> None:
    assert removed(desk, Kept.RAW_PAGES) == 4
    assert len(numbers(desk, RecordKind.INCIDENT)) == 4
    assert removed(desk, Kept.RAW_PAGES) == 0


def test_what_was_removed_is_in_the_journal_and_the_chain_is_whole(desk: Store) -> None:
    removed(desk, Kept.INCIDENTS)
    with desk.look() as uow:
        (row,) = uow.journal.rows(kinds=[JournalKind.RETENTION])
        assert row.facts == {"kind": "incidents", "before": BEFORE.isoformat(), "removed": "2"}
        assert uow.audit.verify() == ()
        (one,) = uow.retaining.removals()
    assert (one.kind, one.before_at, one.n_removed) == (Kept.INCIDENTS, BEFORE, 2)


@pytest.mark.parametrize(
    ("scope", "about", "stays"),
    [
        (HoldScope.INCIDENT, "OLD1", {"OLD1"}),
        (HoldScope.INCIDENT, "desk/OLD2", {"OLD2"}),
        (HoldScope.SERVICE, "Mail", {"OLD1"}),
        (HoldScope.PERSON, ANNA, {"OLD1", "OLD2"}),
        (HoldScope.PERIOD, f"{OLD:%Y-%m-%d}..{OLD:%Y-%m-%d}", {"OLD1", "OLD2"}),
        (HoldScope.PERIOD, "2020-01-01..2020-12-31", set()),
        (HoldScope.ALL, "", {"OLD1", "OLD2"}),
    ],
)
def test_what_is_on_hold_stays_until_it_is_released(
    desk: Store, scope: HoldScope, about: str, stays: set[str]
) -> None:
    held = hold(desk, scope, about)
    with desk.look() as uow:
        assert uow.retaining.on_hold(Kept.INCIDENTS, BEFORE) == len(stays)
    removed(desk, Kept.INCIDENTS)
    assert set(numbers(desk, RecordKind.INCIDENT)) == {"NEW", "OPEN"} | stays
    if "OLD1" in stays:
        assert "C1" in numbers(desk, RecordKind.COMMENT)
        removed(desk, Kept.COMMENTS)
        assert "C1" in numbers(desk, RecordKind.COMMENT)
        removed(desk, Kept.RAW_PAGES)
        with desk.look() as uow:
            assert len(uow.raw.of("desk", RecordKind.INCIDENT, ["kOLD1"])) == 1
    with desk.begin() as uow:
        uow.holds.release(held.hold_id, by="otto", role="auditor", reason="closed", at=NOW)
        uow.commit()
    removed(desk, Kept.INCIDENTS)
    assert set(numbers(desk, RecordKind.INCIDENT)) == {"NEW", "OPEN"}


@pytest.mark.parametrize(
    ("scope", "about"),
    [
        (HoldScope.PERSON, "Berg, Anna"),
        (HoldScope.INCIDENT, "OLD1"),
        (HoldScope.SERVICE, "Print"),
        (HoldScope.ALL, ""),
    ],
)
def test_nobody_is_erased_who_is_on_hold(desk: Store, scope: HoldScope, about: str) -> None:
    held = hold(desk, scope, about)
    note = JournalNote(kind=JournalKind.ERASURE, subject="a person", at=NOW, actor="otto")
    with desk.begin() as uow, pytest.raises(OnHoldError, match="placed by otto on 2026-08-25"):
        uow.erasing.person([ANNA], note)
    with desk.begin() as uow:
        uow.erasing.person(["Bo Ek"], note) if scope is not HoldScope.ALL else None
        uow.holds.release(held.hold_id, by="otto", role="auditor", reason="closed", at=NOW)
        uow.erasing.person([ANNA], note)
        assert "Anna" not in "".join(str(one) for one in uow.holds.list())
        assert uow.audit.verify() == ()


def test_holds_are_told_in_the_journal_and_refused_without_a_reason(desk: Store) -> None:
    hold(desk, HoldScope.PERSON, ANNA)
    with desk.begin() as uow:
        (row,) = uow.journal.rows(kinds=[JournalKind.HOLD])
        assert row.facts == {"hold": "placed", "scope": "person"}
        give = {"by": "otto", "role": "auditor", "at": NOW}
        with pytest.raises(TransitionError, match="say why"):
            uow.holds.place(HoldScope.ALL, "", reason=" ", **give)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match="first and the last day"):
            uow.holds.place(HoldScope.PERIOD, "2025", reason="x", **give)  # type: ignore[arg-type]
        with pytest.raises(NotThereError, match="no hold 'H9'"):
            uow.holds.release("H9", reason="x", **give)  # type: ignore[arg-type]


def test_what_is_set_aside_goes_for_good(desk: Store) -> None:
    bad = Quarantined(
        source="desk",
        kind=RecordKind.INCIDENT,
        key="kBAD",
        field="state",
        reason="no such state",
        remedy="map it",
        rule="state",
    )
    with desk.begin() as uow:
        uow.raw.save_landed([raw(RecordKind.INCIDENT, "kBAD")], OLD)
        uow.quarantine.put([bad], OLD)
        uow.commit()
    assert removed(desk, Kept.QUARANTINE) == 1
    with desk.look() as uow:
        assert uow.raw.pending("desk", RecordKind.INCIDENT, after_key=None, limit=9) == []


def test_old_packs_lose_their_bytes_and_keep_their_hash(desk: Store) -> None:
    def pack(week: str, made_at: datetime) -> PackSnapshot:
        content = f"pack of {week}".encode()
        return PackSnapshot(
            week=week, edition="full", content=content, content_hash=week, made_at=made_at
        )

    with desk.begin() as uow:
        for n in (1, 2):
            uow.packs.save(pack(f"2025-W0{n}", OLD + timedelta(days=n)))
        uow.commit()
    assert removed(desk, Kept.PACKS) == 1, "the newest of an edition stays"
    with desk.look() as uow:
        old, newest = uow.packs.lines()
        assert (old.content_hash, old.withdrawal is None) == ("2025-W01", False)
        assert "removed by retention" in str(old.withdrawal)
        assert newest.withdrawal is None
        assert uow.audit.verify() == ()
    with desk.begin() as uow:
        again = uow.packs.save(pack("2025-W01", NOW))
    assert again.version == 2, "its number is never given out again"


def test_old_runs_go_but_the_newest_and_those_on_hold(desk: Store) -> None:
    with desk.begin() as uow:
        for n in (1, 2):
            run = MiningRun(
                run_id=f"M{n}",
                week=f"2025-W0{n}",
                cutoff_at=OLD,
                mining_version="1",
                n_incidents=2,
                input_hash="h",
                started_at=OLD,
                finished_at=OLD + timedelta(days=n),
            )
            uow.mining.save(run, [])
        uow.commit()
    assert removed(desk, Kept.CANDIDATES) == 1
    with desk.look() as uow:
        latest = uow.mining.latest()
        assert latest is not None and latest.run_id == "M2"
