"""Check: what is known at the cut-off, against the suites and against the source's own past."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from checks.gate import gate
from checks.joining import joined, profiled
from flows.checked_before import CheckedBefore
from flows.stage_watch import stage
from flows.stages.check_parts import Settled, checked_kind, digests_ahead
from flows.stages.check_run import Run
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.quality import CheckReport, GateReport, QuarantineCount, SourceProfile
from itsm.states import RecordKind
from store.portion_digests import PortionDigests
from store.portions import ROWS, rows_of

Found = Mapping[tuple[str, RecordKind], tuple[CheckReport, SourceProfile]]
"""The report and the profile of every kind of every source."""


@stage("check")
def check_week(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime, *, rows: int = ROWS
) -> GateReport:
    """Check every kind of every source as known at the cut-off, and keep reports and profiles.

    Records are judged in parts, one kind after the other; of a part in which nothing has changed,
    what was found before is used again.

    Args:
        parts: of the installation.
        week: that the pack is made for.
        cutoff_at: what is known up to.
        rows: so many records are a part at most, of some kinds fewer; it changes nothing in what
            is found.
    """
    run = Run.of(parts, week, cutoff_at)
    aside = parts.store.queries.quarantine_counts()
    before = CheckedBefore(parts, cutoff_at)
    known = PortionDigests(parts.store, partial(rows_of, most=rows))
    ahead = digests_ahead(run, known, before, rows)
    found: dict[tuple[str, RecordKind], tuple[CheckReport, SourceProfile]] = {}
    n_parts = 0
    for kind in run.kinds:
        for source, settled in checked_kind(run, kind, before, known, ahead).items():
            n_parts += len(settled[0])
            found[source, kind] = _told(run, kind, source, settled, aside)
    reports = [report for report, _ in _in_order(parts, found)]
    with parts.store.begin() as uow:
        for _, profile in found.values():
            uow.profiles.save(profile, week.label)
        uow.checks.save(week.label, reports)
        uow.commit()
    before.close()
    result = gate(reports)
    parts.say(f"check  {before.n_judged:,} of {n_parts:,} parts judged, the others as before")
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


def _told(
    run: Run,
    kind: RecordKind,
    source: str,
    settled: Settled,
    aside: tuple[QuarantineCount, ...],
) -> tuple[CheckReport, SourceProfile]:
    """What all parts of a kind say together, and against the source's own past."""
    with run.parts.store.look() as uow:
        past = uow.profiles.latest(source, kind, before_week=run.week.label)
    context = replace(
        run.context(source),
        past=past,
        set_aside=tuple(c for c in aside if c.source == source and c.kind == kind),
    )
    judged, hashes = settled
    return joined(kind, judged, context, hashes), profiled(kind, judged, context)


def _in_order(parts: Parts, found: Found) -> list[tuple[CheckReport, SourceProfile]]:
    """By source, and by the kinds as the source names them."""
    return [
        found[source, kind]
        for source in sorted(parts.sources)
        for kind in parts.sources[source].kinds
        if (source, kind) in found
    ]
