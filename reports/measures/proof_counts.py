"""Members of an improvement and comparable incidents, counted by week and service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from itsm.errors import MeasureError
from itsm.proof import FieldIs, MemberPattern, Stratum
from itsm.states import RecordKind
from reports.measures.data import Flags, MeasureData, Positions, Times
from reports.measures.mined import mined_of
from reports.measures.rate_ratio import Weekly
from reports.measures.timeline import Timeline, timeline_of
from reports.measures.weeks import instant

ELSEWHERE = "all other services"
"""The stratum of services that have too few comparable incidents of their own."""
MIN_COMPARED = 30
"""A service is its own comparison when it has so many comparable incidents in the baseline."""
NEAR_FIELDS = ("ci", "subcategory", "category")
"""What tells where members strike, the narrowest first."""
_WIDEST = 8
"""A field with more values among the members does not tell where they strike."""
_TOLD = 0.8
"""Nor does one that fewer of the members have."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The incidents known at a moment; test records and duplicates are none."""

    data: MeasureData
    as_of: datetime
    timeline: Timeline

    @property
    def first_at(self) -> np.datetime64:
        """When the records begin."""
        return np.datetime64(self.timeline.opened_at.min(), "us")

    def members(self, pattern: MemberPattern) -> Flags:
        """Which incidents a pattern means.

        Raises:
            MeasureError: it names mined candidates and none were handed in, or a column that
                incidents do not have.
        """
        found = np.zeros(len(self.timeline.opened_at), dtype=bool)
        if pattern.candidates:
            found |= self._mined(pattern.candidates)
        if pattern.problems:
            source = self.timeline.columns.texts("source", "")
            problem = self.timeline.columns.texts("problem", "")
            found |= np.isin((source + "/" + problem).astype(str), pattern.problems)
        if pattern.fields:
            found |= self.with_fields(pattern.fields)
        return found

    def with_fields(self, fields: Sequence[FieldIs]) -> Flags:
        """Which incidents have every field named."""
        kept = np.ones(len(self.timeline.opened_at), dtype=bool)
        for one in fields:
            if one.field not in self.timeline.columns.frame:
                raise MeasureError(
                    f"the pattern names the field {one.field!r}, which incidents do not have; "
                    "name a field of docs/files.md"
                )
            values = frozenset(one.values)
            kept &= self.timeline.columns.coded(one.field).marks(values.__contains__)
        return kept

    def _mined(self, candidates: tuple[str, ...]) -> Flags:
        members = self.data.candidate_of
        if members is None:
            raise MeasureError(
                f"the pattern names {', '.join(candidates)}, and no mined incidents were handed "
                "in; hand in the members of a finished mining run"
            )
        found = mined_of(self.timeline, members)
        wanted = np.isin(found.candidate.words.astype(str), candidates)
        marked: Flags = np.append(wanted, False)[found.of_record]
        return marked


def watched_of(data: MeasureData, as_of: datetime) -> Watched:
    """The incidents known at a moment; made once for all entries.

    Raises:
        MeasureError: no source provides incidents.
    """
    timeline = timeline_of(data, RecordKind.INCIDENT, instant(as_of))
    if timeline is None or not len(timeline.opened_at):
        raise MeasureError("no source provides incidents, so that nothing can be proven")
    return Watched(data, as_of, timeline)


@dataclass(frozen=True, slots=True)
class Groups:
    """Members and comparable incidents; they share none, and some incidents are neither."""

    members: Flags
    compared: Flags

    @classmethod
    def of(
        cls, watched: Watched, pattern: MemberPattern, others: Sequence[MemberPattern]
    ) -> "Groups":
        """Members of a pattern, and what belongs neither to it nor to another entry."""
        members = watched.members(pattern)
        taken = members.copy()
        for other in _united(others):
            taken |= watched.members(other)
        return cls(members, ~taken)

    def beside(self, watched: Watched, near: Sequence[FieldIs]) -> "Groups":
        """Comparable incidents where the members strike, and those that strike elsewhere."""
        there = watched.with_fields(near)
        return Groups(self.compared & there, self.compared & ~there)


def _united(patterns: Sequence[MemberPattern]) -> list[MemberPattern]:
    """Patterns that mean the same incidents together, and are fewer to look for."""
    named = MemberPattern(
        candidates=tuple(sorted({name for one in patterns for name in one.candidates})),
        problems=tuple(sorted({name for one in patterns for name in one.problems})),
    )
    by_fields = sorted({one.fields for one in patterns if one.fields})
    return [named, *(MemberPattern(fields=fields) for fields in by_fields)]


def strata_of(
    watched: Watched, groups: Groups, edges: Times, services: Sequence[str]
) -> tuple[Stratum, ...]:
    """Weekly counts by service; what is on none of the services goes into the last stratum.

    Args:
        watched: the incidents.
        groups: what to count.
        edges: shape (n_weeks + 1,), the first instant of each week, and the end.
        services: the services that are strata of their own.
    """
    names = tuple(one for one in services if one != ELSEWHERE)
    code = _codes(watched, names)
    members, compared = (
        _by_week(watched, kept, edges, (code, len(names) + 1)).tolist()
        for kept in (groups.members, groups.compared)
    )
    return tuple(
        Stratum(service=name, members=tuple(own), compared=tuple(other))
        for name, own, other in zip((*names, ELSEWHERE), members, compared, strict=True)
    )


def _codes(watched: Watched, services: tuple[str, ...]) -> Positions:
    """The place of each incident's service among the services; the last place for any other."""
    coded = watched.timeline.columns.coded("service")
    place = {name: index for index, name in enumerate(services)}
    known = [place.get(str(word), len(services)) for word in coded.words]
    return np.array([*known, len(services)], dtype=np.intp)[coded.codes]


def _by_week(
    watched: Watched, kept: Flags, edges: Times, of: tuple[Positions, int]
) -> "np.typing.NDArray[np.int64]":
    """Incidents of each stratum and week."""
    code, n = of
    n_weeks = max(len(edges) - 1, 0)
    week = np.searchsorted(edges, watched.timeline.opened_at, side="right") - 1
    inside = kept & (week >= 0) & (week < n_weeks)
    cells = code[inside] * n_weeks + week[inside]
    return np.bincount(cells, minlength=n * n_weeks).reshape(n, n_weeks).astype(np.int64)


def services_of(watched: Watched, groups: Groups, edges: Times) -> tuple[str, ...]:
    """The services that members are on and that have enough to compare with, by name."""
    coded = watched.timeline.columns.coded("service")
    within = np.array([edges[0], edges[-1]], dtype=edges.dtype)
    whole = strata_of(watched, groups, within, tuple(sorted(map(str, coded.words))))
    return tuple(
        one.service
        for one in whole[:-1]
        if one.members[0] and one.compared[0] >= max(MIN_COMPARED, one.members[0])
    )


def near_of(watched: Watched, groups: Groups, edges: Times) -> tuple[FieldIs, ...]:
    """Where members struck: the narrowest field with few values that leaves others to watch."""
    opened = watched.timeline.opened_at
    members = groups.members & (opened >= edges[0]) & (opened < edges[-1])
    for name in NEAR_FIELDS:
        coded = watched.timeline.columns.coded(name)
        own = coded.codes[members]
        codes = np.unique(own[own >= 0])
        if not 0 < len(codes) <= _WIDEST or (own >= 0).mean() < _TOLD:
            continue
        if int((groups.compared & np.isin(coded.codes, codes)).sum()) >= MIN_COMPARED:
            values = tuple(sorted(str(coded.words[code]) for code in codes.tolist()))
            return (FieldIs(field=name, values=values),)
    return ()


def weekly_of(strata: Sequence[Stratum], kept: Sequence[bool] | slice = slice(None)) -> Weekly:
    """Counts of strata as arrays, of all weeks or of those that are kept."""
    chosen = kept if isinstance(kept, slice) else np.array(kept, dtype=bool)
    members, compared = (
        np.array([getattr(one, name) for one in strata], dtype=np.float64)[:, chosen]
        for name in ("members", "compared")
    )
    return Weekly(members, compared)
