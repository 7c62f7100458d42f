"""One week from its checks to its packs, noted when it begins and when it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.mining_ahead import checked_and_mined
from flows.stages.pack import PackFiles, pack_week
from flows.stages.propose import propose_entries
from flows.stages.prove import prove_week
from flows.stages.publish import Published, publish_editions
from flows.used_configuration import in_use
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import GateError, MiningError
from store.week_runs import How, WeekRun


@dataclass(frozen=True, slots=True)
class Making:
    """How a week is made.

    Attributes:
        how: whether on time, asked for, late, or as a week of the past.
        made_by: the week whose run makes it good, where it is late.
        sends: whether packs made afterwards go out by a timer.
        improves: whether entries are proposed and improvements proven; a week of the past tells
            what was, and adds nothing to the register of today.
        publishes: whether the editions that readers get are made beside the full one.
        has_pdf: whether the full one is laid out as PDF, which takes most of the time.
        job: the backfill it is part of.
    """

    how: How
    made_by: str | None = None
    sends: bool = True
    improves: bool = True
    publishes: bool = True
    has_pdf: bool = True
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What a week came to; `missing` says what its pack had to do without, and why."""

    run_id: str | None
    n_proposals: int
    missing: Mapping[str, str]
    files: PackFiles
    published: Published


def make_week(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    missing: Mapping[str, str],
    making: Making,
) -> Made:
    """Check, mine, propose, prove and pack one week; nothing is pulled.

    A closed gate, or incidents that cannot be mined, stop mining and not the pack.

    Args:
        parts: from `flows.wiring`.
        week: the week.
        cutoff_at: the moment its packs are true for.
        missing: what they have to do without for reasons that are known already.
        making: how it is made.
    """
    begin_week(parts, week, cutoff_at, making)
    lacks = dict(missing)
    run_id, n_proposals = None, 0
    try:
        run_id = checked_and_mined(parts, week, cutoff_at)
        if making.improves:
            n_proposals = propose_entries(parts, run_id)
    except (GateError, MiningError) as error:
        lacks["candidates"] = str(error)
    if making.improves:
        lacks |= prove_week(parts, week, cutoff_at).missing
    files = pack_week(parts, week, cutoff_at, run_id, lacks, has_pdf=making.has_pdf)
    published = Published((), {})
    if making.publishes:
        published = publish_editions(parts, week, cutoff_at, run_id, lacks)
    end_week(parts, week)
    return Made(run_id, n_proposals, lacks, files, published)


def begin_week(parts: Parts, week: ReportingWeek, cutoff_at: datetime, making: Making) -> None:
    """Note that a week is being made, before anything of it is kept."""
    with parts.store.begin() as uow:
        uow.week_runs.begin(
            WeekRun(
                week=week.label,
                how=making.how,
                cutoff_at=cutoff_at,
                made_by=making.made_by,
                sends=making.sends,
                job=making.job,
                began_at=datetime.now(UTC),
            )
        )
        uow.commit()


def end_week(parts: Parts, week: ReportingWeek) -> None:
    """Note that a week was made to its end, and with which configuration."""
    used = in_use(parts)
    with parts.store.begin() as uow:
        uow.configurations.keep(used)
        uow.week_runs.end(week.label, datetime.now(UTC), used.digest)
        uow.commit()
