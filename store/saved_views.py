"""The views of the queue that people have saved: a name, and what it asks for."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.errors import StoreError
from store.bulk import upsert
from store.tables import METADATA, at, text

MAX_VIEWS = 50
"""So many views one person can save."""

SAVED_VIEWS = sa.Table(
    "saved_views",
    METADATA,
    text("person", key=True),
    text("name", key=True),
    text("query"),
    at("saved_at", volatile=True),
)
_V = SAVED_VIEWS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A view of the queue under a name; `query` is the query of its address."""

    person: str
    name: str
    query: str
    saved_at: datetime


class SavedViews:
    """Saved views; what nobody but their person sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, person: str) -> tuple[SavedView, ...]:
        """The views of a person, by name."""
        query = sa.select(SAVED_VIEWS).where(_V.person == person).order_by(_V.name)
        return tuple(SavedView(**row._mapping) for row in self._connection.execute(query))

    def save(self, view: SavedView) -> None:
        """Keep a view; it replaces one of the same name.

        Raises:
            StoreError: the person has as many as can be kept.
        """
        others = {one.name for one in self.of(view.person)} - {view.name}
        if len(others) >= MAX_VIEWS:
            raise StoreError(f"{MAX_VIEWS} views are saved already; remove one of them first")
        row = (view.person, view.name, view.query, view.saved_at)
        upsert(self._connection, SAVED_VIEWS, [row])

    def remove(self, person: str, name: str) -> bool:
        """Forget a view; whether it was there."""
        which = sa.delete(SAVED_VIEWS).where(_V.person == person, _V.name == name)
        return self._connection.execute(which).rowcount > 0
