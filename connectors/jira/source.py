"""A Jira Service Management site as a source."""

from collections.abc import Iterator, Sequence

from connectors.core.kind_source import KindReader, KindSource
from connectors.core.mapping.kind_mapping import KindMapping
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.jira.api import JiraApi, is_missing
from connectors.jira.assets import AssetsApi
from connectors.jira.config import JiraConfig
from connectors.jira.examine import Examination
from connectors.jira.readers import ReaderMaker
from connectors.jira.tables import HANGING, Tables, tables_of
from itsm.errors import FatalSourceError
from itsm.states import RecordKind

_BY_KEY = HANGING - {RecordKind.APPROVAL}


class JiraSource(KindSource[JiraConfig]):
    """A source that is read over the REST API, as `JiraConfig` says."""

    def __init__(self, name: str, config: JiraConfig, around: Surroundings | None = None) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind has no issue type, or a code table or meaning does not exist.
        """
        self._tables = tables_of(config)
        work = [table.preset for table in self._tables.work]
        mappings = {
            kind: KindMapping(name, table.preset, work, self._tables.codes)
            for kind, table in self._tables.kinds.items()
        }
        super().__init__(name, config, around, self._tables.kinds, mappings)
        self._api = JiraApi(name, config, self._around)
        columns = {kind: mapping.columns for kind, mapping in mappings.items()}
        self._readers = ReaderMaker(self._api, AssetsApi(self._api), self._tables, columns)

    @property
    def tables(self) -> Tables:
        """What is read."""
        return self._tables

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """What hangs on issues names them by id: their keys change when they are moved."""
        return _BY_KEY

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        """How many records the site holds, as far as this user sees; None where it does not say."""
        return None if kind in HANGING else super().count(kind, keys)

    def _for(self, config: JiraConfig) -> "JiraSource":
        return JiraSource(self._name, config, self._around)

    def _findings(self) -> Iterator[Finding]:
        return Examination(self._api, self._tables, self._readers.of, self.map).findings()

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether the site has nothing there, or not for this user."""
        return super()._is_missing(error) or is_missing(error)

    def _reader(self, kind: RecordKind) -> KindReader | None:
        return self._readers.of(kind)
