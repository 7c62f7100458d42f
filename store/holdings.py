"""What a database holds, counted, so that a backup can say what has come since it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from store.engine import open_engine
from store.outbox_tables import PUSH_WRITES
from store.result_tables import (
    JOURNAL,
    MINING_RUNS,
    PACK_SNAPSHOTS,
    REGISTER_VERSIONS,
    REVIEW_DECISIONS,
)
from store.tables import RAW_RECORDS

RECORDS = "records"
DECISIONS = "decisions"
COUNTED: Mapping[str, sa.Table] = MappingProxyType(
    {
        RECORDS: RAW_RECORDS,
        DECISIONS: REVIEW_DECISIONS,
        "versions of register entries": REGISTER_VERSIONS,
        "journal rows": JOURNAL,
        "writes into ITSM tools": PUSH_WRITES,
        "mining runs": MINING_RUNS,
        "packs": PACK_SNAPSHOTS,
    }
)
"""What is counted, in the order it is told; but for mining runs nothing here ever gets less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What a database held at an instant; None where it could not be read.

    Attributes:
        at: when it was counted.
        schema: the newest step of the schema it has.
        counts: rows by what they are, as `COUNTED` names them.
    """

    at: datetime
    schema: str | None
    counts: Mapping[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What going back to an earlier state would lose: how many of what, None where unknown."""

    since: datetime
    counts: Mapping[str, int | None]

    def __str__(self) -> str:
        since = f"{self.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        some = [f"{what}: {n:,}" for what, n in self.counts.items() if n]
        unknown = [what for what, n in self.counts.items() if n is None]
        told = f"lost since {since}: {', '.join(some) or 'nothing'}"
        return told + (f"; not known, as they cannot be read: {', '.join(unknown)}" * bool(unknown))


def holdings(url: str, at: datetime) -> Holdings:
    """What a database holds; parts that cannot be read, for damage, are None."""
    engine = open_engine(url)
    try:
        counts = {what: _count(engine, table, sa.true()) for what, table in COUNTED.items()}
        return Holdings(at=at, schema=_schema(engine), counts=counts)
    finally:
        engine.dispose()


def loss(url: str, kept: Holdings) -> Loss:
    """What a database holds that an earlier state of it does not.

    Records count as lost when they are new or have changed since.
    """
    engine = open_engine(url)
    try:
        changed = _count(engine, RAW_RECORDS, RAW_RECORDS.c.fetched_at > kept.at)
        since: dict[str, int | None] = {RECORDS: changed}
        for what, table in COUNTED.items():
            if what != RECORDS:
                now, then = _count(engine, table, sa.true()), kept.counts.get(what)
                since[what] = None if now is None else max(0, now - (then or 0))
        return Loss(since=kept.at, counts=since)
    finally:
        engine.dispose()


def _count(engine: Engine, table: sa.Table, which: sa.ColumnElement[bool]) -> int | None:
    """Rows of a table; 0 where an older schema has no such table, None where it is damaged."""
    query = sa.select(sa.func.count()).select_from(table).where(which)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table(table.name):
                return 0
            return connection.execute(query).scalar_one()
    except sa.exc.SQLAlchemyError:
        return None


def _schema(engine: Engine) -> str | None:
    try:
        with engine.connect() as connection:
            found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            return None if found is None else str(found)
    except sa.exc.SQLAlchemyError:
        return None
