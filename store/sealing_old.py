"""Puts under the key what an older release kept plain: names in records, and raw payloads.

In batches by key, each of its own transaction: whoever is killed begins anew and changes nothing
twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.pseudonyms import PERSON_FIELDS, PERSON_VALUES
from itsm.states import RecordKind
from store.people import People, is_all_sealed, note_all_sealed
from store.sealing import Sealer, is_sealed
from store.statements import names_of
from store.tables import CANONICAL, KEY, RAW_RECORDS
from store.unit_of_work import Store

BATCH = 2_000
_RAW_KEY = ("source", "kind", "key")
_Place = tuple[str, ...]


def seal_older(store: Store, now: datetime) -> int:
    """Seal what is plain, if that was not done before.

    Returns:
        How many rows were looked at; 0 where it was done before, or where there is no key.
    """
    if store.sealer is None or is_all_sealed(store.engine):
        return 0
    sealer = store.sealer

    def names(kind: RecordKind) -> _Batch:
        return lambda connection, after: _seal_names(
            connection, People(connection, sealer), kind, after
        )

    steps: list[_Batch] = [lambda connection, after: _seal_raw(connection, sealer, after)]
    n_rows = sum(_each_batch(store, step) for step in [*steps, *map(names, PERSON_FIELDS)])
    note_all_sealed(store.engine, now)
    return n_rows


_Batch = Callable[[Connection, _Place], tuple[int, _Place]]


def _each_batch(store: Store, sealed: _Batch) -> int:
    after: _Place = ()
    n_rows = 0
    while True:
        with store.begin() as uow:
            n, after = sealed(uow.connection, after)
            uow.commit()
        n_rows += n
        if n < BATCH:
            return n_rows


def _seal_raw(connection: Connection, sealer: Sealer, after: _Place) -> tuple[int, _Place]:
    """Seal the payloads of the raw records after a key; how many there were, and the last key."""
    rows = _rows(connection, RAW_RECORDS, _RAW_KEY, after)
    for row in rows:
        payload = bytes(row.payload)
        if payload and not is_sealed(payload):
            which = sa.and_(*(RAW_RECORDS.c[name] == row._mapping[name] for name in _RAW_KEY))
            sealed = sa.update(RAW_RECORDS).where(which).values(payload=sealer.seal(payload))
            connection.execute(sealed)
    return len(rows), _last(rows, _RAW_KEY)


def _seal_names(
    connection: Connection, people: People, kind: RecordKind, after: _Place
) -> tuple[int, _Place]:
    """As `_seal_raw`, of the names in records of a kind."""
    table = CANONICAL[kind]
    rows = _rows(connection, table, KEY, after)
    if not rows:
        return 0, ()
    names = names_of(table)
    kept = dict(zip(names, people.told(kind, list(zip(*rows, strict=True))), strict=True))
    fields = (*PERSON_FIELDS[kind], *(PERSON_VALUES if kind is RecordKind.HISTORY else ()))
    values = [
        {f"of_{name}": row._mapping[name] for name in KEY}
        | {f"to_{name}": kept[name][place] for name in fields}
        for place, row in enumerate(rows)
        if any(row._mapping[name] != kept[name][place] for name in fields)
    ]
    which = sa.and_(*(table.c[name] == sa.bindparam(f"of_{name}") for name in KEY))
    update = sa.update(table).where(which)
    if values:
        to: dict[str, Any] = {name: sa.bindparam(f"to_{name}") for name in fields}
        connection.execute(update.values(to), values)
    return len(rows), _last(rows, KEY)


def _rows(
    connection: Connection, table: sa.Table, key: tuple[str, ...], after: _Place
) -> Sequence[Row[Any]]:
    """The rows after a key; on PostgreSQL nobody else changes them until the end of the work."""
    columns = [table.c[name] for name in key]
    query = sa.select(table).order_by(*columns).limit(BATCH).with_for_update()
    if after:
        query = query.where(sa.tuple_(*columns) > sa.tuple_(*map(sa.literal, after)))
    return connection.execute(query).all()


def _last(rows: Sequence[Row[Any]], key: tuple[str, ...]) -> _Place:
    return tuple(rows[-1]._mapping[name] for name in key) if rows else ()
