"""Erasing a person from every table that nobody has thought of by name.

A table that is added later is swept without another line here; one that must not be is named below,
with the reason.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.erasing_names import may_hold
from store.erasing_records import ErasingRecords, Wanted
from store.journal_tables import DECLARATIONS, JOURNAL, JOURNAL_DETAILS, JOURNAL_KEYS
from store.result_tables import METADATA
from store.tables import CANONICAL, MAPPINGS, RAW_RECORDS, WATERMARKS

LEFT = frozenset(
    {
        JOURNAL.name,  # holds pseudonyms and digests, and a changed row breaks the chain
        JOURNAL_DETAILS.name,  # a text that names the person is taken out whole
        JOURNAL_KEYS.name,  # the row goes whole
        DECLARATIONS.name,  # the journal vouches for each version
        RAW_RECORDS.name,  # sealed
        MAPPINGS.name,  # versions of programs
        WATERMARKS.name,  # places in a source, which a changed letter would lose
    }
)
"""Tables that are not swept text by text."""


class ErasingRest:
    """Takes a person out of all tables but those of records and of the journal."""

    def __init__(self, connection: Connection, records: ErasingRecords, wanted: Wanted) -> None:
        self._connection = connection
        self._records = records
        self._wanted = wanted

    def all(self) -> int:
        """Erase; how many rows named the person."""
        canonical = {table.name for table in CANONICAL.values()}
        tables = [t for t in METADATA.sorted_tables if t.name not in LEFT | canonical]
        return sum(self._records.texts(table) for table in tables)

    def declarations(self) -> list[str]:
        """Erase from declarations; which contents of the journal changed."""
        table = DECLARATIONS.c
        rows = self._connection.execute(sa.select(DECLARATIONS)).all()
        changed = []
        for row in rows:
            made = self._wanted.out(row.content)
            if made != row.content:
                key = (row.kind, row.name, row.version)
                which = sa.tuple_(table.kind, table.name, table.version) == key
                update = sa.update(DECLARATIONS).where(which).values(content=made)
                self._connection.execute(update)
                changed.append(f"declared/{row.kind}/{row.name}/{row.version}")
        return changed

    def in_keys(self) -> tuple[str, ...]:
        """Keys that hold the name and stay, as table and column: another record hangs on them."""
        return tuple(self._in_keys())

    def _in_keys(self) -> Iterator[str]:
        for table in METADATA.sorted_tables:
            for column in table.primary_key.columns:
                if isinstance(column.type, sa.Text) and self._is_in(column):
                    yield f"{table.name}.{column.name}"

    def _is_in(self, column: sa.Column[str]) -> bool:
        query = sa.select(column).where(may_hold(column, self._wanted.names))
        return any(map(self._wanted.found.search, self._connection.execute(query).scalars()))
