"""Pair models learned from a company's own evidence: every one kept, adopted or not."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.bulk import upsert
from store.decision_tables import PAIR_MODELS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """A learned model: `model` are its weights and `quality` how it was judged, both as JSON.

    `name` is the shipped model it corrects.
    """

    model_id: str
    week: str
    name: str
    n_labels: int
    is_adopted: bool
    reason: str
    quality: str
    model: str
    made_at: datetime


class Models:
    """Learned pair models, the newest last."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, model: StoredModel) -> None:
        """Keep a model; one with the same id is the same one."""
        names = [column.name for column in PAIR_MODELS.columns]
        upsert(self._connection, PAIR_MODELS, [tuple(getattr(model, name) for name in names)])

    def list(self) -> tuple[StoredModel, ...]:
        """All models, the oldest week first."""
        table = PAIR_MODELS.c
        query = sa.select(PAIR_MODELS).order_by(table.week, table.made_at, table.model_id)
        return tuple(StoredModel(**row._mapping) for row in self._connection.execute(query))

    def adopted(self, *, before_week: str) -> StoredModel | None:
        """The newest adopted model made before a week."""
        found = [m for m in self.list() if m.is_adopted and m.week < before_week]
        return found[-1] if found else None
