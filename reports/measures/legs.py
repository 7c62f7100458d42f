"""Where the time of an SLA clock went: legs of teams, vendors and callers that sum to the clock."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import ClockTarget, ClockType, IncidentState, RecordKind
from reports.measures.build import Extras, Observed, not_available, share, standing
from reports.measures.clock_calendar import CLOSE_H, calendar_of
from reports.measures.clock_hours import counted_hours
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers, Positions, Texts, flags, texts, times
from reports.measures.holders import NO_TEAM, Pieces, pieces_of
from reports.measures.scope import Scope
from reports.measures.teams import SMALL_TEAMS, without_small
from reports.measures.timeline import Timeline

MAX_TEAMS = 20
CALLER, VENDOR, OURS = "the caller", "the vendor", "the vendor waited for us"
HELD, AGAIN = "on hold with us", "resolved, before it was reopened"
RESTS = (CALLER, VENDOR, HELD, AGAIN)
PAUSED, RESIDUAL, OTHERS = "paused by the source", "residual", "other teams"
UNKNOWN = "by a calendar that is not configured"
CLOSE_SHARE = 0.1
"""So far may the hours counted here lie from the source's own, for the clock to be told by legs."""
MOST = 0.5
"""Of the hours, so much may count by calendars that are not configured."""

_contract = partial(
    Contract,
    family="agreements",
    unit=Unit.HOURS,
    kind=RecordKind.INCIDENT,
    partner="csat",
    is_in_pack=False,
)
LEGS = _contract(
    figure_id="sla_legs",
    title="Where the time of SLA clocks went",
    formula=(
        "hours on the SLA resolution clocks of incidents that ended in the week, and by leg: each "
        "team, the vendor, the vendor waiting for us, the caller, on hold with us; less what the "
        "source paused; what is left over to the source's own clock is the residual. A clock that "
        "is more than a tenth away from the hours counted here counts by a calendar that is not "
        "configured: its hours are one leg. The legs sum to the clocks. Service hours that are not "
        "configured are read off the source's clocks, where nine in ten of these agree"
    ),
    version=3,
    direction=Direction.NEITHER,
    denominator="SLA resolution clocks of incidents that ended in the week",
    exclusions=(
        "canceled clocks; clocks of test records and duplicates. Not available where more than "
        "half of the hours count by a calendar that is not configured"
    ),
    needs=("sla_clock.started_at", "sla_clock.ended_at", "incident history of state and team"),
    owner="service owner",
    decision="which leg to shorten first: a team's, a vendor's, or our own waiting",
)
BENEATH = _contract(
    figure_id="sla_breach_beneath",
    title="What lay beneath missed SLAs",
    formula=(
        "of the SLA resolution clocks of incidents that ended breached in the week, those with a "
        "missed OLA clock on the same incident, a missed contract clock, both, neither, or no "
        "clock beneath; the shares sum to 1"
    ),
    unit=Unit.SHARE,
    direction=Direction.NEITHER,
    denominator="SLA resolution clocks of incidents that ended breached in the week",
    exclusions="canceled clocks; clocks of test records and duplicates",
    needs=("sla_clock.type", "sla_clock.is_breached or sla_clock.due_at"),
    owner="service owner",
    decision="whether to mend an internal agreement, a contract, or the SLA itself",
)
CONTRACTS = (LEGS, BENEATH)

_STATE_LEGS = {
    IncidentState.AWAITING_USER.value: CALLER,
    IncidentState.AWAITING_VENDOR.value: VENDOR,
    IncidentState.AWAITING_PROBLEM.value: HELD,
    IncidentState.AWAITING_CHANGE.value: HELD,
    IncidentState.ON_HOLD.value: HELD,
    IncidentState.RESOLVED.value: AGAIN,
    IncidentState.CLOSED.value: AGAIN,
}


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Legs of the week's clocks, and what lay beneath the missed ones."""
    timeline, clocks = scope.incidents, scope.frame(RecordKind.SLA_CLOCK)
    if timeline is None or clocks is None:
        yield from (not_available(scope, one, "no SLA clocks are provided") for one in CONTRACTS)
        return
    row = timeline.index.of(clocks, "record")
    counted = (row >= 0) & ~flags(clocks, "is_canceled")
    counted &= (clocks["record_kind"] == RecordKind.INCIDENT.value).to_numpy(dtype=bool)
    at = times(clocks, "ended_at")
    now = np.flatnonzero(counted & (at >= scope.week_start) & (at < scope.week_end))
    rows = clocks.iloc[now].assign(row=row[now])
    is_sla = (rows["type"] == ClockType.SLA.value) & (
        rows["target"] == ClockTarget.RESOLUTION.value
    )
    ended = rows[is_sla.to_numpy(dtype=bool)]
    if ended.empty:
        yield not_available(scope, LEGS, "no SLA resolution clock of an incident ended in the week")
    else:
        yield from _legs(scope, timeline, ended)
    missed = ended[is_breached(ended)]
    is_missed = np.zeros(len(timeline.opened_at) + 1, dtype=bool)
    is_missed[missed["row"]] = True
    under = np.flatnonzero(counted & is_missed[row])
    yield from _beneath(scope, clocks.iloc[under].assign(row=row[under]), missed)


def _legs(scope: Scope, timeline: Timeline, ended: pd.DataFrame) -> Iterator[FigureResult]:
    record = ended["row"].to_numpy(dtype=np.intp)
    start, end = times(ended, "started_at"), times(ended, "ended_at")
    pieces = pieces_of(timeline, record, start, end)
    leg = leg_of(scope, pieces)
    hours = counted_hours(scope, ended, pieces.window, pieces.start, pieces.end)
    told = pd.DataFrame({"window": pieces.window, "leg": leg, "h": hours})
    told = _own_share_first(told, our_waits(scope, timeline)[record])
    wall_h = counted_hours(scope, ended, np.arange(len(ended)), start, end)
    rested = np.where(np.isin(leg.astype(str), RESTS), hours, 0.0)
    rests = np.bincount(pieces.window, rested, len(ended)).astype(np.float64)
    clock_h, paused = _on_the_clock(ended, wall_h, rests)
    left_h = clock_h - (wall_h - paused)
    is_known = np.abs(left_h) <= np.maximum(CLOSE_H, CLOSE_SHARE * clock_h)
    if clock_h[~is_known].sum() > MOST * clock_h.sum():
        yield not_available(scope, LEGS, _UNCONFIGURED)
        return
    more = [
        _legs_named(PAUSED, -paused, is_known),
        _legs_named(RESIDUAL, left_h, is_known),
        _legs_named(UNKNOWN, clock_h, ~is_known),
    ]
    told = told[is_known[told["window"].to_numpy(dtype=np.intp)]]
    told = pd.concat([_few_teams(told), *more], ignore_index=True)
    yield from _told(scope, told, texts(ended, "record"), clock_h)


def _on_the_clock(ended: pd.DataFrame, wall_h: Numbers, rests: Numbers) -> tuple[Numbers, Numbers]:
    """The hours of each clock and of its pauses.

    As the source states them; where it states no pauses, those of history if they explain more.
    """
    stated = ended["elapsed_h"].to_numpy(dtype=np.float64)
    told = ended["paused_h"].to_numpy(dtype=np.float64)
    is_nearer = np.abs(stated - (wall_h - rests)) < np.abs(stated - wall_h)
    paused = np.where(np.isnan(told), np.where(is_nearer, rests, 0.0), told)
    is_stated = ~np.isnan(stated)
    return np.where(is_stated, stated, wall_h), np.where(is_stated, paused, 0.0)


def _legs_named(leg: str, hours: Numbers, kept: Flags) -> pd.DataFrame:
    """One leg of the clocks that a mask keeps."""
    places = np.flatnonzero(kept)
    return pd.DataFrame({"window": places, "leg": leg, "h": hours[places]})


def leg_of(scope: Scope, pieces: Pieces) -> Texts:
    """The leg of each piece: by its state where that says who has to act, else by its team."""
    team = without_small(scope.data, pieces.team)
    unnamed = np.isin(team.astype(str), (NO_TEAM, SMALL_TEAMS))
    own = np.where(unnamed, team, np.char.add("team ", team.astype(str)))
    by_state = np.array([_STATE_LEGS.get(state, "") for state in pieces.state], dtype=object)
    return np.where(by_state == "", own, by_state).astype(object)


def our_waits(scope: Scope, timeline: Timeline) -> Numbers:
    """Hours in which the vendor waited for us, by incident, as its cases tell."""
    waited = np.zeros(len(timeline.opened_at))
    cases = scope.frame(RecordKind.VENDOR_CASE)
    if cases is None:
        return waited
    record = timeline.index.of(cases, "incident")
    hours = np.nan_to_num(cases["waiting_on_us_h"].to_numpy(dtype=np.float64))
    np.add.at(waited, record[record >= 0], hours[record >= 0])
    return waited


def _own_share_first(told: pd.DataFrame, ours_h: Numbers) -> pd.DataFrame:
    """The vendor's leg less the hours in which the vendor waited for us."""
    is_vendor = (told["leg"] == VENDOR).to_numpy()
    theirs = told[is_vendor].groupby("window", sort=True)["h"].sum()
    ours = np.minimum(theirs.to_numpy(), ours_h[theirs.index])
    parts = [
        told[~is_vendor],
        pd.DataFrame({"window": theirs.index, "leg": VENDOR, "h": theirs.to_numpy() - ours}),
        pd.DataFrame({"window": theirs.index, "leg": OURS, "h": ours}),
    ]
    return pd.concat(parts, ignore_index=True)


def _few_teams(told: pd.DataFrame) -> pd.DataFrame:
    """The teams with the longest legs; all others under one name."""
    is_team = told["leg"].str.startswith("team ")
    totals = told[is_team].sort_values(["leg", "window"]).groupby("leg", sort=True)["h"].sum()
    longest = set(totals.sort_values(ascending=False, kind="stable").index[:MAX_TEAMS])
    return told.assign(leg=told["leg"].where(~is_team | told["leg"].isin(longest), OTHERS))


def _told(
    scope: Scope, told: pd.DataFrame, number: Texts, clock_h: Numbers
) -> Iterator[FigureResult]:
    total = float(np.sort(clock_h).sum())
    n_unknown = int((told["leg"] == UNKNOWN).sum())
    has_residual = bool((told["h"][told["leg"] == RESIDUAL].abs() > 1e-6).any())
    found = calendar_of(scope)
    how_to = [_HOW_TO] * bool(n_unknown) if found is None else [found.said]
    notes = [_NOTE] * has_residual + how_to
    extras = Extras(
        exactness=Exactness.COMPUTED,
        excluded={"calendar of the clock not configured": n_unknown},
        note=" ".join(notes) or None,
    )
    yield standing(scope, LEGS, total, number, extras)
    told = told[told["h"].abs() > 1e-6].sort_values(["leg", "window", "h"], kind="stable")
    for leg, rows in told.groupby("leg", sort=True):
        hours = float(rows["h"].sum())
        extras = Extras(
            dimensions={"leg": str(leg)},
            companions={"share of the clocks": hours / total} if total else {},
            exactness=Exactness.COMPUTED,
        )
        behind = number[np.unique(rows["window"].to_numpy(dtype=np.intp))]
        yield standing(scope, LEGS, hours, behind, extras)


_NOTE = (
    "The residual is what the source's clock does not count and history does not tell, such as "
    "holidays of its calendar."
)
_HOW_TO = (
    "Clocks that count service hours can be told by legs once csi.toml has them: "
    "[figures.service_hours]."
)
_UNCONFIGURED = (
    "the source's clocks count hours of a calendar that is not configured; give it as "
    "[figures.service_hours] in csi.toml"
)


def _beneath(scope: Scope, under: pd.DataFrame, missed: pd.DataFrame) -> Iterator[FigureResult]:
    """Missed clocks by what was missed of all clocks of the same incidents."""
    if missed.empty:
        yield not_available(scope, BENEATH, "no SLA resolution clock ended breached in the week")
        return
    row = missed["row"].to_numpy(dtype=np.intp)
    has = {kind: _of(under, kind.value, row) for kind in (ClockType.OLA, ClockType.CONTRACT)}
    late = under[is_breached(under)]
    broke = {kind: _of(late, kind.value, row) for kind in has}
    ola, contract = broke[ClockType.OLA], broke[ClockType.CONTRACT]
    none = ~(has[ClockType.OLA] | has[ClockType.CONTRACT])
    parts = {
        "OLA missed": ola & ~contract,
        "contract missed": contract & ~ola,
        "both missed": ola & contract,
        "neither missed": ~ola & ~contract & ~none,
        "no clock beneath": none,
    }
    week = np.full(len(row), scope.grid.last, dtype=np.intp)
    seen = Observed(week, texts(missed, "record"))
    for name, hit in parts.items():
        yield share(
            scope, BENEATH, seen, hit, Extras(dimensions={"beneath": name}, has_series=False)
        )


def is_breached(clocks: pd.DataFrame) -> Flags:
    """Whether each clock was breached: as marked, else by its due and end times."""
    late = times(clocks, "ended_at") > times(clocks, "due_at")
    marked = clocks["is_breached"].notna().to_numpy()
    return np.where(marked, flags(clocks, "is_breached"), late)


def _of(clocks: pd.DataFrame, kind: str, row: Positions) -> Flags:
    return np.isin(row, clocks["row"][(clocks["type"] == kind).to_numpy()].to_numpy(dtype=np.intp))
