"""The canonical tables: one row per record, in its newest state."""

from collections.abc import Iterable, Sequence
from functools import partial

from sqlalchemy.engine import Connection

from itsm.fields import by_kind
from itsm.records import Record
from itsm.states import RecordKind
from store.bulk import upsert_objects, upsert_ready
from store.made_ready import ReadyRows
from store.people import People
from store.statements import names_of
from store.tables import CANONICAL

_NEWER = "updated_at"


class Records:
    """Records of all kinds, by (source, number); whom they name is kept under a pseudonym."""

    def __init__(self, connection: Connection, people: People) -> None:
        self._connection = connection
        self._people = people

    def save(self, records: Sequence[Record]) -> int:
        """Insert or update records; kinds may be mixed.

        A record never replaces one with a later `updated_at`. Saving the same records again, in
        any order and in batches of any size, leaves the same rows.

        Returns:
            How many were inserted or updated.
        """
        return sum(self._save(kind, some) for kind, some in sorted(by_kind(records).items()))

    def save_ready(self, rows: Iterable[ReadyRows], *, are_new: bool = False) -> int:
        """As `save`, of records that were made ready for this database by `made_ready`.

        Args:
            rows: of any kinds.
            are_new: they seem to be, as their raw records are. It is the same if they are not.
        """
        return sum(self._save_ready(some, are_new=are_new) for some in rows)

    def _save_ready(self, rows: ReadyRows, *, are_new: bool) -> int:
        table, whole = CANONICAL[rows.kind], rows.whole()
        told = self._people.told(rows.kind, whole)
        kept = zip(names_of(table), rows.columns, whole, told, strict=True)
        alike = frozenset(
            name for name, given, was, now in kept if not isinstance(given, list) and now is was
        )
        return upsert_ready(self._connection, table, told, alike, newer_by=_NEWER, are_new=are_new)

    def _save(self, kind: RecordKind, records: Sequence[Record]) -> int:
        told = partial(self._people.told, kind)
        return upsert_objects(self._connection, CANONICAL[kind], records, told, newer_by=_NEWER)
