"""A long pull holds on to nothing of the pages it has landed."""

import gc
from pathlib import Path

from sqlalchemy.sql.selectable import TableValuedAlias

from flows.second import Second
from flows.stages.batches import LAND_BATCH
from flows.stages.land import Lander
from flows.stages.pull_reading import few_collections, read_on
from tests.flows.desk_source import HISTORY, INCIDENT, START, Desk, incidents
from tests.flows.test_pull_counts import parts_with

N_PAGES = 41
OF_LAST_PAGES = 8
"""The lists of keys that were asked for after the last look for garbage, four a page."""


def test_what_it_asked_the_database_for_goes(tmp_path: Path) -> None:
    desk = Desk({INCIDENT: incidents(N_PAGES * LAND_BATCH), HISTORY: {}}, page_size=LAND_BATCH)
    parts = parts_with(desk, tmp_path)
    lander = Lander(desk, INCIDENT, START, parts.settings.checks)
    with few_collections():
        n, *_ = read_on(parts, lander, Second(None))
        kept = sum(isinstance(one, TableValuedAlias) for one in gc.get_objects())
    assert n == N_PAGES * LAND_BATCH
    assert kept <= OF_LAST_PAGES
