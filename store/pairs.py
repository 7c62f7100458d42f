"""Records of one incident in several systems: what systems tell, what people say, what counts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.decisions import IncidentRef
from itsm.errors import NotThereError
from itsm.journal import JournalKind, JournalNote
from itsm.likeness import Look
from itsm.pairs import Known, Pair, PairHow, PairState
from itsm.states import RecordKind
from store.bulk import upsert
from store.by_texts import looked_up
from store.journal import Journal
from store.pull_tables import INCIDENT_PAIRS, MIRRORED_INCIDENTS
from store.tables import CANONICAL, DELETIONS, RAW_RECORDS

_INCIDENTS = CANONICAL[RecordKind.INCIDENT]
_UNDECIDED = (PairState.JOINED.value, PairState.PROPOSED.value)


class Pairs:
    """Pairs of incident records, and which of them are not counted."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def sources(self) -> int:
        """How many sources there are incidents of."""
        query = sa.select(sa.func.count(sa.distinct(_INCIDENTS.c.source)))
        return self._connection.execute(query).scalar_one()

    def correlated(self) -> list[Known]:
        """The incidents that say what another system knows them by, in order."""
        column = _INCIDENTS.c
        query = sa.select(column.source, column.number, column.opened_at, column.correlation)
        query = query.where(column.correlation.is_not(None), _is_there())
        rows = self._connection.execute(query.order_by(column.source, column.number))
        return [Known(_ref(s, n), at, told) for s, n, at, told in rows]

    def named(self, names: Collection[str]) -> dict[str, list[Known]]:
        """The incidents that have one of some words for their number, or for their raw key."""
        column, raw = _INCIDENTS.c, RAW_RECORDS.c
        by_number = sa.select(column.number.label("name"), *_KNOWN).where(_is_there())
        made = sa.and_(
            raw.source == column.source,
            raw.kind == RecordKind.INCIDENT.value,
            sa.func.coalesce(raw.number, raw.key) == column.number,
        )
        by_key = sa.select(raw.key.label("name"), *_KNOWN).select_from(
            RAW_RECORDS.join(_INCIDENTS, made)
        )
        by_key = by_key.where(raw.number.is_not(None), _is_there())
        found: dict[str, dict[IncidentRef, Known]] = {}
        for source in self._names_of_sources():
            for query, of, name in (
                (by_number, column.source, column.number),
                (by_key.where(raw.kind == RecordKind.INCIDENT.value), raw.source, raw.key),
            ):
                of_source = looked_up(self._connection, query.where(of == source), name, names)
                for row in self._connection.execute(of_source):
                    known = Known(_ref(row.source, row.number), row.opened_at)
                    found.setdefault(row.name, {})[known.ref] = known
        return {name: list(some.values()) for name, some in found.items()}

    def looks(self, since: datetime) -> list[Look]:
        """What is compared of the incidents that were opened from a moment on and are counted."""
        column = _INCIDENTS.c
        facts = [column.service, column.team, column.ci, column.caller]
        is_mirrored = sa.exists().where(
            MIRRORED_INCIDENTS.c.source == column.source,
            MIRRORED_INCIDENTS.c.number == column.number,
        )
        query = (
            sa.select(column.source, column.number, column.opened_at, column.title, *facts)
            .where(column.opened_at >= since, column.title.is_not(None), ~column.restricted)
            .where(_is_there(), ~is_mirrored)
            .order_by(column.source, column.number)
        )
        return [
            Look(_ref(source, number), at, title, tuple(rest))
            for source, number, at, title, *rest in self._connection.execute(query)
        ]

    def newest(self) -> datetime | None:
        """When the newest incident was opened."""
        query = sa.select(sa.func.max(_INCIDENTS.c.opened_at))
        return self._connection.execute(query).scalar()

    def list(self, *states: PairState) -> tuple[Pair, ...]:
        """Pairs in some states, or in any, in order."""
        query = sa.select(INCIDENT_PAIRS).order_by(*INCIDENT_PAIRS.primary_key.columns)
        if states:
            query = query.where(INCIDENT_PAIRS.c.state.in_([state.value for state in states]))
        return tuple(map(_pair, self._connection.execute(query)))

    def tell(self, pairs: Sequence[Pair], at: datetime) -> None:
        """Keep what was found now in the place of what was found before; decisions stay."""
        table = INCIDENT_PAIRS.c
        self._connection.execute(sa.delete(INCIDENT_PAIRS).where(table.state.in_(_UNDECIDED)))
        rows = [
            (*_key(pair), pair.how.value, pair.state.value, pair.said, pair.score, None, None, at)
            for pair in pairs
        ]
        upsert(self._connection, INCIDENT_PAIRS, rows, keep=frozenset(table.keys()))

    def decide(self, pair: Pair, at: datetime, role: str = "") -> None:
        """Keep what a person says of a pair; it holds until somebody says otherwise."""
        values = (pair.how.value, pair.state.value, pair.said, pair.score, pair.actor, pair.reason)
        upsert(self._connection, INCIDENT_PAIRS, [(*_key(pair), *values, at)])
        self._journal.append(
            JournalNote(
                kind=JournalKind.PAIR,
                subject="/".join(_key(pair)),
                at=at,
                actor=pair.actor or "",
                role=role,
                facts={"pair": pair.state.value, "how": pair.how.value},
                reason=pair.reason or "",
            )
        )

    def openings(self, refs: Collection[IncidentRef]) -> dict[IncidentRef, datetime]:
        """When incidents were opened, of those that are there."""
        column = _INCIDENTS.c
        found: dict[IncidentRef, datetime] = {}
        for source in sorted({ref.source for ref in refs}):
            query = sa.select(*_KNOWN).where(column.source == source, _is_there())
            numbers = [ref.number for ref in refs if ref.source == source]
            rows = self._connection.execute(
                looked_up(self._connection, query, column.number, numbers)
            )
            found.update({_ref(s, n): at for s, n, at in rows})
        return found

    def of(self, ref: IncidentRef) -> Mapping[str, object]:
        """A record with all its fields.

        Raises:
            NotThereError: it is not held here.
        """
        found = self.held(ref)
        if found is None:
            raise NotThereError(f"{ref.source} {ref.number}: no such incident is held here")
        return found

    def held(self, ref: IncidentRef) -> Mapping[str, object] | None:
        """A record with all its fields; None where it is not held."""
        column = _INCIDENTS.c
        query = sa.select(_INCIDENTS).where(column.source == ref.source)
        row = self._connection.execute(query.where(column.number == ref.number)).one_or_none()
        return None if row is None else dict(row._mapping)

    def count_once(self, mains: Mapping[IncidentRef, IncidentRef]) -> None:
        """Leave records out of every figure, each in favour of another one."""
        self._connection.execute(sa.delete(MIRRORED_INCIDENTS))
        rows = [(r.source, r.number, m.source, m.number) for r, m in mains.items()]
        upsert(self._connection, MIRRORED_INCIDENTS, rows)

    def mirrored(self) -> dict[IncidentRef, IncidentRef]:
        """The records that are not counted, each with the one that is."""
        rows = self._connection.execute(sa.select(MIRRORED_INCIDENTS))
        return {_ref(s, n): _ref(ms, mn) for s, n, ms, mn in rows}

    def _names_of_sources(self) -> Sequence[str]:
        query = sa.select(_INCIDENTS.c.source).distinct().order_by(_INCIDENTS.c.source)
        return self._connection.scalars(query).all()


_KNOWN = (_INCIDENTS.c.source, _INCIDENTS.c.number, _INCIDENTS.c.opened_at)


def _is_there() -> sa.ColumnElement[bool]:
    """Whether an incident is not known to be deleted."""
    deleted = DELETIONS.c
    return ~sa.exists().where(
        deleted.source == _INCIDENTS.c.source,
        deleted.kind == RecordKind.INCIDENT.value,
        deleted.number == _INCIDENTS.c.number,
    )


def _ref(source: str, number: str) -> IncidentRef:
    return IncidentRef(source=source, number=number)


def _key(pair: Pair) -> tuple[str, str, str, str]:
    return pair.one.source, pair.one.number, pair.other.source, pair.other.number


def _pair(row: Row[Any]) -> Pair:
    return Pair(
        one=_ref(row.source, row.number),
        other=_ref(row.other_source, row.other_number),
        how=PairHow(row.how),
        state=PairState(row.state),
        said=row.said,
        score=row.score,
        actor=row.actor,
        reason=row.reason,
    )
