"""What runs made and retention may remove: payloads, runs, packs, deliveries, reports of checks."""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.deliveries import DONE
from itsm.retention import Kept
from itsm.states import RecordKind
from store.decision_tables import MINING_NOTES
from store.holds import Holds
from store.pack_tables import DELIVERIES, PACK_SNAPSHOTS
from store.result_tables import (
    CANDIDATE_MEMBERS,
    CANDIDATES,
    CHECK_REPORTS,
    MINING_RUNS,
    SOURCE_PROFILES,
)
from store.tables import CANONICAL, QUARANTINE, RAW_RECORDS

NOBODY = "removed by retention"
"""What stands for the reader of a delivery."""
_RUN = MINING_RUNS.c
Keys = sa.Select[tuple[str, ...]]


def payloads(before: datetime, holds: Holds) -> Keys:
    """(source, kind, key) of payloads that landed, are old and not on hold."""
    raw, aside = RAW_RECORDS.c, QUARANTINE.c
    set_aside_too = sa.exists().where(
        aside.source == raw.source, aside.kind == raw.kind, aside.key == raw.key
    )
    query = sa.select(raw.source, raw.kind, raw.key).where(
        raw.fetched_at < before, raw.is_landed, raw.payload != b"", ~set_aside_too
    )
    if holds.active():
        free = [_free(kind, holds) for kind in holds.told_apart]
        query = query.where(sa.or_(sa.false(), *free))
    return query


def _free(kind: RecordKind, holds: Holds) -> sa.ColumnElement[bool]:
    """Payloads of records of a kind that no hold is about; those without a record stay."""
    raw, made = RAW_RECORDS.c, CANONICAL[kind].c
    is_made = made.number == sa.func.coalesce(raw.number, raw.key)
    made_of_it = sa.exists().where(made.source == raw.source, is_made, ~holds.covers(kind))
    return sa.and_(raw.kind == kind.value, made_of_it)


def set_aside(before: datetime) -> Keys:
    """(source, kind, key) of what was set aside and not seen since."""
    table = QUARANTINE.c
    return sa.select(table.source, table.kind, table.key).where(table.last_seen_at < before)


def old_runs(before: datetime, holds: Holds) -> Keys:
    """Mining runs that ended before, but the newest, and those that have what is on hold."""
    newest = sa.select(_RUN.run_id).order_by(_RUN.finished_at.desc(), _RUN.run_id.desc()).limit(1)
    query = sa.select(_RUN.run_id).where(_RUN.finished_at < before)
    query = query.where(_RUN.run_id.not_in(newest.scalar_subquery()))
    if holds.active():
        incident, member = CANONICAL[RecordKind.INCIDENT].c, CANDIDATE_MEMBERS.c
        held = sa.exists().where(
            member.run_id == _RUN.run_id,
            incident.source == member.source,
            incident.number == member.number,
            holds.covers(RecordKind.INCIDENT),
        )
        query = query.where(~held)
    return query


def remove_runs(connection: Connection, run_id: str) -> None:
    """Remove a run with its candidates, their members, and what it said beside them."""
    tables = [MINING_NOTES, *(t for t in MINING_RUNS.metadata.sorted_tables if _is_of_run(t))]
    for table in reversed([*dict.fromkeys(tables)]):
        connection.execute(sa.delete(table).where(table.c.run_id == run_id))
    connection.execute(sa.delete(MINING_RUNS).where(_RUN.run_id == run_id))


def _is_of_run(table: sa.Table) -> bool:
    return table in {CANDIDATES, CANDIDATE_MEMBERS} or table.name == "candidate_doubts"


def old_packs(before: datetime) -> Keys:
    """The ids of packs made before, but the newest version of each week and edition that is newest.

    The newest pack of each edition stays, whatever its age.
    """
    table, later = PACK_SNAPSHOTS.c, PACK_SNAPSHOTS.alias("later").c
    is_newest = ~sa.exists().where(later.edition == table.edition, later.made_at > table.made_at)
    old = sa.select(table.pack_id).where(table.made_at < before, table.content != b"")
    return old.where(~is_newest).order_by(table.pack_id)


def deliveries(before: datetime) -> Keys:
    """The ids of deliveries that were settled before, and still name a reader."""
    table = DELIVERIES.c
    done = table.state.in_(sorted(state.value for state in DONE))
    query = sa.select(table.delivery_id).where(done, table.changed_at < before)
    return query.where(table.recipient != NOBODY)


def old_checks(before: datetime) -> Keys:
    """(week, source, kind) of reports of checks on weeks that were over."""
    table = CHECK_REPORTS.c
    year, week, _ = before.isocalendar()
    is_old = sa.and_(table.week.like("____-W__"), table.week < f"{year}-W{week:02d}")
    return sa.select(table.week, table.source, table.kind).where(is_old)


def removing(kept: Kept, key: tuple[str, ...]) -> Iterator[sa.Delete | sa.Update]:
    """What removes a delivery's reader, or a report with its profile."""
    if kept is Kept.DELIVERIES:
        nobody = {"recipient": NOBODY, "name": NOBODY, "message_id": "", "said": ""}
        yield sa.update(DELIVERIES).where(DELIVERIES.c.delivery_id == key[0]).values(nobody)
    if kept is Kept.CHECKS:
        for table in (CHECK_REPORTS, SOURCE_PROFILES):
            columns = sa.tuple_(*(table.c[name] for name in ("week", "source", "kind")))
            yield sa.delete(table).where(columns == key)
