"""The next incident that the same caller opens on the same service."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.measures.columns import Coded, coded
from reports.measures.data import Positions, Times
from reports.measures.timeline import Timeline, Whole
from reports.measures.windows import EventsByUnit

CALLER_KEYS = ("source", "caller", "service")


def next_incident(
    records: pd.DataFrame, at: Times, incidents: Timeline, *, is_at_once: bool
) -> Positions:
    """The row of the first incident of the same caller on the same service after an instant.

    Args:
        records: with source, caller and service; where one is missing there is no next incident.
        at: shape (n,), one instant per record.
        incidents: where to look.
        is_at_once: whether one that is opened at the very instant counts.

    Returns:
        Shape (n,), rows of the incidents' records; -1 where there is none.
    """
    found = by_caller(incidents.whole)
    own = np.zeros(len(records), dtype=np.int64)
    for name, theirs in found.keys.items():
        mine = coded(records[name])
        as_theirs = pd.Index(theirs.words).get_indexer(pd.Index(mine.words))
        code = np.append(as_theirs, -1)[mine.codes]
        own = np.where((own < 0) | (code < 0), -1, own * (len(theirs.words) + 1) + code)
    unit = found.units.get_indexer(pd.Index(own))
    place = found.events.following(
        np.where(own < 0, -1, unit), at, "left" if is_at_once else "right"
    )
    is_known = incidents.whole.opened_at[place] <= incidents.cutoff
    place = np.where((place >= 0) & is_known, place, -1)
    if incidents.place is None:
        return place
    return np.where(place >= 0, incidents.place[place], -1)


@dataclass(frozen=True, slots=True)
class ByCaller:
    """Incidents by source, caller and service: the codes of each, and of all three together."""

    keys: Mapping[str, Coded]
    units: "pd.Index[int]"
    events: EventsByUnit


def by_caller(whole: Whole) -> ByCaller:
    """All incidents by source, caller and service."""
    return whole.columns.once("by caller", lambda: _by_caller(whole))


def _by_caller(whole: Whole) -> ByCaller:
    keys = {name: whole.columns.coded(name) for name in CALLER_KEYS}
    joint = np.zeros(len(whole.opened_at), dtype=np.int64)
    for key in keys.values():
        is_lacking = (joint < 0) | (key.codes < 0)
        joint = np.where(is_lacking, -1, joint * (len(key.words) + 1) + key.codes)
    unit, units = pd.factorize(joint)
    events = EventsByUnit.of(np.where(joint < 0, -1, unit), whole.opened_at)
    return ByCaller(keys, pd.Index(units), events)
