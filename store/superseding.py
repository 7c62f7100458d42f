"""Lets a system's own record take the place of one that came from an export.

An export knows a record by its number; the system knows it by a key of its own, too. Once it is
pulled, what the export held of it would count twice.
"""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.states import RecordKind
from store.by_texts import delete_keys, looked_up
from store.tables import CANONICAL, QUARANTINE, RAW_RECORDS


def supersede(
    connection: Connection,
    source: str,
    kind: RecordKind,
    numbers: Collection[str],
    provided: Collection[RecordKind],
) -> None:
    """Take out records that are known by their number, with what hangs on them.

    Args:
        connection: of the unit of work that lands what takes their place.
        source: whose.
        kind: of which kind.
        numbers: of the records.
        provided: the kinds that the system gives itself; what hangs on a record and is of another
            kind stays, as there is nothing to take its place.
    """
    delete_keys(connection, RAW_RECORDS, source, kind.value, numbers)
    delete_keys(connection, QUARANTINE, source, kind.value, numbers)
    _delete(connection, kind, source, numbers)
    for hanging in sorted(set(provided)):
        if "record_kind" in CANONICAL[hanging].c:
            _without(connection, hanging, source, _hung(connection, hanging, source, kind, numbers))


def _hung(
    connection: Connection,
    hanging: RecordKind,
    source: str,
    kind: RecordKind,
    numbers: Collection[str],
) -> Sequence[str]:
    """The numbers of what hangs on records."""
    table = CANONICAL[hanging].c
    query = sa.select(table.number).where(
        table.source == source, table.record_kind == kind.value, table.record.in_(sorted(numbers))
    )
    return connection.scalars(query).all()


def _without(
    connection: Connection, kind: RecordKind, source: str, numbers: Collection[str]
) -> None:
    """Take out records with what they were made of."""
    raw = RAW_RECORDS.c
    query = sa.select(raw.key).where(raw.source == source, raw.kind == kind.value)
    of_these = looked_up(connection, query, raw.number, numbers)
    keys = {*connection.scalars(of_these), *numbers}
    delete_keys(connection, RAW_RECORDS, source, kind.value, keys)
    _delete(connection, kind, source, numbers)


def _delete(
    connection: Connection, kind: RecordKind, source: str, numbers: Collection[str]
) -> None:
    table = CANONICAL[kind]
    which = (table.c.source == source, table.c.number == sa.bindparam("of_number"))
    if numbers:
        rows = [{"of_number": number} for number in sorted(numbers)]
        connection.execute(sa.delete(table).where(*which), rows)
