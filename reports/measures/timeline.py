"""Incidents and requests with their events, as known at a cut-off.

Every figure of handling is computed from these events, so backlog(W) = backlog(W-1) + opened +
reopened - resolved - canceled holds exactly. What does not depend on the cut-off is made once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
import pandas as pd

from itsm.states import HistoryField, RecordKind
from reports.measures.columns import Columns
from reports.measures.data import Flags, MeasureData, Positions, Texts, Times, flags, times
from reports.measures.events import EventKind, Events, Story, story_of
from reports.measures.trail import ROW, RecordIndex, Trail, trails_of
from reports.measures.weeks import WeekGrid

__all__ = ["EventKind", "Events", "Timeline", "Whole", "opening_order", "timeline_of", "whole_of"]

T = TypeVar("T")
_READ_WITH = (RecordKind.HISTORY, RecordKind.COMMENT)


@dataclass(frozen=True)
class Whole:
    """All counted records of one kind and all that is known of them now, whatever the week.

    `frames` are those it was made of; `columns` holds the counted records, in the order (source,
    number), and what is made of them once; `left_out` the opening times of the others, by reason.
    """

    kind: RecordKind
    frames: tuple[pd.DataFrame | None, ...]
    columns: Columns
    opened_at: Times
    story: Story
    trails: Mapping[HistoryField, Trail]
    index: RecordIndex
    left_out: Mapping[str, Times]

    def is_of(self, data: MeasureData) -> bool:
        """Whether it was made of the very frames of this data."""
        own = _read(data, self.kind)
        return all(one is other for one, other in zip(self.frames, own, strict=True))

    @property
    def comments(self) -> pd.DataFrame | None:
        """All comments there are, on records of any kind."""
        return self.frames[-1]


@dataclass(frozen=True)
class Timeline:
    """Records of one kind and their events as known at a cut-off.

    `records` holds the counted ones, in the order (source, number); `left_out` the opening times of
    test and duplicate records by reason; `is_exact` tells for each record whether history dates its
    events; `has_history` whether any state history is there; `trails` are all changes known
    now, those after the cut-off included; `memo` keeps what several families need. Of `whole`,
    which knows no cut-off, these are the records that `known` marks; None where they are all.
    """

    kind: RecordKind
    columns: Columns
    number: Texts
    opened_at: Times
    events: Events
    is_exact: Flags
    has_history: bool
    trails: Mapping[HistoryField, Trail]
    index: RecordIndex
    left_out: Mapping[str, Times]
    whole: Whole
    cutoff: np.datetime64
    known: Flags | None
    memo: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def records(self) -> pd.DataFrame:
        """The records, in the order (source, number)."""
        return self.columns.frame

    @cached_property
    def place(self) -> Positions | None:
        """Where each record of the whole stands here, -1 where it does not; None: in its place."""
        known = self.known
        return None if known is None else np.where(known, np.cumsum(known) - 1, -1)

    @cached_property
    def known_resolutions(self) -> Flags:
        """Which resolutions of the whole are known here, in their order."""
        done = self.whole.story.events.of(EventKind.RESOLVED)
        known = done.at <= self.cutoff
        return known if self.known is None else known & self.known[done.record]

    def spread(self, marked: Flags) -> Flags:
        """Marks of these records as marks of the records of the whole."""
        if self.known is None:
            return marked
        spread = np.zeros(len(self.known), dtype=bool)
        spread[self.known] = marked
        return spread

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made when it is first asked for at this cut-off."""
        if key not in self.memo:
            self.memo[key] = make()
        return cast("T", self.memo[key])

    def opened_between(self, start: np.datetime64, end: np.datetime64) -> Positions:
        """The records opened from an instant up to another, in the order of their opening."""
        order, at = opening_order(self.whole)
        known = at[: np.searchsorted(at, self.cutoff, side="right")]
        rows = order[np.searchsorted(known, start) : np.searchsorted(known, end)]
        return rows if self.place is None else self.place[rows]

    def opened_in(self, grid: WeekGrid) -> Positions:
        """The week in which each record was opened; -1 outside the weeks."""
        return self.once(("opened in", grid), lambda: grid.index_of(self.opened_at))

    def counted_in(self, grid: WeekGrid) -> Positions:
        """The same, without the records that were canceled in that very week."""
        return self.once(("counted in", grid), lambda: self._counted_in(grid))

    def _counted_in(self, grid: WeekGrid) -> Positions:
        return np.where(self.canceled_in_week_of_opening(grid), -1, self.opened_in(grid))

    def canceled_in_week_of_opening(self, grid: WeekGrid) -> Flags:
        """Records opened and canceled within one week: they count apart from both."""
        return self.once(("canceled in", grid), lambda: self._canceled_in(grid))

    def _canceled_in(self, grid: WeekGrid) -> Flags:
        week = self.events.week_in(grid)
        within = (week >= 0) & (week == self.opened_in(grid)[self.events.record])
        final = np.full(len(self.opened_at), -1, dtype=np.int8)
        final[self.events.record[within]] = self.events.kind[within]
        return np.asarray(final == EventKind.CANCELED)


def opening_order(whole: Whole) -> tuple[Positions, Times]:
    """The records in the order of their opening, and their openings in that order."""
    order = whole.columns.once("opening order", lambda: np.argsort(whole.opened_at, kind="stable"))
    return order, whole.columns.once("openings", lambda: whole.opened_at[order])


def timeline_of(data: MeasureData, kind: RecordKind, cutoff: np.datetime64) -> Timeline | None:
    """The timeline of incidents or requests; None when no source provides them."""
    whole = whole_of(data, kind)
    return None if whole is None else _as_known(whole, cutoff)


def _as_known(whole: Whole, cutoff: np.datetime64) -> Timeline:
    is_known = whole.opened_at <= cutoff
    known = None if is_known.all() else is_known
    columns = whole.columns if known is None else whole.columns.of_rows(known)
    told, by_fields = whole.story.is_told, whole.story.is_dated_by_fields
    trails = whole.trails.items()
    if known is not None:
        trails = {name: one.of_records(known) for name, one in trails}.items()
    return Timeline(
        kind=whole.kind,
        columns=columns,
        number=columns.texts("number"),
        opened_at=whole.opened_at if known is None else whole.opened_at[known],
        events=_events_by(whole.story.events, cutoff, known),
        is_exact=~(by_fields if known is None else by_fields[known]),
        has_history=bool((told & is_known).any()),
        trails={name: one for name, one in trails if len(one)},
        index=whole.index if known is None else whole.index.of_records(known),
        left_out={name: at[at <= cutoff] for name, at in whole.left_out.items()},
        whole=whole,
        cutoff=cutoff,
        known=known,
    )


def _events_by(events: Events, cutoff: np.datetime64, known: Flags | None) -> Events:
    """The events of known records by a cut-off."""
    kept = events.at <= cutoff
    if known is None:
        return events if kept.all() else events.where(kept)
    part = events.where(kept & known[events.record])
    return Events((np.cumsum(known) - 1)[part.record], part.at, part.kind)


def whole_of(data: MeasureData, kind: RecordKind) -> Whole | None:
    """All there is of one kind; what `prepared` has made of these very frames, if it has."""
    made = data.made.get(kind)
    if isinstance(made, Whole) and made.is_of(data):
        return made
    frame = data.frame(kind)
    if frame is None:
        return None
    ordered = _ordered_by_number(frame)
    left_out = _left_out(ordered)
    counted = ~np.logical_or.reduce(list(left_out.values()))
    columns = Columns(ordered if counted.all() else ordered[counted].reset_index(drop=True))
    opened_at = columns.times("opened_at")
    index = RecordIndex(columns.frame, kind)
    trails = trails_of(data, index, kind)
    return Whole(
        kind=kind,
        frames=_read(data, kind),
        columns=columns,
        opened_at=opened_at,
        story=story_of(columns, opened_at, trails.get(HistoryField.STATE)),
        trails=trails,
        index=index,
        left_out={name: times(ordered, "opened_at")[mask] for name, mask in left_out.items()},
    )


def _read(data: MeasureData, kind: RecordKind) -> tuple[pd.DataFrame | None, ...]:
    return tuple(data.frames.get(one) for one in (kind, *_READ_WITH))


def _ordered_by_number(frame: pd.DataFrame) -> pd.DataFrame:
    """Records by source and number; prepared ones are in this order."""
    if ROW not in frame:
        return frame.sort_values(["source", "number"], kind="stable", ignore_index=True)
    if frame[ROW].is_monotonic_increasing:
        return frame
    return frame.sort_values(ROW, ignore_index=True)


def _left_out(frame: pd.DataFrame) -> dict[str, Flags]:
    test = flags(frame, "is_test")
    if "duplicate_of" not in frame:
        return {"test record": test}
    duplicate = frame["duplicate_of"].notna().to_numpy() & ~test
    return {"test record": test, "duplicate of another record": duplicate}
