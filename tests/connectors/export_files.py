"""Files to read, written the way people's tools write them."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from openpyxl import Workbook
from pyarrow import parquet

from connectors.core.source import Mapped, Source
from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from itsm.records import RawRecord, Record
from itsm.states import RecordKind

Rows = Sequence[Mapping[str, str]]
Write = Callable[[Path, Rows], Path]


def csv_text(rows: Rows, delimiter: str = ",") -> str:
    """Rows as delimited text; the header has every column that any row has."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns_of(rows), restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def columns_of(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def write_rows(path: Path, rows: Rows) -> Path:
    """Rows as a file of the format that the name says."""
    endings = [ending for ending in path.suffixes if ending != ".gz"]
    data = _WRITERS[endings[-1]](rows)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def _xlsx(rows: Rows) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    columns = columns_of(rows)
    sheet.append(columns)
    for n, row in enumerate(rows, start=2):
        for m, column in enumerate(columns, start=1):
            if row.get(column):
                cell = sheet.cell(n, m, row[column])
                cell.data_type = "s"  # also what looks like a formula is text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _jsonl(rows: Rows) -> bytes:
    return "".join(json.dumps(dict(row)) + "\n" for row in rows).encode()


def _parquet(rows: Rows) -> bytes:
    columns = columns_of(rows)
    table = pa.table({c: pa.array([row.get(c) for row in rows], pa.string()) for c in columns})
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


_WRITERS: Mapping[str, Callable[[Rows], bytes]] = {
    ".csv": lambda rows: csv_text(rows).encode(),
    ".xlsx": _xlsx,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}


def source_of(kind: RecordKind, *paths: Path, **settings: object) -> FileSource:
    """A source with files of one kind."""
    return FileSource("ours", FileSourceConfig.model_validate({"files": {kind: paths}, **settings}))


def raw_of(source: Source, kind: RecordKind) -> list[RawRecord]:
    """All raw records of a kind."""
    return [record for page in source.pages(kind, None) for record in page.records]


def mapped_of(source: Source, kind: RecordKind) -> Mapped:
    """All raw records of a kind, mapped; none is lost on the way."""
    raw = raw_of(source, kind)
    mapped = source.map(kind, raw)
    told = {item.key for item in mapped.mapped} | {item.key for item in mapped.quarantined}
    assert told == {record.key for record in raw}
    assert len(mapped.mapped) + len(mapped.quarantined) == len(raw)
    return mapped


def records_of(source: Source, kind: RecordKind) -> list[Record]:
    """All records of a kind; the test fails if one was set aside."""
    mapped = mapped_of(source, kind)
    assert mapped.quarantined == ()
    return [record for item in mapped.mapped for record in item.records]


def plain_incidents(n: int) -> list[dict[str, str]]:
    """Incidents under the plain names."""
    return [
        {
            "number": f"INC{i:03d}",
            "opened_at": f"2026-11-01T08:{i % 60:02d}:00Z",
            "updated_at": f"2026-11-02T08:{i % 60:02d}:00Z",
            "state": "new",
            "title": f"Mail {i} does not arrive",
        }
        for i in range(n)
    ]
