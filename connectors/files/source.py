"""Exports as a source: files in, raw pages out, and the mapping to records."""

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from connectors.core.mapping.overrides import adapted
from connectors.core.mapping.preset import KindPreset, Preset, folded
from connectors.core.mapping.values import read_integer
from connectors.core.source import Mapped, Page
from connectors.files.catalogue import PRESETS
from connectors.files.config import FileSourceConfig
from connectors.files.formats import ReadOptions, Row
from connectors.files.grouping import Group, KeyedFiles, canonical
from connectors.files.mapping import KindMapping
from connectors.files.opening import content_hash
from connectors.files.rows import Reading, RowMapper
from connectors.files.survey import Survey, check_columns, survey
from itsm.clocks import zone_of
from itsm.errors import ConfigError, MappingError
from itsm.records import RawRecord
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """How far the files have been read: which files, how many raw records, whether all."""

    read: str
    given: int
    is_done: bool

    def text(self) -> str:
        return orjson.dumps({"read": self.read, "given": self.given, "done": self.is_done}).decode()


class FileSource:
    """A source that is read from exports, as `FileSourceConfig` says."""

    def __init__(self, name: str, config: FileSourceConfig) -> None:
        """Takes the settings; no file is opened yet.

        Raises:
            ConfigError: there is no such preset, record kind, code table or meaning.
        """
        self._name = name
        self._config = config
        self._preset = adapted(preset_of(config), config.fields, config.codes)
        for kind in config.files:
            if kind not in self._preset.kinds:
                raise ConfigError(
                    f"files.{kind}: the preset {self._preset.name!r} has no {kind} records"
                )
        self._reading = Reading(
            source=name,
            zone=zone_of(config.zone),
            codes=self._preset.codes,
            state_tables=_state_tables(self._preset),
            empty=self._preset.empty,
        )
        self._options = ReadOptions(config.delimiter, config.encoding, config.sheet)

    @property
    def name(self) -> str:
        """The source's name in the configuration."""
        return self._name

    def code_table(self, kind: RecordKind, field: str) -> str | None:
        """The code table that says what a field's codes mean; None: it has none."""
        return self._preset.kinds[kind].code_table(field)

    @property
    def kinds(self) -> tuple[RecordKind, ...]:
        """The record kinds there are files of."""
        return tuple(kind for kind in RecordKind if self._config.files.get(kind))

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """None: exports name what a record hangs on by its number."""
        return frozenset()

    def pages(self, kind: RecordKind, cursor: str | None) -> Iterator[Page]:
        """The raw records of a kind's files, from where a cursor points.

        A cursor holds for the files it was made on: if one of them has changed since, or the way
        they are read, reading starts over.

        Raises:
            FatalSourceError: a file cannot be read or lacks a column every record needs.
            ConfigError: the order of day and month cannot be told.
        """
        paths = self._config.files.get(kind, ())
        read = self._identity(kind)
        start = _read_cursor(cursor, read)
        if not paths or start.is_done:
            return
        preset = self._preset.kinds[kind]
        check_columns(self._name, paths, self._options, preset)
        files = KeyedFiles(self._name, paths, self._options, _KeyReader(preset, self._reading))
        found = survey(files, preset, tells_order=self._day_first is None)
        records = islice(self._raw(kind, files, found), start.given, None)
        yield from self._paged(records, start)

    def mapping_version(self, kind: RecordKind) -> str:
        """One word that changes whenever the same raw records would map to other records."""
        others = sorted(self._also_in(kind))
        way = (self._preset.kinds[kind], self._reading, self._day_first, others)
        return hashlib.sha256(repr(way).encode()).hexdigest()[:32]

    def map(self, kind: RecordKind, raw: Sequence[RawRecord]) -> Mapped:
        """Records from raw records; pure, order kept, nothing lost."""
        preset = self._preset.kinds[kind]
        return KindMapping(preset, self._reading, self._day_first, self._also_in(kind)).map(raw)

    def _also_in(self, kind: RecordKind) -> frozenset[RecordKind]:
        """The kinds whose files hold all the files of a kind, for exports that mix kinds."""
        paths = set(self._config.files.get(kind, ()))
        return frozenset(other for other in self.kinds if paths <= set(self._config.files[other]))

    @property
    def _day_first(self) -> bool | None:
        given = self._config.day_first
        return self._preset.day_first if given is None else given

    def _identity(self, kind: RecordKind) -> str:
        """One word for the files of a kind and the way they are read."""
        hashes = [content_hash(self._name, path) for path in self._config.files.get(kind, ())]
        way = repr((self._preset.kinds[kind], self._options, self._config.zone, self._day_first))
        return hashlib.sha256("\n".join((*hashes, way)).encode()).hexdigest()[:32]

    def _paged(self, records: Iterator[RawRecord], start: _Cursor) -> Iterator[Page]:
        given, size = start.given, self._config.batch_size
        batch = list(islice(records, size))
        while batch:
            following = list(islice(records, size))
            given += len(batch)
            yield Page(batch, _Cursor(start.read, given, not following).text())
            batch = following

    def _raw(self, kind: RecordKind, files: KeyedFiles, found: Survey) -> Iterator[RawRecord]:
        preset = self._preset.kinds[kind]
        day_first = found.day_first if self._day_first is None else self._day_first
        mapper = RowMapper(preset, self._reading, day_first)
        n_same, n_older = 0, 0
        for group in files.groups(found.returning):
            rows = {canonical(row): row for row in group.rows}
            n_same += len(group.rows) - len(rows)
            if preset.events is not None:
                chosen = _in_order(rows, preset.events.order)
            else:
                chosen = (_newest(rows, mapper),)
                n_older += len(rows) - 1
            yield self._raw_record(kind, group, chosen, found)
        if n_same or n_older:
            LOGGER.warning(
                "%s: %s: %d rows repeated others word for word and %d older rows of the same key "
                "were left out",
                self._name,
                kind,
                n_same,
                n_older,
            )

    def _raw_record(
        self, kind: RecordKind, group: Group, rows: Sequence[bytes], found: Survey
    ) -> RawRecord:
        told = found.day_first
        order = b"" if told is None else b'"day_first":%s,' % orjson.dumps(told)
        payload = b'{%s"rows":[%s]}' % (order, b",".join(rows))
        return RawRecord(
            source=self._name,
            kind=kind,
            key=group.key,
            payload=payload,
            content_hash=hashlib.sha256(payload).hexdigest(),
        )


class _KeyReader:
    """Finds the key of a row; remembers which columns may hold it."""

    def __init__(self, preset: KindPreset, reading: Reading) -> None:
        self._mapper = RowMapper(preset, reading, day_first=None)
        self._seen: set[str] = set()
        self._columns: list[str] = []

    def __call__(self, row: Row) -> str | None:
        if not row.keys() <= self._seen:
            self._see(row)
        cells = {name: row[name] for name in self._columns if name in row}
        return self._mapper.number(self._mapper.cells(cells))

    def _see(self, row: Row) -> None:
        self._seen.update(row)
        key_columns = self._mapper.preset.key_columns
        self._columns = sorted(name for name in self._seen if folded(name) in key_columns)


def preset_of(config: FileSourceConfig) -> Preset:
    """The preset a configuration names; plain if it names none.

    Raises:
        ConfigError: there is no such preset.
    """
    name = config.preset or "plain"
    if name not in PRESETS:
        raise ConfigError(f"preset: no preset {name!r}; choose from {', '.join(sorted(PRESETS))}")
    return PRESETS[name]


def _read_cursor(cursor: str | None, read: str) -> _Cursor:
    """Where to go on; at the start if the cursor is of other files."""
    try:
        given = orjson.loads(cursor or "{}")
    except orjson.JSONDecodeError:
        given = {}
    if isinstance(given, dict) and given.get("read") == read:
        return _Cursor(read, given["given"], given["done"])
    return _Cursor(read, given=0, is_done=False)


def _in_order(rows: Mapping[bytes, Row], order: str) -> tuple[bytes, ...]:
    """Rows of an event log by their order column, so that a payload does not tell their order."""

    def place(row: bytes) -> tuple[int, bytes]:
        cell = next((cell for name, cell in rows[row].items() if folded(name) == order), "")
        return read_integer(cell) or 0, row

    return tuple(sorted(rows, key=place)) if len(rows) > 1 else tuple(rows)


def _newest(rows: Mapping[bytes, Row], mapper: RowMapper) -> bytes:
    """The row that was updated last; among equals the one that is last by all it says."""
    if len(rows) == 1:
        return next(iter(rows))
    columns = next((r.columns for r in mapper.preset.rules if r.field == "updated_at"), ())

    def age(row: bytes) -> tuple[float, bytes]:
        cells = mapper.cells(rows[row])
        text = next((cells[column] for column in columns if column in cells), None)
        try:
            return (mapper.time(text, "", "updated_at").timestamp() if text else 0.0), row
        except MappingError:
            return 0.0, row

    return max(rows, key=age)


def _state_tables(preset: Preset) -> dict[RecordKind, str]:
    return {
        kind: rule.codes
        for kind, of_kind in preset.kinds.items()
        for rule in of_kind.rules
        if rule.field == "state" and rule.codes is not None
    }
