"""What waits for a person, counted: candidates, conflicts, packs, deliveries, refused writes."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.candidates import Decision
from itsm.decisions import Action
from itsm.deliveries import DeliveryState
from itsm.packs import ReleaseState
from itsm.pushing import IntentState
from itsm.register import RegisterState
from store.outbox_tables import PUSH_CONFLICTS, PUSH_INTENTS, PUSH_STOPS
from store.result_tables import (
    CANDIDATES,
    DELIVERIES,
    MINING_RUNS,
    PACK_RELEASES,
    PACK_SNAPSHOTS,
    REGISTER_ENTRIES,
    REVIEW_DECISIONS,
)
from store.tables import QUARANTINE

_TALK = (Action.COMMENT.value, Action.ASSIGN.value)
"""What people do to a candidate without deciding on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much waits for a person.

    Attributes:
        candidates: of the newest mining run, that nobody has decided on.
        proposals: entries of the register that nobody has accepted or dropped.
        conflicts: fields that a person and the pipeline want to hold different values.
        refused: writes that a tool refused for good.
        stops: sources that nothing is written to, because somebody said so.
        packs: of the newest week with packs, that nobody has released.
        deliveries: that may or may not have arrived, or were given up.
        quarantine: records set aside.
    """

    candidates: int
    proposals: int
    conflicts: int
    refused: int
    stops: int
    packs: int
    deliveries: int
    quarantine: int


def waiting(connection: Connection) -> Waiting:
    """What waits for a person now."""

    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(*where)
        return connection.execute(query).scalar_one()

    unclear = (DeliveryState.UNCLEAR.value, DeliveryState.GIVEN_UP.value)
    refused = IntentState.REFUSED.value
    return Waiting(
        candidates=_undecided(connection),
        proposals=count(REGISTER_ENTRIES, REGISTER_ENTRIES.c.state == RegisterState.NEW.value),
        conflicts=count(PUSH_CONFLICTS, PUSH_CONFLICTS.c.choice.is_(None)),
        refused=count(PUSH_INTENTS, PUSH_INTENTS.c.state == refused),
        stops=count(PUSH_STOPS),
        packs=_unreleased(connection),
        deliveries=count(DELIVERIES, DELIVERIES.c.state.in_(unclear)),
        quarantine=count(QUARANTINE),
    )


def _undecided(connection: Connection) -> int:
    """Candidates of the newest run that were undecided then and have not been decided on since."""
    runs = MINING_RUNS.c
    order = (runs.week.desc(), runs.finished_at.desc(), runs.run_id.desc())
    newest = connection.execute(
        sa.select(runs.run_id, runs.finished_at).order_by(*order).limit(1)
    ).first()
    if newest is None:
        return 0
    decided = sa.select(REVIEW_DECISIONS.c.candidate_id).where(
        REVIEW_DECISIONS.c.at >= newest.finished_at, REVIEW_DECISIONS.c.action.not_in(_TALK)
    )
    query = (
        sa.select(sa.func.count())
        .select_from(CANDIDATES)
        .where(
            CANDIDATES.c.run_id == newest.run_id,
            CANDIDATES.c.decision == Decision.UNDECIDED.value,
            CANDIDATES.c.candidate_id.not_in(decided),
        )
    )
    return connection.execute(query).scalar_one()


def _unreleased(connection: Connection) -> int:
    """The newest versions of the packs of the newest week that nobody has let go out."""
    packs, others = PACK_SNAPSHOTS.c, PACK_SNAPSHOTS.alias()
    week = sa.select(sa.func.max(packs.week)).scalar_subquery()
    is_newest = ~sa.exists().where(
        others.c.week == packs.week,
        others.c.edition == packs.edition,
        others.c.version > packs.version,
    )
    released = sa.select(PACK_RELEASES.c.pack_id).where(
        PACK_RELEASES.c.state == ReleaseState.RELEASED.value
    )
    query = (
        sa.select(sa.func.count())
        .select_from(PACK_SNAPSHOTS)
        .where(packs.week == week, is_newest, packs.pack_id.not_in(released))
    )
    return connection.execute(query).scalar_one()
