"""BMC Helix ITSM as the registry has it: how a source is made, and what it can do."""

from connectors.bmc_helix.config import BmcHelixConfig
from connectors.bmc_helix.source import BmcHelixSource
from connectors.bmc_helix.writing import BmcHelixWriter
from connectors.core.system import Capabilities, History, System
from itsm.states import RecordKind

SYSTEM = System(
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
)
