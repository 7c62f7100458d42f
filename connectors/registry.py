"""The systems there are connectors for, and what each of them can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from connectors.core.source import Source
from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from itsm.errors import ConfigError
from itsm.states import RecordKind


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector declares; the conformance suite runs what applies.

    Attributes:
        kinds: the record kinds it may provide.
        resumes: whether reading goes on at a cursor after it was stopped.
        reads_changes_only: whether a later pull fetches only what changed.
        tells_deletes: whether records that were deleted are reported.
        writes: whether decisions and register entries can be written back.
    """

    kinds: frozenset[RecordKind]
    resumes: bool
    reads_changes_only: bool
    tells_deletes: bool
    writes: bool


@dataclass(frozen=True, slots=True)
class System:
    """A kind of source: its settings, how one is made of them, what it can do."""

    config: type[BaseModel]
    make: Callable[[str, Any], Source]
    capabilities: Capabilities

    def source(self, name: str, given: Mapping[str, object]) -> Source:
        """A source from its table in the configuration.

        Raises:
            ConfigError: a setting is missing, unknown or not allowed; names it, never its value.
        """
        try:
            config = self.config.model_validate(given)
        except ValidationError as error:
            told = "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'settings'}: {problem['msg']}"
                for problem in error.errors(include_input=False, include_url=False)
            )
            raise ConfigError(f"sources.{name}: {told}") from None
        return self.make(name, config)


REGISTRY: Mapping[str, System] = MappingProxyType(
    {
        "files": System(
            config=FileSourceConfig,
            make=FileSource,
            capabilities=Capabilities(
                kinds=frozenset(RecordKind),
                resumes=True,
                reads_changes_only=False,
                tells_deletes=False,
                writes=False,
            ),
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
