"""ServiceNow as the registry has it: how a source is made, and what it can do."""

from connectors.core.system import Capabilities, History, System
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.source import ServiceNowSource
from connectors.servicenow.writing import ServiceNowWriter
from itsm.states import RecordKind

SYSTEM = System(
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
)
