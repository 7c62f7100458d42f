"""Resolutions that did not hold: reopenings within 14 days, clones of closed incidents included."""

from collections.abc import Iterator

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags
from reports.measures.returns import HOLD_DAYS
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

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
    came_back, note = scope.came_back
    final = _newest_final(scope)
    if final is None:
        text = "no week that the source covers is 14 days old at the cut-off"
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
    if not timeline.has_history and not timeline.columns.is_known("title").any():
        return "needs the history of states, or titles to find clones by"
    return None


def _newest_final(scope: Scope) -> Scope | None:
    """The newest week that ended 14 days before the cut-off, as a scope of its own."""
    final = scope
    while final.week_end + HOLD_DAYS * DAY > scope.cutoff:
        final = final.back(1)
    return final if final.first_week(REOPEN.kind) <= final.grid.last else None


def _rate(scope: Scope, timeline: Timeline, came_back: Flags, extras: Extras) -> FigureResult:
    resolutions = timeline.events.of(EventKind.RESOLVED)
    week = resolutions.week_in(scope.grid)
    seen = Observed(week, timeline.number[resolutions.record])
    return share(scope, REOPEN, seen, came_back, extras)
