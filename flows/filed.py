"""What a run says of how incidents are filed and routed: a fix-list, and suggested rules."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flows.reading import begun, some_of
from itsm.candidates import ProblemCandidate
from itsm.codec import to_bytes
from itsm.states import HistoryField, RecordKind
from problem_mining.filing import CategoryFix, Route, RouteRule, category_fixes, route_rules
from problem_mining.lineage import MemberKey
from problem_mining.nodes import IntArray
from store.unit_of_work import Store

MOVES = ("source", "number", "record_kind", "record", "at", "sequence", "field", "old", "new")


def filing_notes(
    store: Store,
    cutoff_at: datetime,
    incidents: pd.DataFrame,
    inside: pd.DataFrame,
    candidates: Sequence[ProblemCandidate],
) -> dict[str, str]:
    """The notes "category_fixes" and "route_rules" as JSON, each where there is anything to say.

    Args:
        store: where the history of teams is.
        cutoff_at: the moment the run is true for.
        incidents: what was mined, as it is stored.
        inside: those that are in a candidate.
        candidates: of the run.
    """
    fixes = category_fixes(candidates, _by_key(inside, "category"))
    rules = route_rules(_routes(store, cutoff_at, incidents))
    notes = {
        "category_fixes": to_bytes(fixes, tuple[CategoryFix, ...]),
        "route_rules": to_bytes(rules, tuple[RouteRule, ...]),
    }
    return {kind: note.decode() for kind, note in notes.items() if note != b"[]"}


def _routes(store: Store, cutoff_at: datetime, incidents: pd.DataFrame) -> dict[Route, int]:
    """How many resolved incidents went which way; none where no history is kept."""
    of_teams = {"record_kind": RecordKind.INCIDENT.value, "field": HistoryField.TEAM.value}
    history = some_of(store, RecordKind.HISTORY, cutoff_at, MOVES, equal=of_teams)
    moves = begun(RecordKind.HISTORY, history, cutoff_at)
    if moves.empty:
        return {}
    is_resolved = incidents["resolved_at"].notna() & (incidents["resolved_at"] < cutoff_at)
    is_told = is_resolved & (incidents["team"] > "") & (incidents["category"] > "")
    told = incidents.loc[is_told, ["key", "category", "team"]].reset_index(drop=True)
    first = told["team"].to_numpy(dtype=object)
    place, team = _first_moves(moves[moves["old"].notna()], pd.Index(told["key"]))
    first[place] = team
    ways = (told["category"].tolist(), first.tolist(), told["team"].tolist())
    return Counter(zip(*ways, strict=True))


def _first_moves(moves: pd.DataFrame, keys: pd.Index) -> tuple[IntArray, NDArray[Any]]:
    """The place of each incident that was moved among some keys, and the team it was moved from."""
    place = keys.get_indexer(pd.Index(moves["source"] + "/" + moves["record"]))
    known = np.flatnonzero(place >= 0)
    at = moves["at"].to_numpy("datetime64[us]").astype(np.int64)
    sequence = moves["sequence"].to_numpy(np.int64, na_value=np.iinfo(np.int64).max)
    order = known[np.lexsort((sequence[known], at[known], place[known]))]
    found, first = np.unique(place[order], return_index=True)
    return found, moves["old"].iloc[order[first]].to_numpy(dtype=object)


def _by_key(incidents: pd.DataFrame, name: str) -> dict[MemberKey, str]:
    """A field of incidents by source and number, where it is filled."""
    filled = incidents.loc[incidents[name].notna(), ["source", "number", name]]
    sources, numbers, values = (filled[column].tolist() for column in filled)
    return dict(zip(zip(sources, numbers, strict=True), values, strict=True))
