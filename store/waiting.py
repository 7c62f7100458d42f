"""What waits for a person, counted: candidates, conflicts, packs, deliveries, refused writes."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.deliveries import DeliveryState
from itsm.packs import ReleaseState
from itsm.pairs import PairState
from itsm.pushing import IntentState
from itsm.register import RegisterState
from store.outbox_tables import PUSH_CONFLICTS, PUSH_INTENTS, PUSH_STOPS
from store.pull_tables import INCIDENT_PAIRS, SWEEP_STOPS
from store.result_tables import (
    DELIVERIES,
    PACK_RELEASES,
    PACK_SNAPSHOTS,
    REGISTER_ENTRIES,
)
from store.tables import QUARANTINE
from store.undecided import undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much waits for a person.

    Attributes:
        candidates: of the newest mining run, that are not over and that nobody has decided on.
        proposals: entries of the register that nobody has accepted or dropped.
        conflicts: fields that a person and the pipeline want to hold different values.
        refused: writes that a tool refused for good.
        stops: sources that nothing is written to, because somebody said so.
        packs: of the newest week with packs, that nobody has released.
        deliveries: that may or may not have arrived, or were given up.
        quarantine: records set aside.
        missing: kinds of which so much is missing that somebody has to say whether it was deleted.
        pairs: records of two systems that look like one incident.
    """

    candidates: int
    proposals: int
    conflicts: int
    refused: int
    stops: int
    packs: int
    deliveries: int
    quarantine: int
    missing: int
    pairs: int


def waiting(connection: Connection) -> Waiting:
    """What waits for a person now."""

    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(*where)
        return connection.execute(query).scalar_one()

    unclear = (DeliveryState.UNCLEAR.value, DeliveryState.GIVEN_UP.value)
    refused = IntentState.REFUSED.value
    return Waiting(
        candidates=undecided(connection),
        proposals=count(REGISTER_ENTRIES, REGISTER_ENTRIES.c.state == RegisterState.NEW.value),
        conflicts=count(PUSH_CONFLICTS, PUSH_CONFLICTS.c.choice.is_(None)),
        refused=count(PUSH_INTENTS, PUSH_INTENTS.c.state == refused),
        stops=count(PUSH_STOPS),
        packs=_unreleased(connection),
        deliveries=count(DELIVERIES, DELIVERIES.c.state.in_(unclear)),
        quarantine=count(QUARANTINE),
        missing=count(SWEEP_STOPS),
        pairs=count(INCIDENT_PAIRS, INCIDENT_PAIRS.c.state == PairState.PROPOSED.value),
    )


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
