"""What every read for the review pages needs: a query answered in a transaction of its own."""

from collections.abc import Sequence
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from store.engine import store_errors
from store.unit_of_work import Store


class Reads:
    """Reads of a store, each in a transaction of its own; nothing is changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def of(cls, store: Store) -> Self:
        """The reads of a store."""
        return cls(store.queries.engine)

    @property
    def store(self) -> Store:
        """The store they read."""
        return Store(self._engine)

    def _all(self, query: sa.Executable) -> Sequence[Row[Any]]:
        with store_errors(self._engine), self._engine.connect() as connection:
            return connection.execute(query).all()
