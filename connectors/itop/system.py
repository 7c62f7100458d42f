"""iTop as the registry has it: how a source is made, and what it can do."""

from connectors.core.system import Capabilities, History, System
from connectors.itop.config import ItopConfig
from connectors.itop.source import ItopSource
from connectors.itop.tables import LACKS
from connectors.itop.writing import ItopWriter
from itsm.states import RecordKind

SYSTEM = System(
    config=ItopConfig,
    make=ItopSource,
    make_writer=ItopWriter,
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
