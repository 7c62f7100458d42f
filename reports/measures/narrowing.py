"""The data of one service or one team: its records, and what hangs on them."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from itsm.candidates import ProblemCandidate
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from reports.measures.data import MeasureData

_K = RecordKind
_WHOLE = frozenset({_K.TEAM, _K.VENDOR, _K.CONTRACT, _K.CONTRACT_CLAUSE, _K.CI_RELATION})
"""Kinds that others refer to; they are kept whole."""
_HANGS_ON: Mapping[RecordKind, tuple[RecordKind, str]] = {
    _K.APPROVAL: (_K.CHANGE, "change"),
    _K.PROBLEM_TASK: (_K.PROBLEM, "problem"),
    _K.POST_INCIDENT_REVIEW: (_K.INCIDENT, "incident"),
    _K.VENDOR_CASE: (_K.INCIDENT, "incident"),
    _K.OUTAGE: (_K.INCIDENT, "incident"),
    _K.REVIEW_ACTION: (_K.POST_INCIDENT_REVIEW, "review"),
}
"""Kinds that belong to a record of another kind, and the column that names it."""
_MIN_SHARE = 0.5
"""A candidate belongs to a part when so much of its members do."""


def of_service(data: MeasureData, service: str) -> MeasureData:
    """What concerns one service.

    Args:
        data: everything.
        service: its name or number, as records name it.
    """
    names = _names(data, service)
    own: dict[RecordKind, pd.DataFrame] = {
        kind: frame[frame["service"].isin(names)]
        for kind, frame in data.frames.items()
        if "service" in frame.columns
    }
    services = data.frames.get(_K.SERVICE)
    if services is not None:
        own[_K.SERVICE] = services[services["name"].isin(names) | services["number"].isin(names)]
    register = [one for one in data.register or () if one.service in names]
    return _narrowed(data, own, None if data.register is None else register)


def of_team(data: MeasureData, team: str) -> MeasureData:
    """What stands with one team now: its incidents, requests, problems and changes."""
    own: dict[RecordKind, pd.DataFrame] = {
        kind: frame[frame["team"] == team]
        for kind, frame in data.frames.items()
        if "team" in frame.columns and kind is not _K.CONFIGURATION_ITEM
    }
    return _narrowed(data, own, None)


def services_of(data: MeasureData) -> tuple[str, ...]:
    """The services that incidents name, the most named first."""
    incidents = data.frame(_K.INCIDENT)
    return () if incidents is None else tuple(incidents["service"].dropna().value_counts().index)


def teams_of(data: MeasureData) -> tuple[str, ...]:
    """The teams that incidents stand with, those with the most first."""
    incidents = data.frame(_K.INCIDENT)
    return () if incidents is None else tuple(incidents["team"].dropna().value_counts().index)


def _names(data: MeasureData, service: str) -> frozenset[str]:
    """A service by its name and its number."""
    services = data.frames.get(_K.SERVICE)
    if services is None:
        return frozenset({service})
    same = services[(services["name"] == service) | (services["number"] == service)]
    return frozenset({service, *same["name"].dropna(), *same["number"].dropna()})


def _narrowed(
    data: MeasureData, own: dict[RecordKind, pd.DataFrame], register: list[RegisterEntry] | None
) -> MeasureData:
    """The data of the records that are kept; what hangs on others goes with them."""
    kept = dict(own)
    for kind in (_K.KNOWN_ERROR, *_HANGS_ON):
        frame = data.frames.get(kind)
        if frame is not None and kind not in kept:
            kept[kind] = _hanging(frame, kind, kept)
    for kind, frame in data.frames.items():
        if kind in _WHOLE:
            kept[kind] = frame
        elif kind not in kept and {"record_kind", "record"} <= set(frame.columns):
            kept[kind] = _of_records(frame, kept)
        elif kind not in kept:
            kept[kind] = frame
    frames = {kind: frame.reset_index(drop=True) for kind, frame in kept.items()}
    own_register = data.register if register is None else tuple(register)
    found = replace(data, frames=frames, made={}, register=own_register)
    return _with_candidates(found, kept.get(_K.INCIDENT))


def _hanging(
    frame: pd.DataFrame, kind: RecordKind, kept: Mapping[RecordKind, pd.DataFrame]
) -> pd.DataFrame:
    parent, column = _HANGS_ON.get(kind, (_K.PROBLEM, "problem"))
    if parent not in kept:
        return frame
    return frame[_keys(frame, column).isin(_keys(kept[parent], "number"))]


def _of_records(frame: pd.DataFrame, kept: Mapping[RecordKind, pd.DataFrame]) -> pd.DataFrame:
    """Rows that hang on a record of whatever kind: those of records that are kept."""
    stays = pd.Series(data=False, index=frame.index)
    for kind, rows in kept.items():
        of_kind = frame["record_kind"] == kind.value
        if of_kind.any():
            stays |= of_kind & _keys(frame, "record").isin(_keys(rows, "number"))
    return frame[stays]


def _keys(frame: pd.DataFrame, column: str) -> pd.Series:
    """Source and number of the records that a column names, as one text."""
    return frame["source"].astype(str) + "\x1f" + frame[column].astype(str)


def _with_candidates(data: MeasureData, incidents: pd.DataFrame | None) -> MeasureData:
    """The candidates most of whose members are kept, and the membership of kept incidents."""
    if data.candidates is None or incidents is None:
        return data
    numbers = set(zip(incidents["source"], incidents["number"], strict=True))
    candidates = tuple(one for one in data.candidates if _belongs(one, numbers))
    member = data.candidate_of
    if member is not None:
        member = member[_keys(member, "number").isin(_keys(incidents, "number"))]
    return replace(data, candidates=candidates, candidate_of=member)


def _belongs(candidate: ProblemCandidate, numbers: set[tuple[str, str]]) -> bool:
    own = sum((one.source, one.number) in numbers for one in candidate.members)
    return bool(candidate.members) and own / len(candidate.members) >= _MIN_SHARE
