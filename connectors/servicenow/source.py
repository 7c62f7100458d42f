"""A ServiceNow instance as a source."""

import logging
import re
from collections.abc import Iterator, Sequence

from connectors.core.source import DeletionPage, Finding, Mapped, Page, Stamped
from connectors.core.surroundings import Surroundings
from connectors.servicenow.api import Query, TableApi, is_no_table
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.deletes import DeletionReader
from connectors.servicenow.enriching import Enricher
from connectors.servicenow.events import StateWords
from connectors.servicenow.examine import Examination
from connectors.servicenow.history import MADE_FOR, HistorySource, events_between
from connectors.servicenow.mapping import KindMapping
from connectors.servicenow.reading import Enrich, TableReader
from connectors.servicenow.tables import KindTable, tables_of
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.records import HistoryEvent, RawRecord, Record
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

_COLUMN = re.compile(r"(?:^|\^(?:OR|NQ)?)([a-z][a-z0-9_]*)")
_BY_KEY = frozenset({RecordKind.HISTORY, RecordKind.COMMENT, RecordKind.SURVEY_RESPONSE})


class ServiceNowSource:
    """A source that is read over the Table API, as `ServiceNowConfig` says."""

    def __init__(
        self, name: str, config: ServiceNowConfig, around: Surroundings | None = None
    ) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind has no table, or a code table or meaning does not exist.
        """
        self._name = name
        self._tables = tables_of(config)
        self._api = TableApi(name, config, around or Surroundings())
        self._history = HistorySource(self._api, self._tables)
        self._enricher = Enricher(self._api, StateWords.of(self._tables))
        self._present: dict[RecordKind, bool] = {}
        self._mappings = {
            kind: KindMapping(name, table, self._tables)
            for kind, table in self._tables.kinds.items()
        }

    @property
    def name(self) -> str:
        """The source's name in the configuration."""
        return self._name

    @property
    def config(self) -> ServiceNowConfig:
        """The settings."""
        return self._api.config

    @property
    def kinds(self) -> tuple[RecordKind, ...]:
        """The kinds that are configured and have a table; a table may still be missing there."""
        return tuple(self._tables.kinds)

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """History, comments and surveys name what they hang on by its id."""
        if self._history.known == "differences":
            return _BY_KEY - {RecordKind.HISTORY}
        return _BY_KEY

    def pages(self, kind: RecordKind, cursor: str | None) -> Iterator[Page]:
        """The rows of a kind from where a cursor points, in the order they were updated.

        A kind that nobody named and that was never read is left out with a warning if the instance
        has no such table or the user may not read it.

        Raises:
            TransientSourceError, FatalSourceError: as `Source.pages`.
        """
        reader = self._reader(kind)
        if reader is None:
            return
        try:
            yield from reader.pages(cursor)
        except FatalSourceError as error:
            if not self._may_be_missing(kind, cursor, error):
                raise
            LOGGER.warning("%s: %s records are left out: %s", self._name, kind, error.message)

    def mapping_version(self, kind: RecordKind) -> str:
        """One word that changes whenever the same raw records would map to other records."""
        return self._mappings[kind].version

    def map(self, kind: RecordKind, raw: Sequence[RawRecord]) -> Mapped:
        """Records from raw records; pure, order kept, nothing lost."""
        return self._mappings[kind].map(raw)

    def deletions(self, cursor: str | None) -> Iterator[DeletionPage]:
        """What sys_audit_delete tells of since a cursor.

        Raises:
            TransientSourceError, FatalSourceError: as `pages`.
        """
        yield from DeletionReader(self._api, self._tables).pages(cursor)

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        """How many rows the instance holds, hidden ones included; None where it may not say."""
        reader = self._reader(kind)
        if reader is None:
            return None
        try:
            return reader.count(keys)
        except FatalSourceError as error:
            if isinstance(error, ForbiddenError) or is_no_table(error):
                return None
            raise

    def keys(self, kind: RecordKind) -> Iterator[Sequence[Stamped]]:
        """The ids of all rows this user sees, ascending, each with its time of update."""
        reader = self._reader(kind)
        if reader is not None:
            yield from reader.keys()

    def fetch(self, kind: RecordKind, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The rows with these ids, of those that are there and may be seen."""
        reader = self._reader(kind)
        return [] if reader is None else reader.fetch(keys)

    @property
    def makes_history_of(self) -> frozenset[RecordKind]:
        """The kinds history is made for: none if the instance tells it."""
        return MADE_FOR & set(self.kinds) if self._history.mode() == "differences" else frozenset()

    def differences(
        self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
    ) -> Sequence[tuple[HistoryEvent, ...]]:
        """What happened between two states of records, or up to their first one; pure."""
        return events_between(kind, before, after)

    def code_table(self, kind: RecordKind, field: str) -> str | None:
        """The code table that says what a field's codes mean; None: it has none."""
        return self._tables.kinds[kind].preset.code_table(field)

    def examine(self) -> Iterator[Finding]:
        """Network, TLS, credentials, permission per kind, clock, time zone, fields, codes."""
        once = ServiceNowSource(self._name, _impatient(self._api.config), self._api.around)
        return Examination(once._api, once._tables, once._history, once._reader).findings()

    def _reader(self, kind: RecordKind) -> TableReader | None:
        """What reads a kind; None if it cannot be read from this instance."""
        mapping = self._mappings[kind]
        if kind is not RecordKind.HISTORY:
            table = self._tables.kinds[kind]
            if table.is_derived and not self._has_columns(table):
                return None
            return TableReader(self._api, table, mapping.columns, self._enrich(kind))
        told = self._history.mode()
        if told == "metric":
            return TableReader(self._api, self._tables.metric, mapping.metric_columns)
        if told == "audit":
            table = self._tables.kinds[kind]
            return TableReader(self._api, table, mapping.columns, self._enricher.audit)
        return None

    def _has_columns(self, table: KindTable) -> bool:
        """Whether the columns are there that tell a derived kind from the rest of its table.

        An instance drops a condition on a column it does not have, and gives every row.
        """
        if table.kind not in self._present:
            columns = tuple(_COLUMN.findall(table.filter))
            rows = self._api.whole(Query(table.table, columns=("sys_id", *columns)), 1).rows
            self._present[table.kind] = not rows or all(name in rows[0] for name in columns)
            if not self._present[table.kind]:
                LOGGER.info("%s: no %s records: no such column", self._name, table.kind)
        return self._present[table.kind]

    def _enrich(self, kind: RecordKind) -> Enrich | None:
        if kind is RecordKind.SURVEY_RESPONSE:
            return self._enricher.answers
        return self._enricher.authors if kind is RecordKind.COMMENT else None

    def _may_be_missing(
        self, kind: RecordKind, cursor: str | None, error: FatalSourceError
    ) -> bool:
        is_missing = isinstance(error, ForbiddenError) or is_no_table(error)
        needed = kind is RecordKind.INCIDENT or self._tables.kinds[kind].is_asked_for
        return is_missing and not needed and cursor is None


def _impatient(config: ServiceNowConfig) -> ServiceNowConfig:
    """The settings for somebody who waits in front of a screen."""
    http = config.http.model_copy(update={"tries": min(2, config.http.tries), "max_wait_s": 20.0})
    return config.model_copy(update={"http": http})
