"""A table of rows that change while they are read, and how a system gives pages of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach
from tests.connectors.scripted_server import START


def at(second: int) -> datetime:
    """A moment."""
    return START + timedelta(seconds=second)


@dataclass(slots=True)
class ModelRow:
    """A row: when it was updated, how often, and whether it may be seen."""

    second: int
    version: int = 0
    is_hidden: bool = False


@dataclass(slots=True)
class ModelTable:
    """Rows by key.

    Attributes:
        between: called before each page but the first: changes rows.
        asks: what was asked for, in order.
    """

    rows: dict[str, ModelRow]
    between: Callable[["ModelTable"], None] = lambda _table: None
    second: int = 1000
    asks: list[Ask] = field(default_factory=list)

    def touch(self, key: str) -> None:
        """Update a row, if it is there."""
        if key in self.rows:
            self.second += 1
            self.rows[key].second = self.second
            self.rows[key].version += 1

    def insert(self, key: str) -> None:
        """Insert a row, if it is not there."""
        self.second += 1
        self.rows.setdefault(key, ModelRow(self.second))

    def visible(self) -> dict[str, int]:
        """The version of each row that may be seen."""
        return {key: row.version for key, row in self.rows.items() if not row.is_hidden}

    def fetch(self, ask: Ask) -> FetchedPage[str]:
        """A page, with the limit put on before hidden rows are left out."""
        if self.asks:
            self.between(self)
        self.asks.append(ask)
        found = sorted((row.second, key) for key, row in self.rows.items() if _fits(ask, key, row))
        if ask.updated_at is None and ask.reach is Reach.AT:
            found.sort(key=lambda one: one[1])
        window = found[ask.offset : ask.offset + ask.limit]
        return FetchedPage(list(self._told(window)), ask.offset + ask.limit < len(found))

    def _told(self, window: Sequence[tuple[int, str]]) -> Iterator[FetchedRow[str]]:
        for second, key in window:
            row = self.rows[key]
            if not row.is_hidden:
                yield FetchedRow(at(second), key, key, str(row.version))


def _fits(ask: Ask, key: str, row: ModelRow) -> bool:
    if ask.reach is Reach.AT and ask.after_key is not None and key <= ask.after_key:
        return False
    return ask.is_met(at(row.second))
