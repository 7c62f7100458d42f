"""The interfaces of a source: raw pages out of a system, and a pure mapping to records.

`Source` is what every connector is. The others are what a connector may be besides; whoever uses
one asks with `isinstance`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from itsm.records import HistoryEvent, Quarantined, RawRecord, Record
from itsm.states import RecordKind


@dataclass(frozen=True, slots=True)
class Page:
    """Raw records in the order of the source, and where to go on after them."""

    records: Sequence[RawRecord]
    cursor: str


class MappedRecord(NamedTuple):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A record the system says was deleted; `key` is that of the raw record."""

    source: str
    kind: RecordKind
    key: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class DeletionPage:
    """Deletions in the order they happened, and where to go on after them."""

    deletions: Sequence[Deletion]
    cursor: str


class Stamped(NamedTuple):
    """A raw key, and when its record was last updated if the system says so."""

    key: str
    updated_at: datetime | None


class Level(StrEnum):
    """How a finding of an examination is meant."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an examination of a source found.

    Attributes:
        check: what was looked at: network, tls, auth, permission, clock, zone, codes, fields.
        subject: of what, a record kind or a code table for example; "" for the whole source.
        said: what was found, in a sentence.
        remedy: what a person can do about it.
        line: the line to add to the configuration, where one would do.
    """

    check: str
    level: Level
    subject: str
    said: str
    remedy: str | None = None
    line: str | None = None


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

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """Kinds whose `record` names the raw key of what they hang on, not its number.

        Landing puts the number in its place.
        """
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


@runtime_checkable
class TellsDeletions(Protocol):
    """A source that says which records were deleted."""

    def deletions(self, cursor: str | None) -> Iterator[DeletionPage]:
        """What was deleted since a cursor (None: as far back as the system remembers).

        Raises:
            TransientSourceError, FatalSourceError: as `Source.pages`.
        """
        ...


@runtime_checkable
class Countable(Protocol):
    """A source whose own count a pull can be held against."""

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        """How many records the system holds of what is pulled; None where it does not say.

        Those that this user may not see are counted, too, where the system counts them.

        Args:
            kind: of which kind.
            keys: count only these, whatever else the pull leaves out.
        """
        ...

    def keys(self, kind: RecordKind) -> Iterator[Sequence[Stamped]]:
        """All records this user sees, page by page in the ascending order of their keys."""
        ...

    def fetch(self, kind: RecordKind, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The raw records with these keys, of those that are there and may be seen."""
        ...


@runtime_checkable
class Sweepable(Countable, Protocol):
    """A source that counts nothing, and whose keys show what was deleted all the same."""

    @property
    def swept(self) -> frozenset[RecordKind]:
        """The kinds that a walk through all keys makes sense for."""
        ...


@runtime_checkable
class ListsKeys(Sweepable, Protocol):
    """A source that shows single records one by one, so that a list of all keys costs less."""

    @property
    def lists_keys(self) -> bool:
        """Whether that is so: then its keys are compared all at once, now and then."""
        ...


@runtime_checkable
class MakesHistory(Protocol):
    """A source that tells no history, so that it is made from what differs between two pulls."""

    @property
    def makes_history_of(self) -> frozenset[RecordKind]:
        """The kinds it is made for; empty where the system tells it."""
        ...

    def differences(
        self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
    ) -> Sequence[tuple[HistoryEvent, ...]]:
        """What happened between two states of records, or up to their first one; pure.

        The same change gives the same event whichever pull sees it.

        Args:
            kind: of all of them.
            before: each as it was mapped from what the system gave before; None at first sight.
            after: each as it is mapped now.

        Returns:
            The events of each record of `after`.
        """
        ...


@runtime_checkable
class Examinable(Protocol):
    """A source that can say whether it would work, before anything is pulled."""

    def examine(self) -> Iterator[Finding]:
        """Network, TLS, credentials, permission per kind, clock, time zone, codes; in that order.

        Never raises a SourceError: what cannot be reached is a finding.
        """
        ...
