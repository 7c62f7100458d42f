"""Practice estates as frames, straight from their columns: a twentieth of the time of objects."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from flows.frames import DTYPES
from itsm.fields import FieldType, fields_of
from itsm.states import RecordKind
from simulator.columns import ColumnBlock
from simulator.estate import iter_blocks
from simulator.settings import EstateSettings


def estate_frames(
    settings: EstateSettings, kinds: Collection[RecordKind] = tuple(RecordKind)
) -> dict[RecordKind, pd.DataFrame]:
    """The records of some kinds, as frames of `flows.frames` have them."""
    parts: dict[RecordKind, list[pd.DataFrame]] = {}
    for block in iter_blocks(settings):
        if block.kind in kinds:
            parts.setdefault(block.kind, []).append(_frame(block))
    return {kind: pd.concat(some, ignore_index=True) for kind, some in parts.items()}


def _frame(block: ColumnBlock) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for spec in fields_of(block.kind):
        values = block.columns.get(spec.name, [None] * block.n)
        if spec.name == "source":
            values = [block.source] * block.n
        elif spec.name == "restricted":
            values = [False] * block.n
        if spec.type is FieldType.TIME:
            at = pd.Series(np.asarray(values, dtype="datetime64[us]"))
            columns[spec.name] = at.dt.tz_localize("UTC")
        else:
            columns[spec.name] = pd.Series(list(values), dtype=DTYPES[spec.type])
    return pd.DataFrame(columns)
