"""Deflection: what users solve without a person, less what comes back."""

from collections.abc import Iterator

import numpy as np

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.actions import actions_of
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.coming_back import CALLER_KEYS, next_incident
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags, Texts, Times
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Timeline

RETURN_DAYS = 7
SELF_SERVICE = frozenset(
    {"selfservice", "portal", "web", "virtualagent", "chatbot", "bot", "serviceportal"}
)
"""Channels without a person at the other end, in small letters without blanks and marks."""

DEFLECTION = Contract(
    figure_id="deflection",
    title="Deflection net of returns",
    family="knowledge",
    formula=(
        "of the incidents and requests opened in the week, those by self-service or a virtual "
        "agent that were resolved without any action by a person, and after which the same caller "
        "opened no incident on the same service within 7 days; gross and returned beside it"
    ),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="incidents and requests opened in the week",
    exclusions="test records, duplicates, canceled in the week of opening",
    kind=RecordKind.INCIDENT,
    needs=("incident.channel", "incident.caller", "incident.service", "history or comments"),
    owner="service desk lead",
    decision="whether self-service and automation help, or only move the work",
    partner="csat",
    is_in_pack=False,
)
CONTRACTS = (DEFLECTION,)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """The share of contacts that needed no person and did not come back."""
    incidents = scope.incidents
    timelines = [one for one in (incidents, scope.requests) if one is not None]
    if incidents is None or all(not one.columns.is_known("channel").any() for one in timelines):
        yield not_available(scope, DEFLECTION, "no contact tells through which channel it came")
        return
    if all(_touched(scope, one) is None for one in timelines):
        reason = "needs the history of assignments or states, or comments, to see a person act"
        yield not_available(scope, DEFLECTION, reason)
        return
    week, number, gross, back = (
        np.concatenate(column)
        for column in zip(*(_contacts(scope, one, incidents) for one in timelines), strict=True)
    )
    now = week == scope.grid.last
    is_young = scope.week_end + RETURN_DAYS * DAY > scope.cutoff
    extras = Extras(
        companions={
            "gross share": float((now & gross).sum() / max(now.sum(), 1)),
            "returned": float((now & gross & back).sum()),
        },
        note="Some contacts have not had 7 days to come back yet." if is_young else None,
    )
    yield share(scope, DEFLECTION, Observed(week, number), gross & ~back, extras)


def _contacts(
    scope: Scope, timeline: Timeline, incidents: Timeline
) -> tuple["np.typing.NDArray[np.intp]", Texts, Flags, Flags]:
    """Week of opening, number, resolved without a person, and came back, of each contact."""
    week = timeline.counted_in(scope.grid)
    ends = timeline.events.of(EventKind.RESOLVED)
    ended = np.full(len(week), np.datetime64("NaT", "us"), dtype=timeline.opened_at.dtype)
    ended[ends.record[::-1]] = ends.at[::-1]
    touched = _touched(scope, timeline)
    alone = timeline.columns.coded("channel").marks(_is_self_service) & ~np.isnat(ended)
    alone &= np.zeros(len(week), dtype=bool) if touched is None else ~touched
    return week, timeline.number, alone, _came_back(timeline, ended, alone, incidents)


def _touched(scope: Scope, timeline: Timeline) -> Flags | None:
    """Records a person acted on or was assigned to; None where no source tells."""
    is_incident = timeline is scope.incidents
    acted = scope.actions if is_incident else actions_of(timeline)
    if acted is None:
        return None
    touched = timeline.columns.is_known("assignee").copy()
    touched[acted.record] = True
    return np.asarray(touched, dtype=bool)


def _is_self_service(channel: str) -> bool:
    return "".join(sign for sign in channel.casefold() if sign.isalnum()) in SELF_SERVICE


def _came_back(timeline: Timeline, ended: Times, alone: Flags, incidents: Timeline) -> Flags:
    """Contacts after which their caller opened an incident on the same service in 7 days."""
    back = np.zeros(len(ended), dtype=bool)
    rows = np.flatnonzero(alone)
    asked = timeline.columns.only([*CALLER_KEYS], rows)
    row = next_incident(asked, ended[rows], incidents, is_at_once=False)
    again = row >= 0
    soon = incidents.opened_at[row[again]] - ended[rows[again]] <= RETURN_DAYS * DAY
    back[rows[again][soon]] = True
    return back
