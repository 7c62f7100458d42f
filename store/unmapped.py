"""The codes that records came with and nobody has given a meaning."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.fields import column_names, fields_of
from itsm.states import UNMAPPED, RecordKind
from store.tables import CANONICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCount:
    """How many records of a source have a code without a meaning in a field."""

    source: str
    kind: RecordKind
    field: str
    code: str
    n: int


def unmapped_codes(connection: Connection) -> Iterator[CodeCount]:
    """By source, kind, field and code; the commonest code of a field first."""
    for kind, table in CANONICAL.items():
        for field in _fields(kind):
            code, n = table.c[f"{field}_code"], sa.func.count()
            query = (
                sa.select(table.c.source, code, n)
                .where(table.c[field] == UNMAPPED)
                .group_by(table.c.source, code)
                .order_by(table.c.source, n.desc(), code)
            )
            for source, word, count in connection.execute(query):
                yield CodeCount(source=source, kind=kind, field=field, code=str(word), n=count)


def _fields(kind: RecordKind) -> list[str]:
    """The fields of a kind that keep the source's own word beside the meaning."""
    columns = set(column_names(kind))
    return [spec.name for spec in fields_of(kind) if spec.enum and f"{spec.name}_code" in columns]
