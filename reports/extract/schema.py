"""What a table of the extract is: its columns with types and meanings, its key, what it refers to.

The tables themselves are data, in `dimension_tables` and `fact_tables`; files, descriptions and the
data package are made from them and from nothing else.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class ColumnType(StrEnum):
    """The types a column may have: those that Parquet, CSV, Power BI and Tableau all know."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "string"
    FLAG = "boolean"
    DATE = "date"
    TIME = "datetime"


@dataclass(frozen=True, slots=True)
class ExtractColumn:
    """One column; `refers_to` is the table whose key it holds, and `is_required` means no nulls."""

    name: str
    type: ColumnType
    description: str
    refers_to: str | None = None
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractTable:
    """One table; `key` are its primary key columns, and `by_week` means one part a week.

    The parts of a table are of the ISO week that `by_week` speaks of, in words.
    """

    name: str
    title: str
    description: str
    columns: tuple[ExtractColumn, ...]
    key: tuple[str, ...]
    by_week: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def is_fact(self) -> bool:
        """Whether it holds facts, not a dimension."""
        return self.name.startswith("fact_")


def integer(name: str, description: str, *, is_required: bool = False) -> ExtractColumn:
    """A column of whole numbers."""
    return ExtractColumn(name, ColumnType.INTEGER, description, None, is_required)


def number(name: str, description: str) -> ExtractColumn:
    """A column of numbers."""
    return ExtractColumn(name, ColumnType.NUMBER, description)


def text(name: str, description: str, *, is_required: bool = False) -> ExtractColumn:
    """A column of texts."""
    return ExtractColumn(name, ColumnType.TEXT, description, None, is_required)


def flag(name: str, description: str, *, is_required: bool = False) -> ExtractColumn:
    """A column of yes and no; null where it is not known."""
    return ExtractColumn(name, ColumnType.FLAG, description, None, is_required)


def time(name: str, description: str, *, is_required: bool = False) -> ExtractColumn:
    """A column of instants in UTC, to the second."""
    return ExtractColumn(name, ColumnType.TIME, description, None, is_required)


def date(name: str, description: str) -> ExtractColumn:
    """A column of days."""
    return ExtractColumn(name, ColumnType.DATE, description)


def own_key(name: str) -> ExtractColumn:
    """The surrogate key of a dimension."""
    return ExtractColumn(
        name,
        ColumnType.INTEGER,
        "Surrogate key: the same for the same member in every extract.",
        None,
        True,
    )


def key_to(
    dimension: str, description: str, *, name: str | None = None, is_required: bool = True
) -> ExtractColumn:
    """A column with keys of a dimension, such as "service" for dim_service."""
    column = name or f"{dimension}_key"
    return ExtractColumn(column, ColumnType.INTEGER, description, f"dim_{dimension}", is_required)


def day_and_week(of: str, what: str, *, is_required: bool = False) -> tuple[ExtractColumn, ...]:
    """The keys of the local day and of the ISO week of an instant."""
    return (
        key_to("date", f"The local day {what}.", name=f"{of}_date_key", is_required=is_required),
        key_to("week", f"The ISO week {what}.", name=f"{of}_week_key", is_required=is_required),
    )


def arrow_schema(table: ExtractTable) -> "pa.Schema":
    """The columns as Arrow types, with every description in the metadata."""
    import pyarrow as pa

    fields = [
        pa.field(
            column.name,
            _arrow_type(column.type),
            nullable=not column.is_required,
            metadata={"description": column.description},
        )
        for column in table.columns
    ]
    return pa.schema(fields, metadata={"title": table.title, "description": table.description})


def _arrow_type(kind: ColumnType) -> "pa.DataType":
    import pyarrow as pa

    return {
        ColumnType.INTEGER: pa.int64(),
        ColumnType.NUMBER: pa.float64(),
        ColumnType.TEXT: pa.string(),
        ColumnType.FLAG: pa.bool_(),
        ColumnType.DATE: pa.date32(),
        ColumnType.TIME: pa.timestamp("us", tz="UTC"),
    }[kind]
