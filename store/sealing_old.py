"""Puts under the key what an older release kept plain: names in records, and raw payloads.

In batches by key, each of its own transaction: whoever is killed goes on where it was.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.pseudonyms import PERSON_FIELDS, PERSON_VALUES
from itsm.states import RecordKind
from store.people import People
from store.sealing import Sealer, is_sealed
from store.statements import names_of
from store.tables import CANONICAL, KEY, RAW_RECORDS

BATCH = 2_000
_RAW_KEY = ("source", "kind", "key")
Place = tuple[str, ...]


def seal_raw(connection: Connection, sealer: Sealer, after: Place | None) -> tuple[int, Place]:
    """Seal the payloads of a batch of raw records.

    Args:
        connection: in a transaction.
        sealer: with the key.
        after: go on after this key; None from the start.

    Returns:
        How many were read, and the last key of them.
    """
    key = sa.tuple_(*(RAW_RECORDS.c[name] for name in _RAW_KEY))
    query = sa.select(*key.clauses, RAW_RECORDS.c.payload).order_by(*key.clauses).limit(BATCH)
    rows = connection.execute(query if after is None else query.where(key > after)).all()
    for row in rows:
        payload = bytes(row.payload)
        if payload and not is_sealed(payload):
            which = sa.and_(*(RAW_RECORDS.c[name] == row._mapping[name] for name in _RAW_KEY))
            sealed = sa.update(RAW_RECORDS).where(which).values(payload=sealer.seal(payload))
            connection.execute(sealed)
    return len(rows), tuple(rows[-1][:3]) if rows else ()


def seal_names(
    connection: Connection, people: People, kind: RecordKind, after: Place | None
) -> tuple[int, Place]:
    """Put pseudonyms in the place of names in a batch of records; as `seal_raw`."""
    table = CANONICAL[kind]
    key = sa.tuple_(*(table.c[name] for name in KEY))
    query = sa.select(table).order_by(*key.clauses).limit(BATCH)
    rows = connection.execute(query if after is None else query.where(key > after)).all()
    if not rows:
        return 0, ()
    names = names_of(table)
    columns = [list(column) for column in zip(*rows, strict=True)]
    kept = people.told(kind, columns)
    changed = [
        name for name in _fields(kind) if kept[names.index(name)] != columns[names.index(name)]
    ]
    statement = sa.update(table).where(
        *(table.c[name] == sa.bindparam(f"of_{name}") for name in KEY)
    )
    if changed:
        values = [
            {f"of_{name}": row._mapping[name] for name in KEY}
            | {name: kept[names.index(name)][place] for name in changed}
            for place, row in enumerate(rows)
        ]
        connection.execute(statement.values({one: sa.bindparam(one) for one in changed}), values)
    return len(rows), tuple(rows[-1]._mapping[name] for name in KEY)


def _fields(kind: RecordKind) -> tuple[str, ...]:
    history = PERSON_VALUES if kind is RecordKind.HISTORY else ()
    return (*PERSON_FIELDS[kind], *history)
