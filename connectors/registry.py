"""The systems there are connectors for, and what each of them can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from connectors.bmc_helix.config import BmcHelixConfig
from connectors.bmc_helix.source import BmcHelixSource
from connectors.bmc_helix.writing import BmcHelixWriter
from connectors.cherwell.config import CherwellConfig
from connectors.cherwell.source import CherwellSource
from connectors.cherwell.tables import LACKS as CHERWELL_LACKS
from connectors.cherwell.writing import CherwellWriter
from connectors.core.source import Source
from connectors.core.surroundings import Surroundings
from connectors.core.writing import Writer
from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from connectors.freshservice.config import FreshserviceConfig
from connectors.freshservice.source import FreshserviceSource
from connectors.freshservice.tables import LACKS as FRESHSERVICE_LACKS
from connectors.freshservice.writing import FreshserviceWriter
from connectors.glpi.config import GlpiConfig
from connectors.glpi.source import GlpiSource
from connectors.glpi.tables import LACKS as GLPI_LACKS
from connectors.glpi.writing import GlpiWriter
from connectors.itop.config import ItopConfig
from connectors.itop.source import ItopSource
from connectors.itop.tables import LACKS as ITOP_LACKS
from connectors.itop.writing import ItopWriter
from connectors.jira.config import JiraConfig
from connectors.jira.source import JiraSource
from connectors.jira.tables import NOT_THERE
from connectors.jira.writing import JiraWriter
from connectors.rt.config import RtConfig
from connectors.rt.source import RtSource
from connectors.rt.tables import LACKS as RT_LACKS
from connectors.rt.writing import RtWriter
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.source import ServiceNowSource
from connectors.servicenow.writing import ServiceNowWriter
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


def _files(name: str, config: FileSourceConfig, _surroundings: Surroundings) -> Source:
    """Files need nothing of the world but themselves."""
    return FileSource(name, config)


REGISTRY: Mapping[str, System] = MappingProxyType(
    {
        "bmc_helix": System(
            config=BmcHelixConfig,
            make=BmcHelixSource,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind),
                resumes=True,
                reads_changes_only=True,
                tells_deletes=False,
                writes=True,
                history=History.DEPENDS,
            ),
            make_writer=BmcHelixWriter,
        ),
        "cherwell": System(
            config=CherwellConfig,
            make=CherwellSource,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind) - CHERWELL_LACKS.keys(),
                resumes=True,
                reads_changes_only=True,
                tells_deletes=False,
                writes=True,
                counts=True,
                history=History.DEPENDS,
            ),
            make_writer=CherwellWriter,
        ),
        "files": System(
            config=FileSourceConfig,
            make=_files,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind),
                resumes=True,
                reads_changes_only=False,
                tells_deletes=False,
                writes=False,
                history=History.DEPENDS,
            ),
        ),
        "freshservice": System(
            config=FreshserviceConfig,
            make=FreshserviceSource,
            make_writer=FreshserviceWriter,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind) - FRESHSERVICE_LACKS.keys(),
                resumes=True,
                reads_changes_only=True,
                tells_deletes=True,
                writes=True,
                history=History.DEPENDS,
            ),
        ),
        "glpi": System(
            config=GlpiConfig,
            make=GlpiSource,
            make_writer=GlpiWriter,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind) - GLPI_LACKS.keys(),
                resumes=True,
                reads_changes_only=True,
                tells_deletes=True,
                writes=True,
                counts=True,
                history=History.DEPENDS,
            ),
        ),
        "itop": System(
            config=ItopConfig,
            make=ItopSource,
            make_writer=ItopWriter,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind) - ITOP_LACKS.keys(),
                resumes=True,
                reads_changes_only=True,
                tells_deletes=True,
                writes=True,
                counts=True,
                history=History.DEPENDS,
            ),
        ),
        "jira": System(
            config=JiraConfig,
            make=JiraSource,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind) - NOT_THERE,
                resumes=True,
                reads_changes_only=True,
                tells_deletes=False,
                writes=True,
                counts=True,
                history=History.RECORDED,
            ),
            make_writer=JiraWriter,
        ),
        "rt": System(
            config=RtConfig,
            make=RtSource,
            make_writer=RtWriter,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind) - RT_LACKS.keys(),
                resumes=True,
                reads_changes_only=True,
                tells_deletes=True,
                writes=True,
                counts=True,
                history=History.RECORDED,
            ),
        ),
        "servicenow": System(
            config=ServiceNowConfig,
            make=ServiceNowSource,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind),
                resumes=True,
                reads_changes_only=True,
                tells_deletes=True,
                writes=True,
                counts=True,
                history=History.DEPENDS,
            ),
            make_writer=ServiceNowWriter,
        ),
    }
)
"""The systems by the name `kind` has in a source's table."""


def system(kind: str) -> System:
    """The system a source's `kind` names.

    Raises:
        ConfigError: there is none.
    """
    if kind not in REGISTRY:
        raise ConfigError(f"kind: no connector {kind!r}; choose from {', '.join(sorted(REGISTRY))}")
    return REGISTRY[kind]
