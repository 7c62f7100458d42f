"""What was known at a cut-off: later records dropped, later ends not yet known."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from itsm.fields import FieldType, fields_of
from itsm.states import ChangeState, IncidentState, RecordKind, VendorCaseState
from reports.measures.data import Flags, MeasureData, Times, times
from reports.measures.weeks import instant

_BORN = ("opened_at", "started_at", "at", "sent_at", "requested_at")
"""A record whose first of these lies after the cut-off did not exist yet."""
_PROMISES = frozenset(
    {"due_at", "response_due_at", "resolution_due_at", "planned_start_at", "planned_end_at"}
    | {"starts_at", "ends_at", "updated_at"}
)
"""Times that are known before they come; the time of the last update is not an event."""
_ENDED_WORDS = {
    RecordKind.INCIDENT: (IncidentState.RESOLVED, IncidentState.CLOSED, IncidentState.CANCELED),
    RecordKind.SERVICE_REQUEST: (
        IncidentState.RESOLVED,
        IncidentState.CLOSED,
        IncidentState.CANCELED,
    ),
    RecordKind.CHANGE: (ChangeState.CLOSED, ChangeState.CANCELED),
    RecordKind.VENDOR_CASE: (VendorCaseState.RESOLVED, VendorCaseState.CLOSED),
}
_STILL_OPEN = {
    RecordKind.INCIDENT: IncidentState.IN_PROGRESS,
    RecordKind.SERVICE_REQUEST: IncidentState.IN_PROGRESS,
    RecordKind.CHANGE: ChangeState.IMPLEMENT,
    RecordKind.VENDOR_CASE: VendorCaseState.UNMAPPED,
}
_KNOWN_AT_END = {
    RecordKind.INCIDENT: ("close_code", "close_notes", "resolved_by", "is_first_contact"),
    RecordKind.CHANGE: ("outcome", "outcome_code"),
    RecordKind.SURVEY_RESPONSE: ("score", "nps", "text"),
}
"""Fields filled when a record ends; blank again when its end is not known yet."""
_END = {
    RecordKind.INCIDENT: ("resolved_at", "closed_at"),
    RecordKind.SERVICE_REQUEST: ("resolved_at", "closed_at"),
    RecordKind.CHANGE: ("closed_at",),
    RecordKind.VENDOR_CASE: ("resolved_at", "closed_at"),
    RecordKind.SURVEY_RESPONSE: ("answered_at",),
}


def as_of(data: MeasureData, cutoff_at: datetime) -> MeasureData:
    """The data as it was known at a cut-off.

    History after the cut-off is dropped, records opened later are dropped, and an end that lies
    later is not known yet, nor what is filled in with it. Fields without history, such as a
    category, are as they are today.

    Args:
        data: everything known now.
        cutoff_at: aware; what is dated exactly then is known.
    """
    cutoff = instant(cutoff_at)
    frames = {kind: _known(kind, frame, cutoff) for kind, frame in data.frames.items()}
    return replace(data, frames=frames)


def first_born(kind: RecordKind, frame: pd.DataFrame) -> np.datetime64:
    """When the oldest record of a frame came to be; NaT when no record tells."""
    born = _born_column(kind)
    if born is None:
        return np.datetime64("NaT", "us")
    return np.datetime64(np.fmin.reduce(times(frame, born), initial=np.datetime64("NaT", "us")))


def _born_column(kind: RecordKind) -> str | None:
    names = {spec.name for spec in fields_of(kind)}
    return next((name for name in _BORN if name in names), None)


def _known(kind: RecordKind, frame: pd.DataFrame, cutoff: np.datetime64) -> pd.DataFrame:
    columns = [spec.name for spec in fields_of(kind) if spec.type is FieldType.TIME]
    born = _born_column(kind)
    if born is not None:
        frame = _born_by(frame, times(frame, born), cutoff)
    later = {
        name: is_later
        for name in columns
        if name not in _PROMISES and (is_later := times(frame, name) > cutoff).any()
    }
    if later:
        frame = frame.assign(
            **{name: frame[name].mask(is_later) for name, is_later in later.items()}
        )
        ended = [later[name] for name in _END.get(kind, ()) if name in later]
        if ended:
            frame = _not_ended(kind, frame, np.logical_or.reduce(ended))
    return _clocks(frame, later, cutoff) if kind is RecordKind.SLA_CLOCK else frame


def _born_by(frame: pd.DataFrame, born: Times, cutoff: np.datetime64) -> pd.DataFrame:
    """The records that existed; where the others stand last, as prepared ones do, none is moved."""
    late = born > cutoff
    n_known = len(frame) - int(late.sum())
    if n_known == len(frame):
        return frame
    return frame[~late] if late[:n_known].any() else frame.iloc[:n_known]


def in_order_of_birth(kind: RecordKind, frame: pd.DataFrame) -> pd.DataFrame:
    """Records as they came to be; those that do not tell stand first."""
    born = _born_column(kind)
    if born is None:
        return frame
    at = times(frame, born).view(np.int64)
    if (at[1:] >= at[:-1]).all():
        return frame
    return frame.iloc[np.argsort(at, kind="stable")].reset_index(drop=True)


def _not_ended(kind: RecordKind, frame: pd.DataFrame, later: Flags) -> pd.DataFrame:
    """Blank what is known only with the end, where no end is known yet."""
    known = [frame[name].notna().to_numpy() for name in _END[kind]]
    is_running = later & ~np.logical_or.reduce(known)
    blank = {name: frame[name].mask(is_running) for name in _KNOWN_AT_END.get(kind, ())}
    if kind in _ENDED_WORDS:
        ended = frame["state"].isin([word.value for word in _ENDED_WORDS[kind]]).to_numpy()
        blank["state"] = frame["state"].mask(is_running & ended, _STILL_OPEN[kind].value)
    return frame.assign(**blank)


def _clocks(frame: pd.DataFrame, later: dict[str, Flags], cutoff: np.datetime64) -> pd.DataFrame:
    """A clock that ends later was breached at the cut-off only if that had happened by then."""
    if "ended_at" not in later:
        return frame
    due, breached = times(frame, "due_at"), times(frame, "breached_at")
    happened = np.where(np.isnat(breached), due, breached) <= cutoff
    flag = frame["is_breached"].mask(later["ended_at"], happened)
    return frame.assign(is_breached=flag.astype("boolean"))
