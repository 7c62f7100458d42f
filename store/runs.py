"""What the store takes and gives that is no record: counts, runs, packs, what was set aside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from itsm.packs import pack_id
from itsm.ready_json import Json
from itsm.records import RawRecord
from itsm.states import RecordKind

Ready = Callable[[str, object], Mapping[str, Json]]
"""Of what is kept under a name, the fields that are JSON already."""


def nothing_ready(_name: str, _one: object) -> Mapping[str, Json]:
    """Nothing is JSON yet."""
    return {}


class RawCount(NamedTuple):
    """How the raw records of a batch differ from what was there."""

    new: int
    changed: int
    unchanged: int


class RawColumns(NamedTuple):
    """Raw records of one source and kind, by column; each key once.

    `sealed` are their payloads, as `Store.sealed` makes them.
    """

    source: str
    kind: RecordKind
    keys: Sequence[str]
    hashes: Sequence[str]
    sealed: Sequence[bytes]


class Fresh(NamedTuple):
    """A raw record that is not there yet, or has not landed in this content.

    `before` is what is there under its key, if it was asked for; None where nothing is.
    """

    record: RawRecord
    is_new: bool
    before: RawRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """How many records of a kind a system counts, and how many are held here.

    Attributes:
        n_server: the system's own count; None where it does not say.
        n_held: records held here that are not known to be deleted.
        n_deleted: records held here that the system has deleted.
        n_hidden: records the system counts and does not show this user; None where unknown.
    """

    source: str
    kind: RecordKind
    at: datetime
    n_server: int | None
    n_held: int
    n_deleted: int
    n_hidden: int | None


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
    has the same hash; `version` counts the packs of a week and edition that differ, from 1, and
    `moved` says what it tells otherwise than the version before it.
    """

    week: str
    edition: str
    version: int = 0
    content: bytes
    content_hash: str
    made_at: datetime
    moved: tuple[str, ...] = ()

    @property
    def pack_id(self) -> str:
        """Its id, such as 2026-W34.executive-de.v1."""
        return pack_id(self.week, self.edition, self.version)


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
    number: str | None
    payload: bytes | None
