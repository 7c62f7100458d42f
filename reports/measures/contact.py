"""Resolved at the first contact, and with what knowledge."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import DAY, Flags
from reports.measures.returns import HOLD_DAYS
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Events, Timeline

FCR = Contract(
    figure_id="fcr",
    title="First-contact resolution (FCR)",
    family="handling",
    formula=(
        "of the resolutions of the week, those at the first contact and not reopened within 14 "
        "days. Proxy where the source has no such mark: no reassignment, no reopening, resolved "
        "by the first assigned team"
    ),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="resolutions in the week",
    exclusions="test records, duplicates and canceled incidents",
    kind=RecordKind.INCIDENT,
    needs=("incident.is_first_contact; else incident.reassignment_count or history of team",),
    owner="service desk lead",
    decision="what first line can be enabled to solve",
    partner="csat",
)
KNOWLEDGE = Contract(
    figure_id="knowledge_use",
    title="Knowledge use",
    family="knowledge",
    formula="resolutions of the week with a linked article / resolutions of the week",
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="resolutions in the week",
    exclusions="test records, duplicates and canceled incidents",
    kind=RecordKind.INCIDENT,
    needs=("incident.knowledge_article",),
    owner="knowledge manager",
    decision="where articles are missing or not found",
    partner="reopen_rate",
)
CONTRACTS = (FCR, KNOWLEDGE)

_PROXY_NOTE = (
    "Proxy: no reassignment and no reopening; the source marks no first-contact resolution."
)
_YOUNG_NOTE = "Some resolutions have not had 14 days to hold yet."


def figures(scope: Scope) -> Iterator[FigureResult]:
    """First-contact resolution and use of knowledge."""
    timeline = scope.incidents
    if timeline is None:
        reason = "no source provides incidents"
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield _first_contact(scope, timeline)
    yield _knowledge(scope, timeline)


@dataclass(frozen=True, slots=True)
class FirstContacts:
    """Resolutions, which of them held at the first contact, and for which that is known."""

    resolutions: Events
    hit: Flags
    known: Flags
    is_proxy: bool


def first_contacts(scope: Scope, timeline: Timeline) -> FirstContacts | None:
    """First-contact resolutions by the source's mark, else by proxy; None where neither is had."""
    resolutions = timeline.events.of(EventKind.RESOLVED)
    back, _ = scope.came_back
    first = np.concatenate([[True], resolutions.record[1:] != resolutions.record[:-1]])
    first = first[: len(resolutions)]
    if timeline.columns.is_known("is_first_contact").any():
        hit = timeline.columns.flags("is_first_contact")[resolutions.record]
        known = np.ones(len(hit), dtype=bool)
        return FirstContacts(resolutions, hit & first & ~back, known, is_proxy=False)
    hops = scope.hops
    if np.isnan(hops).all():
        return None
    return FirstContacts(resolutions, (hops == 0) & first & ~back, ~np.isnan(hops), is_proxy=True)


def _first_contact(scope: Scope, timeline: Timeline) -> FigureResult:
    found = first_contacts(scope, timeline)
    if found is None:
        reason = "needs a first-contact mark, a count of reassignments or the history of teams"
        return not_available(scope, FCR, reason)
    is_young = bool(scope.week_end + HOLD_DAYS * DAY > scope.cutoff)
    if found.is_proxy:
        exactness = Exactness.PROXY
        note: str | None = f"{_PROXY_NOTE} {_YOUNG_NOTE}" if is_young else _PROXY_NOTE
    else:
        exactness = Exactness.PRELIMINARY if is_young else Exactness.EXACT
        note = _YOUNG_NOTE if is_young else None
    known, record = found.known, found.resolutions.record
    week = found.resolutions.week_in(scope.grid)
    excluded = {"hops not known": int((~known & (week == scope.grid.last)).sum())}
    seen = Observed(week, timeline.number[record]).only(known)
    extras = Extras(exactness=exactness, note=note, excluded=excluded)
    return share(scope, FCR, seen, found.hit[known], extras)


def _knowledge(scope: Scope, timeline: Timeline) -> FigureResult:
    linked = timeline.columns.is_known("knowledge_article")
    if not linked.any():
        return not_available(scope, KNOWLEDGE, "no incident is linked to a knowledge article")
    resolutions = timeline.events.of(EventKind.RESOLVED)
    week = resolutions.week_in(scope.grid)
    number = timeline.number[resolutions.record]
    return share(scope, KNOWLEDGE, Observed(week, number), linked[resolutions.record])
