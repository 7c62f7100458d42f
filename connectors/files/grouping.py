"""Rows of a kind's files as raw records: one per key, wherever its rows lie.

A first pass over the files (`survey.py`) keeps eight bytes per key, its hash, to find the keys that
come back after another key's rows. The second pass hands rows on as they come; only the rows of
keys that come back wait until their last.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import orjson

from connectors.files.formats import TORN, ReadOptions, Row
from connectors.files.table import open_table

KeyOf = Callable[[Row], str | None]
"""The key of a row; None if it holds none."""


@dataclass(frozen=True, slots=True)
class Group:
    """All rows of one key in the files of a kind."""

    key: str
    rows: tuple[Row, ...]


class KeyedFiles:
    """The files of one kind, read in order as one list of rows."""

    def __init__(
        self, source: str, paths: Sequence[Path], options: ReadOptions, key_of: KeyOf
    ) -> None:
        self._source = source
        self._paths = paths
        self._options = options
        self._key_of = key_of
        self._names = _distinct_names(paths)

    @property
    def described(self) -> str:
        """The files, for messages."""
        return ", ".join(map(str, self._paths))

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Every row that is not blank, with its key; rows without one get "FILE:row N"."""
        for path, name in zip(self._paths, self._names, strict=True):
            with open_table(path, self._options, source=self._source) as table:
                for number, row in enumerate(table.rows, start=table.first_row):
                    if row:
                        key = None if TORN in row else self._key_of(row)
                        yield key or f"{name}:row {number}", row

    def runs(self) -> Iterator[Group]:
        """Rows that follow each other with the same key, together."""
        key, rows = "", list[Row]()
        for next_key, row in self.rows():
            if rows and next_key != key:
                yield Group(key, tuple(rows))
                rows = []
            key = next_key
            rows.append(row)
        if rows:
            yield Group(key, tuple(rows))

    def groups(self, returning: Counter[int]) -> Iterator[Group]:
        """Rows by key; a key that comes back is handed on where its last rows lie.

        Args:
            returning: how many runs each key that comes back has, by hash of the key.
        """
        waiting: dict[int, list[Group]] = {}
        for run in self.runs():
            place = hash_of(run.key) if returning else 0
            n_runs = returning.get(place, 0)
            if not n_runs:
                yield run
                continue
            runs = waiting.setdefault(place, [])
            runs.append(run)
            if len(runs) == n_runs:
                yield from _joined(waiting.pop(place))


def returning_keys(hashes: "array[int]") -> Counter[int]:
    """The hashes that occur more than once, with their number."""
    import numpy as np

    values, counts = np.unique(np.frombuffer(hashes, dtype=np.uint64), return_counts=True)
    again = counts > 1
    return Counter(dict(zip(values[again].tolist(), counts[again].tolist(), strict=True)))


def hash_of(key: str) -> int:
    """Eight bytes of a key, the same in every process."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def canonical(row: Row) -> bytes:
    """A row as JSON with its names sorted."""
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)


def _joined(runs: Sequence[Group]) -> Iterator[Group]:
    rows: dict[str, list[Row]] = {}
    for run in runs:
        rows.setdefault(run.key, []).extend(run.rows)
    for key, of_key in rows.items():
        yield Group(key, tuple(of_key))


def _distinct_names(paths: Sequence[Path]) -> tuple[str, ...]:
    names = Counter(path.name for path in paths)
    return tuple(path.name if names[path.name] == 1 else str(path) for path in paths)
