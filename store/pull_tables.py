"""The tables of what several systems hold, of sweeps that go on over days, and of windows."""

import sqlalchemy as sa

from store.columns import TEXT, Instant
from store.tables import METADATA, at, text

__all__ = [
    "INCIDENT_PAIRS",
    "MIRRORED_INCIDENTS",
    "PULL_WINDOWS",
    "SWEEPS",
    "SWEEP_STOPS",
    "SWEEP_SUSPECTS",
]


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _volatile(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, info={"volatile": True})


INCIDENT_PAIRS = sa.Table(
    "incident_pairs",
    METADATA,
    text("source", key=True),
    text("number", key=True),
    text("other_source", key=True),
    text("other_number", key=True),
    text("how"),
    text("state"),
    text("said"),
    sa.Column("score", sa.Double()),
    text("actor", optional=True),
    text("reason", optional=True),
    at("at", volatile=True),
)
"""Two incidents of different systems that are one, may be, or are not."""

MIRRORED_INCIDENTS = sa.Table(
    "mirrored_incidents",
    METADATA,
    text("source", key=True),
    text("number", key=True),
    text("main_source"),
    text("main_number"),
)
"""Incidents that are not counted, because another system's record of the same one is."""

SWEEPS = sa.Table(
    "sweeps",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    _volatile("after_key"),
    at("swept_at", volatile=True),
    at("ended_at", volatile=True, optional=True),
    sa.Column("n_asked", sa.BigInteger(), nullable=False, info={"volatile": True}),
    sa.Column("n_gone", sa.BigInteger(), nullable=False, info={"volatile": True}),
)
"""How far a sweep through the keys of a kind has come."""

SWEEP_SUSPECTS = sa.Table(
    "sweep_suspects",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    text("key", key=True),
    at("missed_at", volatile=True),
)
"""Records that were not there when they were asked for, and do not count as deleted yet."""

SWEEP_STOPS = sa.Table(
    "sweep_stops",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    _count("n_gone"),
    _count("n_held"),
    at("at", volatile=True),
)
"""Kinds of which so much is missing that a person has to say whether it was deleted."""

PULL_WINDOWS = sa.Table(
    "pull_windows",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    sa.Column("begins_at", Instant(), primary_key=True, nullable=False),
    at("ends_at"),
    text("cursor", optional=True),
    _count("n_read"),
    at("done_at", volatile=True, optional=True),
)
"""Stretches of time that a first pull reads one after the other."""
