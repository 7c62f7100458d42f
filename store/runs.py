"""What is kept of a run: how the mining went, and the packs as they were given out."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class RawCount(NamedTuple):
    """How the raw records of a batch differ from what was there."""

    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MiningRun:
    """One grouping of the incidents known at a cut-off; `input_hash` tells which they were."""

    run_id: str
    week: str
    cutoff_at: datetime
    mining_version: str
    n_incidents: int
    input_hash: str
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PackSnapshot:
    """A pack as JSON.

    `content_hash` is of the content apart from run id and clock, so that the same pack made again
    has the same hash; `version` counts the packs of a week and edition that differ, from 1.
    """

    week: str
    edition: str
    version: int = 0
    content: bytes
    content_hash: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A record set aside, with why, since when, and the payload it came with (None: not kept)."""

    source: str
    kind: str
    key: str
    rule: str
    field: str
    reason: str
    remedy: str
    first_seen_at: datetime
    last_seen_at: datetime
    payload: bytes | None
