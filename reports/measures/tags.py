"""Any figure by tag: security, patching, a launch. A tag is a rule over records, not a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pandas as pd

from itsm.clocks import ReportingWeek
from itsm.figures import FigureResult
from itsm.states import RecordKind
from itsm.statistics import MAX_WEEKS
from reports.measures.compute import compute
from reports.measures.data import Flags, MeasureData

TAGGED = (
    RecordKind.INCIDENT,
    RecordKind.SERVICE_REQUEST,
    RecordKind.CHANGE,
    RecordKind.PROBLEM,
    RecordKind.VENDOR_CASE,
)
"""The kinds of record that a tag is put on; what hangs on them follows."""
_HANGS_ON = {
    RecordKind.SLA_CLOCK: "record",
    RecordKind.HISTORY: "record",
    RecordKind.COMMENT: "record",
    RecordKind.SURVEY_RESPONSE: "record",
    RecordKind.OUTAGE: "incident",
    RecordKind.POST_INCIDENT_REVIEW: "incident",
    RecordKind.APPROVAL: "change",
    RecordKind.PROBLEM_TASK: "problem",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A record has the tag if a field has one of its values, a word is in its title, or by number.

    Args:
        name: as it is shown.
        values: by field, the values that have the tag, compared without case.
        words: looked for in titles, without case, as whole words.
        numbers: record numbers that have it in any case.
    """

    name: str
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


def has_tag(frame: pd.DataFrame, tag: Tag) -> Flags:
    """Which records of a frame have a tag."""
    hit = frame["number"].isin(tag.numbers).to_numpy(dtype=bool).copy()
    for name, values in tag.values.items():
        if name in frame:
            wanted = {value.casefold() for value in values}
            hit |= frame[name].str.casefold().isin(wanted).to_numpy(dtype=bool)
    if tag.words and "title" in frame:
        words = sorted(word.casefold() for word in tag.words)
        spaced = (
            " "
            + frame["title"].fillna("").str.casefold().str.replace(r"[\W_]+", " ", regex=True)
            + " "
        )
        for word in words:
            hit |= spaced.str.contains(f" {word} ", regex=False).to_numpy(dtype=bool)
    return np.asarray(hit)


def tagged(data: MeasureData, tag: Tag) -> MeasureData:
    """The records that have a tag, with all that hangs on them.

    Kinds that no tag is put on, such as teams, vendors and services, stay whole.
    """
    frames = dict(data.frames)
    kept: set[tuple[str, str]] = set()
    for kind in TAGGED:
        frame = data.frame(kind)
        if frame is None:
            continue
        frames[kind] = frame[has_tag(frame, tag)]
        kept.update(zip(frames[kind]["source"], frames[kind]["number"], strict=True))
    keys = pd.MultiIndex.from_tuples(sorted(kept), names=["source", "number"])
    for kind, column in _HANGS_ON.items():
        frame = data.frame(kind)
        if frame is not None:
            own = pd.MultiIndex.from_arrays([frame["source"], frame[column]]).isin(keys)
            frames[kind] = frame[own]
    return replace(data, frames=frames)


def by_tag(
    data: MeasureData,
    tag: Tag,
    week: ReportingWeek,
    cutoff_at: datetime,
    *,
    n_weeks: int = MAX_WEEKS,
) -> Iterator[FigureResult]:
    """All figures of a week over the records that have a tag; the tag is a dimension of each."""
    for result in compute(tagged(data, tag), week, cutoff_at, n_weeks=n_weeks):
        yield replace(result, dimensions={**result.dimensions, "tag": tag.name})
