"""Raw payloads: what sources gave, before mapping."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.records import RawRecord
from itsm.states import RecordKind
from store.bulk import insert_if_new, upsert
from store.by_texts import looked_up
from store.columns import TEXT
from store.raw_keys import RawKeys, of_kind
from store.runs import Fresh, RawColumns, RawCount
from store.sealing import Sealer
from store.tables import QUARANTINE, RAW_RECORDS
from store.values import all_storable, storable

NO_NUMBERS: Mapping[str, str] = MappingProxyType({})
"""Every record's number is its key."""
NOTHING_SEALED: Mapping[str, bytes] = MappingProxyType({})
"""No payload was made ready before."""

RawKey = tuple[str, RecordKind, str]

_NUMBER = frozenset({"number"})


class RawRecords(RawKeys):
    """What sources gave, before mapping; a record is kept once, in its newest content.

    Payloads are sealed where there is a key. One that is empty was removed by retention: its hash
    stays, so that it is fetched and landed again only when it has changed.
    """

    def __init__(self, connection: Connection, sealer: Sealer | None = None) -> None:
        super().__init__(connection)
        self._sealer = sealer

    def save(self, records: Sequence[RawRecord], fetched_at: datetime) -> RawCount:
        """Keep raw records; those whose content is there already are left as they are.

        A record with other content than before has to land again.

        Returns:
            How many are new, changed and unchanged, counted by key.
        """
        newest = _newest(records)
        known = self._known(newest.keys())
        fresh = {
            key: record
            for key, record in newest.items()
            if key not in known or known[key][0] != record.content_hash
        }
        rows = self._kept(list(fresh.values()), fetched_at, is_landed=False, numbers=NO_NUMBERS)
        upsert(self._connection, RAW_RECORDS, rows, fill=_NUMBER)
        n_new = len(newest.keys() - known.keys())
        return RawCount(n_new, len(fresh) - n_new, len(newest) - len(fresh))

    def fresh(self, records: Sequence[RawRecord], *, with_before: bool = False) -> list[Fresh]:
        """Those of the records that have to land: new, changed, or not landed as they are here.

        In the order given; of several with one key the last counts. Those that landed in
        quarantine come back from `pending`, not from here.

        Args:
            records: as a source gave them; of any kinds.
            with_before: each with what is stored under its key now, to tell what has changed.
        """
        newest = _newest(records)
        known = self._known(newest.keys())
        fresh = {
            key: record
            for key, record in newest.items()
            if known.get(key) != (record.content_hash, True)
        }
        stored = self._stored(fresh.keys() & known.keys()) if with_before else {}
        return [Fresh(record, key not in known, stored.get(key)) for key, record in fresh.items()]

    def save_landed(
        self,
        records: Sequence[RawRecord],
        fetched_at: datetime,
        *,
        numbers: Mapping[str, str] = NO_NUMBERS,
        sealed: Mapping[str, bytes] = NOTHING_SEALED,
    ) -> None:
        """Keep raw records that land, or go to quarantine, in this very transaction.

        To be called with what `fresh` gave in the same unit of work; whatever is there under a key
        is replaced.

        Args:
            records: raw records; of one source and kind if there are numbers.
            fetched_at: when the source gave them.
            numbers: by key, the number of the canonical record where it is another word than the
                key. A number that is there already stays if none is given.
            sealed: by key, payloads that `Store.sealed` has made ready.
        """
        rows = self._kept(records, fetched_at, is_landed=True, numbers=numbers, sealed=sealed)
        upsert(self._connection, RAW_RECORDS, rows, fill=_NUMBER)

    def save_new(
        self, raw: RawColumns, fetched_at: datetime, *, numbers: Mapping[str, str] = NO_NUMBERS
    ) -> bool:
        """As `save_landed`, of records nobody has asked `fresh` for, if not one is there yet.

        The database says while it takes them whether one is; to ask for each before would cost
        nearly as much again.

        Returns:
            Whether they were all new; if not, nothing was written.
        """
        n, of = len(raw.keys), map(numbers.get, raw.keys)
        told = [None if one == key else one for key, one in zip(raw.keys, of, strict=True)]
        columns = [
            [raw.source] * n,
            [raw.kind.value] * n,
            raw.keys,
            raw.hashes,
            [True] * n,
            [fetched_at] * n,
            raw.sealed,
            told,
        ]
        return insert_if_new(self._connection, RAW_RECORDS, columns)

    def of(self, source: str, kind: RecordKind, keys: Collection[str]) -> list[RawRecord]:
        """The records of some keys as they are kept, in the order of their keys."""
        found = self._stored([(source, kind, storable(key)) for key in sorted(set(keys))])
        return [found[name] for name in sorted(found, key=lambda name: name[2])]

    def pending(
        self, source: str, kind: RecordKind, *, after_key: str | None, limit: int
    ) -> list[RawRecord]:
        """Records to map, in the order of their keys.

        They are those that have not landed in their present content, and those in quarantine: a
        new mapping or a new reference may have mended them.

        Args:
            source: whose.
            kind: of which kind.
            after_key: go on after this key; None from the start.
            limit: at most so many.
        """
        after = after_key or ""
        keys = {*self._not_landed(source, kind, after, limit)}
        keys |= {*self._quarantined(source, kind, after, limit)}
        names = sorted(keys)[:limit]
        stored = self._stored([(source, kind, name) for name in names])
        return [stored[at] for name in names if (at := (source, kind, name)) in stored]

    def mark_landed(
        self, records: Sequence[RawRecord], *, numbers: Mapping[str, str] = NO_NUMBERS
    ) -> None:
        """Note that records were mapped in the content they have here; `numbers` as above.

        One whose content has changed in the meantime stays pending.
        """
        if not records:
            return
        table = RAW_RECORDS.c
        statement = (
            sa.update(RAW_RECORDS)
            .where(table.source == sa.bindparam("of_source"))
            .where(table.kind == sa.bindparam("of_kind"))
            .where(table.key == sa.bindparam("of_key"))
            .where(table.content_hash == sa.bindparam("of_hash"))
            .values(
                is_landed=True,
                number=sa.func.coalesce(sa.bindparam("of_number", type_=TEXT), table.number),
            )
        )
        rows = [
            {
                "of_source": record.source,
                "of_kind": record.kind.value,
                "of_key": storable(record.key),
                "of_hash": record.content_hash,
                "of_number": _other_than(record.key, numbers.get(record.key)),
            }
            for record in sorted(records, key=lambda record: record.key)
        ]
        self._connection.execute(statement, rows)

    def _kept(
        self,
        records: Sequence[RawRecord],
        fetched_at: datetime,
        *,
        is_landed: bool,
        numbers: Mapping[str, str],
        sealed: Mapping[str, bytes] = NOTHING_SEALED,
    ) -> list[tuple[object, ...]]:
        """The rows of raw records, in the order of the table's columns."""
        kinds = {kind: kind.value for kind in {record.kind for record in records}}
        seal = self._sealer.seal if self._sealer is not None else bytes
        return [
            (
                record.source,
                kinds[record.kind],
                record.key,
                record.content_hash,
                is_landed,
                fetched_at,
                sealed.get(record.key) or seal(record.payload),
                None if (number := numbers.get(record.key)) == record.key else number,
            )
            for record in records
        ]

    def _opened(self, payload: bytes) -> bytes:
        return payload if self._sealer is None else self._sealer.open(payload)

    def _known(self, keys: Collection[RawKey]) -> dict[RawKey, tuple[str, bool]]:
        """The stored content hash of each key that is there, and whether it has landed."""
        table = RAW_RECORDS.c
        return {
            key: (content_hash, is_landed)
            for key, content_hash, is_landed in self._rows(
                keys, table.content_hash, table.is_landed
            )
        }

    def _stored(self, keys: Collection[RawKey]) -> dict[RawKey, RawRecord]:
        """The records of some keys, without those whose payload was removed."""
        table = RAW_RECORDS.c
        return {
            (source, kind, key): RawRecord(
                source=source,
                kind=kind,
                key=key,
                payload=self._opened(payload),
                content_hash=content_hash,
            )
            for (source, kind, key), payload, content_hash in self._rows(
                keys, table.payload, table.content_hash
            )
            if payload
        }

    def _rows(self, keys: Collection[RawKey], *columns: sa.Column[Any]) -> Iterator[Sequence[Any]]:
        """(key, columns...) of the keys that are there."""
        for (source, kind), group in groupby(sorted(keys), key=itemgetter(0, 1)):
            query = of_kind(sa.select(RAW_RECORDS.c.key, *columns), source, kind)
            names = [key for _, _, key in group]
            of_these = looked_up(self._connection, query, RAW_RECORDS.c.key, names)
            for key, *values in self._connection.execute(of_these):
                yield (source, kind, key), *values

    def _not_landed(self, source: str, kind: RecordKind, after: str, limit: int) -> Sequence[str]:
        raw = RAW_RECORDS.c
        query = of_kind(sa.select(raw.key), source, kind).where(~raw.is_landed, raw.key > after)
        return self._connection.scalars(query.order_by(raw.key).limit(limit)).all()

    def _quarantined(self, source: str, kind: RecordKind, after: str, limit: int) -> Sequence[str]:
        """The first keys in quarantine that have a raw record.

        Asked from the quarantine on, which is short: a database that knows little of tables that
        are being filled may compare every raw record with every one set aside.
        """
        held, found = QUARANTINE.c, list[str]()
        while len(found) < limit:
            query = sa.select(held.key).where(held.source == source, held.kind == kind.value)
            query = query.where(held.key > after).order_by(held.key).limit(limit)
            page = self._connection.scalars(query).all()
            known = self._known([(source, kind, key) for key in page])
            found += [key for key in page if (source, kind, key) in known]
            if len(page) < limit:
                break
            after = page[-1]
        return found[:limit]


def _newest(records: Sequence[RawRecord]) -> dict[RawKey, RawRecord]:
    keys = all_storable([record.key for record in records])
    pairs = zip(records, keys, strict=True)
    return {(record.source, record.kind, key): record for record, key in pairs}


def _other_than(key: str, number: str | None) -> str | None:
    return None if number is None or number == key else storable(number)
