"""Puts everything that is kept under the key of names under another one, in one transaction.

Whoever is killed has changed nothing. A process that still has the old key is refused at its next
transaction, and on PostgreSQL whoever is in the middle of one is waited for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.journal import JournalNote
from itsm.pseudonyms import PERSON_FIELDS, PERSON_VALUES
from itsm.states import HistoryField, RecordKind
from store.bulk import insert_new
from store.people import People, require_key
from store.people_tables import LEGAL_HOLDS, PEOPLE, PEOPLE_KEY
from store.sealing import Sealer, is_sealed
from store.tables import CANONICAL, RAW_RECORDS
from store.unit_of_work import UnitOfWork

BATCH = 2_000
_RAW_KEY = tuple(RAW_RECORDS.c[name] for name in ("source", "kind", "key"))
_MOVED = sa.Table(
    "moved_people",
    sa.MetaData(),
    sa.Column("before", sa.Text(), primary_key=True),
    sa.Column("after", sa.Text(), nullable=False),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """How much is under another key now, by number of rows."""

    people: int
    payloads: int
    holds: int


def rekey(uow: UnitOfWork, old: Sealer, new: Sealer, note: JournalNote) -> Rekeyed:
    """Put names, payloads and holds under another key; the caller commits.

    Pseudonyms of nobody, which stand for whoever was erased, stay what they are.

    Args:
        uow: which nobody else writes beside.
        old: with the key the database is sealed with.
        new: with the key it is sealed with from then on.
        note: who does it, when and why; how much it was and both fingerprints are filled in.

    Raises:
        PeopleKeyError: it is sealed with another key than the old one.
    """
    connection = uow.connection
    require_key(connection, old, alone=True)
    done = Rekeyed(
        people=_people(connection, old, new),
        payloads=_payloads(connection, old, new),
        holds=_holds(connection, old, new),
    )
    key = {"fingerprint": new.fingerprint, "made_at": note.at}
    connection.execute(sa.update(PEOPLE_KEY).values(key))
    facts = {
        "key": old.fingerprint,
        "becomes": new.fingerprint,
        "people": str(done.people),
        "payloads": str(done.payloads),
        "holds": str(done.holds),
    }
    uow.journal.append(replace(note, facts=facts))
    return done


def _people(connection: Connection, old: Sealer, new: Sealer) -> int:
    """Give everybody another pseudonym, and put it wherever the one before stood."""
    names = People(connection, old).all()
    moved = [(one, new.pseudonym(name)) for one, name in names.items()]
    _MOVED.create(connection)
    insert_new(connection, _MOVED, moved)
    for kind, column, also in _places():
        _move(connection, CANONICAL[kind], column, also)
    _MOVED.drop(connection)
    connection.execute(sa.delete(PEOPLE))
    rows = sorted((new.pseudonym(name), new.seal(name.encode())) for name in names.values())
    insert_new(connection, PEOPLE, rows)
    return len(rows)


def _places() -> Iterator[tuple[RecordKind, str, tuple[sa.ColumnElement[bool], ...]]]:
    """Where pseudonyms stand, and of which rows."""
    for kind, columns in PERSON_FIELDS.items():
        for column in columns:
            yield kind, column, ()
    is_person = CANONICAL[RecordKind.HISTORY].c.field == HistoryField.ASSIGNEE.value
    for column in PERSON_VALUES:
        yield RecordKind.HISTORY, column, (is_person,)


def _move(
    connection: Connection, table: sa.Table, name: str, also: Iterable[sa.ColumnElement[bool]]
) -> None:
    kept = table.c[name]
    after = sa.select(_MOVED.c.after).where(_MOVED.c.before == kept).scalar_subquery()
    which = kept.in_(sa.select(_MOVED.c.before))
    connection.execute(sa.update(table).where(which, *also).values({name: after}))


def _payloads(connection: Connection, old: Sealer, new: Sealer) -> int:
    """Seal every raw payload anew, in the order of their keys."""
    which = sa.and_(*(column == sa.bindparam(f"of_{column.name}") for column in _RAW_KEY))
    update = sa.update(RAW_RECORDS).where(which).values(payload=sa.bindparam("sealed"))
    query = sa.select(*_RAW_KEY, RAW_RECORDS.c.payload).order_by(*_RAW_KEY).limit(BATCH)
    n_sealed, after = 0, None
    while True:
        rest = query if after is None else query.where(sa.tuple_(*_RAW_KEY) > after)
        rows = connection.execute(rest).all()
        values = [
            {
                **{f"of_{column.name}": row._mapping[column.name] for column in _RAW_KEY},
                "sealed": new.seal(old.open(bytes(row.payload))),
            }
            for row in rows
            if is_sealed(bytes(row.payload))
        ]
        if values:
            connection.execute(update, values)
        n_sealed += len(values)
        if len(rows) < BATCH:
            return n_sealed
        after = sa.tuple_(*map(sa.literal, tuple(rows[-1])[:3]))


def _holds(connection: Connection, old: Sealer, new: Sealer) -> int:
    """Seal what legal holds are about, and why, anew."""
    kept = [LEGAL_HOLDS.c[name] for name in ("about", "reason", "why_released")]
    rows = connection.execute(sa.select(LEGAL_HOLDS.c.hold_id, *kept)).all()
    for row in rows:
        sealed = {c.name: new.seal(old.open(bytes(row._mapping[c.name]))) for c in kept}
        which = LEGAL_HOLDS.c.hold_id == row.hold_id
        connection.execute(sa.update(LEGAL_HOLDS).where(which).values(sealed))
    return len(rows)
