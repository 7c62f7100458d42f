"""What is known beside incidents, for the candidates of a run: problems, changes, articles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from checks.known_names import NOBODY
from flows.reading import BEGINS, begun, some_of
from flows.redacted_before import redacted_columns
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.decisions import ReviewDecision
from itsm.fields import column_names
from itsm.naming import COLUMNS
from itsm.states import RecordKind
from problem_mining.evidence_links import KnownRecord, Surroundings
from problem_mining.lineage import MemberKey
from problem_mining.row_order import moments_of
from store.unit_of_work import Store

TOLD = frozenset(
    "source number title service ci state incident implemented_at planned_start_at resolved_at "
    "closed_at retired_at".split()
)
"""The fields that tell something of incidents, of whatever kind."""


@dataclass(frozen=True, slots=True)
class Records:
    """What is known beside incidents at a cut-off, whatever becomes of these.

    `vendor_cases` are by source and number of their incident, `days` is how long changes are
    looked at.
    """

    problems: Mapping[str, KnownRecord]
    changes: Sequence[KnownRecord]
    known_errors: Sequence[KnownRecord]
    articles: Sequence[KnownRecord]
    vendor_cases: Mapping[MemberKey, str]
    days: float


def records_around(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> Records:
    """What is known beside incidents.

    Args:
        parts: the store and the settings.
        week: the week that is mined.
        cutoff_at: the moment the run is true for.
    """
    since = week.shifted(1 - parts.settings.mining.lookback_weeks).start_at

    def of(kind: RecordKind) -> pd.DataFrame:
        return _told_by(parts.store, kind, cutoff_at)

    changes = of(RecordKind.CHANGE)
    at = changes["implemented_at"].fillna(changes["planned_start_at"])
    changes = changes.assign(at=at)[(at >= since) & (at < cutoff_at)]
    articles = of(RecordKind.KNOWLEDGE_ARTICLE)
    articles = articles[articles["retired_at"].isna()]
    named = (of(RecordKind.PROBLEM), changes, of(RecordKind.KNOWN_ERROR), articles)
    titles = redacted_columns(parts, [each["title"] for each in named], NOBODY, "around")
    problems, changed, errors, told = (
        _known(each, title, cutoff_at) for each, title in zip(named, titles, strict=True)
    )
    return Records(
        problems={record.number: record for record in problems},
        changes=changed,
        known_errors=errors,
        articles=told,
        vendor_cases=_cases(of(RecordKind.VENDOR_CASE)),
        days=(cutoff_at - since).total_seconds() / 86_400,
    )


def surroundings(
    parts: Parts, records: Records, members: pd.DataFrame, decisions: Sequence[ReviewDecision]
) -> Surroundings:
    """What is known beside the incidents of candidates.

    Args:
        parts: where is remembered what was taken out of texts.
        records: from `records_around`.
        members: the incidents that are in a candidate, as they are stored.
        decisions: the journal.
    """
    (notes,) = redacted_columns(parts, [members["close_notes"]], NOBODY, "fixes")
    return Surroundings(
        problem_of=_texts(members, "problem"),
        problems=records.problems,
        changes=records.changes,
        known_errors=records.known_errors,
        articles=records.articles,
        vendor_cases=records.vendor_cases,
        notes=_texts(members.assign(close_notes=notes), "close_notes"),
        decisions=decisions,
        days=records.days,
    )


def _told_by(store: Store, kind: RecordKind, cutoff_at: datetime) -> pd.DataFrame:
    """The records of a kind that had begun, with the fields that tell of incidents."""
    needed = {*TOLD, *COLUMNS.get(kind, ()), BEGINS.get(kind)}
    names = [name for name in column_names(kind) if name in needed]
    return begun(kind, some_of(store, kind, cutoff_at, names), cutoff_at)


def _known(records: pd.DataFrame, titles: pd.Series, cutoff_at: datetime) -> list[KnownRecord]:
    """Records as mining knows them; what was closed after the cut-off was open then."""
    closed = records.get("resolved_at", pd.Series(pd.NaT, records.index))
    if "closed_at" in records and "resolved_at" in records:
        closed = closed.fillna(records["closed_at"])
    at = records.get("at", pd.Series(pd.NaT, records.index))
    told = records.assign(title=titles)
    columns = [_plain(told, name) for name in ("number", "service", "ci", "state", "title")]
    return [
        KnownRecord(
            number=number,
            title=title,
            service=service,
            ci=ci,
            state=state.replace("_", " "),
            at=when,
            closed_at=None if done is None or done >= cutoff_at else done,
        )
        for number, service, ci, state, title, when, done in zip(
            *columns, moments_of(at), moments_of(closed), strict=True
        )
    ]


def _plain(records: pd.DataFrame, name: str) -> list[str]:
    if name not in records:
        return [""] * len(records)
    values: list[object] = records[name].tolist()
    return [value if isinstance(value, str) else "" for value in values]


def _texts(members: pd.DataFrame, name: str) -> dict[MemberKey, str]:
    """A field of incidents by source and number, where it is filled."""
    columns = [_plain(members, each) for each in ("source", "number", name)]
    return {(s, n): value for s, n, value in zip(*columns, strict=True) if value}


def _cases(cases: pd.DataFrame) -> dict[MemberKey, str]:
    """The vendor case of each incident that has one; of several the last."""
    columns = [_plain(cases, each) for each in ("source", "incident", "number")]
    return {(s, i): n for s, i, n in zip(*columns, strict=True)}
