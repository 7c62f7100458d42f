"""The interface of a source: raw pages out of a system, and a pure mapping to records."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from itsm.records import Quarantined, RawRecord, Record
from itsm.states import RecordKind


@dataclass(frozen=True, slots=True)
class Page:
    """Raw records in the order of the source, and where to go on after them."""

    records: Sequence[RawRecord]
    cursor: str


@dataclass(frozen=True, slots=True)
class MappedRecord:
    """The records made from one raw record; the first is its own, the rest hang on it.

    If one of them is set aside, all are, with the raw record's key.
    """

    key: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What mapping made of raw records: one entry per raw record, mapped or quarantined.

    `unmapped_codes` counts codes without a meaning by (field, code); their records are kept, with
    the meaning "unmapped".
    """

    mapped: tuple[MappedRecord, ...]
    quarantined: tuple[Quarantined, ...]
    unmapped_codes: Mapping[tuple[str, str], int] = field(default_factory=Counter)


class Source(Protocol):
    """A configured ITSM instance, or exports of one."""

    @property
    def name(self) -> str:
        """The source's name in the configuration."""
        ...

    @property
    def kinds(self) -> tuple[RecordKind, ...]:
        """The record kinds it provides, in the order they are pulled."""
        ...

    def pages(self, kind: RecordKind, cursor: str | None) -> Iterator[Page]:
        """The raw records of a kind from where a cursor points (None: from the start).

        Raises:
            TransientSourceError: trying again may help.
            FatalSourceError: it does not.
        """
        ...

    def mapping_version(self, kind: RecordKind) -> str:
        """One word that changes whenever the same raw records would map to other records."""
        ...

    def map(self, kind: RecordKind, raw: Sequence[RawRecord]) -> Mapped:
        """Records from raw records; pure, order kept, nothing lost."""
        ...
