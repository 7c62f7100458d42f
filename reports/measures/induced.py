"""Incidents that changes brought: stated by records, inferred by a test; next week's risk."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, Figure, FigureResult, Unit
from itsm.states import ChangeOutcome, ChangeState, RecordKind
from reports.measures.attribution import (
    FALSE_DISCOVERIES,
    UNITS,
    WINDOW_H,
    Attribution,
    attributed,
)
from reports.measures.build import Extras, Observed, count, not_available, standing
from reports.measures.contract import Contract
from reports.measures.data import HOUR, Flags, Texts, Times, texts, times
from reports.measures.risk import Calibration, History, calibration
from reports.measures.scope import Scope
from reports.measures.timeline import Timeline, Whole
from reports.measures.topology import Neighbours
from reports.measures.windows import EventsByUnit

STATED = Contract(
    figure_id="change_incidents_stated",
    title="Incidents that name their change",
    family="change",
    formula="incidents opened in the week whose record names the change that caused them",
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=("incident.caused_by_change",),
    owner="change manager",
    decision="which changes the CAB looks at again",
    partner="csat",
)
INFERRED = Contract(
    figure_id="change_incidents_inferred",
    title="Changes followed by more incidents than usual",
    family="change",
    formula=(
        f"changes whose {WINDOW_H} hours ended in the week, with more incidents on their CI in "
        "these hours than its own base rate explains; on their service where no CI is recorded. "
        f"Mid-p of a conditional rate test, false-discovery rate {FALSE_DISCOVERIES:.0%} over all "
        "changes of the weeks shown, apart for those that ended as successful, that ended "
        "otherwise, and whose end is not told; the same incidents are charged to one change only. "
        "Never added to the incidents that name their change"
    ),
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a count; the changes tested stand beside it",
    exclusions=(
        "canceled changes; changes not implemented; changes without a CI or service that incidents "
        "know"
    ),
    kind=RecordKind.CHANGE,
    needs=("change.implemented_at", "change.ci or change.service", "incident.ci or service"),
    owner="change manager",
    decision="which changes to review although they were closed as successful",
    partner="csat",
    version=2,
)
RISK = Contract(
    figure_id="change_risk",
    title="Changes of next week expected to go wrong",
    family="change",
    formula=(
        "sum of the risks of the changes planned to start in the week after: the share of their "
        "type, and of their type on their service, that did not end as successful, was named by an "
        "incident, or was followed by more incidents than usual; each drawn to the wider group's"
    ),
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: an expected count; the changes planned stand beside it",
    exclusions="canceled changes; changes already implemented",
    kind=RecordKind.CHANGE,
    needs=("change.planned_start_at", "change.outcome", "change.closed_at"),
    owner="change manager",
    decision="which changes of next week get more control, and which less",
    partner="csat",
    is_in_pack=False,
)
CONTRACTS = (STATED, INFERRED, RISK)

_FINE = (ChangeOutcome.SUCCESSFUL.value, ChangeOutcome.UNMAPPED.value)
N_NAMED = 10


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Incidents by change: stated, inferred, and next week's risk."""
    timeline, changes = scope.incidents, scope.frame(RecordKind.CHANGE)
    if timeline is None or changes is None:
        reason = "needs both incidents and changes, and one of them is not provided"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield _stated(scope, timeline)
    known = Known.of(scope, timeline, changes)
    yield _inferred(scope, timeline, known)
    yield _risk(scope, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Changes that were not canceled, and what was found of them."""

    changes: pd.DataFrame
    number: Texts
    implemented_at: Times
    found: Attribution
    n_canceled: int
    is_stated: Flags

    @classmethod
    def of(cls, scope: Scope, timeline: Timeline, changes: pd.DataFrame) -> "Known":
        """All changes of a scope, tested up to its end."""
        canceled = (changes["state"] == ChangeState.CANCELED.value).to_numpy()
        kept = changes[~canceled].sort_values(["source", "number"], ignore_index=True)
        done = times(kept, "implemented_at")
        until = min(scope.cutoff, scope.week_end)
        named = set(timeline.columns.coded("caused_by_change").words)
        return cls(
            changes=kept,
            number=texts(kept, "number"),
            implemented_at=done,
            found=attributed(None, timeline.opened_at, kept, done, until, _by_unit(timeline)),
            n_canceled=int(canceled.sum()),
            is_stated=kept["number"].isin(named).to_numpy(),
        )


def _by_unit(timeline: Timeline) -> dict[str, tuple[EventsByUnit, Texts]]:
    """The incidents by CI and by service."""
    whole, found = timeline.whole, {}
    for unit in UNITS:
        coded = whole.columns.coded(unit)
        events = events_by(whole, unit).until(timeline.cutoff, timeline.place)
        found[unit] = (events, coded.words)
    return found


def events_by(whole: Whole, unit: str) -> EventsByUnit:
    """All incidents by a unit, such as the CI."""
    codes = whole.columns.coded(unit).codes
    return whole.columns.once(("by", unit), lambda: EventsByUnit.of(codes, whole.opened_at))


def _stated(scope: Scope, timeline: Timeline) -> FigureResult:
    named = timeline.columns.is_known("caused_by_change")
    if not named.any():
        return not_available(scope, STATED, "no incident names a change that caused it")
    week = timeline.opened_in(scope.grid)
    return count(scope, STATED, Observed(week, timeline.number).only(named))


def _inferred(scope: Scope, timeline: Timeline, known: Known) -> FigureResult:
    found = known.found
    if not len(found):
        return not_available(
            scope, INFERRED, "no implemented change has a CI or service that incidents know"
        )
    ended = known.implemented_at[found.change] + WINDOW_H * HOUR
    week = scope.grid.index_of(ended)
    now = week == scope.grid.last
    named = np.flatnonzero(now & found.is_found)
    near = Neighbours.of(scope.data)
    sentences = [_sentence(known, timeline, near, place) for place in named[:N_NAMED].tolist()]
    companions = {
        "changes tested": float(now.sum()),
        "changes tested over all weeks": float(len(found)),
        "incidents beyond the base rate": float((found.n_after - found.expected)[named].sum()),
    }
    extras = Extras(
        exactness=Exactness.COMPUTED,
        companions=companions,
        excluded={"canceled, at any time": known.n_canceled},
        note=" ".join(sentences) or None,
    )
    seen = Observed(week, known.number[found.change]).only(found.is_found)
    return count(scope, INFERRED, seen, extras)


def _sentence(known: Known, timeline: Timeline, near: Neighbours, place: int) -> str:
    """One change in plain words: how many, against what, how soon, and where else."""
    found = known.found
    change = int(found.change[place])
    start = known.implemented_at[change]
    inside = timeline.opened_between(start, start + WINDOW_H * HOUR)
    records = timeline.columns.only(["ci", "service"], inside)
    beside = near.told(records, str(found.unit[place]), str(found.unit_name[place]))
    rivals = int(found.rivals[place])
    others = "1 other change lies" if rivals == 1 else f"{rivals} other changes lie"
    other = f"; {others} within {WINDOW_H} hours of it" if rivals else ""
    return (
        f"{known.number[change]} on {found.unit_name[place]}: {found.n_after[place]:.0f} incidents "
        f"in {WINDOW_H} hours where {found.expected[place]:.1f} are usual, half of them within "
        f"{found.lag_h[place]:.0f} hours (false-discovery rate {found.q[place]:.3f})"
        f"{beside}{other}."
    )


def _risk(scope: Scope, known: Known) -> FigureResult:
    planned = times(known.changes, "planned_start_at")
    if np.isnat(planned).all():
        return not_available(scope, RISK, "needs the planned start of changes")
    next_week = scope.week.shifted(1)
    start, end = scope.week_end, np.datetime64(next_week.end_at.replace(tzinfo=None), "us")
    is_next = (planned >= start) & (planned < end) & np.isnat(known.implemented_at)
    history = history_of(known)
    asked = np.flatnonzero(is_next)
    risk = history.risk(asked, np.full(len(asked), scope.cutoff))
    order = np.lexsort((known.number[asked], -risk))
    held = calibration(history, np.fmin(planned, known.implemented_at))
    companions = {"changes planned": float(len(asked))}
    companions |= {f"risk of {known.number[asked[one]]}": float(risk[one]) for one in order[:10]}
    if held is not None:
        companions |= {"Brier score": held.brier, "of the base rate": held.brier_of_base_rate}
    extras = Extras(exactness=Exactness.COMPUTED, companions=companions, note=_trust(held))
    return _standing(scope, risk, known.number[asked], extras)


def _standing(scope: Scope, risk: np.ndarray, number: Texts, extras: Extras) -> Figure:
    return standing(scope, RISK, float(np.sort(risk).sum()), number, extras)


def history_of(known: Known) -> History:
    """What is known of past changes: their outcome, and what incidents tell of them."""
    outcome = known.changes["outcome"].fillna(ChangeOutcome.UNMAPPED.value)
    trouble = ~outcome.isin(_FINE).to_numpy() | known.is_stated
    trouble[known.found.change[known.found.is_found]] = True
    closed = times(known.changes, "closed_at")
    over = np.fmax(closed, known.implemented_at + WINDOW_H * HOUR)
    return History.of(known.changes, np.where(np.isnat(closed), closed, over), trouble)


def _trust(held: Calibration | None) -> str:
    """How far the told risks of the past came true, in one or two sentences."""
    if held is None:
        return "Too few past changes to hold the risks against what came."
    bands = "; ".join(
        f"told {band.told:.0%}, came {band.observed:.0%} of {band.n}" for band in held.bands
    )
    verdict = (
        "better than the share of all changes alone"
        if held.beats_base_rate
        else "no better than the share of all changes alone, so do not choose by it"
    )
    return f"Held against {held.n} past changes, {verdict}: {bands}."
