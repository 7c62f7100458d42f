"""Tickets that are purged from a GLPI between being found and being asked what hangs on them."""

import pytest

from itsm.states import RecordKind
from simulator.faults import Fault, FaultName, Faults
from simulator.glpi.mishaps import USUAL
from simulator.glpi.server import GlpiServer
from simulator.settings import EstateSettings
from tests.connectors.glpi_pull import source_of
from tests.connectors.held import Held

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
WORK = next(one.tables for one in USUAL if one.name is FaultName.ROWS_PURGED)


@pytest.mark.parametrize("kind", [K.HISTORY, K.COMMENT])
def test_what_hangs_on_a_ticket_that_is_purged_meanwhile_is_left_out(kind: RecordKind) -> None:
    purged = Fault(name=FaultName.ROWS_PURGED, share=1, rows=3, tables=WORK)
    with GlpiServer(SETTINGS, faults=Faults((purged,), 1)) as server:
        before = {str(one["id"]) for one in server.truth("Ticket")}
        held = Held()
        held.pull(source_of(server), kind)
        left = {str(one["id"]) for one in server.truth("Ticket")}
    assert len(left) < len(before)
    assert len(held.raw) > 100
