"""The incidents of a candidate as a push needs them: by the system's own id, and whether open."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.decisions import IncidentRef
from itsm.push_planning import Linkable
from itsm.states import IncidentState, RecordKind
from store.by_texts import among
from store.raw import RawRecords
from store.tables import CANONICAL

INCIDENTS = CANONICAL[RecordKind.INCIDENT]
_ENDED = (IncidentState.RESOLVED, IncidentState.CLOSED, IncidentState.CANCELED)


def linkable(connection: Connection, refs: Sequence[IncidentRef]) -> tuple[Linkable, ...]:
    """Incidents that are held here, in order; those that are not known are left out."""
    found: list[Linkable] = []
    by_source: dict[str, list[str]] = {}
    for ref in refs:
        by_source.setdefault(ref.source, []).append(ref.number)
    for source, numbers in sorted(by_source.items()):
        keys = RawRecords(connection).keys(source, RecordKind.INCIDENT, numbers)
        column = INCIDENTS.c
        query = sa.select(column.number, column.state, column.opened_at).where(
            column.source == source, among(connection, column.number, numbers)
        )
        for number, state, opened_at in connection.execute(query.order_by(column.number)):
            found.append(
                Linkable(
                    source=source,
                    number=number,
                    key=keys.get(number, ""),
                    is_open=state not in _ENDED,
                    opened_at=opened_at,
                )
            )
    return tuple(found)
