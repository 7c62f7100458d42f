"""What a connector is to the rest: its settings, how one is made of them, what it can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ValidationError

from connectors.core.source import Source
from connectors.core.surroundings import Surroundings
from connectors.core.writing import Writer
from itsm.errors import ConfigError
from itsm.states import RecordKind


class History(StrEnum):
    """Where the history of a record comes from."""

    RECORDED = "recorded"
    """The system tells every change with its time: an audit trail, a change log, an event log."""

    DIFFERENCES = "differences"
    """It is made from what differs between two pulls (`MakesHistory`)."""

    DEPENDS = "depends"
    """The one or the other, by the settings and rights of the installation."""

    NONE = "none"
    """There is none."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector declares; the conformance suite runs what applies.

    Attributes:
        kinds: the record kinds it may provide.
        resumes: whether reading goes on at a cursor after it was stopped.
        reads_changes_only: whether a later pull fetches only what changed.
        tells_deletes: whether records that were deleted are reported (`TellsDeletions`).
        writes: whether decisions and register entries can be written back.
        counts: whether the system's own count can be held against a pull (`Countable`).
        history: where the history of a record comes from.
    """

    kinds: frozenset[RecordKind]
    resumes: bool
    reads_changes_only: bool
    tells_deletes: bool
    writes: bool
    counts: bool = False
    history: History = History.NONE


@dataclass(frozen=True, slots=True)
class System:
    """A kind of source: its settings, how one is made of them, what it can do.

    `make_writer` makes what writes to it; None where nothing can be written back.
    """

    config: type[BaseModel]
    make: Callable[[str, Any, Surroundings], Source]
    capabilities: Capabilities
    make_writer: Callable[[str, Any, Surroundings], Writer] | None = None

    def source(
        self,
        name: str,
        given: Mapping[str, object],
        surroundings: Surroundings | None = None,
    ) -> Source:
        """A source from its table in the configuration.

        Args:
            name: the source's name in the configuration.
            given: its settings, as written there.
            surroundings: what it needs of the world; the real clock and no budget when None.

        Raises:
            ConfigError: a setting is missing, unknown or not allowed; names it, never its value.
        """
        return self.make(name, self._read(name, given), surroundings or Surroundings())

    def writer(
        self,
        name: str,
        given: Mapping[str, object],
        surroundings: Surroundings | None = None,
    ) -> Writer:
        """What writes to a source, from the same table in the configuration.

        Raises:
            ConfigError: as `source`; or nothing can be written to such a source.
        """
        if self.make_writer is None:
            raise ConfigError(f"sources.{name}: nothing can be written to such a source")
        return self.make_writer(name, self._read(name, given), surroundings or Surroundings())

    def _read(self, name: str, given: Mapping[str, object]) -> BaseModel:
        try:
            return self.config.model_validate(given)
        except ValidationError as error:
            told = "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'settings'}: {problem['msg']}"
                for problem in error.errors(include_input=False, include_url=False)
            )
            raise ConfigError(f"sources.{name}: {told}") from None
