"""What people see: the packs as they were given out, their files, and who released them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.errors import NotThereError, WithdrawnError
from itsm.journal import JournalKind, JournalNote
from itsm.packs import ArchivedFile, Release, ReleaseState, Withdrawal
from store.bulk import insert_new, upsert
from store.journal import Journal
from store.pack_tables import ISSUED_FILES, PACK_RELEASES, PACK_SNAPSHOTS
from store.people_tables import PACK_WITHDRAWALS
from store.runs import PackSnapshot

_P, _F, _R = PACK_SNAPSHOTS.c, ISSUED_FILES.c, PACK_RELEASES.c
_ORDER = (_P.week, _P.edition, _P.version)
_HAS_BYTES = _P.content != b""
_KEYS = tuple(column for column in PACK_SNAPSHOTS.columns if column is not _P.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLine:
    """A pack as a list shows it: everything but its content."""

    pack_id: str
    week: str
    edition: str
    version: int
    content_hash: str
    made_at: datetime
    moved: tuple[str, ...]
    release: Release | None
    withdrawal: Withdrawal | None = None

    @property
    def state(self) -> ReleaseState:
        """Whether it may be sent."""
        return self.release.state if self.release else ReleaseState.WAITING


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
        kept = replace(pack, version=self._newest_version(pack.week, pack.edition) + 1)
        upsert(self._connection, PACK_SNAPSHOTS, [_row(kept)])
        facts = {"edition": kept.edition, "version": str(kept.version), "hash": kept.content_hash}
        self._journal.append(
            JournalNote(
                kind=JournalKind.RELEASE,
                subject=kept.week,
                at=kept.made_at,
                facts={**facts, "pack": kept.pack_id},
                content=kept.content,
            )
        )
        return kept

    def get(self, week: str, edition: str, version: int | None = None) -> PackSnapshot | None:
        """A pack that has its bytes; without a version the newest."""
        query = (
            sa.select(PACK_SNAPSHOTS)
            .where(_P.week == week, _P.edition == edition, _HAS_BYTES)
            .order_by(_P.version.desc())
            .limit(1)
        )
        if version is not None:
            query = query.where(_P.version == version)
        row = self._connection.execute(query).first()
        return None if row is None else _pack(row)

    def by_id(self, pack_id: str) -> PackSnapshot:
        """A pack by its id.

        Raises:
            WithdrawnError: its bytes were removed.
            NotThereError: there is none.
        """
        row = self._connection.execute(
            sa.select(PACK_SNAPSHOTS).where(_P.pack_id == pack_id)
        ).first()
        if row is None:
            raise _no_pack(pack_id)
        if not row.content:
            said = self.withdrawals().get(pack_id, "its bytes were removed")
            raise WithdrawnError(f"{pack_id}: {said}; SHA-256 of its content {row.content_hash}")
        return _pack(row)

    def find(self, pack_id: str) -> PackSnapshot | None:
        """A pack by its id; None where there is none, or its bytes were removed."""
        query = sa.select(PACK_SNAPSHOTS).where(_P.pack_id == pack_id, _HAS_BYTES)
        row = self._connection.execute(query).first()
        return None if row is None else _pack(row)

    def list(self) -> tuple[PackSnapshot, ...]:
        """Every version of every pack that has its bytes, by week, edition and version."""
        query = sa.select(PACK_SNAPSHOTS).where(_HAS_BYTES).order_by(*_ORDER)
        return tuple(map(_pack, self._connection.execute(query)))

    def lines(self, week: str | None = None) -> tuple[PackLine, ...]:
        """Every version of every pack without its content, or those of a week."""
        query = sa.select(*_KEYS).order_by(*_ORDER)
        if week is not None:
            query = query.where(_P.week == week)
        releases, gone = {one.pack_id: one for one in self.releases()}, self.withdrawals()
        return tuple(_line(row, releases, gone) for row in self._connection.execute(query))

    def line(self, pack_id: str) -> PackLine:
        """A pack by its id, without its content.

        Raises:
            NotThereError: there is none.
        """
        row = self._connection.execute(sa.select(*_KEYS).where(_P.pack_id == pack_id)).first()
        if row is None:
            raise _no_pack(pack_id)
        release = self.release(pack_id)
        return _line(row, {} if release is None else {pack_id: release}, self.withdrawals())

    def withdraw(self, gone: Withdrawal) -> None:
        """Remove the bytes of a pack; its hashes, its files' hashes and its row stay.

        Whoever removes them writes the journal, which has to say so.
        """
        which = _P.pack_id == gone.pack_id
        self._connection.execute(sa.update(PACK_SNAPSHOTS).where(which).values(content=b""))
        row = (gone.pack_id, gone.why, gone.replaced_by, gone.at)
        upsert(self._connection, PACK_WITHDRAWALS, [row])

    def withdrawals(self) -> dict[str, Withdrawal]:
        """The packs whose bytes were removed, by their id."""
        rows = self._connection.execute(sa.select(PACK_WITHDRAWALS))
        return {row.pack_id: Withdrawal(**row._mapping) for row in rows}

    def weeks(self) -> tuple[str, ...]:
        """The weeks that packs were made for, oldest first."""
        query = sa.select(_P.week).distinct().order_by(_P.week)
        return tuple(self._connection.execute(query).scalars())

    def keep_files(self, files: Sequence[ArchivedFile]) -> int:
        """Keep what was rendered; a file that is there already stays as it is.

        Returns:
            How many are new.
        """
        names = [column.name for column in ISSUED_FILES.columns]
        rows = [tuple(getattr(one, name) for name in names) for one in files]
        return insert_new(self._connection, ISSUED_FILES, rows)

    def files(self, item: str) -> tuple[ArchivedFile, ...]:
        """The files of a pack or letter, by format; of each format the one to open first."""
        query = sa.select(ISSUED_FILES).where(_F.item == item)
        rows = self._connection.execute(query.order_by(_F.format, _F.position, _F.name))
        return tuple(ArchivedFile(**row._mapping) for row in rows)

    def all_files(self) -> tuple[ArchivedFile, ...]:
        """All files that were ever kept."""
        query = sa.select(ISSUED_FILES).order_by(_F.item, _F.format, _F.position, _F.name)
        return tuple(ArchivedFile(**row._mapping) for row in self._connection.execute(query))

    def release(self, pack_id: str) -> Release | None:
        """What was said about sending a pack; None: nothing yet."""
        query = sa.select(PACK_RELEASES).where(_R.pack_id == pack_id)
        row = self._connection.execute(query).first()
        return None if row is None else _release(row)

    def releases(self) -> tuple[Release, ...]:
        """What was said about sending packs, by pack."""
        rows = self._connection.execute(sa.select(PACK_RELEASES).order_by(_R.pack_id))
        return tuple(map(_release, rows))

    def decide(self, release: Release) -> bool:
        """Release a pack or hold it back.

        Returns:
            Whether that is new: releasing twice is one release, by whoever was first.

        Raises:
            NotThereError: there is no such pack.
        """
        pack = self.by_id(release.pack_id)
        before = self.release(release.pack_id)
        if before is not None and before.state is release.state:
            return False
        row = (release.pack_id, release.state.value, release.actor, release.at, release.reason)
        upsert(self._connection, PACK_RELEASES, [row])
        facts = {"pack": release.pack_id, "release": release.state.value, "week": pack.week}
        self._journal.append(
            JournalNote(
                kind=JournalKind.DELIVERY,
                subject=release.pack_id,
                actor=release.actor,
                role="publisher",
                at=release.at,
                facts=facts,
                reason=release.reason,
            )
        )
        return True

    def _newest_version(self, week: str, edition: str) -> int:
        """The newest version that there ever was, with its bytes or without; 0 for none."""
        query = sa.select(sa.func.max(_P.version)).where(_P.week == week, _P.edition == edition)
        return self._connection.execute(query).scalar() or 0


def _no_pack(pack_id: str) -> NotThereError:
    return NotThereError(f"there is no pack {pack_id!r}; `csi packs list` shows all")


def _row(pack: PackSnapshot) -> tuple[object, ...]:
    moved = orjson.dumps(pack.moved).decode()
    values: dict[str, Any] = {"moved": moved}
    return tuple(
        values.get(name, getattr(pack, name)) for name in (c.name for c in PACK_SNAPSHOTS.columns)
    )


def _pack(row: Row[Any]) -> PackSnapshot:
    values = {name: value for name, value in row._mapping.items() if name != "pack_id"}
    return PackSnapshot(**{**values, "moved": tuple(orjson.loads(row.moved))})


def _line(row: Row[Any], releases: dict[str, Release], gone: dict[str, Withdrawal]) -> PackLine:
    values = {**row._mapping, "moved": tuple(orjson.loads(row.moved))}
    release, withdrawal = releases.get(row.pack_id), gone.get(row.pack_id)
    return PackLine(**values, release=release, withdrawal=withdrawal)


def _release(row: Row[Any]) -> Release:
    return Release(**{**row._mapping, "state": ReleaseState(row.state)})
