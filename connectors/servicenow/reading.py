"""Walks through a table: pages in the order of updates, keys, counts, single rows."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

import orjson

from connectors.core.answers import Decode
from connectors.core.mapping.making import RecordMaker
from connectors.core.paging import Limit
from connectors.core.source import Page, Stamped
from connectors.core.unread import Unread, UnreadPage
from connectors.core.walking import Ask, FetchedPage, FetchedRow, walk, walk_keys
from connectors.core.watermark import Keyset, keyset_of
from connectors.servicenow.api import (
    Query,
    Row,
    TableApi,
    instant,
    joined,
    parts_of,
    value_of,
    written,
)
from connectors.servicenow.audit_cells import AUTHORED, Told, audit_cells, unpacked
from connectors.servicenow.rows import Formed, Peek, RowForm, Slot, unread
from connectors.servicenow.tables import KindTable
from itsm.errors import CutAnswerError, FatalSourceError
from itsm.records import RawRecord

LOGGER = logging.getLogger(__name__)

KEYS_AT_ONCE = 10_000
Enrich = Callable[[Sequence[Row], bool], None]
"""Adds to rows what another table knows of them; told whether they are a run in time."""


@dataclass(frozen=True, slots=True)
class Adding:
    """Tells what `audit_cells` needs of a run of rows, by some of their columns."""

    needs: tuple[str, ...]
    told: Callable[[Sequence[tuple[str, ...]]], Told]


@dataclass(slots=True)
class TableReader:
    """Reads the rows of one record kind.

    Attributes:
        api: the instance.
        table: where the rows are, and which of them.
        columns: those that are asked for.
        enrich: adds to them.
        adding: tells what it adds to rows that are not read yet, where that can be told.
        adds: the columns that may be added.
    """

    api: TableApi
    table: KindTable
    columns: tuple[str, ...]
    enrich: Enrich | None = None
    adding: Adding | None = None
    adds: tuple[str, ...] = ()
    _hides: bool = field(default=False, init=False)
    _form: RowForm = field(init=False, repr=False)
    _peek: Peek = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the form of the rows."""
        self._form = RowForm((*self.columns, *self.adds))
        needs = () if self.adding is None else self.adding.needs
        self._peek = Peek(tuple(dict.fromkeys((*self._state, *needs))))

    @property
    def _state(self) -> tuple[str, str, str]:
        """The columns that say where a row stands in the walk: key, update, version."""
        return "sys_id", self.table.updated, "sys_mod_count"

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        way = (self.table.table, self.table.filter, self.table.updated, self.columns)
        return hashlib.sha256(repr(way).encode()).hexdigest()[:12]

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """The rows from a cursor on, in the order they were updated.

        What is enriched is read as dictionaries, which can be added to.
        """
        decode = self._form.decode if self.enrich is None else orjson.loads
        for rows, at in self._walked(cursor, decode):
            yield Page(self.raw(rows, is_run=True), at)

    def unread(self, cursor: str | None) -> Iterator[UnreadPage]:
        """As `pages`, of rows that are not read yet; what is added to them stands beside them."""
        for rows, at in self._walked(cursor, self._peek.decode):
            slots = [row for row in rows if isinstance(row, Slot)]
            yield UnreadPage(unread(slots, self._added(slots)), len(slots), at)

    def _added(self, slots: Sequence[Slot]) -> Callable[[int, int], bytes]:
        """What other tables know of rows that are not read yet, from one to another."""
        if self.adding is None or not slots:
            return lambda _start, _end: b""
        columns = self._peek.columns
        needed = itemgetter(*(columns.index(name) for name in self.adding.needs))
        told = self.adding.told([needed(slot.values) for slot in slots])
        return lambda start, end: told.of(start, end).packed()

    def read(self, answers: Sequence[Unread]) -> list[RawRecord]:
        """The raw records of rows that were not read yet.

        Raises:
            CutAnswerError: an answer cannot be read after all.
        """
        rows: list[Formed] = []
        for body, places, _, added in answers:
            try:
                value: Any = self._form.decode(body)
            except orjson.JSONDecodeError:
                raise CutAnswerError(
                    self.api.name, f"{self.table.table}: an answer of {len(body)} bytes is no JSON"
                ) from None
            meant = [value["result"][place] for place in places]
            if added:
                known = self._form.values(meant, AUTHORED)
                self._form.add(meant, audit_cells(known, unpacked(added)))
            rows += meant
        return self.raw(rows)

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The rows with these keys, of those that are there and may be seen."""
        query = Query(self.table.table, self.table.filter, ("sys_id",), self.columns)
        return self.raw(self.api.by_value(query, "sys_id", keys))

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All keys, ascending, each with its time of update."""
        updated = self.table.updated
        for rows in walk_keys(self.api.name, self._fetched_keys, Limit(KEYS_AT_ONCE)):
            yield [Stamped(one.key, instant(value_of(one.row, updated))) for one in rows]

    def count(self, keys: Sequence[str] | None) -> int | None:
        """How many rows there are, hidden ones included; or how many of some keys."""
        if keys is None:
            return self.api.count(Query(self.table.table, self._where()))
        counts = [
            self.api.count(
                Query(self.table.table, joined(f"sys_idIN{','.join(some)}", self.table.filter))
            )
            for some in parts_of(keys)
        ]
        told = [n for n in counts if n is not None]
        return sum(told) if len(told) == len(counts) else None

    def raw(self, rows: Sequence[Formed], *, is_run: bool = False) -> list[RawRecord]:
        """Raw records from rows, with what another table knows of them."""
        if self.enrich is not None and rows:
            self.enrich([row for row in rows if isinstance(row, dict)], is_run)
        payloads = list(map(self._form.payload, rows))
        columns: dict[str, Sequence[object]] = {
            "kind": [self.table.kind] * len(rows),
            "key": [key for key, _ in self._form.values(rows, ("sys_id", self.table.updated))],
            "payload": payloads,
            "content_hash": [hashlib.sha256(payload).hexdigest() for payload in payloads],
            "row": rows,
        }
        made = RecordMaker(RawRecord, self.api.name).records(columns, len(rows))
        return [record for record in made if record is not None]

    def _walked(self, cursor: str | None, decode: Decode) -> Iterator[tuple[list[Formed], str]]:
        """Rows as `decode` makes them, and where to go on after them."""
        config = self.api.config
        overlap = timedelta(seconds=config.overlap_s)
        fetched = partial(self._fetched, decode=decode)
        start, limit = self._start(cursor), Limit(config.page_size)
        until = None if self.table.is_whole else config.end
        for page in walk(self.api.name, fetched, start, limit, overlap, until):
            yield [one.row for one in page.rows], f"{self.way} {page.keyset.text()}"

    def _start(self, cursor: str | None) -> Keyset | None:
        way, _, place = (cursor or "").partition(" ")
        if cursor is not None and way == self.way:
            return keyset_of(self.api.name, place)
        if cursor is not None:
            LOGGER.info(
                "%s: %s is read from the start, as other columns or rows are asked for than before",
                self.api.name,
                self.table.kind,
            )
        since = self._since()
        return None if since is None else Keyset(since)

    def _since(self) -> datetime | None:
        since = self.api.config.since
        if since is None or self.table.is_whole:
            return None
        return datetime.combine(since, time(), UTC)

    def _where(self) -> str:
        since = self._since()
        if since is None:
            return self.table.filter
        return joined(self.table.filter, f"{self.table.updated}>={written(since)}")

    def _fetched(self, ask: Ask, decode: Decode) -> FetchedPage[Formed]:
        """A page in the order of updates."""
        updated = self.table.updated
        where = joined(clause_of(ask, updated), self.table.filter)
        query = Query(self.table.table, where, (updated, "sys_id"), self.columns)
        answer = self.api.formed(query, ask.limit, decode, offset=ask.offset, counts=self._hides)
        has_more = self._has_more(ask, where, len(answer.rows), answer.total)
        return FetchedPage(self._rows(answer.rows), has_more, answer.asked_at)

    def _fetched_keys(self, ask: Ask) -> FetchedPage[Row]:
        after = f"sys_id>{ask.after_key}" if ask.after_key is not None else ""
        columns = ("sys_id", self.table.updated)
        where = joined(after, self._where())
        query = Query(self.table.table, where, ("sys_id",), columns)
        answer = self.api.rows(query, ask.limit, offset=ask.offset, counts=self._hides)
        rows = [FetchedRow(answer.asked_at, value_of(row, "sys_id"), row) for row in answer.rows]
        return FetchedPage(rows, self._has_more(ask, where, len(rows), answer.total))

    def _has_more(self, ask: Ask, where: str, n_rows: int, total: int | None) -> bool:
        """Whether a page is not the last one.

        Counting costs the instance a second query, so it is asked to count only once a page came
        that was not full: where rows are hidden, a short page is not the last one.
        """
        if n_rows >= ask.limit:
            return True
        if total is None:
            total = self.api.count(Query(self.table.table, where))
        has_more = total is not None and total > ask.offset + ask.limit
        self._hides = self._hides or has_more
        return has_more

    def _rows(self, rows: Sequence[Formed]) -> list[FetchedRow[Formed]]:
        values = self._values(rows)
        fetched = [
            FetchedRow(at, key, row, version)
            for row, (key, updated, version, *_) in zip(rows, values, strict=True)
            if key and (at := instant(updated)) is not None
        ]
        if len(fetched) < len(rows):
            raise FatalSourceError(
                self.api.name,
                f"{self.table.table}: a row came without sys_id or {self.table.updated}; let the "
                "user read both columns",
            )
        return fetched

    def _values(self, rows: Sequence[Formed]) -> Sequence[tuple[str, ...]]:
        slots = [row.values for row in rows if isinstance(row, Slot)]
        return slots if slots else self._form.values(rows, self._state)


def clause_of(ask: Ask, updated: str) -> str:
    """What rows have to meet to be asked for."""
    if ask.updated_at is None:
        return f"sys_id>{ask.after_key}" if ask.after_key is not None else ""
    moment = f"{updated}{ask.reach.value}{written(ask.updated_at)}"
    return joined(moment, f"sys_id>{ask.after_key}" if ask.after_key is not None else "")
