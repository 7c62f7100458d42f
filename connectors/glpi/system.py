"""GLPI as the registry has it: how a source is made, and what it can do."""

from connectors.core.system import Capabilities, History, System
from connectors.glpi.config import GlpiConfig
from connectors.glpi.source import GlpiSource
from connectors.glpi.tables import LACKS
from connectors.glpi.writing import GlpiWriter
from itsm.states import RecordKind

SYSTEM = System(
    config=GlpiConfig,
    make=GlpiSource,
    make_writer=GlpiWriter,
    capabilities=Capabilities(
        kinds=frozenset(RecordKind) - LACKS.keys(),
        resumes=True,
        reads_changes_only=True,
        tells_deletes=True,
        writes=True,
        counts=True,
        history=History.DEPENDS,
    ),
)
