"""Judges a part of the records of one kind, so that all parts together can be told of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import blake2b

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from checks import gx
from checks.context import CheckContext, microseconds
from checks.expectations import TOGETHER, Expectation
from checks.judged import Hashes, Judged, Moments, References, Tally, Together
from checks.profiles import moments, seen_of
from checks.settings import CheckSettings
from checks.suites import suite_of
from itsm.clocks import ReportingWeek
from itsm.errors import CheckError
from itsm.fields import column_names
from itsm.quality import Severity
from itsm.states import RecordKind

ACTIVE_TIMES = ("opened_at", "resolved_at", "closed_at", "updated_at")
"""The times of an incident that say something happened to it."""
THE_PERIOD = ""
"""Stands for the week where the checks are of none."""
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


def judge(
    kind: RecordKind, frame: pd.DataFrame, context: CheckContext, latest_at: datetime
) -> Judged:
    """What is found of a part of the records of a kind.

    Args:
        kind: the kind of the records.
        frame: the part; none of its numbers is in another part.
        context: what they are judged against.
        latest_at: the moment after which nothing can have happened.

    Raises:
        CheckError: an expectation could not be evaluated; nothing is known about the data.
    """
    return judge_each(kind, [frame], context, latest_at)[0]


def judge_each(
    kind: RecordKind, frames: Sequence[pd.DataFrame], context: CheckContext, latest_at: datetime
) -> list[Judged]:
    """As `judge`, of each of some parts: Great Expectations sees all of them at once."""
    for frame in frames:
        require_columns(kind, frame)
    suite = suite_of(kind, context.facts(latest_at))
    alone = [e for e in suite if e.gx_type != TOGETHER]
    told: list[Judged] = []
    for frame, outcomes in zip(frames, gx.evaluate_each(frames, alone), strict=True):
        tallies = {
            e.rule: tally(e, outcome, frame, context.settings)
            for e, outcome in zip(alone, outcomes, strict=True)
        }
        told.append(_judged(kind, frame, context, (latest_at, suite), tallies))
    return told


def _judged(
    kind: RecordKind,
    frame: pd.DataFrame,
    context: CheckContext,
    against: tuple[datetime, Sequence[Expectation]],
    tallies: Mapping[str, Tally],
) -> Judged:
    """A part, of which Great Expectations has said what fails; it does not say the rest."""
    latest_at, suite = against
    alone = [e for e in suite if e.gx_type != TOGETHER]
    same_from, same_until = _same_within(frame, suite, latest_at)
    zone = context.zone
    return Judged(
        n_records=len(frame),
        n_aside=_n_aside(frame, alone, tallies),
        tallies=tallies,
        applying=frozenset(e.rule for e in suite if e.only_if is not None and e.only_if(frame)),
        together={e.rule: _together(frame, e) for e in suite if e.gx_type == TOGETHER},
        references=_references(frame, suite, context),
        moved=moments(kind, frame),
        seen=seen_of(kind, frame, zone=zone, settings=context.settings),
        active=_active(frame, context) if kind is RecordKind.INCIDENT else {},
        same_from=same_from,
        same_until=same_until,
    )


def require_columns(kind: RecordKind, frame: pd.DataFrame) -> None:
    """See that a frame has the columns of its kind.

    Raises:
        CheckError: it has not.
    """
    missing = [name for name in column_names(kind) if name not in frame.columns]
    if missing:
        raise CheckError(f"a frame of {kind} has no column {', '.join(missing)}")


def tally(
    expectation: Expectation, outcome: gx.Outcome, frame: pd.DataFrame, settings: CheckSettings
) -> Tally:
    """What came of an expectation, by the numbers of the records."""
    rows = frame.iloc[outcome.rows]
    failed = sorted(set(rows["number"].fillna("")))
    most = None if expectation.severity is Severity.QUARANTINE else settings.max_listed
    shown = Counter[str]()
    if expectation.shows is not None:
        shown.update(rows[expectation.shows].dropna().tolist())
    return Tally(
        n_checked=outcome.n_checked,
        n_failed=len(outcome.rows),
        failed=tuple(failed[:most]),
        shown=dict(shown),
    )


def with_rows(
    judged: Judged, kind: RecordKind, frame: pd.DataFrame, wanted: Mapping[str, Hashes]
) -> Judged:
    """A part with the records whose values others share.

    Args:
        judged: what was found of it.
        kind: the kind of the records.
        frame: the part.
        wanted: the hashes of these values, by rule.
    """
    by_rule = {e.rule: e for e in _all_together(kind)}
    together = dict(judged.together)
    for rule, hashes in wanted.items():
        together[rule] = _together(frame, by_rule[rule], hashes)
    return replace(judged, together=together)


def repeated(hashes: Hashes) -> Hashes:
    """Those that occur more than once, each once and in order."""
    ordered = np.sort(hashes)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _all_together(kind: RecordKind) -> list[Expectation]:
    facts = CheckContext(source="", cutoff_at=datetime.max).facts(datetime.max)
    return [e for e in suite_of(kind, facts) if e.gx_type == TOGETHER]


def _together(
    frame: pd.DataFrame, expectation: Expectation, wanted: Hashes | None = None
) -> Together:
    names = columns_of(expectation)
    whole = frame.loc[frame[names].notna().all(axis="columns").to_numpy(dtype=bool)]
    hashes: Hashes = np.asarray(pd.util.hash_pandas_object(whole[names], index=False), np.uint64)
    shared = repeated(hashes) if wanted is None else wanted
    places = np.flatnonzero(np.isin(hashes, shared))
    rows: dict[int, list[tuple[str, ...]]] = {}
    for place, values in zip(
        places.tolist(), whole[["number", *names]].iloc[places].itertuples(index=False), strict=True
    ):
        number, *shared_values = values
        told = (str(number), *map(_text, shared_values))
        rows.setdefault(int(hashes[place]), []).append(told)
    return Together(hashes=hashes, rows={key: tuple(some) for key, some in rows.items()})


def columns_of(expectation: Expectation) -> list[str]:
    """The columns that an expectation on records together looks at."""
    names = expectation.kwargs["column_list"]
    assert isinstance(names, list)
    return [str(name) for name in names]


def _text(value: object) -> str:
    """A short text for a value, another one for every other value; it does not tell the value."""
    told = value.isoformat() if isinstance(value, datetime) else str(value)
    return blake2b(told.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _n_aside(
    frame: pd.DataFrame, suite: Sequence[Expectation], tallies: Mapping[str, Tally]
) -> int:
    """How many records are to be set aside; those without a number or sharing one count each."""
    aside = (tallies[e.rule].failed for e in suite if e.severity is Severity.QUARANTINE)
    numbers = {number for failed in aside for number in failed}
    return int(frame["number"].fillna("").isin(numbers).sum())


def _references(
    frame: pd.DataFrame, suite: Sequence[Expectation], context: CheckContext
) -> dict[RecordKind, References]:
    named: dict[RecordKind, set[str]] = {}
    for expectation in suite:
        if expectation.refers is not None:
            for kind, numbers in expectation.refers(frame).items():
                named.setdefault(kind, set()).update(numbers.dropna().unique().tolist())
    told: dict[RecordKind, References] = {}
    for kind, every in named.items():
        known = context.known[kind]
        found = {number for number in every if number in known}
        told[kind] = References(found=tuple(sorted(found)), missing=tuple(sorted(every - found)))
    return told


def _same_within(
    frame: pd.DataFrame, suite: Sequence[Expectation], latest_at: datetime
) -> tuple[int | None, int | None]:
    """Between which moments the latest one may lie for the same times to be plausible."""
    latest = microseconds(latest_at)
    before: list[int] = []
    after: list[int] = []
    for expectation in suite:
        if expectation.kwargs.get("max_value") != latest_at:
            continue
        times = _times(frame, str(expectation.kwargs["column"]))
        before += times[times <= latest][-1:].tolist()
        after += times[times > latest][:1].tolist()
    return max(before, default=None), min(after, default=None)


def _times(frame: pd.DataFrame, name: str) -> Moments:
    return np.sort(frame[name].dropna().to_numpy(dtype="datetime64[us]").astype(np.int64))


def _active(frame: pd.DataFrame, context: CheckContext) -> dict[str, int]:
    """In how many records something happened, by week; each record counts once in a week."""
    edges, labels = _weeks(context.zone) if context.week else _period(context)
    found = np.full((len(frame), len(ACTIVE_TIMES)), -1, dtype=np.int64)
    for place, name in enumerate(ACTIVE_TIMES):
        is_given = frame[name].notna().to_numpy(dtype=bool)
        times = frame[name].to_numpy(dtype="datetime64[us]").astype(np.int64)
        week = np.searchsorted(edges, times, side="right") - 1
        found[:, place] = np.where(is_given & (week < len(labels)), week, -1)
    found.sort(axis=1)
    found[:, 1:][found[:, 1:] == found[:, :-1]] = -1
    counts = np.bincount(found[found >= 0], minlength=len(labels))
    return {labels[week]: int(counts[week]) for week in np.flatnonzero(counts).tolist()}


def _period(context: CheckContext) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    start, end = context.period
    return np.array([microseconds(start), microseconds(end)], dtype=np.int64), (THE_PERIOD,)


@cache
def _weeks(zone: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Where the weeks of a zone begin, and their labels; the last beginning ends the last week."""
    week, labels, edges = ReportingWeek(_FIRST_YEAR, 2, zone), list[str](), list[int]()
    while week.year < _LAST_YEAR:
        labels.append(week.label)
        edges.append(microseconds(week.start_at))
        week = week.shifted(1)
    return np.array([*edges, microseconds(week.start_at)], dtype=np.int64), tuple(labels)
