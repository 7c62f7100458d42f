"""What stands in the store at a glance: what waits, by queue, and when each stage ran last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from itsm.pushing import IntentState
from store.engine import store_errors
from store.outbox_tables import PUSH_CONFLICTS, PUSH_INTENTS, PUSH_RUNS
from store.result_tables import MINING_RUNS, PACK_SNAPSHOTS
from store.schema import revisions
from store.tables import QUARANTINE, WATERMARKS
from store.undecided import undecided
from store.unit_of_work import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits, by queue, and when each stage ran last; a stage that never ran is not there."""

    waiting: Mapping[str, int]
    last_runs: Mapping[str, datetime]


class Watching:
    """Reads for whatever watches the service, each in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def of(cls, store: Store) -> "Watching":
        """The reads of a store."""
        return cls(store.queries.engine)

    def is_current(self) -> bool:
        """Whether the database has the schema that this program knows.

        Raises:
            StoreError: the database does not answer.
        """
        with store_errors(self._engine), self._engine.connect() as connection:
            found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return found == revisions()[-1]

    def standing(self) -> Standing:
        """What waits, and when what ran last."""
        with store_errors(self._engine), self._engine.connect() as connection:
            return Standing(waiting=_waiting(connection), last_runs=_last_runs(connection))


def _waiting(connection: Connection) -> Mapping[str, int]:
    intents = PUSH_INTENTS.c
    queues = {
        "outbox": sa.select(sa.func.count()).where(intents.state == IntentState.WAITING.value),
        "conflicts": sa.select(sa.func.count()).where(PUSH_CONFLICTS.c.resolved_at.is_(None)),
        "quarantine": sa.select(sa.func.count()).select_from(QUARANTINE),
    }
    counts = {name: int(connection.execute(query).scalar_one()) for name, query in queues.items()}
    return {"candidates": undecided(connection)} | counts


def _last_runs(connection: Connection) -> Mapping[str, datetime]:
    stages = {
        "pull": sa.func.max(WATERMARKS.c.moved_at),
        "mine": sa.func.max(MINING_RUNS.c.finished_at),
        "push": sa.func.max(PUSH_RUNS.c.finished_at),
        "pack": sa.func.max(PACK_SNAPSHOTS.c.made_at),
    }
    found = {name: connection.execute(sa.select(at)).scalar() for name, at in stages.items()}
    return {name: at for name, at in found.items() if at is not None}
