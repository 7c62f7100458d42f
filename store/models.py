"""Pair models learned from a company's own evidence: every one kept, adopted or not."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.journal import JournalKind, JournalNote
from store.bulk import upsert
from store.decision_tables import PAIR_MODELS
from store.journal import Journal


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

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def save(self, model: StoredModel) -> None:
        """Keep a model; one with the same id is the same one. One that is used is journalled."""
        if model.is_adopted and model.model_id not in {one.model_id for one in self.list()}:
            self._journal.append(_adoption(model))
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


def _adoption(model: StoredModel) -> JournalNote:
    digest = hashlib.sha256(model.model.encode()).hexdigest()
    facts = {"week": model.week, "corrects": model.name, "sha256": digest}
    return JournalNote(
        kind=JournalKind.MODEL, subject=model.model_id, at=model.made_at, facts=facts
    )
