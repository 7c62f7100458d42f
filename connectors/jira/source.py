"""A Jira Service Management site as a source."""

import logging
from collections.abc import Iterator, Sequence

from connectors.core.source import Finding, Mapped, Page, Stamped
from connectors.core.surroundings import Surroundings
from connectors.jira.api import JiraApi, is_missing
from connectors.jira.assets import AssetsApi
from connectors.jira.config import JiraConfig
from connectors.jira.examine import Examination
from connectors.jira.mapping import KindMapping
from connectors.jira.readers import Reader, ReaderMaker
from connectors.jira.tables import HANGING, Tables, tables_of
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.records import RawRecord
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

_BY_KEY = HANGING - {RecordKind.APPROVAL}


class JiraSource:
    """A source that is read over the REST API, as `JiraConfig` says."""

    def __init__(self, name: str, config: JiraConfig, around: Surroundings | None = None) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind has no issue type, or a code table or meaning does not exist.
        """
        self._name = name
        self._tables = tables_of(config)
        self._api = JiraApi(name, config, around or Surroundings())
        self._mappings = {
            kind: KindMapping(name, table, self._tables)
            for kind, table in self._tables.kinds.items()
        }
        columns = {kind: mapping.columns for kind, mapping in self._mappings.items()}
        self._readers = ReaderMaker(self._api, AssetsApi(self._api), self._tables, columns)

    @property
    def name(self) -> str:
        """The source's name in the configuration."""
        return self._name

    @property
    def config(self) -> JiraConfig:
        """The settings."""
        return self._api.config

    @property
    def tables(self) -> Tables:
        """What is read."""
        return self._tables

    @property
    def kinds(self) -> tuple[RecordKind, ...]:
        """The kinds that are configured; their issue types may still be missing there."""
        return tuple(self._tables.kinds)

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """What hangs on issues names them by id: their keys change when they are moved."""
        return _BY_KEY

    def pages(self, kind: RecordKind, cursor: str | None) -> Iterator[Page]:
        """The records of a kind from where a cursor points, in the order they were updated.

        A kind that nobody named and that was never read is left out with a warning if the user may
        not read it.

        Raises:
            TransientSourceError, FatalSourceError: as `Source.pages`.
        """
        try:
            reader = self._reader(kind)
            if reader is not None:
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

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        """How many records the site holds, as far as this user sees; None where it does not say."""
        if kind in HANGING:
            return None
        try:
            reader = self._reader(kind)
            return None if reader is None else reader.count(keys)
        except ForbiddenError:
            return None

    def keys(self, kind: RecordKind) -> Iterator[Sequence[Stamped]]:
        """The ids of all records this user sees, ascending as texts."""
        reader = self._reader(kind)
        if reader is not None:
            yield from reader.keys()

    def fetch(self, kind: RecordKind, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these ids, of those that are there and may be seen."""
        reader = self._reader(kind)
        return [] if reader is None else reader.fetch(keys)

    def code_table(self, kind: RecordKind, field: str) -> str | None:
        """The code table that says what a field's codes mean; None: it has none."""
        return self._tables.kinds[kind].preset.code_table(field)

    def examine(self) -> Iterator[Finding]:
        """Network, TLS, credentials, permission per kind, clock, time zone, fields, codes."""
        http = self.config.http
        quick = http.model_copy(update={"tries": min(2, http.tries), "max_wait_s": 20.0})
        config = self.config.model_copy(update={"http": quick})
        once = JiraSource(self._name, config, self._api.around)
        return Examination(once._api, once._tables, once._readers.of, once.map).findings()

    def _reader(self, kind: RecordKind) -> Reader | None:
        return self._readers.of(kind)

    def _may_be_missing(
        self, kind: RecordKind, cursor: str | None, error: FatalSourceError
    ) -> bool:
        is_gone = isinstance(error, ForbiddenError) or is_missing(error)
        needed = kind is RecordKind.INCIDENT or self._tables.kinds[kind].is_asked_for
        return is_gone and not needed and cursor is None
