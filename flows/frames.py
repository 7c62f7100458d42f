"""Records and stored columns as pandas frames with one fixed type per field.

A frame of a record kind has exactly the columns of `itsm.fields.column_names(kind)`: text and codes
as `str` (missing: NaN), integers as `Int64`, numbers as `float64`, flags as `boolean`, times as
`datetime64[us, UTC]`.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from itsm.fields import FieldType, column_names, fields_of
from itsm.records import Record
from itsm.states import RecordKind

DTYPES: Mapping[FieldType, str] = {
    FieldType.TEXT: "str",
    FieldType.CODE: "str",
    FieldType.INTEGER: "Int64",
    FieldType.NUMBER: "float64",
    FieldType.FLAG: "boolean",
    FieldType.TIME: "datetime64[us, UTC]",
}


def frame_of_columns(kind: RecordKind, columns: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """A typed frame of a record kind from some or all columns of plain values (None: missing)."""
    return pd.DataFrame(
        {
            spec.name: pd.Series(list(columns[spec.name]), dtype=DTYPES[spec.type])
            for spec in fields_of(kind)
            if spec.name in columns
        }
    )


_ARROW: Mapping[FieldType, pa.DataType] = {
    FieldType.TEXT: pa.large_string(),
    FieldType.CODE: pa.large_string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.NUMBER: pa.float64(),
    FieldType.FLAG: pa.bool_(),
    FieldType.TIME: pa.int64(),
}


Pieces = dict[str, list[pa.Array]]
"""Fields of records as arrays of Arrow, of some rows each."""


def pieces_of(
    kind: RecordKind, names: Sequence[str], batches: Iterable[Mapping[str, Sequence[Any]]]
) -> Pieces:
    """Batches of columns as the database gives them (`store.chosen`).

    No value of them is kept as an object of its own.
    """
    specs = [spec for spec in fields_of(kind) if spec.name in names]
    pieces: Pieces = {spec.name: [] for spec in specs}
    for batch in batches:
        for spec in specs:
            pieces[spec.name].append(_piece(spec.type, batch[spec.name]))
    return pieces


def frame_of_pieces(kind: RecordKind, parts: Sequence[Pieces]) -> pd.DataFrame:
    """As `frame_of_columns`, of some parts of the records of a kind, one after the other.

    What is in the frame is taken out of the parts: there is not room for both.
    """
    specs = [spec for spec in fields_of(kind) if all(spec.name in part for part in parts)]
    return pd.DataFrame(
        {
            spec.name: _joined(spec.type, [each for part in parts for each in part.pop(spec.name)])
            for spec in specs
        }
    )


def _piece(of: FieldType, values: Sequence[Any]) -> pa.Array:
    if of is FieldType.FLAG:
        values = [None if value is None else bool(value) for value in values]
    return pa.array(values, _ARROW[of])


def _joined(of: FieldType, pieces: Sequence[pa.Array]) -> pd.Series:
    whole = pa.concat_arrays(pieces) if pieces else pa.array([], _ARROW[of])
    if of is FieldType.TIME:
        since = whole.fill_null(np.iinfo(np.int64).min).to_numpy(zero_copy_only=False)
        return pd.Series(since.view("datetime64[us]")).dt.tz_localize("UTC")
    if pa.types.is_large_string(whole.type):
        return as_text(whole)
    return pd.Series(pd.array(whole.to_pandas(integer_object_nulls=True), dtype=DTYPES[of]))


_STR: Any = pd.StringDtype("pyarrow", na_value=np.nan)
"""The type that pandas calls "str"."""


def as_text(texts: pa.Array) -> pd.Series:
    """Texts of Arrow as a column."""
    return pd.Series(_STR.__from_arrow__(texts))


def frame_of_stored(kind: RecordKind, columns: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """As `frame_of_columns`, of columns as the database gives them (`store.portions`)."""
    return pd.DataFrame(
        {spec.name: _stored(spec.type, columns[spec.name]) for spec in fields_of(kind)}
    )


def _stored(of: FieldType, values: Sequence[object]) -> pd.Series:
    if of is FieldType.FLAG:
        values = [None if value is None else bool(value) for value in values]
    elif of is FieldType.TIME:
        missing = np.iinfo(np.int64).min
        since = [missing if value is None else value for value in values]
        times = np.array(since, dtype=np.int64).view("datetime64[us]")
        return pd.Series(times).dt.tz_localize("UTC")
    return pd.Series(list(values), dtype=DTYPES[of])


def frame_of_records(kind: RecordKind, records: Iterable[Record]) -> pd.DataFrame:
    """A typed frame of a record kind from its records."""
    names = column_names(kind)
    rows = list(map(attrgetter(*names), records))
    columns = zip(*rows, strict=True) if rows else [() for _ in names]
    return frame_of_columns(kind, dict(zip(names, map(list, columns), strict=True)))


def are_among(texts: pd.Series, wanted: Iterable[str]) -> NDArray[np.bool_]:
    """Which texts of a column are some of very many: `Series.isin` looks at each of those alone."""
    some = pa.array(list(wanted), pa.large_string())
    return np.asarray(pc.is_in(pa.array(texts.astype("str")), value_set=some), dtype=bool)
