"""Tables out of files: CSV, Excel, JSON Lines and Parquet become rows of plain text.

A row holds what its cells say, by column name; empty cells are left out. A name that a header
repeats gets a number from the second on: "Comment", "Comment (2)". Cells that are no text in the
file become text: times ISO 8601, flags "true" and "false", lists and objects JSON.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.files.formats import AS_FOUND, READERS, ReadOptions, Row
from connectors.files.opening import format_of, readable
from itsm.errors import FatalSourceError


@dataclass(frozen=True, slots=True)
class Table:
    """An open table.

    `columns` are the header's names in order; None where the format has no header (JSON Lines).
    `first_row` is the number a person sees beside the first row of data.
    """

    path: Path
    columns: tuple[str, ...] | None
    rows: Iterator[Row]
    first_row: int


@contextmanager
def open_table(
    path: Path, options: ReadOptions = AS_FOUND, *, source: str | None = None
) -> Iterator[Table]:
    """Opens a file as a table; the format is told by the name, `.gz` may follow it.

    Args:
        path: a .csv, .tsv, .txt, .xlsx, .jsonl, .ndjson or .parquet file.
        options: delimiter, encoding and sheet, where they cannot be told from the file.
        source: the source's name for messages; the file's name if not given.

    Raises:
        FatalSourceError: the file cannot be read; names the file, what was seen and the remedy.
    """
    source = source or path.name
    ending = format_of(path)
    if ending not in READERS:
        raise FatalSourceError(
            source,
            f"{path}: the ending .{ending} is not known; name it one of "
            + ", ".join(f".{known}" for known in READERS),
        )
    with readable(source, path), READERS[ending](source, path, options) as (columns, rows):
        first_row = 1 if columns is None else 2
        yield Table(path, columns, rows, first_row)


def read_table(path: Path, options: ReadOptions = AS_FOUND) -> Iterator[dict[str, str]]:
    """The rows of a file by column name, "" where a cell is empty.

    Where the format has no header, a row holds the names it gives itself.

    Raises:
        FatalSourceError: as `open_table`.
    """
    with open_table(path, options) as table:
        blank: Mapping[str, str] = dict.fromkeys(table.columns or (), "")
        for row in filter(None, table.rows):
            yield {**blank, **row}
