"""What a run says of how incidents are filed and routed: a fix-list, and suggested rules."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from flows.reading import begun, some_of
from itsm.candidates import ProblemCandidate
from itsm.codec import to_bytes
from itsm.states import HistoryField, RecordKind
from problem_mining.filing import CategoryFix, RouteRule, category_fixes, route_rules
from problem_mining.lineage import MemberKey
from store.unit_of_work import Store

MOVES = ("source", "number", "record_kind", "record", "at", "sequence", "field", "old", "new")


def filing_notes(
    store: Store,
    cutoff_at: datetime,
    incidents: pd.DataFrame,
    candidates: Sequence[ProblemCandidate],
) -> dict[str, str]:
    """The notes "category_fixes" and "route_rules" as JSON, each where there is anything to say.

    Args:
        store: where the history of teams is.
        cutoff_at: the moment the run is true for.
        incidents: what was mined, as it is stored.
        candidates: of the run.
    """
    category_of = _by_key(incidents, "category")
    fixes = category_fixes(candidates, category_of)
    rules = route_rules(_teams(store, cutoff_at, incidents), category_of)
    notes = {
        "category_fixes": to_bytes(fixes, tuple[CategoryFix, ...]),
        "route_rules": to_bytes(rules, tuple[RouteRule, ...]),
    }
    return {kind: note.decode() for kind, note in notes.items() if note != b"[]"}


def _teams(
    store: Store, cutoff_at: datetime, incidents: pd.DataFrame
) -> dict[MemberKey, list[str]]:
    """The teams of each resolved incident in order; none where no history is kept."""
    of_teams = {"record_kind": RecordKind.INCIDENT.value, "field": HistoryField.TEAM.value}
    history = some_of(store, RecordKind.HISTORY, cutoff_at, MOVES, equal=of_teams)
    moves = begun(RecordKind.HISTORY, history, cutoff_at)
    if moves.empty:
        return {}
    resolved = incidents[incidents["resolved_at"].notna() & (incidents["resolved_at"] < cutoff_at)]
    teams = {key: [team] for key, team in _by_key(resolved, "team").items()}
    moves = moves[moves["old"].notna()].sort_values(["source", "record", "at", "sequence"])
    passed: dict[MemberKey, list[str]] = {}
    columns = (moves[name].tolist() for name in ("source", "record", "old"))
    for source, record, old in zip(*columns, strict=True):
        passed.setdefault((source, record), []).append(old)
    return {key: [*passed.get(key, ()), *last] for key, last in teams.items()}


def _by_key(incidents: pd.DataFrame, name: str) -> dict[MemberKey, str]:
    """A field of incidents by source and number, where it is filled."""
    filled = incidents.loc[incidents[name].notna(), ["source", "number", name]]
    sources, numbers, values = (filled[column].tolist() for column in filled)
    return dict(zip(zip(sources, numbers, strict=True), values, strict=True))
