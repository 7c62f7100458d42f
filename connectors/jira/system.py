"""Jira Service Management as the registry has it: how a source is made, and what it can do."""

from connectors.core.system import Capabilities, History, System
from connectors.jira.config import JiraConfig
from connectors.jira.source import JiraSource
from connectors.jira.tables import NOT_THERE
from connectors.jira.writing import JiraWriter
from itsm.states import RecordKind

SYSTEM = System(
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
)
