"""What a pull counted, by record kind and for a whole source."""

from collections.abc import Mapping
from dataclasses import dataclass

from itsm.states import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """What a pull did with one record kind; None where the system does not say.

    Attributes:
        kind: the record kind.
        read: raw records that were read.
        new: of these, the ones that were not there before.
        changed: of these, the ones that have other content than before.
        landed: raw records that became records, waiting ones included.
        quarantined: raw records that were set aside.
        on_server: how many the system says it holds.
        held: how many are in the store now and not known to be deleted.
        deleted: how many in the store the system has deleted.
        hidden: how many the system counts and has never shown to this user.
    """

    kind: RecordKind
    read: int
    new: int = 0
    changed: int = 0
    landed: int = 0
    quarantined: int = 0
    on_server: int | None = None
    held: int | None = None
    deleted: int = 0
    hidden: int | None = None

    @property
    def unexplained(self) -> int | None:
        """Records of the system that are neither held nor hidden; None where it does not say."""
        if self.on_server is None or self.held is None:
            return None
        return self.on_server - self.held - (self.hidden or 0)


@dataclass(frozen=True, slots=True)
class PullCount:
    """What a pull of one source did; `unmapped` counts codes by (field, code)."""

    source: str
    kinds: tuple[KindCount, ...]
    unmapped: Mapping[tuple[str, str], int]

    @property
    def read(self) -> dict[RecordKind, int]:
        """Raw records read, by kind."""
        return {count.kind: count.read for count in self.kinds}

    @property
    def landed(self) -> int:
        """Raw records that became records."""
        return sum(count.landed for count in self.kinds)

    @property
    def quarantined(self) -> int:
        """Raw records that were set aside."""
        return sum(count.quarantined for count in self.kinds)
