"""A Cherwell CSM as a source."""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta

from connectors.cherwell.api import REC_ID, CherwellApi, Search, is_missing
from connectors.cherwell.config import CherwellConfig
from connectors.cherwell.examine import Examination
from connectors.cherwell.reading import ObjectRows
from connectors.cherwell.tables import JOURNALS, UNCOUNTED, filter_of, tables_of
from connectors.core.field_form import FieldForm
from connectors.core.kind_source import KindReader, KindSource
from connectors.core.mapping.differences import MADE_FOR, events_between
from connectors.core.named_kinds import NamedKind
from connectors.core.row_reader import RowReader, Span
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.core.told_history import DIFFERENCES, ToldHistory
from itsm.errors import ConfigError, FatalSourceError
from itsm.records import HistoryEvent, Record
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

K = RecordKind
_KEYS_AT_ONCE = 1_000
_TOLD = ("FieldName", "OldValue", "NewValue")
_AN_HOUR = timedelta(hours=1)


class CherwellSource(KindSource[CherwellConfig]):
    """A source that is read over the REST API, as `CherwellConfig` says."""

    def __init__(
        self, name: str, config: CherwellConfig, around: Surroundings | None = None
    ) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind has no object, or a code table or meaning does not exist.
        """
        self._tables = tables_of(config)
        mappings = self._tables.mappings(name)
        super().__init__(name, config, around, self._tables.kinds, mappings)
        self._columns = {kind: mapping.columns for kind, mapping in mappings.items()}
        self._api = CherwellApi(name, config, self._around)
        self._journal = ToldHistory(name, config.history, "journal", self._is_told, is_missing)
        self._readers: dict[RecordKind, RowReader[dict[str, str]] | None] = {}

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """Journals name what they hang on by its id."""
        return JOURNALS - {K.HISTORY} if self._journal.known == DIFFERENCES else JOURNALS

    @property
    def makes_history_of(self) -> frozenset[RecordKind]:
        """The kinds history is made for: none if the journal tells it."""
        is_made = self._journal.mode() == DIFFERENCES
        return MADE_FOR & set(self.kinds) if is_made else frozenset()

    def differences(
        self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
    ) -> Sequence[tuple[HistoryEvent, ...]]:
        """What happened between two states of records, or up to their first one; pure."""
        return events_between(kind, before, after)

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        """How many records this user sees; None of what is not each a record of its object."""
        return None if kind in UNCOUNTED else super().count(kind, keys)

    def _for(self, config: CherwellConfig) -> "CherwellSource":
        return CherwellSource(self._name, config, self._around)

    def _findings(self) -> Iterator[Finding]:
        return Examination(self._api, self._tables, self._reader, self.map).findings()

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether the instance has no such object, or not for this user."""
        return super()._is_missing(error) or is_missing(error)

    def _is_told(self) -> bool:
        """Whether the journal may be read, holds anything, and names fields and values."""
        if K.HISTORY not in self._tables.kinds:
            return False
        of = self._api.object_named(self._tables.kinds[K.HISTORY].names[0])
        if of is None or not of.updated or not of.fields.keys() >= set(_TOLD):
            return False
        return bool(self._api.again(Search(of, (REC_ID,)), 1).records)

    def _reader(self, kind: RecordKind) -> KindReader | None:
        if kind is K.HISTORY and self._journal.mode() == DIFFERENCES:
            return None
        if kind not in self._readers:
            self._readers[kind] = self._made(self._tables.kinds[kind])
        return self._readers[kind]

    def _made(self, table: NamedKind) -> RowReader[dict[str, str]] | None:
        of = next(filter(None, map(self._api.object_named, table.names)), None)
        if of is None or not of.updated:
            LOGGER.info("%s: no %s records: no such object", self._name, table.kind)
            return None
        where, kinds = filter_of(self._config, table), frozenset[str]()
        lacking = sorted(where.keys() - of.fields.keys())
        if lacking:
            raise ConfigError(f"where.{table.kind}: {of.name} has no field {lacking[0]!r}")
        if table.kind in JOURNALS:
            kinds = frozenset(kind.value for kind in self._kinds)
        form = FieldForm(self._columns[table.kind], table.given.get("made", {}), {})
        needs = str(table.given.get("needs", ""))
        counts = table.kind not in UNCOUNTED
        rows = ObjectRows(self._api, table.kind, of, form, where, needs, kinds, counts)
        return RowReader(self._name, table.kind, rows, self._span(table))

    def _span(self, table: NamedKind) -> Span:
        """Where an hour comes twice, times do not say which was meant: so much more is read."""
        twice = _AN_HOUR if self._config.zone != "UTC" else timedelta()
        return Span(
            page_size=self._config.page_size,
            keys_at_once=_KEYS_AT_ONCE,
            overlap=timedelta(seconds=self._config.overlap_s) + twice,
            since=None if table.given.get("whole") else self._config.since,
            until=None if table.given.get("whole") else self._config.until,
        )
