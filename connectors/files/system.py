"""Exports of any tool as the registry has it: how a source is made, and what it can do."""

from connectors.core.source import Source
from connectors.core.surroundings import Surroundings
from connectors.core.system import Capabilities, History, System
from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from itsm.states import RecordKind


def _files(name: str, config: FileSourceConfig, _surroundings: Surroundings) -> Source:
    """Files need nothing of the world but themselves."""
    return FileSource(name, config)


SYSTEM = System(
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
)
