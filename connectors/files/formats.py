"""One reader per file format: the header's names, and rows of text by name."""

import csv
import io
import json
import math
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from connectors.files.opening import open_bytes, open_text, sniffed_encoding
from itsm.errors import FatalSourceError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

Row = dict[str, str]
"""The cells of a row that hold something, by column name."""

TORN = "(torn row)"
"""Marks a row that is not what the header announces; says how."""

_DELIMITERS = (",", ";", "\t", "|")
_CELL_LIMIT = 16 * 1024 * 1024
_SNIFFED_CHARACTERS = 1 << 16
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a reader cannot always tell from the file; None where it may."""

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None


AS_FOUND = ReadOptions()
"""Nothing said: all is told from the file."""

Opened = tuple[tuple[str, ...] | None, Iterator[Row]]


@contextmanager
def open_csv(source: str, path: Path, options: ReadOptions) -> Iterator[Opened]:
    """A delimited file; the delimiter is the one that splits the first line into most cells."""
    csv.field_size_limit(_CELL_LIMIT)
    encoding = options.encoding or sniffed_encoding(path)
    delimiter = options.delimiter or _sniffed_delimiter(path, encoding)
    with open_text(path, encoding) as text:
        cells = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            header = _header(source, path, next(cells, []))
        except csv.Error as error:
            raise _torn(source, path, 1, error) from None
        yield header, _csv_rows(source, path, cells, header)


@contextmanager
def open_xlsx(source: str, path: Path, options: ReadOptions) -> Iterator[Opened]:
    """A sheet of a workbook: the one that is named, else the first."""
    import openpyxl

    with open_bytes(path) as data:
        try:
            book = openpyxl.load_workbook(
                io.BytesIO(data.read()), read_only=True, data_only=True, keep_links=False
            )
        except (zipfile.BadZipFile, KeyError, ValueError, OSError):
            raise _fatal(source, path, "is not a sound .xlsx workbook; export it again") from None
    try:
        name = options.sheet or book.sheetnames[0]
        if name not in book.sheetnames:
            seen = ", ".join(book.sheetnames)
            raise _fatal(source, path, f"has no sheet {name!r}; set `sheet` to one of: {seen}")
        rows = ([_text(cell) for cell in row] for row in book[name].iter_rows(values_only=True))
        header = _header(source, path, next(rows, []))
        yield header, _filled(header, rows)
    finally:
        book.close()


@contextmanager
def open_jsonl(source: str, path: Path, options: ReadOptions) -> Iterator[Opened]:
    """JSON Lines: one object a line; a line that is none becomes a torn row."""
    with open_text(path, options.encoding or sniffed_encoding(path)) as text:
        yield None, _json_rows(source, path, text)


@contextmanager
def open_parquet(source: str, path: Path, options: ReadOptions) -> Iterator[Opened]:
    """A Parquet file, read in batches."""
    import pyarrow as pa
    from pyarrow import parquet

    with open_bytes(path) as data:
        try:
            file = parquet.ParquetFile(pa.PythonFile(data, mode="r"))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
            raise _fatal(source, path, "is not a sound Parquet file; export it again") from None
        header = _header(source, path, file.schema_arrow.names)
        yield header, _filled(header, _arrow_rows(file))


def _arrow_rows(file: "ParquetFile") -> Iterator[list[str]]:
    for batch in file.iter_batches(batch_size=2000):
        columns = [[_text(cell) for cell in column.to_pylist()] for column in batch.columns]
        yield from map(list, zip(*columns, strict=True))


def _csv_rows(
    source: str, path: Path, cells: Iterator[list[str]], header: tuple[str, ...]
) -> Iterator[Row]:
    width, n_rows = len(header), 1
    try:
        for row in cells:
            n_rows += 1
            if len(row) == width or not row:
                yield {name: cell for name, cell in zip(header, row, strict=False) if cell}
            else:
                yield _torn_row(header, row)
    except csv.Error as error:
        raise _torn(source, path, n_rows + 1, error) from None


def _torn_row(header: tuple[str, ...], row: Sequence[str]) -> Row:
    names = (*header, *(f"(cell {n})" for n in range(len(header) + 1, len(row) + 1)))
    cells = {name: cell for name, cell in zip(names, row, strict=False) if cell}
    return {**cells, TORN: f"{len(row)} cells where the header has {len(header)}"}


def _filled(header: tuple[str, ...], rows: Iterable[Sequence[str]]) -> Iterator[Row]:
    for cells in rows:
        yield {name: cell for name, cell in zip(header, cells, strict=False) if cell}


def _json_rows(source: str, path: Path, lines: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            yield {}
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            given = None
        if isinstance(given, dict):
            yield {str(name): text for name, cell in given.items() if (text := _text(cell))}
        elif number == 1:
            raise _fatal(source, path, "its first line is no JSON object; is it JSON Lines?")
        else:
            yield {TORN: f"line {number} is no JSON object ({len(line)} characters)"}


def _sniffed_delimiter(path: Path, encoding: str) -> str:
    """The delimiter that splits the header into most cells; a comma if none splits it."""
    with open_text(path, encoding) as text:
        head = text.read(_SNIFFED_CHARACTERS)

    def n_cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), ()))
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=n_cells)


def _header(source: str, path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    """Column names without blanks around them, each one once."""
    if not any(cell.strip() for cell in cells):
        raise _fatal(source, path, "has no header row; the first row must name the columns")
    names: dict[str, None] = {}
    for position, cell in enumerate(cells, start=1):
        name = cell.strip() or f"(column {position})"
        repeats = (f"{name} ({n})" for n in count(2))
        names[next(repeated for repeated in chain([name], repeats) if repeated not in names)] = None
    return tuple(names)


def _text(cell: object) -> str:
    """A cell as text; empty for what holds nothing."""
    if isinstance(cell, str):
        return cell if cell.isascii() else cell.encode("utf-8", "replace").decode("utf-8")
    if cell is None or cell in ([], {}):
        return ""
    if isinstance(cell, bool | float):
        return _plain(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, sort_keys=True)
    return str(cell)


def _plain(cell: bool | float) -> str:
    """A flag as a word; a number as a person writes it: no NaN, and 3 where a book holds 3.0."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if math.isnan(cell):
        return ""
    return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)


def _torn(source: str, path: Path, row: int, error: csv.Error) -> FatalSourceError:
    return _fatal(
        source,
        path,
        f"cannot be split into cells near row {row} ({error}); a quotation mark is probably "
        "left open, or the file ends early: export it again",
    )


def _fatal(source: str, path: Path, problem: str) -> FatalSourceError:
    return FatalSourceError(source, f"{path}: {problem}")


Reader = Callable[[str, Path, ReadOptions], AbstractContextManager[Opened]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "csv": open_csv,
        "tsv": open_csv,
        "txt": open_csv,
        "xlsx": open_xlsx,
        "jsonl": open_jsonl,
        "ndjson": open_jsonl,
        "parquet": open_parquet,
    }
)
"""The reader of each name ending."""
