"""Cherwell CSM as the registry has it: how a source is made, and what it can do."""

from connectors.cherwell.config import CherwellConfig
from connectors.cherwell.source import CherwellSource
from connectors.cherwell.tables import LACKS
from connectors.cherwell.writing import CherwellWriter
from connectors.core.system import Capabilities, History, System
from itsm.states import RecordKind

SYSTEM = System(
    config=CherwellConfig,
    make=CherwellSource,
    capabilities=Capabilities(
        kinds=frozenset(RecordKind) - LACKS.keys(),
        resumes=True,
        reads_changes_only=True,
        tells_deletes=False,
        writes=True,
        counts=True,
        history=History.DEPENDS,
    ),
    make_writer=CherwellWriter,
)
