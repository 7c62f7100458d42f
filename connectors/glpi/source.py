"""A GLPI as a source."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from connectors.core.kind_source import KindReader, KindSource
from connectors.core.mapping.differences import MADE_FOR, events_between
from connectors.core.source import DeletionPage, Finding
from connectors.core.surroundings import Surroundings
from connectors.glpi.api import GlpiApi
from connectors.glpi.config import GlpiConfig
from connectors.glpi.deletes import DeletionReader
from connectors.glpi.examine import Examination, is_no_itemtype
from connectors.glpi.readers import ReaderMaker
from connectors.glpi.tables import HANGING, tables_of
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.records import HistoryEvent, Record
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

_BY_KEY = HANGING - {RecordKind.APPROVAL}


class GlpiSource(KindSource[GlpiConfig]):
    """A source that is read over the REST API, as `GlpiConfig` says."""

    def __init__(self, name: str, config: GlpiConfig, around: Surroundings | None = None) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind is not there, or a code table or meaning does not exist.
        """
        self._tables = tables_of(config)
        mappings = self._tables.mappings(name)
        super().__init__(name, config, around, self._tables.kinds, mappings)
        self._api = GlpiApi(name, config, self._around)
        columns = {kind: mapping.columns for kind, mapping in mappings.items()}
        self._readers = ReaderMaker(self._api, self._tables, columns)
        self._log = LogAccess(self._api)

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """What hangs on others names them by id."""
        return _BY_KEY - {RecordKind.HISTORY} if self._log.known == "differences" else _BY_KEY

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        """How many records there are that this user sees; None where nobody says."""
        return None if kind in HANGING else super().count(kind, keys)

    def deletions(self, cursor: str | None) -> Iterator[DeletionPage]:
        """What was put into the trash since a cursor.

        Raises:
            TransientSourceError, FatalSourceError: as `pages`.
        """
        yield from DeletionReader(self._api, self._tables).pages(cursor)

    @property
    def makes_history_of(self) -> frozenset[RecordKind]:
        """The kinds history is made for: none if the log may be read."""
        return MADE_FOR & set(self.kinds) if self._log.mode() == "differences" else frozenset()

    def differences(
        self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
    ) -> Sequence[tuple[HistoryEvent, ...]]:
        """What happened between two states of records, or up to their first one; pure."""
        return events_between(kind, before, after)

    def _for(self, config: GlpiConfig) -> "GlpiSource":
        return GlpiSource(self._name, config, self._around)

    def _findings(self) -> Iterator[Finding]:
        return Examination(self._api, self._tables, self._reader, self.map).findings()

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether the server has no such itemtype, or not for this user."""
        return super()._is_missing(error) or is_no_itemtype(error)

    def _reader(self, kind: RecordKind) -> KindReader | None:
        if kind is RecordKind.HISTORY and self._log.mode() == "differences":
            return None
        return self._readers.of(kind)


@dataclass(slots=True)
class LogAccess:
    """Finds out once whether the historical may be read."""

    api: GlpiApi
    _told: str | None = field(default=None, init=False)

    @property
    def known(self) -> str | None:
        """Where history is read, if that is set or has been found out."""
        chosen = self.api.config.history
        return self._told if chosen == "auto" else chosen

    def mode(self) -> str:
        """Where history is read: `log` or `differences`; the server is asked the first time.

        Raises:
            SourceError: the server cannot be asked.
        """
        if self.known is not None:
            return self.known
        try:
            self.api.listed("Log", 1)
            self._told = "log"
        except ForbiddenError:
            self._told = "differences"
        LOGGER.info("%s: history is read from %s", self.api.name, self._told)
        return self._told
