"""When each stage was last begun and ended, and how: what `csi status` tells.

One row per stage and source, replaced by each run; all of it is clocks and run ids, so comparisons
of databases leave it out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.bulk import upsert
from store.columns import TEXT, Instant
from store.tables import METADATA


class Outcome(StrEnum):
    """How the newest run of a stage stands; one that was killed stays `running`."""

    RUNNING = "running"
    GOOD = "good"
    FAILED = "failed"


def _volatile(
    name: str, kind: sa.types.TypeEngine[Any], *, key: bool = False, optional: bool = False
) -> sa.Column[object]:
    return sa.Column(name, kind, primary_key=key, nullable=optional, info={"volatile": True})


STAGE_RUNS = sa.Table(
    "stage_runs",
    METADATA,
    _volatile("stage", TEXT, key=True),
    _volatile("source", TEXT, key=True),
    _volatile("run", TEXT),
    _volatile("outcome", TEXT),
    _volatile("began_at", Instant()),
    _volatile("ended_at", Instant(), optional=True),
    _volatile("good_at", Instant(), optional=True),
    _volatile("error", TEXT, optional=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    """The newest run of a stage.

    Attributes:
        stage: pull, check, mine, ...
        source: whose, where the stage is per source; else "".
        run: the id of the run it was part of.
        outcome: how it stands.
        began_at: when it was begun.
        ended_at: when it ended; None while it runs, or where it was killed.
        good_at: when a run of it last ended well.
        error: why it failed; no text of a record.
    """

    stage: str
    source: str = ""
    run: str
    outcome: Outcome
    began_at: datetime
    ended_at: datetime | None = None
    good_at: datetime | None = None
    error: str | None = None


class StageRuns:
    """The newest run of every stage."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, run: StageRun) -> None:
        """Keep a run in the place of the one before; when it last went well is kept."""
        row = [getattr(run, column.name) for column in STAGE_RUNS.columns]
        upsert(self._connection, STAGE_RUNS, [row], fill=frozenset({"good_at"}))

    def list(self) -> tuple[StageRun, ...]:
        """All stages that were ever begun, by name."""
        query = sa.select(STAGE_RUNS).order_by(STAGE_RUNS.c.stage, STAGE_RUNS.c.source)
        rows = self._connection.execute(query)
        return tuple(StageRun(**{**row._mapping, "outcome": Outcome(row.outcome)}) for row in rows)
