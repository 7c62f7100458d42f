"""Mining begun beside the check: what comes of it is kept only once the check let it through.

The process that mines is started before anything is pulled, so that it is there, with all it has to
load, as soon as there is something to mine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from flows.own_process import OwnProcess, is_worth_a_process, wherever_it_can_fork
from flows.stage_watch import watched
from flows.stages.check import check_week, require_open_gate
from flows.stages.mine import mine_ahead, mine_week
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import CheckError, EndedEarlyError, MiningError
from itsm.quality import GateReport


@dataclass(slots=True)
class _Miner:
    """A process for mining, and which week it was asked for, as of which cut-off."""

    process: OwnProcess[str]
    of: tuple[ReportingWeek, datetime] | None = None


_miner: ContextVar[_Miner | None] = ContextVar("_miner", default=None)


@contextmanager
def miner_at_hand(parts: Parts) -> Iterator[None]:
    """Have a process that can begin to mine, where that is worth it.

    Nothing of what it makes is kept unless `mine_checked` asks; at the end it is ended.
    """
    there = _miner.get()
    is_free = there is not None and there.of is None
    if is_free or not is_worth_a_process(parts):
        yield
        return
    with OwnProcess(mine_ahead) as process:
        token = _miner.set(_Miner(process))
        try:
            yield
        finally:
            _miner.reset(token)


def begin_to_mine(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> None:
    """Let the process that is at hand begin to mine a week; without one nothing is begun."""
    miner = _miner.get()
    if miner is not None and miner.of is None:
        miner.of = (week, cutoff_at)
        miner.process.ask(parts, *miner.of, is_ahead=True)


def check_beside(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> GateReport:
    """Check a week; where it is being mined, in a process that takes what that one leaves idle."""
    miner = _miner.get()
    if miner is None or miner.of != (week, cutoff_at):
        return wherever_it_can_fork(check_week, parts, CheckError, week, cutoff_at)
    with OwnProcess(check_week) as process:
        process.ask(parts, week, cutoff_at, gives_way=True)
        return process.result(parts, CheckError)


def mine_checked(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> str:
    """Mine a week that may be mined, with what was begun ahead of it; the id of the run."""
    miner = _miner.get()
    if miner is not None and miner.of == (week, cutoff_at):
        try:
            with watched(parts.store, "mine"):
                miner.process.go()
                return miner.process.result(parts, EndedEarlyError)
        except EndedEarlyError as error:
            parts.say(f"mine   begun beside the check, and to be done again: {error}")
    return wherever_it_can_fork(mine_week, parts, MiningError, week, cutoff_at)


def checked_and_mined(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> str:
    """Check a week and mine it beside that; the id of the run.

    Raises:
        GateError: the checks found the data not fit to be mined; nothing of it is kept.
    """
    with miner_at_hand(parts):
        begin_to_mine(parts, week, cutoff_at)
        check_beside(parts, week, cutoff_at)
        require_open_gate(parts, week)
        return mine_checked(parts, week, cutoff_at)
