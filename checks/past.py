"""Each pull against the source's own past: fields that vanish, new codes, fill rates, volume.

Tools drop what they no longer know without a word: a renamed field comes back empty, and every
record is still valid by itself. Only the comparison with an earlier pull shows it.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from checks.context import MAIN_TIMES, CheckContext
from checks.profiles import CODE_FIELDS
from checks.settings import DEFAULT, CheckSettings
from checks.wording import percent
from itsm.clocks import ReportingWeek
from itsm.errors import MeasureError
from itsm.quality import ExpectationResult, Severity, SourceProfile
from itsm.states import RecordKind
from itsm.statistics import MAX_WEEKS, MIN_WEEKS, wilson_interval, xmr_limits

VOLUME_KINDS = frozenset(
    {
        RecordKind.INCIDENT,
        RecordKind.SERVICE_REQUEST,
        RecordKind.CHANGE,
        RecordKind.PROBLEM,
        RecordKind.VENDOR_CASE,
    }
)
"""Kinds whose number per week says something about the source."""


def compare(
    current: SourceProfile, past: SourceProfile, settings: CheckSettings = DEFAULT
) -> tuple[ExpectationResult, ...]:
    """What changed in a source since an earlier pull, without the records telling.

    Args:
        current: the profile of this pull.
        past: the profile of an earlier pull of the same kind of the same source.
        settings: the thresholds.

    Returns:
        Per rule one result for each field that broke it, or one that is met. For `new_codes`,
        `n_checked` and `n_failed` count codes, elsewhere records.
    """
    if min(current.n_records, past.n_records) < settings.min_compared:
        return ()
    dropped = _dropped(current, past, settings)
    vanished = [result for result in dropped if result.rule == "field_vanished"]
    fallen = [result for result in dropped if result.rule == "fill_rate_kept"]
    return (
        *(vanished or [_kept("field_vanished", "no field has vanished", current)]),
        *(fallen or [_kept("fill_rate_kept", "no field is filled much less than before", current)]),
        *_new_codes(current, past),
    )


def _kept(rule: str, title: str, current: SourceProfile) -> ExpectationResult:
    return ExpectationResult(
        rule=rule,
        title=title,
        severity=Severity.WARNING,
        is_met=True,
        n_checked=current.n_records,
        n_failed=0,
    )


def _dropped(
    current: SourceProfile, past: SourceProfile, settings: CheckSettings
) -> list[ExpectationResult]:
    found = []
    for name in sorted(past.fill_rates):
        was, now = past.fill_rates[name], current.fill_rates.get(name, 0.0)
        if not _is_below(now, current.n_records, was, past.n_records, settings.confidence):
            continue
        if now == 0 and was >= settings.min_past_fill:
            found.append(_vanished(name, was, current, settings))
        elif was - now > settings.max_fill_drop:
            found.append(_fallen(name, was, now, current))
    return found


def _is_below(now: float, n_now: int, was: float, n_was: int, confidence: float) -> bool:
    """Whether a share has fallen by more than chance explains: the intervals do not touch."""
    _, high = wilson_interval(round(now * n_now), n_now, confidence)
    low, _ = wilson_interval(round(was * n_was), n_was, confidence)
    return high < low


def _vanished(
    name: str, was: float, current: SourceProfile, settings: CheckSettings
) -> ExpectationResult:
    stops = current.kind is RecordKind.INCIDENT and name in settings.mining_fields
    return ExpectationResult(
        rule="field_vanished",
        title=f"{name} is still there",
        severity=Severity.CRITICAL if stops else Severity.WARNING,
        is_met=False,
        n_checked=current.n_records,
        n_failed=current.n_records,
        field=name,
        observed=f"{name} was given in {percent(was)} of the records and is now empty in all",
        remedy="look whether the field was renamed or hidden in the tool, and map its new name",
    )


def _fallen(name: str, was: float, now: float, current: SourceProfile) -> ExpectationResult:
    return ExpectationResult(
        rule="fill_rate_kept",
        title=f"{name} is filled as often as before",
        severity=Severity.WARNING,
        is_met=False,
        n_checked=current.n_records,
        n_failed=round((1 - now) * current.n_records),
        field=name,
        observed=f"{name} was given in {percent(was)} of the records and is now in {percent(now)}",
        remedy="look whether a form or an interface of the tool has changed",
    )


def _new_codes(current: SourceProfile, past: SourceProfile) -> list[ExpectationResult]:
    found = []
    for name in sorted(set(current.codes) & set(past.codes)):
        new = sorted(set(current.codes[name]) - set(past.codes[name]))
        shown = ", ".join(map(repr, new[:5])) + (", …" if len(new) > 5 else "")
        found.append(
            ExpectationResult(
                rule="new_codes",
                title=f"{name} has no new codes",
                severity=Severity.WARNING,
                is_met=not new,
                n_checked=len(current.codes[name]),
                n_failed=len(new),
                field=name,
                observed=f"{name} has {len(new)} new: {shown}" if new else None,
                remedy=_code_remedy(name) if new else None,
            )
        )
    return found


def _code_remedy(name: str) -> str:
    if name in CODE_FIELDS:
        return "look whether forms or routing of the tool have changed"
    return "see whether they are in the code tables; if not, add them"


def volume(current: SourceProfile, context: CheckContext) -> tuple[ExpectationResult, ...]:
    """Whether the week's number of records lies within what is normal for the source.

    Natural process limits of the weeks before; the first week of a source may be cut and does not
    count. With fewer than 10 weeks nothing is judged, and the result says so.

    Source:
        docs/measures.md, "Is it a signal?".
    """
    if current.kind not in VOLUME_KINDS:
        return ()
    week = context.week or ReportingWeek.of(context.cutoff_at - pd.Timedelta(days=7))
    counts = _joined(current, context.past)
    n = counts.get(week.label, 0)
    try:
        limits = xmr_limits(_weeks_before(counts, week))
    except MeasureError:
        observed = f"{n:,} in {week}; fewer than {MIN_WEEKS} weeks before it, so not judged"
        return (_volume_result(current, week, n, observed, is_met=True),)
    low, high = max(limits.lower, 0.0), limits.upper
    observed = f"{n:,} in {week}, normally {low:,.0f} to {high:,.0f}"
    return (_volume_result(current, week, n, observed, is_met=low <= n <= high),)


def _joined(current: SourceProfile, past: SourceProfile | None) -> Mapping[str, int]:
    """A pull may hold only what is new, so the past knows weeks better that it has seen."""
    before = {} if past is None else past.weekly_counts
    weeks = {*before, *current.weekly_counts}
    return {week: max(before.get(week, 0), current.weekly_counts.get(week, 0)) for week in weeks}


def _weeks_before(counts: Mapping[str, int], week: ReportingWeek) -> np.ndarray:
    first = min(counts, default=week.label)
    labels = [earlier.label for earlier in week.shifted(-1).last(MAX_WEEKS)]
    return np.array([counts.get(label, 0) for label in labels if label > first], dtype=np.float64)


def _volume_result(
    current: SourceProfile, week: ReportingWeek, n: int, observed: str, *, is_met: bool
) -> ExpectationResult:
    return ExpectationResult(
        rule="volume",
        title="the week's volume is normal for this source",
        severity=Severity.WARNING,
        is_met=is_met,
        n_checked=n,
        n_failed=0,
        field=MAIN_TIMES[current.kind],
        observed=observed,
        remedy=None if is_met else f"see whether the pull of {week} is complete",
    )
