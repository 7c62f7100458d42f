"""A practice estate as the data of figures, straight from its columns."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from flows.frames import DTYPES
from itsm.fields import FieldSpec, FieldType, fields_of
from itsm.states import RecordKind
from reports.measures.data import MeasureData
from simulator.columns import ColumnBlock
from simulator.estate import iter_blocks
from simulator.settings import EstateSettings


def estate_data(settings: EstateSettings) -> MeasureData:
    """All records of an estate in typed frames; quick enough for a million incidents."""
    parts: dict[RecordKind, list[pd.DataFrame]] = {}
    for block in iter_blocks(settings):
        parts.setdefault(block.kind, []).append(frame_of_block(block))
    frames = {kind: pd.concat(some, ignore_index=True) for kind, some in parts.items()}
    return MeasureData(frames=frames, sources=(settings.source,), zone=settings.zone)


def frame_of_block(block: ColumnBlock) -> pd.DataFrame:
    """A block of columns as a typed frame of its kind."""
    columns: Mapping[str, object] = block.columns
    return pd.DataFrame(
        {spec.name: _column(block, spec, columns) for spec in fields_of(block.kind)}
    )


def _column(block: ColumnBlock, spec: FieldSpec, columns: Mapping[str, object]) -> "pd.Series":
    if spec.type is FieldType.TIME:
        none = np.full(block.n, np.datetime64("NaT", "us"))
        at = np.asarray(columns.get(spec.name, none), dtype="datetime64[us]")
        return pd.Series(at).dt.tz_localize("UTC")
    if spec.name == "source":
        values: list[object] = [block.source] * block.n
    else:
        is_flag = spec.type is FieldType.FLAG and spec.is_required
        values = list(columns.get(spec.name, [False if is_flag else None] * block.n))  # type: ignore[call-overload]  # a column
    return pd.Series(values, dtype=DTYPES[spec.type])
