"""What a desk holds: records with their life, in the words of the estate."""

from dataclasses import dataclass, field

from itsm.states import RecordKind

Value = str | int | float | bool | None
"""A field; times are whole seconds since 1970."""
Values = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Event:
    """One field that was changed, in the words of the estate; `field` as `HistoryField` has it."""

    id: int
    at: int
    actor: str
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment; an internal one is seen by agents only."""

    id: int
    at: int
    author: str
    text: str
    is_internal: bool


@dataclass(slots=True)
class Held:
    """A record of any kind.

    Attributes:
        id: of its sequence; none is ever given twice.
        number: the estate's number.
        values: its fields by canonical name.
        version: counts its changes.
        entry: the id of the entry that created it.
        beside: clocks, approvals and surveys that hang on it, as fields.
    """

    id: int
    kind: RecordKind
    number: str
    created: int
    updated: int
    values: Values
    version: int = 1
    entry: int = 0
    events: list[Event] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    beside: dict[RecordKind, list[Values]] = field(default_factory=dict)

    @property
    def entries(self) -> list[int]:
        """The ids of all that happened to it."""
        told = [one.id for one in self.events] + [one.id for one in self.remarks]
        return [self.entry, *told]

    def text(self, name: str) -> str:
        """A field as text, "" where there is none."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def time(self, name: str) -> int | None:
        """A time, if there is one."""
        value = self.values.get(name)
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is remembered of a record that was deleted."""

    id: int
    kind: RecordKind
    record: int
    number: str
    at: int
