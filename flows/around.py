"""What is known beside incidents, for the candidates of a run: problems, changes, articles."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from checks.privacy import redact_all
from flows.reading import begun, frame
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.decisions import ReviewDecision
from itsm.states import RecordKind
from problem_mining.evidence_links import KnownRecord, Surroundings
from problem_mining.lineage import MemberKey


def surroundings(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    members: pd.DataFrame,
    decisions: Sequence[ReviewDecision],
) -> Surroundings:
    """What is known beside incidents at a cut-off.

    Args:
        parts: the store and the settings.
        week: the week that was mined.
        cutoff_at: the moment the run is true for.
        members: the incidents that are in a candidate, as they are stored.
        decisions: the journal.
    """
    store = parts.store
    since = week.shifted(1 - parts.settings.mining.lookback_weeks).start_at
    kinds = store.queries.counts(known_at=cutoff_at)

    def of(kind: RecordKind) -> pd.DataFrame:
        return begun(kind, frame(store, kind, cutoff_at), cutoff_at)

    problems = of(RecordKind.PROBLEM) if kinds.get(RecordKind.PROBLEM) else pd.DataFrame()
    changes = of(RecordKind.CHANGE) if kinds.get(RecordKind.CHANGE) else pd.DataFrame()
    if len(changes):
        changes = changes.assign(at=changes["implemented_at"].fillna(changes["planned_start_at"]))
        changes = changes[(changes["at"] >= since) & (changes["at"] < cutoff_at)]
    errors = of(RecordKind.KNOWN_ERROR) if kinds.get(RecordKind.KNOWN_ERROR) else pd.DataFrame()
    articles = pd.DataFrame()
    if kinds.get(RecordKind.KNOWLEDGE_ARTICLE):
        articles = frame(store, RecordKind.KNOWLEDGE_ARTICLE, cutoff_at)
        articles = articles[articles["retired_at"].isna()]
    return Surroundings(
        problem_of=_texts(members, "problem"),
        problems={record.number: record for record in _known(problems, cutoff_at)},
        changes=_known(changes, cutoff_at),
        known_errors=_known(errors, cutoff_at),
        articles=_known(articles, cutoff_at),
        vendor_cases=_cases(of(RecordKind.VENDOR_CASE), members)
        if kinds.get(RecordKind.VENDOR_CASE)
        else {},
        notes=_notes(members),
        decisions=decisions,
        days=(cutoff_at - since).total_seconds() / 86_400,
    )


def _known(records: pd.DataFrame, cutoff_at: datetime) -> list[KnownRecord]:
    """Records as mining knows them; what was closed after the cut-off was open then."""
    if records.empty:
        return []
    titles = redact_all(records["title"]).texts if "title" in records else [""] * len(records)
    closed = records.get("resolved_at", pd.Series(pd.NaT, records.index))
    if "closed_at" in records and "resolved_at" in records:
        closed = closed.fillna(records["closed_at"])
    at = records.get("at", pd.Series(pd.NaT, records.index))
    columns = [_plain(records, name) for name in ("number", "service", "ci", "state")]
    return [
        KnownRecord(
            number=number,
            title=str(title or ""),
            service=service,
            ci=ci,
            state=state.replace("_", " "),
            at=_time(when),
            closed_at=done if (done := _time(end)) is None or done < cutoff_at else None,
        )
        for number, service, ci, state, title, when, end in zip(
            *columns, titles, at, closed, strict=True
        )
    ]


def _time(value: object) -> datetime | None:
    if not isinstance(value, pd.Timestamp) or pd.isna(value):
        return None
    return value.floor("us").to_pydatetime()


def _plain(records: pd.DataFrame, name: str) -> list[str]:
    if name not in records:
        return [""] * len(records)
    return ["" if pd.isna(value) else str(value) for value in records[name].tolist()]


def _texts(members: pd.DataFrame, name: str) -> dict[MemberKey, str]:
    """A field of incidents by source and number, where it is filled."""
    columns = [_plain(members, each) for each in ("source", "number", name)]
    return {(s, n): value for s, n, value in zip(*columns, strict=True) if value}


def _notes(members: pd.DataFrame) -> Mapping[MemberKey, str]:
    """Fix notes with personal data taken out."""
    noted = members[members["close_notes"].notna()]
    if noted.empty:
        return {}
    texts = redact_all(noted["close_notes"]).texts
    keys = zip(noted["source"], noted["number"], strict=True)
    return {(str(s), str(n)): text for (s, n), text in zip(keys, texts, strict=True) if text}


def _cases(cases: pd.DataFrame, members: pd.DataFrame) -> dict[MemberKey, str]:
    """The vendor case of each member that has one; of several the last."""
    inside = set(zip(members["source"], members["number"], strict=True))
    columns = [_plain(cases, each) for each in ("source", "incident", "number")]
    return {(s, i): n for s, i, n in zip(*columns, strict=True) if (s, i) in inside}
