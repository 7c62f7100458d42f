"""Request Tracker as the registry has it: how a source is made, and what it can do."""

from connectors.core.system import Capabilities, History, System
from connectors.rt.config import RtConfig
from connectors.rt.source import RtSource
from connectors.rt.tables import LACKS
from connectors.rt.writing import RtWriter
from itsm.states import RecordKind

SYSTEM = System(
    config=RtConfig,
    make=RtSource,
    make_writer=RtWriter,
    capabilities=Capabilities(
        kinds=frozenset(RecordKind) - LACKS.keys(),
        resumes=True,
        reads_changes_only=True,
        tells_deletes=True,
        writes=True,
        counts=True,
        history=History.RECORDED,
    ),
)
