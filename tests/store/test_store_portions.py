"""Portions hold every record of a kind once, and stay the same while nothing in them changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itsm.records import Incident, RawRecord
from itsm.states import IncidentState, RecordKind
from store import Store
from store.chosen import ROWS, Chosen
from store.columns import microseconds
from store.portions import Portion, are_there, digests_at, places_of, portions, rows_of

INCIDENT = RecordKind.INCIDENT
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
MANY = 400


def incident(k: int) -> Incident:
    return Incident(
        source="desk" if k % 3 else "other",
        number=f"INC{k:05}",
        updated_at=NOW - timedelta(minutes=k),
        opened_at=NOW - timedelta(days=1, microseconds=k),
        state=IncidentState.NEW,
        state_code="1",
        title="x" * 200,
        handling_h=k / 3,
        is_first_contact=None if k % 2 else True,
    )


def kept(store: Store, n: int = MANY) -> None:
    with store.begin() as uow:
        uow.records.save([incident(k) for k in range(n)])
        uow.commit()


def read(store: Store) -> dict[tuple[str, int], Portion]:
    with portions(store, INCIDENT, NOW, rows=64, size=16_384) as reading:
        found = [one for place in reading.places() for one in reading.read(place)]
    return {(one.source, one.place): one for one in found}


def digests(found: Mapping[tuple[str, int], Portion]) -> dict[tuple[str, int], str]:
    return {name: one.digest() for name, one in found.items()}


def test_all_portions_together_are_all_records(store: Store) -> None:
    assert read(store) == {}
    kept(store)
    found = read(store)
    assert len({place for _, place in found}) > 3
    columns = store.queries.columns(INCIDENT)
    expected = [
        tuple(microseconds(v) if isinstance(v, datetime) else v for v in row)
        for row in zip(*columns.values(), strict=True)
    ]
    rows = [row for one in found.values() for row in one.rows]
    assert {one.names for one in found.values()} == {tuple(columns)}
    assert sorted(rows, key=lambda row: row[:2]) == expected
    for (source, _), one in found.items():
        assert set(one.columns()["source"]) == {source}


def test_what_changes_is_seen_and_nothing_else(store: Store) -> None:
    kept(store)
    before = digests(read(store))
    assert digests(read(store)) == before
    with store.begin() as uow:
        uow.records.save([replace(incident(7), title="y", updated_at=NOW)])
        uow.commit()
    after = digests(read(store))
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert 0 < len(changed) <= 2  # PostgreSQL may put the new row elsewhere
    assert {source for source, _ in changed} == {"desk"}


def test_deleted_records_are_left_out_from_their_deletion_on(store: Store) -> None:
    kept(store, 90)
    before = read(store)
    gone = incident(4)
    with store.begin() as uow:
        raw = RawRecord(
            source=gone.source, kind=INCIDENT, key=gone.number, payload=b"{}", content_hash="-"
        )
        uow.raw.save([raw], NOW)
        uow.deletions.note([(gone.source, INCIDENT, gone.number, NOW)], NOW)
        uow.commit()
    after = read(store)
    numbers = {row[1] for one in after.values() for row in one.rows}
    assert numbers == {incident(k).number for k in range(90)} - {gone.number}
    assert {name[0] for name in before if digests(before)[name] != digests(after)[name]} == {"desk"}


def test_of_which_kinds_a_source_has_records(store: Store) -> None:
    kept(store, 2)
    assert are_there(store, "desk", NOW)[INCIDENT]
    assert not are_there(store, "desk", NOW)[RecordKind.HISTORY]
    assert not are_there(store, "nobody", NOW)[INCIDENT]


def test_digests_are_the_same_by_whoever_opens_the_file(store: Store) -> None:
    kept(store)
    url = store.queries.engine.url
    most = 64 * 8  # incidents have fewer
    assert rows_of(INCIDENT, most) == 64
    where = places_of(store, [INCIDENT], NOW, most)
    if url.get_backend_name() != "sqlite":
        assert where == []
        return
    told = url.render_as_string(hide_password=False)
    found = {
        (source, place): digest
        for _, place in where
        for source, digest in digests_at(told, NOW, most, (INCIDENT, place)).items()
    }
    assert found == digests(read(store))


def test_batches_hold_every_record_chosen_once_as_the_driver_gives_it(store: Store) -> None:
    n = ROWS + 300
    kept(store, n)
    first, end = NOW - timedelta(days=2), NOW - timedelta(days=1, microseconds=100)
    names = ["number", "opened_at", "is_first_contact", "handling_h"]
    chosen = Chosen.of(store)
    given = list(
        chosen.batches(
            INCIDENT,
            names,
            known_at=NOW,
            equal={"source": "desk"},
            since=("opened_at", first, end),
        )
    )
    plain = chosen.columns(
        INCIDENT, names, known_at=NOW, equal={"source": "desk"}, since=("opened_at", first, end)
    )
    rows = [row for batch in given for row in zip(*(batch[name] for name in names), strict=True)]
    expected = [
        tuple(microseconds(v) if isinstance(v, datetime) else v for v in row)
        for row in zip(*plain.values(), strict=True)
    ]
    assert sorted(rows) == expected
    assert len(rows) == sum(1 for k in range(n) if k % 3 and k > 100)
    nothing = chosen.batches(INCIDENT, names, known_at=NOW, equal={"source": "nobody"})
    assert list(nothing) == []


def test_halves_hold_every_record_once_and_only_what_is_filled(store: Store) -> None:
    kept(store)
    chosen = Chosen.of(store)
    assert chosen.halves(INCIDENT, MANY + 1) is None
    halves = chosen.halves(INCIDENT, MANY)
    if store.queries.engine.dialect.name != "sqlite":
        assert halves is None
        return
    assert halves is not None
    read = [_numbers(chosen, within=half) for half in halves]
    assert len(read[0]) + len(read[1]) == MANY
    assert sorted(read[0] + read[1]) == sorted(_numbers(chosen))
    assert min(map(len, read)) > MANY // 3
    filled = _numbers(chosen, filled=["is_first_contact"])
    assert sorted(filled) == [f"INC{k:05}" for k in range(0, MANY, 2)]


def _numbers(chosen: Chosen, **how: Any) -> list[str]:
    batches = chosen.batches(INCIDENT, ["number"], known_at=NOW, **how)
    return [number for batch in batches for number in batch["number"]]
