"""What is expected of a pull as a whole, and said by all parts of it together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from checks import gx
from checks.context import MAIN_TIMES, CheckContext, instant
from checks.expectations import Derived, Expectation
from checks.judged import Judged
from checks.judging import THE_PERIOD
from checks.wording import percent
from itsm.quality import ExpectationResult, Severity
from itsm.states import RecordKind

NO_TEXT = "this source carries no text: mining works on codes"
READABLE = "readable"
ACTIVE = "active_in_week"


@dataclass(frozen=True, slots=True)
class Whole:
    """All parts of a kind, and what they were judged against."""

    kind: RecordKind
    parts: tuple[Judged, ...]
    context: CheckContext

    @property
    def n_records(self) -> int:
        """How many records there are."""
        return sum(part.n_records for part in self.parts)

    @property
    def n_aside(self) -> int:
        """How many of them are to be set aside."""
        return sum(part.n_aside for part in self.parts)

    @property
    def applying(self) -> frozenset[str]:
        """The rules that apply only if some record has what they ask for, and one has."""
        return frozenset().union(*(part.applying for part in self.parts))


def fresh(whole: Whole) -> tuple[ExpectationResult, ...]:
    """Something moved lately; Great Expectations judges the last move of each part."""
    context = whole.context
    days = context.settings.freshness_days.get(whole.kind)
    if days is None or not whole.n_records:
        return ()
    expectation = Expectation(
        rule="fresh",
        title=f"something moved in the {days} days before the cut-off",
        gx_type="ExpectColumnMaxToBeBetween",
        kwargs={"column": "moved_at", "min_value": context.cutoff_at - pd.Timedelta(days=days)},
        severity=Severity.WARNING,
        field="updated_at",
        remedy="see whether the pull still reaches the source",
        derived=Derived("moved_at", lambda newest: newest["newest_at"]),
    )
    (outcome,) = gx.evaluate(_newest(whole.parts), [expectation])
    return (_freshness(expectation, outcome),)


def _newest(parts: Sequence[Judged]) -> pd.DataFrame:
    """The last move of each part; missing where it has none."""
    each = [instant(int(part.moved[-1])) if len(part.moved) else None for part in parts]
    return pd.DataFrame({"newest_at": pd.Series(each, dtype="datetime64[us, UTC]")})


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


def active(whole: Whole) -> tuple[ExpectationResult, ...]:
    """Incidents opened, changed or closed in the week; without any there is nothing to say."""
    n_all, week = whole.n_records, whole.context.week
    if whole.kind is not RecordKind.INCIDENT or not n_all:
        return ()
    start, end = whole.context.period
    label = THE_PERIOD if week is None else week.label
    n = sum(part.active.get(label, 0) for part in whole.parts)
    named = f"{start:%Y-%m-%d} to {end:%Y-%m-%d}" if week is None else week.label
    return (
        ExpectationResult(
            rule=ACTIVE,
            title="something happened in the week",
            severity=Severity.CRITICAL,
            is_met=n > 0,
            n_checked=n_all,
            n_failed=0 if n else n_all,
            field=MAIN_TIMES[whole.kind],
            observed=f"{n:,} of {n_all:,} records were opened, changed or closed in {named}",
            remedy=None if n else "choose a week the data reaches, or pull newer data",
        ),
    )


def carries_text(whole: Whole) -> tuple[ExpectationResult, ...]:
    """A source without any text is told so, and not blamed."""
    is_judged = whole.kind is RecordKind.INCIDENT and whole.n_records
    if not is_judged or "text_present" in whole.applying:
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


def readable(whole: Whole) -> tuple[ExpectationResult, ...]:
    """There are records to go on with; only incidents can stop a run by not being there."""
    n_all, past = whole.n_records, whole.context.past
    n_good = n_all - whole.n_aside
    had = past is not None and past.n_records > 0
    if whole.kind is not RecordKind.INCIDENT and (n_good > 0 or not had):
        return ()
    is_incident = whole.kind is RecordKind.INCIDENT
    return (
        ExpectationResult(
            rule=READABLE,
            title="there are records to go on with",
            severity=Severity.CRITICAL if is_incident else Severity.WARNING,
            is_met=n_good > 0,
            n_checked=n_all,
            n_failed=n_all - n_good,
            observed=f"{n_good:,} usable records" if n_good else "no usable record was read",
            remedy=None if n_good else "see whether the source answers and its fields are mapped",
        ),
    )


def set_aside(whole: Whole, results: Sequence[ExpectationResult]) -> tuple[ExpectationResult, ...]:
    """Not more than a small share of a kind is set aside, by mapping and by checks together."""
    context = whole.context
    n_all = whole.n_records + context.n_set_aside
    if n_all == 0:
        return ()
    limit = context.settings.max_set_aside_share
    n = whole.n_aside + context.n_set_aside
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
        (found.n_failed, f'not "{found.title}"', found.remedy or "")
        for found in results
        if found.severity is Severity.QUARANTINE and found.n_failed
    ]
    n, text, remedy = max(reasons)
    return f", {n:,} of them for {text}", remedy or None
