"""Stored records as typed frames, whole or as they were known at a cut-off."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import pandas as pd

from flows.frames import Pieces, frame_of_columns, frame_of_pieces, pieces_of
from flows.mapping_aliases import confirmed, with_aliases
from itsm.naming import Alias
from itsm.states import RecordKind
from problem_mining.side_by_side import LEAST, beside
from store.chosen import Chosen, Since, Stretch
from store.unit_of_work import Store

BEGINS: Mapping[RecordKind, str] = {
    RecordKind.INCIDENT: "opened_at",
    RecordKind.SERVICE_REQUEST: "opened_at",
    RecordKind.CHANGE: "opened_at",
    RecordKind.PROBLEM: "opened_at",
    RecordKind.KNOWN_ERROR: "opened_at",
    RecordKind.VENDOR_CASE: "opened_at",
    RecordKind.SLA_CLOCK: "started_at",
    RecordKind.HISTORY: "at",
    RecordKind.COMMENT: "at",
    RecordKind.OUTAGE: "started_at",
}
"""The time from which a record of a kind exists."""


def frame(store: Store, kind: RecordKind, cutoff_at: datetime) -> pd.DataFrame:
    """All records of a kind, ordered by source and number; without those deleted by a cut-off.

    Teams, services, vendors and items have the names that people confirmed (`csi map`).
    """
    return _named(store, kind, cutoff_at, confirmed(store))


def some_of(
    store: Store,
    kind: RecordKind,
    cutoff_at: datetime,
    names: Sequence[str],
    *,
    equal: Mapping[str, str] | None = None,
    since: Since | None = None,
    filled: Sequence[str] = (),
) -> pd.DataFrame:
    """As `frame`, of some records and some of their fields: only these are read.

    Args:
        store: where they are.
        kind: of which kind.
        cutoff_at: without those deleted by then.
        names: the fields, among them all that names can be confirmed of.
        equal: only records with these values of some fields.
        since: only records of a stretch of time.
        filled: only records with any value in these fields.
    """
    chosen = Chosen.of(store)

    def read(within: Stretch | None) -> Pieces:
        asked = chosen.batches(
            kind,
            names,
            known_at=cutoff_at,
            equal=equal,
            since=since,
            filled=filled,
            within=within,
        )
        return pieces_of(kind, names, asked)

    halves = chosen.halves(kind, 2 * LEAST)
    if halves is None:
        parts = [read(None)]
    else:
        store.queries.engine.dispose()  # a second process opens the database by itself
        with beside(partial(read, halves[1])) as rest:
            parts = [read(halves[0]), rest()]
    found = in_order(frame_of_pieces(kind, parts))
    return with_aliases(kind, found, confirmed(store), cutoff_at)


def in_order(records: pd.DataFrame) -> pd.DataFrame:
    """Records by source and number, where they have both; most of them came in that order."""
    if not {"source", "number"} <= set(records):
        return records
    is_of_one = (records["source"] == records["source"].iloc[:1].max()).all()
    if is_of_one and records["number"].is_monotonic_increasing:
        return records
    return records.sort_values(["source", "number"], ignore_index=True)


def as_it_came(store: Store, kind: RecordKind, cutoff_at: datetime) -> pd.DataFrame:
    """As `frame`, with the names that the sources use."""
    return frame_of_columns(kind, store.queries.columns(kind, known_at=cutoff_at))


def _named(
    store: Store, kind: RecordKind, cutoff_at: datetime, aliases: Sequence[Alias]
) -> pd.DataFrame:
    return with_aliases(kind, as_it_came(store, kind, cutoff_at), aliases, cutoff_at)


def frames(store: Store, cutoff_at: datetime) -> dict[RecordKind, pd.DataFrame]:
    """The records of every kind the store holds any of, without those deleted by a cut-off."""
    counts = sorted(store.queries.counts(known_at=cutoff_at).items())
    aliases = confirmed(store)
    return {kind: _named(store, kind, cutoff_at, aliases) for kind, n in counts if n}


def begun(kind: RecordKind, records: pd.DataFrame, cutoff_at: datetime) -> pd.DataFrame:
    """The records of a kind that had begun at a cut-off; all of a kind without such a time."""
    begins = BEGINS.get(kind)
    if begins is None:
        return records
    return records[records[begins] < cutoff_at].reset_index(drop=True)
