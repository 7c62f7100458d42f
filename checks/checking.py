"""Checks the records of one kind of one source."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from checks import gx
from checks.context import MAIN_TIMES, CheckContext, moved_at
from checks.expectations import Derived, Expectation
from checks.past import compare, profile, volume
from checks.settings import CheckSettings
from checks.suites import suite_of
from checks.suites.record import carries
from checks.wording import commonest, failed_rows, percent
from itsm.errors import CheckError
from itsm.fields import column_names
from itsm.quality import CheckReport, ExpectationResult, Severity
from itsm.states import RecordKind

NO_TEXT = "this source carries no text: mining works on codes"
READABLE = "readable"
ACTIVE = "active_in_week"


def check(kind: RecordKind, frame: pd.DataFrame, context: CheckContext) -> CheckReport:
    """Everything that is expected of a pull: of its records, of its whole, and against its past.

    Args:
        kind: the kind of the records.
        frame: the records, with exactly the columns and types of the kind.
        context: what they are judged against.

    Returns:
        One result per expectation, met or not. Rules that judge a pull as a whole come last.

    Raises:
        CheckError: an expectation could not be evaluated; nothing is known about the data.
    """
    results = list(check_rows(kind, frame, context).results)
    current = profile(context.source, kind, frame, zone=_zone(context), settings=context.settings)
    results += _fresh(kind, frame, context)
    results += _active(kind, frame, context)
    results += volume(current, context)
    if context.past is not None:
        results += compare(current, context.past, context.settings)
    results += _carries_text(kind, frame)
    results += _readable(kind, frame, results, context)
    results += _set_aside(frame, results, context)
    return CheckReport(
        source=context.source, kind=kind, n_records=len(frame), results=tuple(results)
    )


def check_rows(
    kind: RecordKind,
    frame: pd.DataFrame,
    context: CheckContext,
    *,
    only: Severity | None = None,
) -> CheckReport:
    """What is expected of each record by itself and among the others: for parts of a pull.

    Args:
        kind: the kind of the records.
        frame: the records, with exactly the columns and types of the kind.
        context: what they are judged against.
        only: the one severity that is asked for; landing needs no more than `quarantine`.

    Returns:
        As `check`, without the rules that judge a pull as a whole.

    Raises:
        CheckError: an expectation could not be evaluated; nothing is known about the data.
    """
    missing = [name for name in column_names(kind) if name not in frame.columns]
    if missing:
        raise CheckError(f"a frame of {kind} has no column {', '.join(missing)}")
    suite = suite_of(kind, context.facts(kind, frame))
    asked = [e for e in suite if only in (None, e.severity)]
    applied = [e for e in asked if e.only_if is None or e.only_if(frame)]
    results = _results(frame, applied, context.settings)
    return CheckReport(source=context.source, kind=kind, n_records=len(frame), results=results)


def failing(report: CheckReport) -> dict[str, ExpectationResult]:
    """The records to set aside, each with the first expectation it failed."""
    found: dict[str, ExpectationResult] = {}
    for result in report.results:
        if result.severity is Severity.QUARANTINE:
            for number in result.failed:
                found.setdefault(number, result)
    return found


def _zone(context: CheckContext) -> str:
    return "UTC" if context.week is None else context.week.zone


def _results(
    frame: pd.DataFrame, suite: Sequence[Expectation], settings: CheckSettings
) -> tuple[ExpectationResult, ...]:
    outcomes = gx.evaluate(frame, suite)
    return tuple(
        _result(expectation, outcome, frame, settings)
        for expectation, outcome in zip(suite, outcomes, strict=True)
    )


def _result(
    expectation: Expectation, outcome: gx.Outcome, frame: pd.DataFrame, settings: CheckSettings
) -> ExpectationResult:
    """Records are set aside by the list, an alarm is raised by the share."""
    n_failed = len(outcome.rows)
    sets_aside = expectation.severity is Severity.QUARANTINE
    rows = frame.iloc[outcome.rows]
    failed = sorted(set(rows["number"].fillna("")))
    is_met = n_failed == 0 if sets_aside else outcome.is_met
    observed = failed_rows(expectation.title, n_failed, outcome.n_checked, expectation.mostly)
    if expectation.shows is not None:
        observed += commonest(rows[expectation.shows])
    return ExpectationResult(
        rule=expectation.rule,
        title=expectation.title,
        severity=expectation.severity,
        is_met=is_met,
        n_checked=outcome.n_checked,
        n_failed=n_failed,
        failed=tuple(failed if sets_aside else failed[: settings.max_listed]),
        field=expectation.field,
        observed=observed if n_failed else None,
        remedy=expectation.remedy if n_failed else None,
    )


def _fresh(
    kind: RecordKind, frame: pd.DataFrame, context: CheckContext
) -> tuple[ExpectationResult, ...]:
    days = context.settings.freshness_days.get(kind)
    if days is None or frame.empty:
        return ()
    oldest = context.cutoff_at - pd.Timedelta(days=days)
    expectation = Expectation(
        rule="fresh",
        title=f"something moved in the {days} days before the cut-off",
        gx_type="ExpectColumnMaxToBeBetween",
        kwargs={"column": "moved_at", "min_value": oldest},
        severity=Severity.WARNING,
        field="updated_at",
        remedy="see whether the pull still reaches the source",
        derived=Derived("moved_at", lambda rows: moved_at(kind, rows)),
    )
    (outcome,) = gx.evaluate(frame, [expectation])
    return (_freshness(expectation, outcome),)


def _freshness(expectation: Expectation, outcome: gx.Outcome) -> ExpectationResult:
    newest = outcome.observed
    said = f"{newest:%Y-%m-%d %H:%M} UTC" if isinstance(newest, datetime) else "no time at all"
    return ExpectationResult(
        rule=expectation.rule,
        title=expectation.title,
        severity=expectation.severity,
        is_met=outcome.is_met,
        n_checked=1,
        n_failed=0 if outcome.is_met else 1,
        field=expectation.field,
        observed=f"the newest record is of {said}",
        remedy=None if outcome.is_met else expectation.remedy,
    )


def _active(
    kind: RecordKind, frame: pd.DataFrame, context: CheckContext
) -> tuple[ExpectationResult, ...]:
    """Incidents opened, changed or closed in the week; without any there is nothing to say."""
    if kind is not RecordKind.INCIDENT or frame.empty:
        return ()
    start, end = context.period
    times = frame[["opened_at", "resolved_at", "closed_at", "updated_at"]]
    n = int(((times >= start) & (times < end)).any(axis="columns").sum())
    named = f"{start:%Y-%m-%d} to {end:%Y-%m-%d}" if context.week is None else context.week.label
    return (
        ExpectationResult(
            rule=ACTIVE,
            title="something happened in the week",
            severity=Severity.CRITICAL,
            is_met=n > 0,
            n_checked=len(frame),
            n_failed=0 if n else len(frame),
            field=MAIN_TIMES[kind],
            observed=f"{n:,} of {len(frame):,} records were opened, changed or closed in {named}",
            remedy=None if n else "choose a week the data reaches, or pull newer data",
        ),
    )


def _carries_text(kind: RecordKind, frame: pd.DataFrame) -> tuple[ExpectationResult, ...]:
    if kind is not RecordKind.INCIDENT or frame.empty or carries("title", "description")(frame):
        return ()
    return (
        ExpectationResult(
            rule="text_present",
            title="most records have a text (title or description)",
            severity=Severity.WARNING,
            is_met=True,
            n_checked=0,
            n_failed=0,
            field="title",
            observed=NO_TEXT,
        ),
    )


def _readable(
    kind: RecordKind,
    frame: pd.DataFrame,
    results: Sequence[ExpectationResult],
    context: CheckContext,
) -> tuple[ExpectationResult, ...]:
    """There are records to go on with; only incidents can stop a run by not being there."""
    n_good = len(frame) - _n_failing(frame, results)
    had = context.past is not None and context.past.n_records > 0
    if kind is not RecordKind.INCIDENT and (n_good > 0 or not had):
        return ()
    return (
        ExpectationResult(
            rule=READABLE,
            title="there are records to go on with",
            severity=Severity.CRITICAL if kind is RecordKind.INCIDENT else Severity.WARNING,
            is_met=n_good > 0,
            n_checked=len(frame),
            n_failed=len(frame) - n_good,
            observed=f"{n_good:,} usable records" if n_good else "no usable record was read",
            remedy=None if n_good else "see whether the source answers and its fields are mapped",
        ),
    )


def _set_aside(
    frame: pd.DataFrame, results: Sequence[ExpectationResult], context: CheckContext
) -> tuple[ExpectationResult, ...]:
    """Not more than a small share of a kind is set aside, by mapping and by checks together."""
    n_all = len(frame) + context.n_set_aside
    if n_all == 0:
        return ()
    limit = context.settings.max_set_aside_share
    n = _n_failing(frame, results) + context.n_set_aside
    is_met = n / n_all <= limit or n < context.settings.min_set_aside
    reason, remedy = _main_reason(results, context) if n else ("", None)
    return (
        ExpectationResult(
            rule="set_aside_share",
            title=f"at most {percent(limit)} of the records are set aside",
            severity=Severity.CRITICAL,
            is_met=is_met,
            n_checked=n_all,
            n_failed=n,
            observed=f"{percent(n / n_all)} of {n_all:,} records are set aside"
            f" (limit {percent(limit)}){reason}",
            remedy=None if is_met else remedy,
        ),
    )


def _main_reason(
    results: Sequence[ExpectationResult], context: CheckContext
) -> tuple[str, str | None]:
    """The commonest reason, and what would mend it."""
    reasons = [
        (count.n, f"{count.field}: {count.reason}", count.remedy) for count in context.set_aside
    ]
    reasons += [
        (result.n_failed, f'not "{result.title}"', result.remedy or "")
        for result in results
        if result.severity is Severity.QUARANTINE and result.n_failed
    ]
    n, text, remedy = max(reasons)
    return f", {n:,} of them for {text}", remedy or None


def _n_failing(frame: pd.DataFrame, results: Sequence[ExpectationResult]) -> int:
    """How many records are to be set aside; those without a number or sharing one count each."""
    aside = (result.failed for result in results if result.severity is Severity.QUARANTINE)
    numbers = {number for failed in aside for number in failed}
    return int(frame["number"].fillna("").isin(numbers).sum())
