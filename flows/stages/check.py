"""Check: what is known at the cut-off, against the suites and against the source's own past."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from checks.checking import check
from checks.context import CheckContext
from checks.gate import gate
from checks.profiles import profile
from flows.reading import begun, frames
from flows.stage_watch import stage
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.quality import CheckReport, GateReport, QuarantineCount
from itsm.states import RecordKind

Frames = Mapping[RecordKind, pd.DataFrame]


@stage("check")
def check_week(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> GateReport:
    """Check every kind of every source as known at the cut-off, and keep reports and profiles."""
    stored = frames(parts.store, cutoff_at)
    aside = parts.store.queries.quarantine_counts()
    reports: list[CheckReport] = []
    for source in sorted(parts.sources):
        known = {kind: _of_source(rows, source) for kind, rows in stored.items()}
        reports += _check_source(parts, week, cutoff_at, source, known, aside)
    with parts.store.begin() as uow:
        uow.checks.save(week.label, reports)
        uow.commit()
    result = gate(reports)
    parts.say(f"check  {len(result.stops)} stops, {len(result.warnings)} warnings")
    return result


def require_open_gate(parts: Parts, week: ReportingWeek) -> None:
    """See that the last check of a week found nothing that stops mining.

    Raises:
        GateError: it did; names the findings.
    """
    with parts.store.begin() as uow:
        reports = uow.checks.list(week.label)
    gate(reports).require()


def _check_source(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    source: str,
    known: Frames,
    aside: tuple[QuarantineCount, ...],
) -> list[CheckReport]:
    """The report of every kind a source provides, read or not."""
    numbers = {kind: frozenset(rows["number"]) for kind, rows in known.items()}
    reports = []
    for kind in parts.sources[source].kinds:
        if kind not in known:
            continue
        rows = begun(kind, known[kind], cutoff_at)
        with parts.store.begin() as uow:
            past = uow.profiles.latest(source, kind, before_week=week.label)
            uow.profiles.save(profile(source, kind, rows, zone=week.zone), week.label)
            uow.commit()
        context = CheckContext(
            source=source,
            cutoff_at=cutoff_at,
            week=week,
            known=numbers,
            past=past,
            set_aside=tuple(c for c in aside if c.source == source and c.kind == kind),
            settings=parts.settings.checks,
        )
        reports.append(check(kind, rows, context))
    return reports


def _of_source(rows: pd.DataFrame, source: str) -> pd.DataFrame:
    return rows[rows["source"] == source].reset_index(drop=True)
