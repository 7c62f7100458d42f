"""A digest of a portion is kept as long as nothing is written to it, whoever writes and however."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.states import RecordKind
from store import Store
from store.columns import Instant
from store.compacting import compact
from store.portion_digests import Digests, PortionDigests, are_watched, untrue
from store.portions import Portions, portions
from store.tables import CANONICAL
from tests.store.test_store_portions import INCIDENT, NOW, incident, kept

ROWS, SIZE = 16, 16_384


def few(_kind: RecordKind) -> int:
    """Rows of a portion of any kind."""
    return ROWS


def read(reading: Portions) -> dict[int, Digests]:
    """The digests of all portions with any record."""
    each = {p: {one.source: one.of_all for one in reading.read(p)} for p in reading.places()}
    return {place: told for place, told in each.items() if told}


def look(store: Store, kind: RecordKind = INCIDENT) -> tuple[Mapping[int, Digests], int]:
    """The digests that are known, all of them true; those of the others are kept. How many that is.

    As a check does it: what is not known is read.
    """
    digests = PortionDigests(store, few)
    digests.begin([kind])
    with portions(store, kind, NOW, rows=ROWS, size=SIZE) as reading:
        known, found = digests.known(reading), read(reading)
    assert {place: found.get(place, {}) for place in known} == known
    digests.keep(reading, {place: told for place, told in found.items() if place not in known})
    return known, len(found)


def write(store: Store, statement: sa.Executable) -> None:
    with store.begin() as uow:
        uow.connection.execute(statement)
        uow.commit()


def is_sqlite(store: Store) -> bool:
    return store.queries.engine.dialect.name == "sqlite"


def test_what_was_read_is_known_but_for_the_end_of_the_table(store: Store) -> None:
    kept(store)
    known, n = look(store)
    assert (known, n > 3) == ({}, True)
    known, n = look(store)
    assert len(known) == n - is_sqlite(store)
    kept(store)  # the same once more
    assert not is_sqlite(store) or look(store)[0] == {}


def test_a_record_that_changes_makes_one_portion_unknown(store: Store) -> None:
    kept(store)
    look(store)
    before = look(store)[0]
    with store.begin() as uow:
        uow.records.save([replace(incident(7), title="y", updated_at=NOW)])
        uow.commit()
    after = look(store)[0]
    assert 0 < len(before.keys() - after.keys()) <= 2  # PostgreSQL may put the new row elsewhere
    assert look(store)[0].keys() >= before.keys()


def test_many_records_of_a_portion_leave_those_beside_it_known(store: Store) -> None:
    if not is_sqlite(store):
        return
    kept(store)
    look(store)
    before = look(store)[0]
    row_id: sa.ColumnElement[int] = sa.literal_column("rowid")
    write(store, sa.update(CANONICAL[INCIDENT]).where(row_id.between(70, 79)).values(title="y"))
    assert before.keys() - look(store)[0].keys() == {4}


def test_none_outlives_a_database_that_was_written_anew(store: Store) -> None:
    kept(store)
    look(store)
    assert look(store)[0]
    compact(store.queries.engine)
    assert not (is_sqlite(store) and look(store)[0]), "rows may have other numbers there"


def test_new_records_leave_all_that_is_whole_known(store: Store) -> None:
    kept(store, 160)
    look(store)
    before = look(store)[0]
    with store.begin() as uow:
        uow.records.save([incident(k) for k in range(160, 200)])
        uow.commit()
    after = look(store)[0]
    assert len(before.keys() - after.keys()) <= (0 if is_sqlite(store) else 1)


def row_of(table: sa.Table, number: str) -> dict[str, object]:
    plain: dict[type, object] = {str: "x", int: 1, float: 0.5, bool: True}
    values = {
        column.name: NOW if isinstance(column.type, Instant) else plain[column.type.python_type]
        for column in table.columns
        if not column.nullable
    }
    return {**values, "source": "desk", "number": number}


@pytest.mark.parametrize("kind", sorted(RecordKind))
def test_no_write_to_any_kind_goes_unseen(store: Store, kind: RecordKind) -> None:
    table = CANONICAL[kind]
    rows = [row_of(table, f"{k:05}") for k in range(ROWS * 3 + 5)]
    write(store, sa.insert(table).values(rows[: ROWS * 2 + 5]))
    look(store, kind)
    known = look(store, kind)[0]  # in PostgreSQL rows of tests before may lie ahead of these
    assert 0 in known if is_sqlite(store) else known
    for statement in (
        sa.update(table).where(table.c.number == "00003").values(updated_at=NOW),
        sa.delete(table).where(table.c.number == "00004"),
        sa.delete(table).where(table.c.number >= "00010"),
        sa.insert(table).values(rows[20:]),
        sa.delete(table),
    ):
        write(store, statement)
        known, n = look(store, kind)
        assert 0 not in known if is_sqlite(store) else len(known) < max(n, 1)
        look(store, kind)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_written_no_digest_that_is_known_is_wrong(store: Store, seed: int) -> None:
    random, table, n_known = Random(seed), CANONICAL[INCIDENT], 0
    kept(store, 90)
    for _ in range(40):
        numbers = [f"INC{random.randrange(140):05}" for _ in range(random.randrange(1, 6))]
        which: sa.ColumnElement[bool] = table.c.number.in_(numbers)
        with store.begin() as uow:
            for _ in range(random.randrange(3)):
                if random.random() < 0.3:
                    cut = f"INC{random.randrange(140):05}"
                    which = sa.and_(table.c.number >= cut, table.c.number <= f"{cut[:6]}99")
                does = random.randrange(4)
                if does == 0:
                    uow.connection.execute(sa.delete(table).where(which))
                elif does == 1:
                    title = str(random.random())
                    uow.connection.execute(sa.update(table).where(which).values(title=title))
                else:
                    some = [incident(random.randrange(140)) for _ in range(12)]
                    uow.records.save([replace(one, title=str(seed)) for one in some])
            if random.random() < 0.9:
                uow.commit()
        n_known += len(look(store)[0])
    assert n_known > 20


def test_what_is_written_while_a_portion_is_read_is_seen(store: Store) -> None:
    kept(store)
    digests = PortionDigests(store, few)
    digests.begin([INCIDENT])
    change = sa.update(CANONICAL[INCIDENT]).values(title="meanwhile")
    with portions(store, INCIDENT, NOW, rows=ROWS, size=SIZE) as reading:
        assert digests.known(reading) == {}
        found = read(reading)
        write(store, change.where(CANONICAL[INCIDENT].c.number == "INC00003"))
    digests.keep(reading, found)
    known, n = look(store)
    assert 0 < len(known) < n - is_sqlite(store)


def test_two_that_check_at_once_keep_nothing_wrong(store: Store) -> None:
    kept(store)
    first, second = PortionDigests(store, few), PortionDigests(store, few)
    first.begin([INCIDENT])
    with portions(store, INCIDENT, NOW, rows=ROWS, size=SIZE) as reading:
        first.known(reading)
        found = read(reading)
        write(store, sa.update(CANONICAL[INCIDENT]).values(title="meanwhile"))
        second.begin([INCIDENT])
    first.keep(reading, found)
    assert look(store)[0] == {}


def test_a_table_that_gets_shorter_takes_new_records_where_digests_were(store: Store) -> None:
    if not is_sqlite(store):
        return
    table = CANONICAL[INCIDENT]
    row_id: sa.ColumnElement[int] = sa.literal_column("rowid")
    kept(store, 40)
    write(store, sa.delete(table).where(row_id.between(12, 15)))
    look(store)
    assert look(store)[0].keys() == {0, 1}
    write(store, sa.delete(table).where(row_id >= 16))  # the last one left is 11
    with store.begin() as uow:
        uow.records.save([incident(k) for k in range(100, 140)])
        uow.commit()
    assert look(store)[0] == {}


def test_a_database_that_does_not_watch_itself_keeps_nothing(store: Store) -> None:
    if not is_sqlite(store):
        return
    kept(store)
    look(store)
    assert look(store)[0]
    with store.queries.engine.begin() as connection:
        assert are_watched(connection)
        connection.exec_driver_sql("DROP TRIGGER comments_deleted")
        assert not are_watched(connection)
    assert look(store)[0] == {}


def test_portions_of_another_size_are_others(store: Store) -> None:
    kept(store)
    look(store)
    digests = PortionDigests(store, lambda _kind: 64)
    digests.begin([INCIDENT])
    with portions(store, INCIDENT, NOW, rows=64, size=SIZE * 4) as reading:
        assert digests.known(reading) == {}
    if is_sqlite(store):
        assert look(store)[0] == {}


def unwatched(connection: Connection, statement: str) -> None:
    """Something that is done by hand, and past what the database does by itself."""
    sql = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE name = 'incidents_changed'"
    ).scalar_one()
    connection.exec_driver_sql("DROP TRIGGER incidents_changed")
    connection.exec_driver_sql(statement)
    connection.exec_driver_sql(sql)


def test_what_was_changed_by_hand_is_found_by_a_look_at_everything(store: Store) -> None:
    kept(store)
    look(store)
    assert list(untrue(store, NOW, rows=few, size=SIZE)) == []
    if not is_sqlite(store):
        return
    with store.queries.engine.begin() as connection:
        unwatched(connection, "UPDATE incidents SET title = 'z' WHERE number = 'INC00003'")
    (told,) = untrue(store, NOW, rows=few, size=SIZE)
    assert "incidents" in told
    assert list(untrue(store, NOW, rows=few, size=SIZE)) == []


def test_no_statement_replaces_a_row_without_saying_so() -> None:
    """SQLite's OR REPLACE deletes a row and runs no trigger for it."""
    store_room = Path(__file__).parents[2] / "store"
    found = [
        path.name
        for path in store_room.rglob("*.py")
        if "or replace" in path.read_text().lower().replace("_", " ")
    ]
    assert found == []
