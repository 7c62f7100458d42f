"""What is told of the incidents of a grouping: titles, fields, openings, what they cost."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Self, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from problem_mining.explain import PURITY_FIELDS, MemberFacts
from problem_mining.lineage import MemberKey
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.pipeline import Grouping
from problem_mining.plain_titles import Written, written_in
from problem_mining.row_order import by_opening

SourceOf = Callable[[str], tuple[str, str]]
"""Gives source and number of the key of an incident."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNKNOWN = np.iinfo(np.int64).min


class Facts(Sequence[MemberFacts]):
    """What is told of each row of a grouping; put together when it is asked for.

    Few incidents are members or nearly so, and all it takes to clean their texts is spent on those.

    Attributes:
        titles: of all rows.
        costs: of all rows.
        written: how words are written in the titles.
    """

    def __init__(
        self,
        incidents: pd.DataFrame,
        grouping: Grouping,
        *,
        written: Callable[[], Written] | None = None,
        opened: Mapping[MemberKey, datetime | None] | None = None,
    ) -> None:
        """What is told of the rows of a grouping.

        Args:
            incidents: the frame that was mined.
            grouping: from `mine`.
            written: what tells how words are written, where that is known already.
            opened: the opening of each, by source and number, where it is known already.
        """
        frame = _in_rows(incidents, grouping)
        self.titles = _texts(frame, "title")
        self.costs = Costs.of(frame)
        self.written = written or partial(written_in, self.titles)
        self._known_openings = opened
        self._opened = _microseconds(frame)
        self._grouping = grouping
        self._named = {f: [*grouping.rows.values[f], ""] for f in PURITY_FIELDS}
        self._made: dict[int, MemberFacts] = {}

    def __len__(self) -> int:
        return len(self.titles)

    @overload
    def __getitem__(self, at: int) -> MemberFacts: ...

    @overload
    def __getitem__(self, at: slice) -> list[MemberFacts]: ...

    def __getitem__(self, at: int | slice) -> MemberFacts | list[MemberFacts]:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        return self.some(np.array([at], dtype=np.int64))[0]

    def some(self, rows: IntArray) -> list[MemberFacts]:
        """Those of some rows, in their order."""
        wanted = rows.tolist()
        if new := [row for row in wanted if row not in self._made]:
            self._make(new)
        return [self._made[row] for row in wanted]

    @property
    def first_at(self) -> datetime | None:
        """The first opening that is known."""
        known = self._opened[self._opened != _UNKNOWN]
        return _moment(int(known.min())) if len(known) else None

    def openings(self, source_of: SourceOf) -> Mapping[MemberKey, datetime | None]:
        """The opening of each, by source and number."""
        if self._known_openings is not None:
            return self._known_openings
        moments = map(_moment, self._opened.tolist())
        return dict(zip(map(source_of, self._grouping.keys), moments, strict=True))

    def days(self, zone: str) -> Counter[date]:
        """How many were opened on each day of a zone."""
        known = self._opened[self._opened != _UNKNOWN].view("datetime64[us]")
        local = pd.DatetimeIndex(known, tz="UTC").tz_convert(zone).tz_localize(None)
        found, n = np.unique(local.to_numpy("datetime64[D]"), return_counts=True)
        return Counter(dict(zip(found.tolist(), n.tolist(), strict=True)))

    def contents(self, groups: Sequence[IntArray]) -> list[bytes]:
        """All that is told of the rows of each group, as bytes that are the same where it is."""
        if not groups:
            return []
        rows = np.unique(np.concatenate(groups))
        content = self._content(rows)
        return [content[np.searchsorted(rows, group)].tobytes() for group in groups]

    def _content(self, rows: IntArray) -> NDArray[np.uint64]:
        """What is told of some rows as numbers: a hash of each text, numbers as they are."""
        told, costs = self._grouping.rows, self.costs
        columns = [
            _hashes([told.keys[row] for row in rows.tolist()]),
            _hashes([self.titles[row] for row in rows.tolist()]),
            _hashes([costs.problems[row] for row in rows.tolist()]),
            told.table.hashes[told.of_text[rows]],
            *(_hashes(self._named[f])[told.codes[f][rows]] for f in PURITY_FIELDS),
            *(
                np.ascontiguousarray(each[rows]).view(np.uint64)
                for each in (self._opened, self._grouping.scores, costs.hours, costs.users)
            ),
        ]
        return np.column_stack(columns)

    def _make(self, new: Sequence[int]) -> None:
        """Put some rows together."""
        rows, at = self._grouping.rows, np.array(new, dtype=np.int64)
        named = [
            [self._named[f][code] for code in rows.codes[f][at].tolist()] for f in PURITY_FIELDS
        ]
        opened, scores = self._opened[at].tolist(), self._grouping.scores[at].tolist()
        texts = rows.of_text[at].tolist()
        told = zip(new, opened, scores, texts, zip(*named, strict=True), strict=True)
        for row, moment, score, text, fields in told:
            self._made[row] = MemberFacts(
                title=self.titles[row],
                cleaned=partial(rows.texts.__getitem__, row),
                fields=dict(zip(PURITY_FIELDS, fields, strict=True)),
                opened_at=_moment(moment),
                score=score,
                words=rows.table.words_of(text),
            )


def facts_of(incidents: pd.DataFrame | Facts, grouping: Grouping) -> Facts:
    """What is told of the rows of a grouping, where it is not there already."""
    return incidents if isinstance(incidents, Facts) else Facts(incidents, grouping)


def _in_rows(incidents: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """What is told of the rows of a grouping, in their order; as they were mined, or otherwise."""
    named = ("title", "opened_at", "problem", "handling_h", "affected_users")
    told = incidents[["key", *(name for name in named if name in incidents)]]
    order = by_opening(told)
    if tuple(told["key"].iloc[order].astype(str)) == grouping.keys:
        return told.iloc[order]
    return told.set_index(told["key"].astype(str)).reindex(list(grouping.keys))


def _hashes(texts: Sequence[str]) -> NDArray[np.uint64]:
    return pd.util.hash_array(np.array(texts, dtype=object), categorize=False)


def _microseconds(frame: pd.DataFrame) -> IntArray:
    """The opening of each row in microseconds since 1970, the least of all where unknown."""
    if "opened_at" not in frame.columns:
        return np.full(len(frame), _UNKNOWN)
    times = pd.to_datetime(frame["opened_at"], utc=True, errors="coerce").dt.tz_localize(None)
    return times.to_numpy("datetime64[us]").view(np.int64)


def _moment(at: int) -> datetime | None:
    return None if at == _UNKNOWN else _EPOCH + timedelta(microseconds=at)


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * len(frame)
    if frame[name].dtype == "str":
        return list(frame[name].fillna("").tolist())
    return ["" if pd.isna(value) else str(value) for value in frame[name].tolist()]


@dataclass(frozen=True, slots=True)
class Costs:
    """What incidents cost as far as it is known, and the problems they are linked to."""

    hours: FloatArray
    users: FloatArray
    problems: Sequence[str]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Those of a frame of incidents; NaN and "" where there is none."""
        hours, users = (_numbers(frame, name) for name in ("handling_h", "affected_users"))
        return cls(hours, users, _texts(frame, "problem"))

    def some(self, rows: IntArray) -> "Costs":
        """What is known of those of some incidents."""
        hours, users = self.hours[rows], self.users[rows]
        problems = [self.problems[row] for row in rows.tolist()]
        return Costs(hours[~np.isnan(hours)], users[~np.isnan(users)], problems)


def _numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
