"""Freshservice as the registry has it: how a source is made, and what it can do."""

from connectors.core.system import Capabilities, History, System
from connectors.freshservice.config import FreshserviceConfig
from connectors.freshservice.source import FreshserviceSource
from connectors.freshservice.tables import LACKS
from connectors.freshservice.writing import FreshserviceWriter
from itsm.states import RecordKind

SYSTEM = System(
    config=FreshserviceConfig,
    make=FreshserviceSource,
    make_writer=FreshserviceWriter,
    capabilities=Capabilities(
        kinds=frozenset(RecordKind) - LACKS.keys(),
        resumes=True,
        reads_changes_only=True,
        tells_deletes=True,
        writes=True,
        history=History.DEPENDS,
    ),
)
