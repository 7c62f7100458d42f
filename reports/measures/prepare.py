"""Records made ready once, at load, so that each week's figures are quick.

Figures are the same with and without it: what is added says where the record that a row hangs on
stands, and which titles are the same text, and long texts that no figure reads are left out.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from itsm.states import RecordKind
from reports.measures.actions import all_actions
from reports.measures.as_of import in_order_of_birth
from reports.measures.attribution import UNITS
from reports.measures.coming_back import by_caller
from reports.measures.data import MeasureData, Positions
from reports.measures.handoffs import answered_at
from reports.measures.hops import all_hops
from reports.measures.induced import events_by
from reports.measures.mined import all_mined
from reports.measures.repeats import RULE_KEYS, runs_of
from reports.measures.returns import cloned_at, reopened_at
from reports.measures.texts import TEXT_CODE, text_codes
from reports.measures.timeline import Whole, opening_order, whole_of
from reports.measures.trail import ROW, RecordIndex, link_column

_TIMED = (RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST)
_MADE = frozenset({*_TIMED, RecordKind.HISTORY, RecordKind.COMMENT})
"""Kinds whose past is told by what is made of them, and not by leaving records out."""
_LINKS: Mapping[RecordKind, str] = {
    RecordKind.HISTORY: "record",
    RecordKind.SLA_CLOCK: "record",
    RecordKind.COMMENT: "record",
    RecordKind.SURVEY_RESPONSE: "record",
    RecordKind.VENDOR_CASE: "incident",
    RecordKind.OUTAGE: "incident",
    RecordKind.POST_INCIDENT_REVIEW: "incident",
}
_PACKED = frozenset(
    {
        *_TIMED,
        RecordKind.HISTORY,
        RecordKind.SLA_CLOCK,
        RecordKind.COMMENT,
        RecordKind.SURVEY_RESPONSE,
    }
)
"""The kinds with the most records."""
_WORDS: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.INCIDENT: (
        "category",
        "close_code",
        "channel",
        "service",
        "ci",
        "caused_by_change",
        "knowledge_article",
    ),
    RecordKind.SERVICE_REQUEST: ("channel", "service", "catalogue_item"),
}
"""Columns whose words figures compare."""
_UNREAD: Mapping[RecordKind, frozenset[str]] = {
    RecordKind.INCIDENT: frozenset({"description", "close_notes", "state_code"}),
    RecordKind.SERVICE_REQUEST: frozenset({"description", "state_code"}),
    RecordKind.HISTORY: frozenset({"number", "new_code", "updated_at", "restricted"}),
    RecordKind.SLA_CLOCK: frozenset({"type_code", "agreement", "restricted"}),
    RecordKind.COMMENT: frozenset({"text", "restricted"}),
    RecordKind.SURVEY_RESPONSE: frozenset({"restricted"}),
}
"""Columns that no figure reads, of kinds with many records."""


def prepared(data: MeasureData) -> MeasureData:
    """The same records, ready for many weeks.

    Incidents and requests are put in the order (source, number) and numbered; what hangs on them
    says which it hangs on; words that come back often are kept once. What happened to each
    record is found here once; a week then leaves out what was not known yet.
    """
    frames = dict(data.frames)
    for kind in _TIMED:
        frame = data.frame(kind)
        if frame is not None:
            frames[kind] = _numbered(kind, frame)
    for kind, column in _LINKS.items():
        frame = data.frame(kind)
        if frame is not None:
            frames[kind] = _linked(kind, frame, column, frames)
    frames.update(
        {kind: in_order_of_birth(kind, one) for kind, one in frames.items() if kind not in _MADE}
    )
    ready = replace(data, frames=frames)
    made = {kind: whole_of(ready, kind) for kind in _TIMED}
    known = {kind: one for kind, one in made.items() if one is not None}
    for one in known.values():
        _found_once(one, data.candidate_of)
    return replace(ready, made=known)


def _found_once(whole: Whole, members: pd.DataFrame | None) -> None:
    """What figures of every week ask of all records, so that none of them has to look for it."""
    all_actions(whole)
    for name in _WORDS[whole.kind]:
        whole.columns.coded(name)
    whole.columns.texts("number")
    if whole.kind is not RecordKind.INCIDENT:
        return
    all_hops(whole)
    answered_at(whole)
    reopened_at(whole)
    cloned_at(whole)
    by_caller(whole)
    opening_order(whole)
    for unit in UNITS:
        events_by(whole, unit)
    for names in RULE_KEYS:
        runs_of(whole, names)
    if members is not None and not members.empty:
        all_mined(whole, members)


def _numbered(kind: RecordKind, frame: pd.DataFrame) -> pd.DataFrame:
    ordered = frame.sort_values(["source", "number"], kind="stable", ignore_index=True)
    return _packed(kind, ordered).assign(
        **{ROW: np.arange(len(ordered)), TEXT_CODE: text_codes(ordered)}
    )


def _linked(
    kind: RecordKind, frame: pd.DataFrame, column: str, frames: Mapping[RecordKind, pd.DataFrame]
) -> pd.DataFrame:
    places: dict[str, Positions] = {}
    for about in _TIMED if "record_kind" in frame else _TIMED[:1]:
        if about in frames and not frames[about].empty:
            found = RecordIndex(frames[about], about).positions(frame["source"], frame[column])
            places[link_column(about, column)] = found
    return _packed(kind, frame).assign(**places)


def _packed(kind: RecordKind, frame: pd.DataFrame) -> pd.DataFrame:
    """Words as codes, and numbers of records as plain objects, where there are many."""
    if kind not in _PACKED:
        return frame
    read = [name for name in frame.columns if name not in _UNREAD[kind]]
    packed: dict[str, pd.Series] = {}
    for name in read:
        if name == "number":
            packed[name] = frame[name].astype(object)
        elif isinstance(frame[name].dtype, pd.StringDtype):
            packed[name] = _in_words(frame[name])
    return frame[read].assign(**packed)


def _in_words(column: "pd.Series[str]") -> "pd.Series[str]":
    """A text column as codes of plain words."""
    coded = pd.Categorical(column)
    words = pd.Index(coded.categories.to_numpy(dtype=object), dtype=object)
    return pd.Series(pd.Categorical.from_codes(coded.codes, words), index=column.index)
