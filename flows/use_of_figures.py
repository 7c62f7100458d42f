"""Which figures led to decisions, and which lead to none and are proposed for removal."""

from collections.abc import Iterable, Sequence

from flows.figure_settings import FigureSettings
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.register import RegisterEntry
from reports.measures.contracts import CATALOGUE
from reports.measures.restatements import UNUSED_WEEKS, proposed_for_removal


def weeks_used(
    settings: FigureSettings, register: Iterable[RegisterEntry], zone: str
) -> dict[str, set[str]]:
    """The weeks in which each figure led to a decision.

    Told by decisions that are noted, by improvements that are measured by a figure, and by the
    steps that went live.
    """
    used: dict[str, set[str]] = {}
    for one in settings.decisions:
        used.setdefault(one.figure, set()).add(one.week)
    for entry in register:
        if entry.measure_id is not None:
            week = ReportingWeek.of(entry.raised_at, zone).label
            used.setdefault(entry.measure_id, set()).add(week)
    for step in settings.steps:
        if step.figure is not None:
            used.setdefault(step.figure, set()).add(step.week)
    return used


def unused_figures(parts: Parts) -> tuple[tuple[str, ...], Sequence[str]]:
    """The figures of the pack that are proposed for removal, and the weeks that had a pack."""
    with parts.store.begin() as uow:
        weeks, register = uow.packs.weeks(), uow.register.list()
    used = weeks_used(parts.settings.figures, register, parts.settings.zone)
    told = [one.figure_id for one in CATALOGUE.values() if one.is_in_pack]
    return proposed_for_removal(used, told, weeks), weeks[-UNUSED_WEEKS:]
