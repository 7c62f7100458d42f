"""Resolutions that were taken back: by a reopening, or by a clone of the closed incident."""

import numpy as np
import pandas as pd

from reports.measures.columns import Columns
from reports.measures.data import DAY, TIME_TYPE, Flags, Positions, Times
from reports.measures.texts import text_codes
from reports.measures.timeline import EventKind, Events, Timeline, Whole
from reports.measures.windows import EventsByUnit

HOLD_DAYS = 14
"""A resolution that was not taken back for so long has held."""


def reopened_within(timeline: Timeline, days: int) -> tuple[Flags, str | None]:
    """For each resolution, whether it was taken back in time; a note on what cannot be seen.

    Args:
        timeline: of incidents.
        days: how long a resolution has to hold.
    """
    whole, known = timeline.whole, timeline.known_resolutions
    resolutions = timeline.events.of(EventKind.RESOLVED)
    held_until = np.minimum(resolutions.at + days * DAY, timeline.cutoff)
    reopened = np.asarray(reopened_at(whole)[known] <= held_until)
    if not timeline.columns.is_known("title").any():
        return reopened, "Clones of closed incidents cannot be found: the source gives no titles."
    cloned = np.asarray(cloned_at(whole)[known] <= held_until)
    note = (
        None
        if timeline.has_history
        else (
            "Only clones of closed incidents are found: without state history, reopenings of "
            "the same record are not known."
        )
    )
    return reopened | cloned, note


def reopened_at(whole: Whole) -> Times:
    """When each resolution of the whole was taken back by the record's next event; NaT: not."""
    return whole.columns.once("reopened at", lambda: _reopened_at(whole.story.events))


def _reopened_at(events: Events) -> Times:
    is_resolution = events.kind == EventKind.RESOLVED
    return np.asarray(events.next_at(EventKind.REOPENED)[is_resolution], dtype=TIME_TYPE)


def cloned_at(whole: Whole) -> Times:
    """When an incident of the same text came after each resolution of the whole; NaT: none did.

    It has to come from the same caller, or on the same CI.
    """
    return whole.columns.once("cloned at", lambda: _cloned_at(whole))


def _cloned_at(whole: Whole) -> Times:
    resolutions = whole.story.events.of(EventKind.RESOLVED)
    text = text_codes(whole.columns.frame)
    found = [
        _next_opening(_joint_codes(whole.columns, text, column), whole.opened_at, resolutions)
        for column in ("caller", "ci")
    ]
    return np.asarray(np.fmin(found[0], found[1]), dtype=TIME_TYPE)


def _joint_codes(columns: Columns, text: Positions, name: str) -> Positions:
    """A code per (source, text, value), -1 where text or value is missing."""
    value, source = columns.coded(name), columns.coded("source")
    joint = text.astype(np.int64) * (len(value.words) + 1) + value.codes
    joint = joint * len(source.words) + source.codes
    return np.where((text < 0) | (value.codes < 0), -1, pd.factorize(joint)[0])


def _next_opening(key: Positions, opened_at: Times, resolutions: Events) -> Times:
    """The first opening with the same key after each resolution; NaT when there is none."""
    is_shared = np.bincount(key + 1, minlength=1)[key + 1] > 1
    events = EventsByUnit.of(np.where(is_shared, key, -1), opened_at)
    asked = np.where(is_shared, key, -1)[resolutions.record]
    place = events.following(asked, resolutions.at, "right")
    next_at = np.full(len(asked), np.datetime64("NaT", "us"), dtype=TIME_TYPE)
    next_at[place >= 0] = opened_at[place[place >= 0]]
    return next_at
