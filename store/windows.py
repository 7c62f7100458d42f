"""The windows of a first pull: stretches of time that are read one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.states import RecordKind
from store.bulk import upsert
from store.pull_tables import PULL_WINDOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time of which all records of a kind are read.

    Attributes:
        source: of which source.
        kind: of which kind.
        begins_at: the first moment.
        ends_at: the first moment after it.
        cursor: how far it was read; None: not begun.
        n_read: records that were read.
        done_at: when all of it had been read; None: not yet.
    """

    source: str
    kind: RecordKind
    begins_at: datetime
    ends_at: datetime
    cursor: str | None = None
    n_read: int = 0
    done_at: datetime | None = None


class Windows:
    """Windows by source and kind."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, source: str | None = None) -> tuple[Window, ...]:
        """All windows of a source, or of all, by source, kind and time."""
        query = sa.select(PULL_WINDOWS).order_by(*PULL_WINDOWS.primary_key.columns)
        if source is not None:
            query = query.where(PULL_WINDOWS.c.source == source)
        return tuple(map(_window, self._connection.execute(query)))

    def save(self, windows: Sequence[Window]) -> None:
        """Keep windows as they are now."""
        rows = [
            (w.source, w.kind.value, w.begins_at, w.ends_at, w.cursor, w.n_read, w.done_at)
            for w in windows
        ]
        upsert(self._connection, PULL_WINDOWS, rows)


def _window(row: Row[Any]) -> Window:
    return Window(**{**row._mapping, "kind": RecordKind(row.kind)})
