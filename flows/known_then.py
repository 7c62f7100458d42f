"""What was known at the cut-off of a week that is made afterwards, and what nobody can tell."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pandas as pd

from flows.reading import begun
from flows.used_configuration import Change
from itsm.clocks import ReportingWeek
from itsm.decisions import ReviewDecision
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from reports.model import Missing
from store.unit_of_work import UnitOfWork
from store.week_runs import How, WeekRun

NO_REMEDY = "None is needed."
_FEW = 0.05


def decisions_then(uow: UnitOfWork, week: ReportingWeek) -> tuple[ReviewDecision, ...]:
    """What people had decided; for a week that is made afterwards, up to its cut-off."""
    made, run = uow.decisions.list(), uow.week_runs.get(week.label)
    if run is None or not run.looks_back:
        return made
    return tuple(one for one in made if one.at < run.cutoff_at)


def register_then(uow: UnitOfWork, week: ReportingWeek) -> tuple[RegisterEntry, ...]:
    """The register; for a week that is made afterwards, as it stood at its cut-off."""
    run = uow.week_runs.get(week.label)
    if run is None or not run.looks_back:
        return uow.register.list()
    return uow.register.as_of(run.cutoff_at)


def counted_then(
    run: WeekRun | None, frames: Mapping[RecordKind, pd.DataFrame]
) -> dict[RecordKind, int]:
    """How many records there are of each kind; those of its cut-off where a week looks back."""
    if run is None or not run.looks_back:
        return {kind: len(rows) for kind, rows in frames.items()}
    return {kind: len(begun(kind, rows, run.cutoff_at)) for kind, rows in frames.items()}


def told_afterwards(run: WeekRun | None, incidents: pd.DataFrame | None) -> tuple[Missing, ...]:
    """What a pack that was made afterwards has to say of that; nothing for any other.

    No count and no day of today is in it, so that the same week made again says the same.

    Args:
        run: the making of the week; None where none was noted.
        incidents: all that are stored.
    """
    return () if run is None or not run.is_afterwards else tuple(_told(run, incidents))


def told_not_applied(changes: Sequence[Change]) -> tuple[Missing, ...]:
    """What a pack says of a configuration that was changed without being let in."""
    if not changes:
        return ()
    return (
        Missing(
            what="A configuration that was let in",
            why=f"It was changed since it was applied: {', '.join(one.name for one in changes)}.",
            remedy="Look at what that changes with csi plan, and let it in with csi apply.",
        ),
    )


def _told(run: WeekRun, incidents: pd.DataFrame | None) -> Iterator[Missing]:
    why = "This pack was made afterwards, as one of the past."
    if run.how is How.LATE:
        why = f"The run of this week was missed. Its pack was made by the run of {run.made_by}."
    yield Missing(what="A run in its own time", why=why, remedy=NO_REMEDY)
    if incidents is not None and (said := _changed_since(incidents, run.cutoff_at)):
        remedy = "None: a system tells such a field only as it is now."
        yield Missing(what="What was known at the cut-off", why=said, remedy=remedy)


def _changed_since(incidents: pd.DataFrame, cutoff_at: datetime) -> str:
    """How many of the incidents there were may have been another thing at the cut-off."""
    there = incidents[incidents["opened_at"] < cutoff_at]
    updated = there["updated_at"].dropna()
    if there.empty:
        return ""
    if updated.empty:
        return (
            "No incident says when it was changed: texts, categories and other fields without "
            "history are told as they are now."
        )
    share = float((updated > cutoff_at).mean())
    if not share:
        return ""
    return (
        f"{_part(share)} have changed since the cut-off: their texts, categories and other fields "
        "without history are told as they are now."
    )


def _part(share: float) -> str:
    """A part of the incidents, to a tenth."""
    if share < _FEW:
        return "Few incidents"
    tenths = round(10 * share)
    return "Nearly all incidents" if tenths >= 10 else f"About {max(tenths, 1)} in 10 incidents"
