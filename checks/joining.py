"""Tells of all parts of the records of one kind together, as if they had been judged at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from checks import gx
from checks.context import CheckContext
from checks.expectations import TOGETHER, Expectation
from checks.judged import Hashes, Judged, Tally
from checks.judging import columns_of, repeated, tally
from checks.past import compare, volume
from checks.profiles import profile_of
from checks.settings import CheckSettings
from checks.suites import suite_of
from checks.whole import Whole, active, carries_text, fresh, readable, set_aside
from checks.wording import commonest, failed_rows
from itsm.quality import CheckReport, ExpectationResult, Severity, SourceProfile
from itsm.states import RecordKind


def latest_of(parts: Sequence[Judged], context: CheckContext) -> datetime:
    """The moment after which nothing can have happened, by when all records moved."""
    moved = [part.moved for part in parts]
    return context.latest_at(np.concatenate(moved) if moved else np.empty(0, np.int64))


def shared(parts: Sequence[Judged]) -> Mapping[str, Hashes]:
    """The hashes of values that more than one record of all parts has, by rule."""
    rules = dict.fromkeys(rule for part in parts for rule in part.together)
    return {
        rule: repeated(np.concatenate([part.together[rule].hashes for part in parts]))
        for rule in rules
    }


def lacking(part: Judged, hashes: Mapping[str, Hashes]) -> dict[str, Hashes]:
    """The hashes whose records have to be read again in a part, by rule; `shared` gave them."""
    wanted: dict[str, Hashes] = {}
    for rule, of_all in hashes.items():
        told = part.together[rule]
        if not len(of_all):
            continue
        at = np.minimum(np.searchsorted(of_all, told.hashes), len(of_all) - 1)
        here = np.unique(of_all[at[of_all[at] == told.hashes]])
        if any(key not in told.rows for key in here.tolist()):
            wanted[rule] = here
    return wanted


def profiled(kind: RecordKind, parts: Sequence[Judged], context: CheckContext) -> SourceProfile:
    """What the pull looks like, to compare the next one with."""
    newest = np.concatenate([part.moved[-1:] for part in parts]) if parts else np.empty(0, np.int64)
    n_records = sum(part.n_records for part in parts)
    seen = [part.seen for part in parts]
    return profile_of(context.source, kind, seen, n_records, newest, context.settings)


def joined(
    kind: RecordKind,
    parts: Sequence[Judged],
    context: CheckContext,
    hashes: Mapping[str, Hashes] | None = None,
) -> CheckReport:
    """Everything that is expected of a pull: of its records, of its whole, and against its past.

    Args:
        kind: the kind of the records.
        parts: what was found of each part, all under the same circumstances; each has the records
            that share values with those of others (`shared`, `lacking`, `judging.with_rows`).
        context: what they were judged against.
        hashes: from `shared`, where that is known already.

    Returns:
        One result per expectation, met or not. Rules that judge a pull as a whole come last.

    Raises:
        CheckError: an expectation could not be evaluated; nothing is known about the data.
    """
    latest_at = latest_of(parts, context)
    whole = Whole(kind, tuple(parts), context)
    current = profiled(kind, parts, context)
    results = _of_rows(whole, latest_at, shared(parts) if hashes is None else hashes)
    results += fresh(whole)
    results += active(whole)
    results += volume(current, context)
    if context.past is not None:
        results += compare(current, context.past, context.settings)
    results += carries_text(whole)
    results += readable(whole)
    results += set_aside(whole, results)
    return CheckReport(
        source=context.source, kind=kind, n_records=whole.n_records, results=tuple(results)
    )


def _of_rows(
    whole: Whole, latest_at: datetime, hashes: Mapping[str, Hashes]
) -> list[ExpectationResult]:
    settings, parts = whole.context.settings, whole.parts
    suite = suite_of(whole.kind, whole.context.facts(latest_at))
    applied = [e for e in suite if e.only_if is None or e.rule in whole.applying]
    told: list[ExpectationResult] = []
    for expectation in applied:
        if expectation.gx_type == TOGETHER:
            found = _shared_tally(expectation, parts, hashes.get(expectation.rule), settings)
        else:
            found = _sum([part.tallies[expectation.rule] for part in parts], expectation, settings)
        told.append(result_of(expectation, found, is_met=_is_met(expectation, found)))
    return told


def result_of(expectation: Expectation, found: Tally, *, is_met: bool) -> ExpectationResult:
    """Records are set aside by the list, an alarm is raised by the share."""
    sets_aside = expectation.severity is Severity.QUARANTINE
    n_failed = found.n_failed
    observed = failed_rows(expectation.title, n_failed, found.n_checked, expectation.mostly)
    if expectation.shows is not None:
        observed += commonest(found.shown)
    return ExpectationResult(
        rule=expectation.rule,
        title=expectation.title,
        severity=expectation.severity,
        is_met=n_failed == 0 if sets_aside else is_met,
        n_checked=found.n_checked,
        n_failed=n_failed,
        failed=found.failed,
        field=expectation.field,
        observed=observed if n_failed else None,
        remedy=expectation.remedy if n_failed else None,
    )


def _is_met(expectation: Expectation, found: Tally) -> bool:
    """As Great Expectations says it of the share that may fail; the tests hold it to that."""
    if found.n_checked == 0:
        return True
    return (found.n_checked - found.n_failed) / found.n_checked >= expectation.mostly


def _sum(found: Sequence[Tally], expectation: Expectation, settings: CheckSettings) -> Tally:
    failed = sorted({number for one in found for number in one.failed})
    most = None if expectation.severity is Severity.QUARANTINE else settings.max_listed
    shown = Counter[str]()
    for one in found:
        shown.update(one.shown)
    return Tally(
        n_checked=sum(one.n_checked for one in found),
        n_failed=sum(one.n_failed for one in found),
        failed=tuple(failed[:most]),
        shown=shown,
    )


def _shared_tally(
    expectation: Expectation,
    parts: Sequence[Judged],
    hashes: Hashes | None,
    settings: CheckSettings,
) -> Tally:
    """Great Expectations judges the records whose values seem to be shared, of all parts."""
    told = [part.together[expectation.rule] for part in parts]
    n_checked = sum(len(one.hashes) for one in told)
    wanted = set() if hashes is None else set(hashes.tolist())
    rows = [row for one in told for key, some in one.rows.items() if key in wanted for row in some]
    if not rows:
        return Tally(n_checked=n_checked, n_failed=0)
    frame = pd.DataFrame(rows, columns=["number", *columns_of(expectation)], dtype="str")
    (outcome,) = gx.evaluate(frame, [expectation])
    return replace(tally(expectation, outcome, frame, settings), n_checked=n_checked)
