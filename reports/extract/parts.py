"""The parts of a table as files: the same rows give the same bytes, whoever writes them when."""

import hashlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from reports.extract.schema import ColumnType, ExtractTable, arrow_schema
from reports.tables_csv import neutral

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_GROUP = 65_536


class PartFormat(StrEnum):
    """What a part is written as."""

    PARQUET = "parquet"
    CSV = "csv"


def arrow_of(table: ExtractTable, rows: pd.DataFrame) -> "pa.Table":
    """Rows in the types of their table; columns that they lack are null."""
    import pyarrow as pa

    schema = arrow_schema(table)
    columns = [
        pa.Array.from_pandas(rows[field.name], type=field.type, safe=False)
        if field.name in rows
        else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def part_bytes(table: ExtractTable, rows: "pa.Table", kind: PartFormat) -> bytes:
    """A part as the bytes of its file."""
    return _WRITERS[kind](table, rows)


def _parquet(_table: ExtractTable, rows: "pa.Table") -> bytes:
    """Parquet with Snappy, which every reader knows."""
    from pyarrow import parquet

    stream = BytesIO()
    parquet.write_table(
        rows, stream, compression="snappy", row_group_size=_ROW_GROUP, store_schema=True
    )
    return stream.getvalue()


def _csv(table: ExtractTable, rows: "pa.Table") -> bytes:
    """CSV in UTF-8 with a heading; no text in it is a formula to a spreadsheet."""
    import pyarrow as pa
    from pyarrow import csv

    written = pa.table(
        {column.name: _written(column.type, rows.column(column.name)) for column in table.columns}
    )
    stream = BytesIO()
    csv.write_csv(written, stream, csv.WriteOptions(quoting_style="needed"))
    return stream.getvalue()


def _written(kind: ColumnType, values: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """A column as CSV has it."""
    import pyarrow as pa
    from pyarrow import compute

    if kind is ColumnType.TIME:
        seconds = values.cast(pa.timestamp("s", tz="UTC"))
        return compute.strftime(seconds, format="%Y-%m-%dT%H:%M:%SZ")
    if kind is ColumnType.TEXT:
        return _neutralised(values)
    return values


def _neutralised(values: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Texts that no spreadsheet takes for a formula; each different text is looked at once."""
    import pyarrow as pa

    coded = values.combine_chunks().dictionary_encode()
    words = [neutral(word) for word in coded.dictionary.to_pylist()]
    safe = pa.DictionaryArray.from_arrays(coded.indices, pa.array(words, pa.string()))
    return safe.cast(pa.string())


_WRITERS: Mapping[PartFormat, Callable[[ExtractTable, "pa.Table"], bytes]] = MappingProxyType(
    {PartFormat.PARQUET: _parquet, PartFormat.CSV: _csv}
)


def read_part(table: ExtractTable, path: Path) -> "pa.Table":
    """A part as it was written; texts of CSV without what made them safe."""
    from pyarrow import csv, parquet

    schema = arrow_schema(table)
    if path.suffix == ".parquet":
        return parquet.read_table(path, schema=schema)
    types = {field.name: field.type for field in schema}
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    return csv.read_csv(path, convert_options=options)


def digest(content: bytes) -> str:
    """What a file is known by."""
    return hashlib.sha256(content).hexdigest()
