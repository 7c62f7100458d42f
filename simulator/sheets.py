"""How a tool writes its exports: files, columns, and the form of each value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock, Times
from simulator.incidents import STATE_CODES

Cells = list[str]
Form = Callable[[Column], Cells]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of a tool: the records of some kinds with these columns.

    `columns` are (header, field, form); `kind` is what goes in.
    """

    file: str
    kind: RecordKind
    columns: tuple[tuple[str, str, Form], ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """The first line."""
        return tuple(header for header, _, _ in self.columns)

    @property
    def places(self) -> dict[str, int]:
        """The first column of each field."""
        places: dict[str, int] = {}
        for place, (_, name, _) in enumerate(self.columns):
            places.setdefault(name, place)
        return places

    def rows(self, block: ColumnBlock) -> list[tuple[str, ...]]:
        """The rows of a block as written."""
        blank = [""] * block.n
        cells = [
            form(block.columns[name]) if name in block.columns else blank
            for _, name, form in self.columns
        ]
        return list(zip(*cells, strict=True))


@dataclass(frozen=True, slots=True)
class Export:
    """The exports of one tool."""

    system: str
    sheets: tuple[Sheet, ...]
    delimiter: str = ","
    encoding: str = "utf-8"


def text(column: Column) -> Cells:
    """Text as it is."""
    return ["" if value is None else str(value) for value in column]


def iso_times(separator: str = " ", suffix: str = "") -> Form:
    """Times as 2026-03-01 08:09:10 in UTC, with another separator or a suffix."""

    def write(column: Column) -> Cells:
        times: Times = np.asarray(column, dtype="datetime64[s]")
        words = np.datetime_as_string(times)
        return [
            "" if word == "NaT" else word.replace("T", separator) + suffix
            for word in words.tolist()
        ]

    return write


def epochs(column: Column) -> Cells:
    """Times as seconds since 1970."""
    times: Times = np.asarray(column, dtype="datetime64[s]")
    none = np.isnat(times)
    seconds = times.astype(np.int64).tolist()
    return [
        "" if missing else str(value) for value, missing in zip(seconds, none.tolist(), strict=True)
    ]


def parted_times(pattern: Callable[[int, int, int, int, int, int], str]) -> Form:
    """Times from their parts: year, month, day, hour, minute, second."""

    def write(column: Column) -> Cells:
        times: Times = np.asarray(column, dtype="datetime64[s]")
        return [
            "" if at is None else pattern(at.year, at.month, at.day, at.hour, at.minute, at.second)
            for at in times.tolist()
        ]

    return write


def coded(codes: Mapping[str, str], *, missing: str = "") -> Form:
    """Meanings as the tool's own words; a meaning without one is written as it is."""

    def write(column: Column) -> Cells:
        return [missing if value is None else codes.get(str(value), str(value)) for value in column]

    return write


def flag(yes: str = "true", no: str = "false") -> Form:
    """Claims in the tool's two words."""

    def write(column: Column) -> Cells:
        return [yes if value else no for value in column]

    return write


def hours_as_duration(column: Column) -> Cells:
    """Hours as a ServiceNow duration: 1970-01-01 plus the time, in whole seconds."""
    seconds = np.array(
        [-1 if value is None else round(float(str(value)) * 3600) for value in column]
    )
    written = np.datetime_as_string(np.maximum(seconds, 0).astype("datetime64[s]")).tolist()
    return [
        "" if s < 0 else word.replace("T", " ")
        for s, word in zip(seconds.tolist(), written, strict=True)
    ]


def renumbered(pattern: str) -> Form:
    """Record numbers in the tool's style, from their prefix and running index."""

    def write(column: Column) -> Cells:
        cells = []
        for value in column:
            number = "" if value is None else str(value)
            prefix = number.rstrip("0123456789")
            digits = number[len(prefix) :]
            cells.append(pattern.format(prefix=prefix, index=int(digits)) if digits else number)
        return cells

    return write


def shown(states: Mapping[str, str]) -> Form:
    """Values of a history: states in the tool's own words, everything else as it is."""
    return coded(
        {
            STATE_CODES[meaning]: states[meaning.value]
            for meaning in STATE_CODES
            if meaning.value in states
        }
    )


def fixed(value: str) -> Form:
    """The same word in every row."""
    return lambda column: [value] * len(column)


def sheet(file: str, kind: RecordKind, spec: str, forms: Mapping[str, Form]) -> Sheet:
    """A sheet from its columns: "header=field:form; header=field; field", in order.

    A header alone is also the field; without a form the value is written as text.
    """
    columns = []
    for part in spec.replace("\n", " ").split(";"):
        header, _, rest = part.strip().partition("=")
        name, _, form = (rest or header).partition(":")
        columns.append(
            (header.partition(":")[0].strip(), name.strip(), forms[form] if form else text)
        )
    return Sheet(file, kind, tuple(columns))
