"""How many of the stored records of a source hold each field."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.fields import FieldSpec, FieldType, fields_of
from itsm.states import UNMAPPED, RecordKind
from store.reconciling import are_any, left
from store.tables import CANONICAL


@dataclass(frozen=True, slots=True)
class Held:
    """How many records there are, and how many of them hold each field.

    A flag that is always told is held where it is set; a code without a meaning is not held. Of
    history there is one entry for each field that events tell of.
    """

    n: int
    by_field: Mapping[str, int]


def fields_told(kind: RecordKind) -> tuple[FieldSpec, ...]:
    """The fields that a system may tell or not: without the keys of the records."""
    return tuple(one for one in fields_of(kind) if one.name not in {"source", "number"})


def held(connection: Connection, source: str, kind: RecordKind) -> Held:
    """What the records of a source hold, in one walk through them."""
    table = CANONICAL[kind]
    which = table.c.source == source
    if are_any(connection):
        which &= left(kind, None)
    if kind is RecordKind.HISTORY:
        query = sa.select(table.c.field, sa.func.count()).where(which).group_by(table.c.field)
        events = {str(field): int(n) for field, n in connection.execute(query).tuples()}
        return Held(sum(events.values()), events)
    specs = [one for one in fields_told(kind) if one.name in table.c]
    counts = [_count(table.c[one.name], one).label(one.name) for one in specs]
    row = connection.execute(sa.select(sa.func.count(), *counts).where(which)).one()
    told = zip((one.name for one in specs), row[1:], strict=True)
    return Held(int(row[0]), {name: int(n or 0) for name, n in told})


def _count(column: sa.Column[object], spec: FieldSpec) -> sa.ColumnElement[int]:
    is_held: sa.ColumnElement[bool] = column.is_not(None)
    if spec.enum is not None:
        is_held &= column != UNMAPPED
    elif spec.type is FieldType.FLAG and spec.is_required:
        is_held &= column == sa.true()
    elif spec.type is FieldType.TEXT:
        is_held &= column != ""
    return sa.func.sum(sa.case((is_held, 1), else_=0))
