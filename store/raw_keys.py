"""Which raw keys there are, which number the record made of each has, by which mapping."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.journal import JournalKind, JournalNote
from itsm.states import RecordKind
from store.bulk import CHUNK, upsert
from store.by_texts import as_texts, looked_up, looking_up
from store.columns import TEXT
from store.journal import Journal
from store.superseding import supersede
from store.tables import CANONICAL, DELETIONS, MAPPINGS, QUARANTINE, RAW_RECORDS
from store.values import all_storable, storable

Query = TypeVar("Query", bound=sa.Select[Any])
Claim = tuple[str, bool, str]
"""A number, whether the record that has it is deleted, and the key of that."""


def of_kind(query: Query, source: str, kind: RecordKind) -> Query:
    """A query over the raw records, of those of one source and kind."""
    table = RAW_RECORDS.c
    return query.where(table.source == source, table.kind == kind.value)


@cache
def _numbers(dialect: str) -> sa.Select[Any]:
    """Keys and the numbers of what was made of them."""
    raw, held = RAW_RECORDS.c, QUARANTINE.c
    source, kind = sa.bindparam("of_source", type_=TEXT), sa.bindparam("of_kind", type_=TEXT)
    aside = sa.select(held.key).where(held.source == source, held.kind == kind)
    query = sa.select(raw.key, sa.func.coalesce(raw.number, raw.key).label("made"))
    of_these = query.where(
        raw.source == source,
        raw.kind == kind,
        raw.number.is_not(None) | (raw.is_landed & raw.key.not_in(aside)),
    )
    return looking_up(dialect, of_these, raw.key)


class RawKeys:
    """Keys and numbers of the raw records, and the mapping they land with."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def numbers(self, source: str, kind: RecordKind, keys: Collection[str]) -> dict[str, str]:
        """The numbers of the canonical records made of these keys.

        A key no record was made of is left out: one that is not there, has not landed, or went to
        quarantine at its first landing.
        """
        of_these = _numbers(self._connection.dialect.name)
        named = {"of_source": source, "of_kind": kind.value, "texts": as_texts(keys)}
        found = dict(self._connection.execute(of_these, named).tuples().all())
        return {key: found[kept] for key in keys if (kept := storable(key)) in found}

    def owners(self, source: str, kind: RecordKind, numbers: Collection[str]) -> dict[str, str]:
        """The keys that have these numbers, of records that are not known to be deleted.

        A record of another key that claims one of them must not overwrite it.
        """
        claims = self._claims(source, kind, numbers)
        return {number: key for number, is_deleted, key in claims if not is_deleted}

    def keys(self, source: str, kind: RecordKind, numbers: Collection[str]) -> dict[str, str]:
        """The raw key of each of these numbers; that of a deleted record if there is no other."""
        return {number: key for number, _, key in self._claims(source, kind, numbers)}

    def keys_unlike(
        self, source: str, kind: RecordKind, numbers: Collection[str]
    ) -> dict[str, str]:
        """As `keys`, but only where the key is another than the number.

        Where keys are the numbers, as in an export, no record is read, however many are asked for.
        """
        found = self.keys(source, kind, self._renamed(source, kind, numbers))
        return {number: key for number, key in found.items() if key != number}

    def stamps(self, source: str, kind: RecordKind) -> Iterator[tuple[str, datetime | None]]:
        """The key and the time of update of all records of a kind not known to be deleted.

        In the ascending order of the keys; the time is that of the canonical record, None where
        there is none. To be read within the unit of work.
        """
        raw, made = RAW_RECORDS.c, CANONICAL[kind].c
        has_number = made.number == sa.func.coalesce(raw.number, raw.key)
        both = RAW_RECORDS.outerjoin(CANONICAL[kind], (made.source == raw.source) & has_number)
        query = of_kind(sa.select(raw.key, made.updated_at).select_from(both), source, kind)
        ordered = _not_deleted(query).order_by(raw.key)
        streamed = self._connection.execute(ordered, execution_options={"yield_per": CHUNK})
        yield from streamed.tuples()

    def count(self, source: str, kind: RecordKind) -> int:
        """How many records of a kind are held that are not known to be deleted.

        All, less those that are: to ask of each whether it is takes twice as long.
        """
        table, deleted = RAW_RECORDS.c, DELETIONS.c
        every = of_kind(sa.select(sa.func.count()).select_from(RAW_RECORDS), source, kind)
        same = sa.and_(
            deleted.source == table.source, deleted.kind == table.kind, deleted.key == table.key
        )
        gone = (
            sa.select(sa.func.count())
            .select_from(DELETIONS)
            .where(
                deleted.source == source,
                deleted.kind == kind.value,
                sa.exists().where(same).correlate(DELETIONS),
            )
        )
        ask = self._connection.execute
        return ask(every).scalar_one() - ask(gone).scalar_one()

    def following(self, source: str, kind: RecordKind, after_key: str, limit: int) -> Sequence[str]:
        """The next keys of records not known to be deleted, in order."""
        table = RAW_RECORDS.c
        query = of_kind(sa.select(table.key), source, kind).where(table.key > after_key)
        ordered = _not_deleted(query).order_by(table.key).limit(limit)
        return self._connection.scalars(ordered).all()

    def latest(self, source: str, kind: RecordKind, limit: int) -> Sequence[str]:
        """The keys of the records not known to be deleted that came last."""
        table = RAW_RECORDS.c
        query = _not_deleted(of_kind(sa.select(table.key), source, kind))
        ordered = query.order_by(table.fetched_at.desc(), table.key.desc()).limit(limit)
        return self._connection.scalars(ordered).all()

    def supersede(
        self,
        source: str,
        kind: RecordKind,
        numbers: Collection[str],
        provided: Collection[RecordKind],
    ) -> None:
        """Take out what an export held of some records, which the system itself gives now."""
        if numbers:
            supersede(self._connection, source, kind, numbers, provided)

    def map_by(self, source: str, kind: RecordKind, version: str) -> bool:
        """Note which mapping records of a kind land with.

        When it is another one than before, all of them have to land again: a company has mapped a
        field or a code, or the mapping itself has changed.

        Returns:
            Whether it was another one.
        """
        table = MAPPINGS.c
        query = sa.select(table.version).where(table.source == source, table.kind == kind.value)
        before = self._connection.execute(query).scalar()
        if before == version:
            return False
        upsert(self._connection, MAPPINGS, [(source, kind.value, version)])
        raw = RAW_RECORDS.c
        all_of_them = sa.update(RAW_RECORDS).where(raw.source == source, raw.kind == kind.value)
        still_there = all_of_them.where(raw.payload != b"")
        self._connection.execute(still_there.values(is_landed=False))
        if before is None:
            return False
        Journal(self._connection).append(
            JournalNote(
                kind=JournalKind.MAPPING,
                subject=f"{source}/{kind}",
                at=datetime.now(UTC),
                facts={"from": before, "to": version},
            )
        )
        return True

    def _claims(self, source: str, kind: RecordKind, numbers: Collection[str]) -> list[Claim]:
        """In an order in which the one that counts comes last."""
        raw, claims = RAW_RECORDS.c, _claiming(source, kind)
        query = sa.union_all(
            looked_up(self._connection, claims, raw.number, numbers),
            looked_up(self._connection, claims.where(raw.number.is_(None)), raw.key, numbers),
        )
        return sorted(self._told(query, numbers), reverse=True)

    def _renamed(self, source: str, kind: RecordKind, numbers: Collection[str]) -> set[str]:
        """Those of some numbers that a record of another key has."""
        claims = _claiming(source, kind)
        query = looked_up(self._connection, claims, RAW_RECORDS.c.number, numbers)
        return {number for number, _, _ in self._told(query, numbers)}

    def _told(
        self, query: sa.Select[Any] | sa.CompoundSelect[Any], numbers: Collection[str]
    ) -> list[Claim]:
        rows = self._connection.execute(query).all()
        by_kept = dict(zip(all_storable(list(numbers)), numbers, strict=True)) if rows else {}
        return [(by_kept[number], bool(gone), key) for number, gone, key in rows]


def _claiming(source: str, kind: RecordKind) -> sa.Select[Any]:
    """All claims on numbers of a kind."""
    raw = RAW_RECORDS.c
    is_deleted = sa.exists().where(
        DELETIONS.c.source == raw.source,
        DELETIONS.c.kind == raw.kind,
        DELETIONS.c.key == raw.key,
    )
    told = sa.select(
        sa.func.coalesce(raw.number, raw.key).label("claimed"),
        is_deleted.label("is_deleted"),
        raw.key,
    )
    return of_kind(told, source, kind)


def _not_deleted(query: Query) -> Query:
    table, deleted = RAW_RECORDS.c, DELETIONS.c
    return query.where(
        ~sa.exists().where(
            deleted.source == table.source, deleted.kind == table.kind, deleted.key == table.key
        )
    )
