"""What a preset says: where fields come from, and what codes mean.

Column names of exports are compared without case, blanks and punctuation, so "Short description"
finds `short_description`; those of an API are taken as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from functools import lru_cache

from itsm.fields import FieldSpec
from itsm.records import RECORD_TYPES
from itsm.states import RecordKind

Codes = Mapping[str, Mapping[str, str]]
"""The code tables of a preset: table, code, meaning."""

KIND_TABLE = "record_kind"
"""The code table of record kinds."""


class Side(StrEnum):
    """Which of the two things an API says of a cell is read: its value, or what people see."""

    VALUE = "value"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Refinement:
    """A second column that says more where the first one's meaning is `when`."""

    when: str
    columns: tuple[str, ...]
    codes: str


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where the value of one field comes from.

    Attributes:
        columns: column names, folded for exports; the first that holds something wins.
        codes: the code table, for fields with codes.
        unit: "duration" for hours written as a duration; "listed" for a flag that is true for the
            words in the code table and false for all others.
        constant: the value of every record, where no column holds one.
        side: which side of an API's cell is read; None: labels for texts, values for all else.
    """

    field: str
    columns: tuple[str, ...] = ()
    codes: str | None = None
    unit: str | None = None
    constant: str | None = None
    refine: Refinement | None = None
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class EventLog:
    """How several rows of one record, one per update, become a record with its history.

    Attributes:
        order: the column that orders the rows of a record.
        at: the column with the time of the update.
        actor: the column with who made it.
        tracks: the fields whose changes become history.
        sticky: columns whose last value counts, should later rows leave them empty.
        highest: columns whose highest value counts.
        state_only: a column that only files with one row per record have: no history then.
        has_resolution_clock: whether `sla_met` and `resolved_at` make an SLA clock.
    """

    order: str
    at: str
    actor: str
    tracks: tuple[str, ...]
    sticky: tuple[str, ...] = ()
    highest: tuple[str, ...] = ()
    state_only: str | None = None
    has_resolution_clock: bool = False


@dataclass(frozen=True, slots=True)
class KindPreset:
    """One record kind of a preset.

    `key` are the columns that may hold a record's number; for a row without one, the values of
    `compose` are put together, each from the first of its columns that holds something.
    `kind_columns` say of which kind a row is, in exports that mix kinds. `comments` is a column
    that the export repeats for each comment of the record.
    """

    kind: RecordKind
    key: tuple[str, ...]
    rules: tuple[FieldRule, ...]
    compose: tuple[tuple[str, ...], ...] = ()
    events: EventLog | None = None
    comments: str | None = None
    kind_columns: tuple[str, ...] = ()

    def code_table(self, field: str) -> str | None:
        """The code table that says what a field's codes mean; None: it has none."""
        return next((rule.codes for rule in self.rules if rule.field == field), None)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """All columns a number may come from."""
        return (*self.key, *(column for part in self.compose for column in part))


@dataclass(frozen=True, slots=True)
class Preset:
    """What the exports of one tool look like."""

    name: str
    description: str
    kinds: Mapping[RecordKind, KindPreset]
    codes: Codes
    empty: frozenset[str] = frozenset()
    day_first: bool | None = None


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A column name without case, blanks and punctuation around and between its words."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_") or name


def table_of(spec: FieldSpec) -> str | None:
    """The name of the code table a field has if its preset names none."""
    if spec.enum is None:
        return None
    return re.sub(r"(?<!^)(?=[A-Z])", "_", spec.enum.__name__).lower()


def default_rule(spec: FieldSpec) -> FieldRule:
    """The rule of a field whose column has its own name, and so the same folded or not."""
    return FieldRule(spec.name, (spec.name,), codes=table_of(spec))


def required_fields(kind: RecordKind) -> tuple[str, ...]:
    """The fields without which there is no record of a kind, beside its key."""
    return tuple(
        field.name
        for field in fields(RECORD_TYPES[kind])
        if field.default is MISSING and field.name not in ("source", "number")
    )
