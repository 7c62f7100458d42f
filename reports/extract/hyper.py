"""Tableau's own format, made of the Parquet parts of an extract."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from itsm.errors import PublishError
from reports.extract.manifest import Manifest
from reports.extract.parts import PartFormat
from reports.extract.schema import ExtractTable, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

HYPER = "extract.hyper"


def require_hyper() -> None:
    """See that the library is there, before anything is read.

    Raises:
        PublishError: it is not.
    """
    try:
        import pantab  # noqa: F401  # asked for only
    except ImportError:
        raise PublishError(
            "Tableau's format needs the library pantab: pip install 'csi-pipeline[tableau]', or "
            "leave out --format hyper; Tableau reads the CSV, too"
        ) from None


def write_hyper(folder: Path, manifest: Manifest, tables: Mapping[str, ExtractTable]) -> None:
    """Write every table into one file, a part at a time.

    Args:
        folder: of the extract, with its Parquet parts.
        manifest: of the extract.
        tables: every table by name.
    """
    import pantab
    import pyarrow as pa

    readers = {}
    for table in tables.values():
        batches = _batches(folder, manifest, table)
        readers[table.name] = pa.RecordBatchReader.from_batches(arrow_schema(table), batches)
    with TemporaryDirectory() as logs:  # its process logs somewhere, whatever one asks
        process = {"log_dir": logs}
        pantab.frames_to_hyper(readers, folder / HYPER, process_params=process, atomic=False)


def _batches(folder: Path, manifest: Manifest, table: ExtractTable) -> "Iterator[pa.RecordBatch]":
    from pyarrow import parquet

    for part in manifest.parts_of(table.name):
        for file in part.files:
            if file.path.startswith(f"{PartFormat.PARQUET}/"):
                yield from parquet.ParquetFile(folder / file.path).iter_batches()
