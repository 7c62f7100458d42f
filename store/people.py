"""People: pseudonyms where records are kept, and whose they are, sealed with the key.

Without a key everything stays as it comes: tests of single tables, and what looks at a database of
which it has no key. `flows.wiring` always hands one in.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from itsm.errors import PeopleKeyError
from itsm.pseudonyms import NAMED_PEOPLE, PERSON_FIELDS, PERSON_VALUES, is_pseudonym
from itsm.states import HistoryField, RecordKind
from store.bulk import insert_new
from store.by_texts import looked_up
from store.copying import Columns
from store.engine import store_errors
from store.people_tables import PEOPLE, PEOPLE_KEY
from store.sealing import Sealer
from store.statements import names_of
from store.tables import CANONICAL
from store.values import all_storable

_HERE = "database"
_WHOLE = 2_000
"""From so many pseudonyms on all are read, which costs less than looking for each."""
_MOST_KNOWN = 20_000


class People:
    """Puts pseudonyms in the place of names, and keeps whose they are, within a transaction.

    Args:
        connection: in a transaction.
        sealer: with the key.
        known: pseudonyms of which it is certain that they are kept; it is added to, and of no use
            any more once the transaction was undone. Whoever is erased while it is in use is not
            kept again.
    """

    def __init__(
        self, connection: Connection, sealer: Sealer | None, known: set[str] | None = None
    ) -> None:
        self._connection = connection
        self._sealer = sealer
        self._known = set() if known is None else known

    def told(self, kind: RecordKind, columns: Columns) -> Columns:
        """The columns of some records of a kind as they are kept, in the order of their table."""
        if self._sealer is None or kind not in PERSON_FIELDS:
            return columns
        names = names_of(CANONICAL[kind])
        kept: list[Sequence[Any]] = list(columns)
        found: dict[str, str] = {}
        for field in PERSON_FIELDS[kind]:
            place = names.index(field)
            kept[place] = self._hidden(kept[place], found)
        if kind is RecordKind.HISTORY:
            fields, of_people = kept[names.index("field")], HistoryField.ASSIGNEE.value
            people = [row for row, one in enumerate(fields) if one == of_people]
            for field in PERSON_VALUES:
                place = names.index(field)
                kept[place] = self._hidden_at(kept[place], people, found)
        self._keep(found)
        return kept

    def pseudonyms_of(self, names: Iterable[str]) -> dict[str, str]:
        """The pseudonym of each of some names, which are kept."""
        found: dict[str, str] = {}
        self._hidden(list(names), found)
        self._keep(found)
        return found

    def all(self) -> dict[str, str]:
        """Whose each pseudonym is."""
        return self._opened(sa.select(PEOPLE.c.pseudonym, PEOPLE.c.name))

    def of(self, pseudonyms: Iterable[str]) -> dict[str, str]:
        """Whose some pseudonyms are; those of erased people are not there."""
        wanted = set(pseudonyms)
        if len(wanted) > _WHOLE:
            return {one: name for one, name in self.all().items() if one in wanted}
        query = sa.select(PEOPLE.c.pseudonym, PEOPLE.c.name)
        return self._opened(looked_up(self._connection, query, PEOPLE.c.pseudonym, wanted))

    def forget(self, pseudonyms: Iterable[str]) -> None:
        """Let nobody tell any more whose these are."""
        for one in pseudonyms:
            self._connection.execute(sa.delete(PEOPLE).where(PEOPLE.c.pseudonym == one))

    def _opened(self, query: sa.Select[Any]) -> dict[str, str]:
        if self._sealer is None:
            return {}
        rows = self._connection.execute(query)
        return {one: self._sealer.open(bytes(name)).decode() for one, name in rows}

    def _hidden(self, values: Sequence[Any], found: dict[str, str]) -> Sequence[Any]:
        """A column with pseudonyms; `found` has those of the names met so far, and gets more."""
        assert self._sealer is not None, "without a key nothing is hidden"
        new = list(set(values) - found.keys() - {None})
        found.update(zip(new, map(self._sealer.pseudonym, all_storable(new)), strict=True))
        return [None if one is None else found[one] for one in values]

    def _hidden_at(
        self, values: Sequence[Any], rows: Sequence[int], found: dict[str, str]
    ) -> Sequence[Any]:
        """As `_hidden`, of the values of some rows."""
        hidden = list(values)
        for row, one in zip(rows, self._hidden([values[r] for r in rows], found), strict=True):
            hidden[row] = one
        return hidden

    def _keep(self, found: dict[str, str]) -> None:
        """Keep whose pseudonyms these are, where nobody has yet."""
        names = all_storable(list(found))
        pairs = zip(found.values(), names, strict=True)
        wanted = {one: name for one, name in pairs if name != one and one not in self._known}
        if not wanted:
            return
        query = sa.select(PEOPLE.c.pseudonym)
        there = looked_up(self._connection, query, PEOPLE.c.pseudonym, wanted)
        kept = set(self._connection.scalars(there).all())
        self._insert({one: name for one, name in wanted.items() if one not in kept})
        if len(self._known) + len(wanted) > _MOST_KNOWN:
            self._known.clear()
        self._known.update(wanted)

    def _insert(self, wanted: dict[str, str]) -> None:
        """Keep names by their pseudonyms.

        On PostgreSQL at once: two pulls that meet the same people in another order would else wait
        for each other in a ring. SQLite has one writer.
        """
        assert self._sealer is not None, "without a key nothing is hidden"
        rows = [(one, self._sealer.seal(name.encode())) for one, name in sorted(wanted.items())]
        if rows and self._connection.dialect.name == "postgresql":
            with self._connection.engine.begin() as at_once:
                insert_new(at_once, PEOPLE, rows)
        elif rows:
            insert_new(self._connection, PEOPLE, rows)


Elsewhere = tuple[frozenset[object], frozenset[object]]


class Directory:
    """Whose pseudonyms are, for whoever has to take names out of texts."""

    def __init__(self, engine: Engine, sealer: Sealer | None) -> None:
        self._engine = engine
        self._sealer = sealer

    def names(self, values: Iterable[object]) -> frozenset[str]:
        """The names of some people: a name that was never hidden is told as it is.

        Args:
            values: of fields that name people; what is not a text is left out.
        """
        texts = {one for one in values if isinstance(one, str)}
        hidden = {one for one in texts if is_pseudonym(one)}
        if not hidden:
            return frozenset(texts)
        with store_errors(self._engine), self._engine.connect() as connection:
            found = People(connection, self._sealer).of(hidden)
        return frozenset(texts - hidden) | frozenset(found.values())

    def everyone(
        self, values: Iterable[object] = (), elsewhere: Elsewhere | None = None
    ) -> frozenset[str]:
        """The names of some people, and of all that records name elsewhere.

        Args:
            values: the pseudonyms of the former.
            elsewhere: from `elsewhere`, where that was asked for already.
        """
        found, others = elsewhere or self.elsewhere()
        return self.names(found.union(values)) - others

    def elsewhere(self) -> Elsewhere:
        """Whom records name beside those who have to do with incidents, and what is nobody's name.

        Not whoever changed a field: machines do that, too, under names such as "Event Management".
        What is the name of a team, service or vendor is nobody's.
        """
        found, others = set[object](), set[object]()
        with store_errors(self._engine), self._engine.connect() as connection:
            for kind, names in NAMED_PEOPLE.items():
                for name in names:
                    found |= _different(connection, kind, name)
            for kind in (RecordKind.TEAM, RecordKind.SERVICE, RecordKind.VENDOR):
                others |= _different(connection, kind, "name")
        return frozenset(found), frozenset(others)

    def all(self) -> dict[str, str]:
        """Whose each pseudonym is."""
        with store_errors(self._engine), self._engine.connect() as connection:
            return People(connection, self._sealer).all()


def _different(connection: Connection, kind: RecordKind, name: str) -> set[object]:
    """The different values of a field."""
    column = CANONICAL[kind].c[name]
    query = sa.select(column).where(column.is_not(None)).distinct()
    return set(connection.execute(query).scalars())


def fingerprint(engine: Engine) -> str | None:
    """By which key the database is sealed; None: by none yet."""
    with store_errors(engine), engine.connect() as connection:
        return connection.execute(sa.select(PEOPLE_KEY.c.fingerprint)).scalar()


def require_key(connection: Connection, sealer: Sealer, *, alone: bool = False) -> None:
    """See that the database is still sealed with the key at hand, until the transaction ends.

    Args:
        connection: in a transaction that writes.
        sealer: with the key at hand.
        alone: that nobody else writes until then; on PostgreSQL those who do are waited for.

    Raises:
        PeopleKeyError: the key was changed since this process started.
    """
    query = sa.select(PEOPLE_KEY.c.fingerprint).with_for_update(read=not alone)
    known = connection.execute(query).scalar()
    if known not in (None, sealer.fingerprint):
        raise PeopleKeyError(
            f"the key of names was changed: the database is sealed with {known} now, and this "
            f"process still has {sealer.fingerprint}; nothing was written. Give it the new key, "
            "and start it again"
        )


def claim(engine: Engine, sealer: Sealer, now: datetime) -> None:
    """Seal the database by a key from now on; whoever was first says by which.

    Raises:
        PeopleKeyError: it is sealed with another one.
    """
    with store_errors(engine), engine.begin() as connection:
        insert_new(connection, PEOPLE_KEY, [(_HERE, sealer.fingerprint, now, None)])
    known = fingerprint(engine)
    if known != sealer.fingerprint:
        raise PeopleKeyError(
            f"the database is sealed with the people key {known}, and the one at hand is "
            f"{sealer.fingerprint}: give the right one, from the machine or the safe where it was "
            "kept, as CSI_PRIVACY__PEOPLE_KEY or as the file of privacy.key_file"
        )


def is_all_sealed(engine: Engine) -> bool:
    """Whether nothing is plain any more that an older release kept so."""
    with store_errors(engine), engine.connect() as connection:
        found = connection.execute(sa.select(PEOPLE_KEY.c.sealed_at)).scalar()
    return found is not None


def note_all_sealed(engine: Engine, now: datetime) -> None:
    """Note that nothing is plain any more."""
    with store_errors(engine), engine.begin() as connection:
        connection.execute(sa.update(PEOPLE_KEY).values(sealed_at=now))
