"""Which weeks were made, how and when: what catching up and backfilling go by.

A row is written before a week is made and marked as done at its end, so a week that was killed
halfway is known as not made.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from store.bulk import upsert
from store.columns import TEXT, Instant
from store.tables import METADATA, at, text


class How(StrEnum):
    """How a week came to be made."""

    ON_TIME = "on_time"
    """By the run that was due for it."""
    ASKED = "asked"
    """By a run that named it."""
    LATE = "late"
    """By the run of a later week, because its own was missed."""
    BACKFILL = "backfill"
    """By `csi backfill`, as a week of the past."""


AFTERWARDS = frozenset({How.LATE, How.BACKFILL})
"""How a week is made whose cut-off lies well back."""

WEEK_RUNS = sa.Table(
    "week_runs",
    METADATA,
    text("week", key=True),
    text("how"),
    at("cutoff_at"),
    text("made_by", optional=True),
    sa.Column("sends", sa.Boolean(), nullable=False),
    sa.Column("configuration", TEXT, nullable=True, info={"volatile": True}),
    sa.Column("job", TEXT, nullable=True, info={"volatile": True}),
    sa.Column("began_at", Instant(), nullable=False, info={"volatile": True}),
    sa.Column("made_at", Instant(), nullable=True, info={"volatile": True}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRun:
    """The newest making of a week.

    Attributes:
        week: its label.
        how: how it came to be made.
        cutoff_at: the moment its packs are true for.
        made_by: the week whose run made it good, where it was made late.
        sends: whether packs that were made afterwards go out by a timer.
        configuration: the digest of the configuration it was made with.
        job: the backfill it is or was last made in; None where it was another run.
        began_at: when its making began.
        made_at: when it was done; None while it is made, or where that was killed.
    """

    week: str
    how: How
    cutoff_at: datetime
    made_by: str | None = None
    sends: bool = True
    configuration: str | None = None
    job: str | None = None
    began_at: datetime
    made_at: datetime | None = None

    @property
    def is_afterwards(self) -> bool:
        """Whether it was first made when its week was long over."""
        return self.how in AFTERWARDS

    @property
    def looks_back(self) -> bool:
        """Whether it is made from what was known at its cut-off, of decisions and register too."""
        return self.is_afterwards or self.job is not None

    def is_done(self, now: datetime) -> bool:
        """Whether it was made; what says that it was made in the future had a wrong clock."""
        return self.made_at is not None and self.made_at <= now


class WeekRuns:
    """The newest making of every week."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, run: WeekRun) -> WeekRun:
        """Note that a week is being made.

        A week that was made before stays what it was: made again, it is neither late nor missed.

        Returns:
            The run as it is kept.
        """
        before = self.get(run.week)
        if before is not None and before.is_done(run.began_at):
            sends = before.sends or run.sends
            run = replace(
                before,
                sends=sends,
                cutoff_at=run.cutoff_at,
                began_at=run.began_at,
                job=run.job,
            )
        upsert(self._connection, WEEK_RUNS, [_row(run)])
        return run

    def end(self, week: str, made_at: datetime, configuration: str) -> None:
        """Note that a week was made to its end, and with which configuration."""
        done = {"made_at": made_at, "configuration": configuration}
        self._connection.execute(sa.update(WEEK_RUNS).where(WEEK_RUNS.c.week == week).values(done))

    def get(self, week: str) -> WeekRun | None:
        """The newest making of a week; None where it was never begun."""
        query = sa.select(WEEK_RUNS).where(WEEK_RUNS.c.week == week)
        row = self._connection.execute(query).first()
        return None if row is None else _run(row)

    def list(self) -> tuple[WeekRun, ...]:
        """All weeks that were ever begun, oldest first."""
        rows = self._connection.execute(sa.select(WEEK_RUNS).order_by(WEEK_RUNS.c.week))
        return tuple(map(_run, rows))


def _row(run: WeekRun) -> tuple[object, ...]:
    return tuple(getattr(run, column.name) for column in WEEK_RUNS.columns)


def _run(row: Row[tuple[object, ...]]) -> WeekRun:
    return WeekRun(**{**row._mapping, "how": How(row.how)})
