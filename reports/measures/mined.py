"""Which candidate each incident belongs to, as mining found."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.measures.columns import Coded, coded
from reports.measures.data import Positions
from reports.measures.timeline import Timeline, Whole


@dataclass(frozen=True, slots=True)
class Mined:
    """Members of candidates: `record` is the incident of each, -1 where it is not known.

    `of_record` is the candidate of each incident, as a code of `candidate.words`; -1 for none.
    """

    record: Positions
    candidate: Coded
    of_record: Positions


def mined_of(timeline: Timeline, members: pd.DataFrame) -> Mined:
    """The candidates of a timeline's incidents.

    Args:
        timeline: of incidents.
        members: with the columns source, number, candidate_id.
    """
    whole = all_mined(timeline.whole, members)
    if timeline.place is None or timeline.known is None:
        return whole
    record = np.where(whole.record >= 0, timeline.place[whole.record], -1)
    return Mined(record, whole.candidate, whole.of_record[timeline.known])


def all_mined(whole: Whole, members: pd.DataFrame) -> Mined:
    """The candidates of all incidents; found once for the same members."""
    kept = whole.columns.once(("mined", id(members)), lambda: (members, _mined(whole, members)))
    return kept[1]


def _mined(whole: Whole, members: pd.DataFrame) -> Mined:
    record = whole.index.positions(members["source"], members["number"])
    candidate = coded(members["candidate_id"])
    of_record = np.full(len(whole.opened_at), -1, dtype=np.intp)
    of_record[record[record >= 0]] = candidate.codes[record >= 0]
    return Mined(record, candidate, of_record)
