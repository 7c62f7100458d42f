"""The members of dimensions, collected while facts are made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from itsm.errors import PublishError
from reports.extract.keys import NOT_GIVEN, Keys, surrogate

Member = tuple[str | None, ...]
"""What names a member, such as (category, subcategory)."""


@dataclass(slots=True)
class Members:
    """Which members facts have named, by dimension.

    Attributes:
        clean: takes what is personal out of a label; labels come from the records of a source,
            where anything may stand.
        named: the cleaned label of every member by its key, by dimension.
        days: the local days that facts name, as days since 1970.
    """

    clean: Callable[[str], str]
    named: dict[str, dict[int, Member]] = field(default_factory=dict)
    days: set[int] = field(default_factory=set)
    _keys: dict[str, dict[Member, int]] = field(default_factory=dict)

    def key(self, dimension: str, *label: str | None) -> int:
        """The key of one member; 0 where nothing of it is given."""
        if all(part is None for part in label):
            return NOT_GIVEN
        known = self._keys.setdefault(dimension, {})
        if label not in known:
            known[label] = self._enter(dimension, label)
        return known[label]

    def keys(self, dimension: str, *columns: "pd.Series") -> Keys:
        """The keys of the members that rows name.

        Args:
            dimension: such as "category".
            columns: one per part of a label, of one length; missing is not given.

        Returns:
            Shape (n,).
        """
        if len(columns) == 1:
            codes, words = pd.factorize(columns[0])
            labels: Iterable[Member] = ((str(word),) for word in words)
        else:
            together = pd.MultiIndex.from_arrays([_plain(column) for column in columns])
            codes, found = pd.factorize(together)
            labels = (tuple(part or None for part in label) for label in found)
        keys = [self.key(dimension, *label) for label in labels]
        return np.array([*keys, NOT_GIVEN], dtype=np.int64)[codes]

    def _enter(self, dimension: str, label: Member) -> int:
        key = surrogate(dimension, *(part or "" for part in label))
        shown = tuple(None if part is None else self.clean(part) for part in label)
        kept = self.named.setdefault(dimension, {}).setdefault(key, shown)
        if kept != shown:
            raise PublishError(
                f"two members of dim_{dimension} have one key, {key}: {kept[0]!r} and {shown[0]!r};"
                " rename one of them in its source"
            )
        return key

    def sorted(self, dimension: str) -> Iterator[tuple[int, Member]]:
        """The members of a dimension with their keys, in the order of the keys."""
        yield from sorted(self.named.get(dimension, {}).items())

    def keep(self, dimension: str, members: Mapping[int, Member]) -> None:
        """Keep members that an earlier extract has named."""
        for key, label in members.items():
            self.named.setdefault(dimension, {}).setdefault(key, label)


def _plain(column: "pd.Series") -> "pd.Series":
    """A column with "" where it is missing."""
    return column.astype(object).where(column.notna(), "")
