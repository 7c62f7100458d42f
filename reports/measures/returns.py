"""Resolutions that were taken back: by a reopening, or by a clone of the closed incident."""

import numpy as np
import pandas as pd

from reports.measures.data import DAY, Flags, Positions, Times
from reports.measures.texts import text_codes
from reports.measures.timeline import EventKind, Events, Timeline

HOLD_DAYS = 14
"""A resolution that was not taken back for so long has held."""


def reopened_within(timeline: Timeline, days: int) -> tuple[Flags, str | None]:
    """For each resolution, whether it was taken back in time; a note on what cannot be seen.

    Args:
        timeline: of incidents.
        days: how long a resolution has to hold.
    """
    is_resolution = timeline.events.kind == EventKind.RESOLVED
    resolutions = timeline.events.where(is_resolution)
    again_at = timeline.events.next_at(EventKind.REOPENED)[is_resolution]
    reopened = again_at <= resolutions.at + days * DAY
    if timeline.records["title"].isna().all():
        return reopened, "Clones of closed incidents cannot be found: the source gives no titles."
    cloned = _cloned(timeline, resolutions, days)
    note = (
        None
        if timeline.has_history
        else (
            "Only clones of closed incidents are found: without state history, reopenings of "
            "the same record are not known."
        )
    )
    return reopened | cloned, note


def _cloned(timeline: Timeline, resolutions: Events, days: int) -> Flags:
    """Resolutions followed by a new incident of the same text from the same caller or on the CI."""
    text = text_codes(timeline.records)
    cloned = np.zeros(len(resolutions), dtype=bool)
    for column in ("caller", "ci"):
        key = _joint_codes(timeline.records["source"], text, timeline.records[column])
        next_at = _next_opening(key, timeline.opened_at, resolutions)
        cloned |= next_at <= resolutions.at + days * DAY
    return cloned


def _joint_codes(source: "pd.Series[str]", text: Positions, value: "pd.Series[str]") -> Positions:
    """A code per (source, text, value), -1 where text or value is missing."""
    value_code, values = pd.factorize(value)
    source_code, sources = pd.factorize(source)
    joint = (text.astype(np.int64) * (len(values) + 1) + value_code) * len(sources) + source_code
    return np.where((text < 0) | (value_code < 0), -1, pd.factorize(joint)[0])


def _next_opening(key: Positions, opened_at: Times, resolutions: Events) -> Times:
    """The first opening with the same key after each resolution; NaT when there is none."""
    openings = pd.DataFrame({"key": key, "at": opened_at, "next_at": opened_at})
    asked = pd.DataFrame({"key": key[resolutions.record], "at": resolutions.at})
    asked["row"] = np.arange(len(asked))
    found = pd.merge_asof(
        asked[asked["key"] >= 0].sort_values("at", kind="stable"),
        openings[openings["key"] >= 0].sort_values("at", kind="stable"),
        on="at",
        by="key",
        direction="forward",
        allow_exact_matches=False,
    )
    next_at = np.full(len(asked), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    next_at[found["row"].to_numpy()] = found["next_at"].to_numpy()
    return next_at
