"""What a run says of how incidents are filed and routed: a fix-list, and suggested rules."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from flows.frames import are_among
from flows.reading import begun, some_of
from flows.recalled import member_keys
from itsm.candidates import ProblemCandidate
from itsm.codec import to_bytes
from itsm.states import HistoryField, RecordKind
from problem_mining.filing import CategoryFix, Route, RouteRule, category_fixes, route_rules
from problem_mining.lineage import MemberKey
from store.unit_of_work import Store

MOVES = ("source", "number", "record_kind", "record", "at", "sequence", "field", "old", "new")


def routes_taken(store: Store, cutoff_at: datetime, incidents: pd.DataFrame) -> dict[Route, int]:
    """How many resolved incidents went which way; none where no history of teams is kept.

    Args:
        store: where the history of teams is.
        cutoff_at: the moment it is true for.
        incidents: what is mined, as it is stored.
    """
    moved = _first_teams(store, cutoff_at)
    if moved is None:
        return {}
    is_resolved = incidents["resolved_at"].notna() & (incidents["resolved_at"] < cutoff_at)
    is_told = is_resolved & (incidents["team"] > "") & (incidents["category"] > "")
    told = incidents.loc[is_told, ["key", "category", "team"]].reset_index(drop=True)
    first = told["team"].to_numpy(dtype=object)
    place = pd.Index(told["key"]).get_indexer(pd.Index(moved["key"]))
    known = place >= 0
    first[place[known]] = moved["team"].to_numpy(dtype=object)[known]
    ways = (told["category"].tolist(), first.tolist(), told["team"].tolist())
    return dict(Counter(zip(*ways, strict=True)))


def _first_teams(store: Store, cutoff_at: datetime) -> pd.DataFrame | None:
    """The team each incident was moved from first, for those that were moved.

    Returns:
        Columns `key` ("source/number") and `team`; None where no history of teams is kept.
    """
    of_teams = {"record_kind": RecordKind.INCIDENT.value, "field": HistoryField.TEAM.value}

    def told(filled: Sequence[str]) -> pd.DataFrame:
        kind = RecordKind.HISTORY
        found = some_of(store, kind, cutoff_at, MOVES, equal=of_teams, filled=filled)
        return begun(kind, found, cutoff_at)

    moves = told(["old"])  # most of them tell of the first team
    if moves.empty and told([]).empty:
        return None
    incident, keys = pd.factorize(moves["source"] + "/" + moves["record"])
    at = moves["at"].to_numpy("datetime64[us]").astype(np.int64)
    sequence = moves["sequence"].to_numpy(np.int64, na_value=np.iinfo(np.int64).max)
    order = np.lexsort((sequence, at, incident))
    _, first = np.unique(incident[order], return_index=True)
    return pd.DataFrame({"key": keys, "team": moves["old"].iloc[order[first]].to_numpy()})


def filing_notes(
    routes: Mapping[Route, int], incidents: pd.DataFrame, candidates: Sequence[ProblemCandidate]
) -> dict[str, str]:
    """The notes "category_fixes" and "route_rules" as JSON, each where there is anything to say.

    Args:
        routes: from `routes_taken`.
        incidents: what was mined, as it is stored.
        candidates: of the run.
    """
    inside = incidents[are_among(incidents["key"], member_keys(candidates))]
    fixes = category_fixes(candidates, _by_key(inside, "category"))
    notes = {
        "category_fixes": to_bytes(fixes, tuple[CategoryFix, ...]),
        "route_rules": to_bytes(route_rules(routes), tuple[RouteRule, ...]),
    }
    return {kind: note.decode() for kind, note in notes.items() if note != b"[]"}


def _by_key(incidents: pd.DataFrame, name: str) -> dict[MemberKey, str]:
    """A field of incidents by source and number, where it is filled."""
    filled = incidents.loc[incidents[name].notna(), ["source", "number", name]]
    sources, numbers, values = (filled[column].tolist() for column in filled)
    return dict(zip(zip(sources, numbers, strict=True), values, strict=True))
