"""What people see: the packs as they were given out."""

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.journal import JournalKind, JournalNote
from store.bulk import upsert
from store.journal import Journal
from store.result_tables import PACK_SNAPSHOTS
from store.runs import PackSnapshot


class Packs:
    """The packs of each week and edition, in versions; one that was given out never changes."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def save(self, pack: PackSnapshot) -> PackSnapshot:
        """Keep a pack.

        Its `version` is not looked at: the same content as the newest version is that version,
        and nothing is written; other content is the next version.

        Returns:
            The pack as it is kept.
        """
        newest = self.get(pack.week, pack.edition)
        if newest is not None and newest.content_hash == pack.content_hash:
            return newest
        kept = replace(pack, version=1 if newest is None else newest.version + 1)
        row = tuple(getattr(kept, column.name) for column in PACK_SNAPSHOTS.columns)
        upsert(self._connection, PACK_SNAPSHOTS, [row])
        facts = {"edition": kept.edition, "version": str(kept.version), "hash": kept.content_hash}
        self._journal.append(
            JournalNote(
                kind=JournalKind.RELEASE,
                subject=kept.week,
                at=kept.made_at,
                facts=facts,
                content=kept.content,
            )
        )
        return kept

    def get(self, week: str, edition: str, version: int | None = None) -> PackSnapshot | None:
        """A pack; without a version the newest."""
        table = PACK_SNAPSHOTS.c
        query = (
            sa.select(PACK_SNAPSHOTS)
            .where(table.week == week, table.edition == edition)
            .order_by(table.version.desc())
            .limit(1)
        )
        if version is not None:
            query = query.where(table.version == version)
        row = self._connection.execute(query).first()
        return None if row is None else PackSnapshot(**row._mapping)

    def list(self) -> tuple[PackSnapshot, ...]:
        """Every version of every pack, by week, edition and version."""
        query = sa.select(PACK_SNAPSHOTS).order_by(*PACK_SNAPSHOTS.primary_key.columns)
        return tuple(PackSnapshot(**row._mapping) for row in self._connection.execute(query))

    def weeks(self) -> tuple[str, ...]:
        """The weeks that packs were made for, oldest first."""
        query = sa.select(PACK_SNAPSHOTS.c.week).distinct().order_by(PACK_SNAPSHOTS.c.week)
        return tuple(self._connection.execute(query).scalars())
