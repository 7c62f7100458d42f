"""For what a vendor case waited on us: detail that was missing, or questions it sent back."""

from dataclasses import replace

import numpy as np
import pandas as pd

from itsm.states import HistoryField, RecordKind, VendorCaseState
from reports.measures.data import HOUR, Flags, MeasureData, Numbers, Positions, Times, times
from reports.measures.trail import RecordIndex

DETAIL_H, ASKED_H = "missing_detail_h", "questions_h"
"""Columns of vendor cases whose history was read; they sum to no more than `waiting_on_us_h`."""


def with_case_waits(data: MeasureData, until: np.datetime64) -> MeasureData:
    """The same records; vendor cases with history tell for what they waited on us.

    A wait that begins before the vendor's first response is for detail that was missing, a later
    one for a question that was sent back. Hours that the source counts itself win over those of
    the history, and are parted only as far as history goes. A wait that has not ended runs to
    `until`.
    """
    cases, history = data.frame(RecordKind.VENDOR_CASE), data.frame(RecordKind.HISTORY)
    if cases is None or history is None:
        return data
    rows = history[(history["record_kind"] == RecordKind.VENDOR_CASE.value).to_numpy()]
    rows = rows[(rows["field"] == HistoryField.STATE.value).to_numpy()]
    rows = rows[times(rows, "at") <= until]
    row = RecordIndex(cases, RecordKind.VENDOR_CASE).positions(rows["source"], rows["record"])
    if not (row >= 0).any():
        return data
    told = _told(cases, rows[row >= 0], row[row >= 0], until)
    return replace(data, frames={**data.frames, RecordKind.VENDOR_CASE: told})


def _told(
    cases: pd.DataFrame, changes: pd.DataFrame, row: Positions, until: np.datetime64
) -> pd.DataFrame:
    at = times(changes, "at")
    order = np.lexsort((changes["sequence"].to_numpy(dtype=np.int64), at, row))
    row, at = row[order], at[order]
    is_with_us = (changes["new"] == VendorCaseState.WITH_US.value).to_numpy(dtype=bool)[order]
    end = _ends(row, at, times(cases, "resolved_at"), until)
    hours = np.where(is_with_us, np.maximum((end - at) / HOUR, 0.0), 0.0)
    answered = times(cases, "responded_at")[row]
    is_detail = np.isnat(answered) | (at < answered)
    detail, asked = (_summed(row, hours, part, len(cases)) for part in (is_detail, ~is_detail))
    has_history = np.bincount(row, minlength=len(cases)) > 0
    stated = cases["waiting_on_us_h"].to_numpy(dtype=np.float64)
    whole = np.where(np.isnan(stated) & has_history, detail + asked, stated)
    detail = np.minimum(detail, np.nan_to_num(whole))
    asked = np.minimum(asked, np.nan_to_num(whole) - detail)
    return cases.assign(**{"waiting_on_us_h": whole, DETAIL_H: detail, ASKED_H: asked})


def _ends(row: Positions, at: Times, resolved: Times, until: np.datetime64) -> Times:
    """When each state ended: with the next change of the case, its resolution, or not yet."""
    end = np.fmin(resolved[row], until)
    is_followed = row[1:] == row[:-1]
    end[:-1][is_followed] = np.minimum(at[1:], until)[is_followed]
    return end


def _summed(row: Positions, hours: Numbers, kept: Flags, n: int) -> Numbers:
    return np.bincount(row[kept], hours[kept], minlength=n).astype(np.float64)
