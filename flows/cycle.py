"""The weekly cycle as plain functions: what a flow runs with Prefect and `csi run` without."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.stages.check import check_week, require_open_gate
from flows.stages.counts import PullCount
from flows.stages.mine import mine_week
from flows.stages.pack import PackFiles, pack_week
from flows.stages.propose import propose_entries
from flows.stages.pull import pull
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError, FatalSourceError, GateError, MiningError, SourceError


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle did; `missing` says what the pack had to do without, and why."""

    week: ReportingWeek
    cutoff_at: datetime
    pulled: tuple[PullCount, ...]
    missing: Mapping[str, str]
    run_id: str | None
    n_proposals: int
    files: PackFiles


def reporting_week(parts: Parts, label: str | None) -> ReportingWeek:
    """The week of a label; without one, the last week that has ended.

    Raises:
        ConfigError: the label is not a week.
    """
    zone = parts.settings.zone
    if label is None:
        return ReportingWeek.of(datetime.now(UTC), zone).shifted(-1)
    return ReportingWeek.parse(label, zone)


def cutoff_of(parts: Parts, week: ReportingWeek, cutoff_at: datetime | None) -> datetime:
    """The cut-off that is asked for, or the week's end plus the configured lag.

    Raises:
        ConfigError: the cut-off has no zone, or lies before the week's end.
    """
    if cutoff_at is None:
        return week.cutoff(parts.settings.cutoff_lag)
    if cutoff_at.tzinfo is None:
        raise ConfigError("--cutoff has no time zone; write it as 2026-11-23T06:00:00Z")
    if cutoff_at < week.end_at:
        raise ConfigError(f"--cutoff lies before the end of {week}; take {week.end_at} or later")
    return cutoff_at.astimezone(UTC)


def pull_all(
    parts: Parts, cutoff_at: datetime, *, thorough: bool = False
) -> tuple[list[PullCount], dict[str, str]]:
    """Pull every source; one that fails is named and the others go on.

    Args:
        parts: the sources and the store.
        cutoff_at: the moment the pull is for.
        thorough: compare all keys with each system's even where the counts agree.

    Raises:
        FatalSourceError: not one source could be read.
    """
    pulled: list[PullCount] = []
    missing: dict[str, str] = {}
    for name in parts.sources:
        try:
            pulled.append(pull(parts, name, cutoff_at, thorough=thorough))
        except SourceError as error:
            missing[name] = str(error)
            parts.say(f"pull   {error}")
    if not pulled:
        raise FatalSourceError("csi", "; ".join(missing.values()) or "no source is configured")
    return pulled, missing


def run_cycle(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> Cycle:
    """Pull, check, mine, propose and pack one week, without Prefect.

    A closed gate, or incidents that cannot be mined, stop mining and not the pack: the pack says
    what is missing.
    """
    pulled, missing = pull_all(parts, cutoff_at, thorough=True)
    check_week(parts, week, cutoff_at)
    run_id, n_proposals = None, 0
    try:
        require_open_gate(parts, week)
        run_id = mine_week(parts, week, cutoff_at)
        n_proposals = propose_entries(parts, run_id)
    except (GateError, MiningError) as error:
        missing["candidates"] = str(error)
    files = pack_week(parts, week, cutoff_at, run_id, missing)
    return Cycle(week, cutoff_at, tuple(pulled), missing, run_id, n_proposals, files)
