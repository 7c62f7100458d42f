"""Some records of a kind, and some of their fields: what a stage needs of a large table."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from itsm.states import RecordKind
from store.bulk import read_columns
from store.engine import store_errors
from store.reads import Reads
from store.reconciling import are_any, left
from store.tables import CANONICAL

Since = tuple[str, datetime, datetime]
"""A time of the records, from when on, and until before when."""


class Chosen(Reads):
    """Reads some records of a kind as `Queries.columns` reads all of them."""

    def columns(
        self,
        kind: RecordKind,
        names: Sequence[str],
        *,
        known_at: datetime,
        equal: Mapping[str, str] | None = None,
        since: Since | None = None,
    ) -> dict[str, list[object]]:
        """Columns of plain values, None where missing, in the order (source, number).

        Args:
            kind: of which kind.
            names: which columns.
            known_at: with the records deleted after this time.
            equal: only records with these values of some columns.
            since: only records of a stretch of time; those without that time are left out.
        """
        table = CANONICAL[kind]
        query = sa.select(table.c.source).order_by(table.c.source, table.c.number)
        for name, value in (equal or {}).items():
            query = query.where(table.c[name] == value)
        if since is not None:
            name, first, end = since
            query = query.where(table.c[name] >= first, table.c[name] < end)
        with store_errors(self._engine), self._engine.connect() as connection:
            if are_any(connection):
                query = query.where(left(kind, known_at))
            return read_columns(connection, [table.c[name] for name in names], query)
