"""One figure of an installation: what it is computed from, and its results for a period."""

import os
from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

import pandas as pd

from flows.declared import declared
from flows.reading import frames
from flows.reference_data_gaps import with_services
from flows.vendor_terms import with_terms
from flows.weeks import last_week
from flows.wiring import Parts
from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.figures import FigureResult
from itsm.periods import Months
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from itsm.statistics import MAX_WEEKS
from reports.measures.compute import compute
from reports.measures.contract import Contract
from reports.measures.contracts import CATALOGUE
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES
from reports.measures.scope import scope_of

LARGE = 100_000
"""From so many incidents on, figures are computed side by side."""
MAX_PROCESSES = 2
"""Each process may take as much memory as it changes; more than two were never measured."""


def contract_of(figure_id: str) -> Contract:
    """The definition of a figure.

    Raises:
        ConfigError: there is no such figure; names those that sound alike.
    """
    if figure_id in CATALOGUE:
        return CATALOGUE[figure_id]
    raise ConfigError(f"there is no figure {figure_id!r}{_alike(figure_id)}; see `csi figures`")


def _alike(figure_id: str) -> str:
    """The figures whose id or title sounds like what was asked for, as the end of a sentence."""
    asked = figure_id.lower()
    held = [
        name for name, one in CATALOGUE.items() if asked in f"{name} {one.title}".lower()
    ] or get_close_matches(asked, CATALOGUE, n=5)
    return f"; there are {', '.join(held)}" if held else ""


def measure_data(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    candidates: Sequence[ProblemCandidate] | None,
    register: Sequence[RegisterEntry],
) -> MeasureData:
    """What the store holds, with all that the settings declare beside it.

    Args:
        parts: from `flows.wiring`.
        week: that the coming weeks are counted from.
        cutoff_at: records that had been deleted then are left out.
        candidates: of the week; None where it was not mined.
        register: the register of improvements.
    """
    settings = parts.settings
    hours = settings.figures.service_hours
    data = MeasureData(
        frames=frames(parts.store, cutoff_at),
        candidate_of=None if candidates is None else candidate_membership(candidates),
        candidates=None if candidates is None else tuple(candidates),
        register=tuple(register),
        zone=settings.zone,
        sources=tuple(sorted(parts.sources)),
        service_hours=None if hours is None else hours.hours(settings.zone),
        team_sizes=settings.figures.team_sizes,
        declared=declared(settings.figures, register, week),
        cost=settings.cost.model(),
        run_costs=settings.cost.run_per_year,
    )
    return with_terms(with_services(data, settings.services), settings.vendors)


def stored_data(parts: Parts, period: ReportingWeek | Months, cutoff_at: datetime) -> MeasureData:
    """What the store holds, with the candidates of the last week that lies in the period."""
    week = last_week(period)
    with parts.store.begin() as uow:
        run = uow.mining.of_week(week.label)
        candidates = uow.mining.candidates(run.run_id) if run else None
        register = uow.register.list()
    return measure_data(parts, week, cutoff_at, candidates, register)


def all_figures(
    data: MeasureData, period: ReportingWeek | Months, cutoff_at: datetime
) -> tuple[FigureResult, ...]:
    """All figures of a period; those of many incidents in as many processes as there are cores.

    The figures are the same. Where this process runs threads, as it does under Prefect, it computes
    them by itself.
    """
    incidents = data.frame(RecordKind.INCIDENT)
    is_large = incidents is not None and len(incidents) >= LARGE
    n_processes = min(MAX_PROCESSES, os.cpu_count() or 1) if is_large else 1
    return compute(data, period, cutoff_at, n_processes=n_processes)


def results_of(
    data: MeasureData, contract: Contract, period: ReportingWeek | Months, cutoff_at: datetime
) -> tuple[FigureResult, ...]:
    """Every slice of one figure for a period, with a series in periods of its own kind."""
    found = family_results(data, contract, period, cutoff_at)
    return tuple(one for one in found if one.figure_id == contract.figure_id)


def family_results(
    data: MeasureData, contract: Contract, period: ReportingWeek | Months, cutoff_at: datetime
) -> tuple[FigureResult, ...]:
    """The results of a figure and of all that are computed with it."""
    family = next(one for one in FAMILIES if contract in one.CONTRACTS)
    return tuple(family.figures(scope_of(data, period, cutoff_at, MAX_WEEKS)))


def since_of(parts: Parts, since: str) -> datetime:
    """The earlier cut-off that restatements are told since: a time, or that of a mining run.

    Raises:
        ConfigError: it is neither.
    """
    with parts.store.begin() as uow:
        run = uow.mining.run(since)
    if run is not None:
        return run.cutoff_at
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        raise ConfigError(
            f"{since!r} is neither a mining run (see `csi status`) nor a time; write a time as "
            "2026-11-23T06:00:00Z"
        ) from None
    if at.tzinfo is None:
        raise ConfigError(f"{since} has no time zone; write it as 2026-11-23T06:00:00Z")
    return at


def candidate_membership(candidates: Sequence[ProblemCandidate]) -> pd.DataFrame:
    """Which candidate each member belongs to: columns source, number, candidate_id."""
    rows = [
        (member.source, member.number, candidate.candidate_id)
        for candidate in candidates
        for member in candidate.members
    ]
    return pd.DataFrame(rows, columns=["source", "number", "candidate_id"], dtype="str")
