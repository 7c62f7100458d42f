"""A ServiceNow instance as a source."""

import logging
import re
from collections.abc import Iterator, Sequence

from connectors.core.kind_source import KindSource
from connectors.core.mapping.differences import MADE_FOR, events_between
from connectors.core.source import DeletionPage, Finding
from connectors.core.surroundings import Surroundings
from connectors.core.unread import Unread, UnreadPage
from connectors.servicenow.api import Query, TableApi, is_no_table
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.deletes import DeletionReader
from connectors.servicenow.enriching import AUDIT_ADDS, Audited, Enricher
from connectors.servicenow.events import StateWords
from connectors.servicenow.examine import Examination
from connectors.servicenow.history import HistorySource
from connectors.servicenow.mapping import KindMapping
from connectors.servicenow.reading import Adding, Enrich, TableReader
from connectors.servicenow.tables import KindTable, tables_of
from itsm.errors import FatalSourceError
from itsm.records import HistoryEvent, RawRecord, Record
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

_COLUMN = re.compile(r"(?:^|\^(?:OR|NQ)?)([a-z][a-z0-9_]*)")
_BY_KEY = frozenset({RecordKind.HISTORY, RecordKind.COMMENT, RecordKind.SURVEY_RESPONSE})


class ServiceNowSource(KindSource[ServiceNowConfig]):
    """A source that is read over the Table API, as `ServiceNowConfig` says."""

    def __init__(
        self, name: str, config: ServiceNowConfig, around: Surroundings | None = None
    ) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind has no table, or a code table or meaning does not exist.
        """
        self._tables = tables_of(config)
        self._mappings = {
            kind: KindMapping(name, table, self._tables)
            for kind, table in self._tables.kinds.items()
        }
        super().__init__(name, config, around, self._tables.kinds, self._mappings)
        self._api = TableApi(name, config, self._around)
        self._history = HistorySource(self._api, self._tables)
        self._enricher = Enricher(self._api, StateWords.of(self._tables))
        self._present: dict[RecordKind, bool] = {}
        self._later: dict[RecordKind, TableReader] = {}

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """History, comments and surveys name what they hang on by its id."""
        if self._history.known == "differences":
            return _BY_KEY - {RecordKind.HISTORY}
        return _BY_KEY

    def deletions(self, cursor: str | None) -> Iterator[DeletionPage]:
        """What sys_audit_delete tells of since a cursor.

        Raises:
            TransientSourceError, FatalSourceError: as `pages`.
        """
        yield from DeletionReader(self._api, self._tables).pages(cursor)

    def unread(self, kind: RecordKind, cursor: str | None) -> Iterator[UnreadPage] | None:
        """As `pages`, of rows that are not read yet.

        None where another table adds to all that is in a row, or nobody knows yet what tells the
        history.

        Raises:
            TransientSourceError, FatalSourceError: as `pages`.
        """
        is_audit = kind is RecordKind.HISTORY and self._history.known == "audit"
        if not is_audit and (kind is RecordKind.HISTORY or self._enrich(kind) is not None):
            return None

        def read() -> Iterator[UnreadPage]:
            reader = self._reader(kind)
            return iter(()) if reader is None else reader.unread(cursor)

        return self._if_there(kind, cursor, read)

    def read(self, kind: RecordKind, answers: Sequence[Unread]) -> Sequence[RawRecord]:
        """The raw records of rows that were not read yet; pure.

        Raises:
            CutAnswerError: an answer cannot be read after all.
        """
        if kind not in self._later:
            columns = self._mappings[kind].columns
            adds = AUDIT_ADDS if kind is RecordKind.HISTORY else ()
            table = self._tables.kinds[kind]
            self._later[kind] = TableReader(self._api, table, columns, adds=adds)
        return self._later[kind].read(answers)

    @property
    def makes_history_of(self) -> frozenset[RecordKind]:
        """The kinds history is made for: none if the instance tells it."""
        return MADE_FOR & set(self.kinds) if self._history.mode() == "differences" else frozenset()

    def differences(
        self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
    ) -> Sequence[tuple[HistoryEvent, ...]]:
        """What happened between two states of records, or up to their first one; pure."""
        return events_between(kind, before, after)

    def _for(self, config: ServiceNowConfig) -> "ServiceNowSource":
        return ServiceNowSource(self._name, config, self._around)

    def _findings(self) -> Iterator[Finding]:
        return Examination(self._api, self._tables, self._history, self._reader).findings()

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether the instance has no such table, or not for this user."""
        return super()._is_missing(error) or is_no_table(error)

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
            enricher = self._enricher
            adding = Adding(Audited._fields, enricher.told)
            audit = enricher.audit
            return TableReader(self._api, table, mapping.columns, audit, adding, AUDIT_ADDS)
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
