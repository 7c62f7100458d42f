"""Resolutions that did not hold: reopenings within 14 days, clones of closed incidents included."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags, Positions, Times
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Events, Timeline

HOLD_DAYS = 14
"""A resolution that was not taken back for so long has held."""

REOPEN = Contract(
    figure_id="reopen_rate",
    title="Reopen rate",
    family="experience",
    formula=(
        "of the resolutions of a week, those followed within 14 days by a reopening, or by a clone "
        "of the closed incident: same caller or CI, same text, new number"
    ),
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    denominator="resolutions in the week",
    exclusions="test records, duplicates and canceled incidents",
    kind=RecordKind.INCIDENT,
    needs=("incident state history", "incident.title with caller or ci, for clones"),
    owner="service desk lead",
    decision="which resolutions to look at again before they are called done",
    partner="resolution_time",
    is_experience=True,
)
CONTRACTS = (REOPEN,)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """The newest week whose resolutions had 14 days to hold (final), and this one (preliminary)."""
    timeline = scope.incidents
    reason = _missing(timeline)
    if timeline is None or reason is not None:
        yield not_available(scope, REOPEN, reason or "no source provides incidents")
        return
    came_back, note = reopened_within(timeline, HOLD_DAYS)
    final = _newest_final(scope)
    if final is None:
        text = "no week of the series is 14 days old at the cut-off"
        yield not_available(scope, REOPEN, text, {"status": "final"})
    else:
        exactness = Exactness.EXACT if timeline.has_history else Exactness.PROXY
        extras = Extras(dimensions={"status": "final"}, exactness=exactness, note=note)
        yield _rate(final, timeline, came_back, extras)
    extras = Extras(
        dimensions={"status": "preliminary"},
        exactness=Exactness.PRELIMINARY,
        note=note,
        has_series=False,
    )
    yield _rate(scope, timeline, came_back, extras)


def _missing(timeline: Timeline | None) -> str | None:
    if timeline is None:
        return "no source provides incidents"
    if not timeline.has_history and timeline.records["title"].isna().all():
        return "needs the history of states, or titles to find clones by"
    return None


def _newest_final(scope: Scope) -> Scope | None:
    """The newest week that ended 14 days before the cut-off, as a scope of its own."""
    old_enough = scope.grid.edges[1:] + HOLD_DAYS * DAY <= scope.cutoff
    n_final = int(old_enough.sum())
    if n_final <= scope.first_week(REOPEN.kind):
        return None
    return scope.back(len(scope.grid) - n_final) if n_final < len(scope.grid) else scope


def _rate(scope: Scope, timeline: Timeline, came_back: Flags, extras: Extras) -> FigureResult:
    resolutions = timeline.events.of(EventKind.RESOLVED)
    week = scope.grid.index_of(resolutions.at)
    seen = Observed(week, timeline.number[resolutions.record])
    return share(scope, REOPEN, seen, came_back, extras)


def reopened_within(timeline: Timeline, days: int) -> tuple[Flags, str | None]:
    """For each resolution, whether it was taken back in time; a note on what cannot be seen.

    Args:
        timeline: of incidents.
        days: how long a resolution has to hold.
    """
    is_resolution = timeline.events.kind == EventKind.RESOLVED
    resolutions = timeline.events.where(is_resolution)
    again_at = timeline.events.next_at(EventKind.REOPENED)[is_resolution]
    reopened = again_at <= resolutions.at + days * DAY
    if timeline.records["title"].isna().all():
        return reopened, "Clones of closed incidents cannot be found: the source gives no titles."
    cloned = _cloned(timeline, resolutions, days)
    note = (
        None
        if timeline.has_history
        else (
            "Only clones of closed incidents are found: without state history, reopenings of "
            "the same record are not known."
        )
    )
    return reopened | cloned, note


def _cloned(timeline: Timeline, resolutions: Events, days: int) -> Flags:
    """Resolutions followed by a new incident of the same text from the same caller or on the CI."""
    text = _text_codes(timeline.records)
    cloned = np.zeros(len(resolutions), dtype=bool)
    for column in ("caller", "ci"):
        key = _joint_codes(timeline.records["source"], text, timeline.records[column])
        next_at = _next_opening(key, timeline.opened_at, resolutions)
        cloned |= next_at <= resolutions.at + days * DAY
    return cloned


def _text_codes(records: pd.DataFrame) -> Positions:
    """A code per distinct text, however it is spaced or capitalised; -1 without a title."""
    codes, titles = pd.factorize(records["title"])
    more, descriptions = pd.factorize(records["description"])
    title = np.append(pd.factorize(_folded(titles))[0], -1)[codes]
    description = np.append(pd.factorize(_folded(descriptions))[0], -1)[more]
    both = pd.factorize(title.astype(np.int64) * (len(descriptions) + 1) + description + 1)[0]
    return np.where(title < 0, -1, both)


def _folded(texts: "pd.Index[str]") -> "pd.Index[str]":
    return pd.Index([" ".join(str(text).casefold().split()) for text in texts])


def _joint_codes(source: "pd.Series[str]", text: Positions, value: "pd.Series[str]") -> Positions:
    """A code per (source, text, value), -1 where text or value is missing."""
    value_code, values = pd.factorize(value)
    source_code, sources = pd.factorize(source)
    joint = (text.astype(np.int64) * (len(values) + 1) + value_code) * len(sources) + source_code
    return np.where((text < 0) | (value_code < 0), -1, pd.factorize(joint)[0])


def _next_opening(key: Positions, opened_at: Times, resolutions: Events) -> Times:
    """The first opening with the same key after each resolution; NaT when there is none."""
    openings = pd.DataFrame({"key": key, "at": opened_at, "next_at": opened_at})
    asked = pd.DataFrame({"key": key[resolutions.record], "at": resolutions.at})
    asked["row"] = np.arange(len(asked))
    found = pd.merge_asof(
        asked[asked["key"] >= 0].sort_values("at", kind="stable"),
        openings[openings["key"] >= 0].sort_values("at", kind="stable"),
        on="at",
        by="key",
        direction="forward",
        allow_exact_matches=False,
    )
    next_at = np.full(len(asked), np.datetime64("NaT", "us"), dtype="datetime64[us]")
    next_at[found["row"].to_numpy()] = found["next_at"].to_numpy()
    return next_at
