"""What sources over HTTP have in common: a reader and a mapping per record kind, and one manner.

A system says how its kinds are read and mapped, and which refusals mean that a kind is not there.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, Self, TypeVar

from connectors.core.config import HttpSourceConfig
from connectors.core.mapping.preset import KindPreset
from connectors.core.source import Finding, Mapped, Page, Stamped
from connectors.core.surroundings import Surroundings
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.records import RawRecord
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

Config = TypeVar("Config", bound=HttpSourceConfig)


T = TypeVar("T")


class KindReader(Protocol):
    """Reads the records of one kind."""

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Records from a cursor on."""
        ...

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All keys, ascending as texts."""
        ...

    def count(self, keys: Sequence[str] | None, /) -> int | None:
        """How many records there are, or of some keys; None where the system does not say."""
        ...

    def fetch(self, keys: Sequence[str], /) -> Sequence[RawRecord]:
        """The records with these keys."""
        ...


class KindMapper(Protocol):
    """Maps the raw records of one kind."""

    @property
    def version(self) -> str:
        """One word that changes whenever the same raw records would map to other records."""
        ...

    def map(self, raw: Sequence[RawRecord]) -> Mapped:
        """Every raw record, mapped or set aside with its reason; order kept."""
        ...


class ReadKind(Protocol):
    """What the tables of a system say of one kind."""

    @property
    def preset(self) -> KindPreset:
        """How its rows become records."""
        ...

    @property
    def is_asked_for(self) -> bool:
        """Whether a person named it."""
        ...


class KindSource(ABC, Generic[Config]):
    """A source that reads and maps kind by kind."""

    def __init__(
        self,
        name: str,
        config: Config,
        around: Surroundings | None,
        tables: Mapping[RecordKind, ReadKind],
        mappings: Mapping[RecordKind, KindMapper],
    ) -> None:
        """Takes what is read and how; nothing is sent yet."""
        self._name = name
        self._config = config
        self._around = around or Surroundings()
        self._kinds = tables
        self._mappers = mappings

    @abstractmethod
    def _reader(self, kind: RecordKind) -> KindReader | None:
        """What reads a kind; None if the system has no such thing."""

    @abstractmethod
    def _findings(self) -> Iterator[Finding]:
        """What an examination finds; the settings are those of somebody who is waited for."""

    @abstractmethod
    def _for(self, config: Config) -> Self:
        """The same source with other settings."""

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether a refusal says that the system has no such thing, or not for this user."""
        return isinstance(error, ForbiddenError)

    @property
    def name(self) -> str:
        """The source's name in the configuration."""
        return self._name

    @property
    def config(self) -> Config:
        """The settings."""
        return self._config

    @property
    def kinds(self) -> tuple[RecordKind, ...]:
        """The configured kinds in the order they are pulled; the system may have none of them."""
        return tuple(self._kinds)

    def pages(self, kind: RecordKind, cursor: str | None) -> Iterator[Page]:
        """The records of a kind from where a cursor points, in the order they were updated.

        A kind that nobody named and that was never read is left out with a warning if the system
        has no such thing or the user may not read it.

        Raises:
            TransientSourceError, FatalSourceError: as `Source.pages`.
        """

        def read() -> Iterator[Page]:
            reader = self._reader(kind)
            return iter(()) if reader is None else reader.pages(cursor)

        return self._if_there(kind, cursor, read)

    def _if_there(
        self, kind: RecordKind, cursor: str | None, read: Callable[[], Iterator[T]]
    ) -> Iterator[T]:
        """What is read of a kind; nothing if `pages` may leave it out."""
        try:
            yield from read()
        except FatalSourceError as error:
            needed = kind is RecordKind.INCIDENT or self._kinds[kind].is_asked_for
            if needed or cursor is not None or not self._is_missing(error):
                raise
            LOGGER.warning("%s: %s records are left out: %s", self._name, kind, error.message)

    def mapping_version(self, kind: RecordKind) -> str:
        """One word that changes whenever the same raw records would map to other records."""
        return self._mappers[kind].version

    def map(self, kind: RecordKind, raw: Sequence[RawRecord]) -> Mapped:
        """Records from raw records; pure, order kept, nothing lost."""
        return self._mappers[kind].map(raw)

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        """How many records the system holds; None where it does not say or may not."""
        try:
            reader = self._reader(kind)
            return None if reader is None else reader.count(keys)
        except FatalSourceError as error:
            if self._is_missing(error):
                return None
            raise

    def keys(self, kind: RecordKind) -> Iterator[Sequence[Stamped]]:
        """The keys of all records this user sees, ascending as texts."""
        reader = self._reader(kind)
        if reader is not None:
            yield from reader.keys()

    def fetch(self, kind: RecordKind, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these keys, of those that are there and may be seen."""
        reader = self._reader(kind)
        return [] if reader is None else reader.fetch(keys)

    def code_table(self, kind: RecordKind, field: str) -> str | None:
        """The code table that says what a field's codes mean; None: it has none."""
        return self._kinds[kind].preset.code_table(field)

    def examine(self) -> Iterator[Finding]:
        """Network, TLS, credentials, permission per kind, clock, time zone, fields, codes."""
        http = self._config.http
        quick = http.model_copy(update={"tries": min(2, http.tries), "max_wait_s": 20.0})
        return self._for(self._config.model_copy(update={"http": quick}))._findings()
