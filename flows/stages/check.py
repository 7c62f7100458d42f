"""Check: what is known at the cut-off, against the suites and against the source's own past."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from checks.gate import gate
from checks.gx import loaded
from checks.joining import joined, profiled
from flows.checked_before import CheckedBefore, Taken
from flows.stage_watch import stage
from flows.stages.check_parts import Settled, checked_kind, digests_ahead
from flows.stages.check_run import Run
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.quality import CheckReport, GateReport, QuarantineCount, SourceProfile
from itsm.states import RecordKind
from problem_mining.side_by_side import are_for_two, in_turns
from store.portion_digests import PortionDigests
from store.portions import ROWS, places_of, rows_of

TO_READ = 20
"""So much longer takes a portion that has to be read."""
Found = Mapping[tuple[str, RecordKind], tuple[CheckReport, SourceProfile]]
"""The report and the profile of every kind of every source."""


@stage("check")
def check_week(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime, *, rows: int = ROWS
) -> GateReport:
    """Check every kind of every source as known at the cut-off, and keep reports and profiles.

    Records are judged in parts, kind by kind, and by two processes where there can be two; of a
    part in which nothing has changed, what was found before is used again.

    Args:
        parts: of the installation.
        week: that the pack is made for.
        cutoff_at: what is known up to.
        rows: so many records are a part at most, of some kinds fewer; it changes nothing in what
            is found.
    """
    run = Run.of(parts, week, cutoff_at)
    before = CheckedBefore(parts, cutoff_at)
    known = PortionDigests(parts.store, partial(rows_of, most=rows))
    by_kind = _by_kind(run, before, known, rows)
    found = {name: told for one in by_kind for name, told in one.found.items()}
    n_parts = sum(one.n_parts for one in by_kind)
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


@dataclass(frozen=True, slots=True)
class _Checked:
    """What a kind says, and of how many parts.

    Of one that a second process has checked also what is to be kept, and lines for people.
    """

    found: Found
    n_parts: int
    taken: Taken | None
    said: tuple[str, ...]


def _by_kind(run: Run, before: CheckedBefore, known: PortionDigests, rows: int) -> list[_Checked]:
    """What each kind says; two processes check them in turns where there can be two."""
    parts, this = run.parts, os.getpid()
    aside = parts.store.queries.quarantine_counts()
    ahead = digests_ahead(run, known, before, rows)

    def check(kind: RecordKind) -> _Checked:
        is_this, said = os.getpid() == this, list[str]()
        apart = before.apart(parts.say if is_this else said.append)
        asked = run if is_this else replace(run, parts=replace(parts, say=lambda _: None))
        settled = checked_kind(asked, kind, apart, known, ahead)
        found = {(s, kind): _told(run, kind, s, one, aside) for s, one in settled.items()}
        n_parts = sum(len(judged) for judged, _ in settled.values())
        if is_this:
            before.take(apart.taken())
            before.save()
        return _Checked(found, n_parts, None if is_this else apart.taken(), tuple(said))

    order, n_to_read = _longest_first(run, known, rows)
    if n_to_read and are_for_two(order):
        loaded()  # once, and not by each of two processes
    parts.store.queries.engine.dispose()  # a second process opens the database by itself
    by_kind = in_turns(check, order)
    for one in by_kind:
        if one.taken is not None:
            before.take(one.taken)
        for line in one.said:
            parts.say(line)
    return by_kind


def _longest_first(run: Run, known: PortionDigests, rows: int) -> tuple[list[RecordKind], int]:
    """The kinds in about the order of what they take, and how many portions have to be read.

    Two processes check the kinds in turns.
    """
    places = Counter(kind for kind, _ in places_of(run.parts.store, run.kinds, run.cutoff_at, rows))

    to_read = {kind: places[kind] - len(known.places(kind)) for kind in run.kinds}

    def takes(kind: RecordKind) -> int:
        return known.rows(kind) * (TO_READ * to_read[kind] + places[kind])

    return sorted(run.kinds, key=takes, reverse=True), sum(to_read.values())


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
