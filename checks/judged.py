"""What was found of a part of the records of one kind: enough to tell of all parts together.

A part says all that the whole needs of it, and under which conditions it would be the same again:
so parts are judged one after the other, and what was found of one is used again on another day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from itsm.states import RecordKind

Moments = NDArray[np.int64]
"""Times as whole microseconds since 1970, ascending."""
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One expectation on some records.

    Attributes:
        n_checked: how many were judged.
        n_failed: how many of these fail.
        failed: the numbers of those that fail, each once and in order; of those that only warn,
            the first few.
        shown: how often each value occurs among those that fail, where values are shown.
    """

    n_checked: int
    n_failed: int
    failed: tuple[str, ...] = ()
    shown: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a profile tells of: how many have each field, the codes of each, records by week.

    A field with more different codes than are watched has None in their place.
    """

    filled: Mapping[str, int]
    codes: Mapping[str, tuple[str, ...] | None]
    weeks: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What is needed of a part to see which of its records share values with others.

    Attributes:
        hashes: of the values of each record that has all of them.
        rows: the records whose hash occurs more than once, by their hash: their number, and a
            longer hash of each value.
    """

    hashes: Hashes
    rows: Mapping[int, tuple[tuple[str, ...], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The numbers that records name of another kind: those that were read, and the others."""

    found: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found of a part.

    Attributes:
        n_records: how many records there are.
        n_aside: how many of them are to be set aside.
        tallies: by rule; the rules that look at records together are in `together`.
        applying: the rules that apply only if some record has what they ask for, and one has.
        together: by rule.
        references: by the kind that is referred to, where that is judged.
        moved: when each record last moved.
        seen: what a profile tells.
        active: in how many records something happened, by week.
        same_from: as long as the moment after which nothing can have happened lies from here,
        same_until: and before here, the same would be found; None for ever.
    """

    n_records: int
    n_aside: int
    tallies: Mapping[str, Tally]
    applying: frozenset[str]
    together: Mapping[str, Together]
    references: Mapping[RecordKind, References]
    moved: Moments
    seen: Seen
    active: Mapping[str, int]
    same_from: int | None = None
    same_until: int | None = None

    def holds(self, latest: int, known: Mapping[RecordKind, Any]) -> bool:
        """Whether the same would be found again of the same records.

        Args:
            latest: the moment after which nothing can have happened.
            known: the numbers that were read, per kind.
        """
        if not self.is_plausible(latest):
            return False
        for kind, told in self.references.items():
            numbers = known.get(kind) or frozenset()
            if not numbers.issuperset(told.found) or not numbers.isdisjoint(told.missing):
                return False
        return True

    def is_plausible(self, latest: int) -> bool:
        """Whether the same times would be plausible; `latest` as for `holds`."""
        if self.same_from is not None and latest < self.same_from:
            return False
        return self.same_until is None or latest < self.same_until
