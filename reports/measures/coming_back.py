"""The next incident that the same caller opens on the same service."""

import numpy as np
import pandas as pd

from reports.measures.data import Positions, Times
from reports.measures.timeline import Timeline
from reports.measures.trail import joined

_KEYS = ("source", "caller", "service")


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
    own, other = np.zeros(len(records), dtype=np.int64), np.zeros(len(incidents.records), np.int64)
    for name in _KEYS:
        codes, words = pd.factorize(incidents.records[name])
        mine, my_words = pd.factorize(records[name])
        as_theirs = pd.Index(words).astype(object).get_indexer(list(my_words))
        as_theirs = np.append(as_theirs, -1)[mine]
        own = np.where((own < 0) | (as_theirs < 0), -1, own * (len(words) + 1) + as_theirs)
        other = np.where((other < 0) | (codes < 0), -1, other * (len(words) + 1) + codes)
    known = at[~np.isnat(at)]
    if len(known):
        other = np.where(incidents.opened_at < known.min(), -1, other)
    order = np.lexsort((incidents.opened_at, other))
    order = order[np.searchsorted(other[order], 0) :]
    key, opened = other[order], incidents.opened_at[order]
    codes = pd.factorize(np.concatenate([key, own]), sort=True)[0]
    theirs, asked = joined(codes[: len(key)], opened, codes[len(key) :], at)
    place = np.searchsorted(theirs, asked, "left" if is_at_once else "right")
    found = np.full(len(records), -1, dtype=np.intp)
    inside = (place < len(key)) & (own >= 0) & ~np.isnat(at)
    same = np.flatnonzero(inside)[key[place[inside]] == own[inside]]
    found[same] = order[place[same]]
    return found
