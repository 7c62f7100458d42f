"""Erasing a person from records and raw payloads: each of their pseudonyms becomes one of nobody.

Whatever counts people counts the same: who was one person stays one, and stays apart from others.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.pseudonyms import PERSON_FIELDS, PERSON_VALUES, nobody
from itsm.states import HistoryField, RecordKind
from store.erasing_names import may_hold
from store.people import People
from store.sealing import Sealer
from store.tables import CANONICAL, RAW_RECORDS

BATCH = 2_000
_RAW_KEY = tuple(RAW_RECORDS.c[name] for name in ("source", "kind", "key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who is erased.

    Attributes:
        names: as they were given.
        found: finds them in a text.
        instead: what stands where a name stood.
    """

    names: Sequence[str]
    found: re.Pattern[str]
    instead: str

    def out(self, text: str) -> str:
        """A text without the person."""
        return self.found.sub(self.instead, text)


class ErasingRecords:
    """Takes a person out of what was pulled."""

    def __init__(self, connection: Connection, sealer: Sealer | None, wanted: Wanted) -> None:
        self._connection = connection
        self._sealer = sealer
        self._people = People(connection, sealer)
        self._wanted = wanted

    def theirs(self) -> dict[str, str]:
        """The pseudonyms of the person, with the name each stands for."""
        found = self._wanted.found
        return {one: name for one, name in self._people.all().items() if found.search(name)}

    def all(self) -> tuple[int, int, int]:
        """Erase.

        Returns:
            How many pseudonyms nobody can resolve any more, how many texts of records named the
            person, and how many payloads.
        """
        theirs = self.theirs()
        instead = {one: nobody() for one in theirs}
        for kind in PERSON_FIELDS:
            self._fields(kind, instead)
        n_texts = sum(self.texts(table) for table in CANONICAL.values())
        by_name = {name: instead[one] for one, name in theirs.items()}
        n_payloads = self._payloads(by_name)
        self._people.forget(theirs)
        return len(theirs), n_texts, n_payloads

    def texts(self, table: sa.Table) -> int:
        """Take the name out of every text of a table that is no key; how many rows named it."""
        columns = [c for c in table.columns if isinstance(c.type, sa.Text) and not c.primary_key]
        if not columns:
            return 0
        keys = list(table.primary_key.columns)
        may = sa.or_(*(may_hold(column, self._wanted.names) for column in columns))
        rows = self._connection.execute(sa.select(*keys, *columns).where(may)).all()
        return sum(self._row(table, row, columns) for row in rows)

    def _row(self, table: sa.Table, row: Row[Any], columns: Sequence[sa.Column[Any]]) -> bool:
        said = {c.name: row._mapping[c.name] for c in columns if row._mapping[c.name]}
        made = {name: self._wanted.out(text) for name, text in said.items()}
        changed = {name: text for name, text in made.items() if text != said[name]}
        if changed:
            which = sa.and_(*(c == row._mapping[c.name] for c in table.primary_key.columns))
            self._connection.execute(sa.update(table).where(which).values(changed))
        return bool(changed)

    def _fields(self, kind: RecordKind, instead: Mapping[str, str]) -> None:
        table = CANONICAL[kind]
        for old, new in instead.items():
            for name in PERSON_FIELDS[kind]:
                self._replace(table, name, old, new)
            if kind is RecordKind.HISTORY:
                for name in PERSON_VALUES:
                    is_person = table.c.field == HistoryField.ASSIGNEE.value
                    self._replace(table, name, old, new, is_person)

    def _replace(
        self, table: sa.Table, name: str, old: str, new: str, *also: sa.ColumnElement[bool]
    ) -> None:
        update = sa.update(table).where(table.c[name] == old, *also).values({name: new})
        self._connection.execute(update)

    def _payloads(self, by_name: Mapping[str, str]) -> int:
        """A value that is a name becomes the pseudonym of nobody; names within texts go."""
        whole = {json.dumps(name, ensure_ascii=False): f'"{one}"' for name, one in by_name.items()}
        n_changed, after = 0, None
        while True:
            query = sa.select(*_RAW_KEY, RAW_RECORDS.c.payload).order_by(*_RAW_KEY).limit(BATCH)
            if after is not None:
                query = query.where(sa.tuple_(*_RAW_KEY) > sa.tuple_(*map(sa.literal, after)))
            rows = self._connection.execute(query).all()
            n_changed += sum(self._payload(row, whole) for row in rows)
            if len(rows) < BATCH:
                return n_changed
            after = tuple(rows[-1])[:3]

    def _payload(self, row: Row[Any], whole: Mapping[str, str]) -> bool:
        sealer = self._sealer
        kept = bytes(row.payload)
        before = (kept if sealer is None else sealer.open(kept)).decode(errors="replace")
        if not self._wanted.found.search(before):
            return False
        after = before
        for name, one in whole.items():
            after = after.replace(name, one)
        payload = self._wanted.out(after).encode()
        which = sa.and_(*(column == row._mapping[column.name] for column in _RAW_KEY))
        sealed = payload if sealer is None else sealer.seal(payload)
        self._connection.execute(sa.update(RAW_RECORDS).where(which).values(payload=sealed))
        return True
