"""Mining begun beside the check: what comes of it is kept only once the check let it through."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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


@dataclass(frozen=True, slots=True)
class _Begun:
    """A process that mines a week as of a cut-off."""

    of: tuple[ReportingWeek, datetime]
    process: OwnProcess[str]


_begun: ContextVar[_Begun | None] = ContextVar("_begun", default=None)


@contextmanager
def mining_ahead(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> Iterator[None]:
    """Begin to mine a week in a process of its own while it is checked, where that is worth it.

    Nothing of it is kept before `mine_checked` asks; if nobody has, it is ended and leaves nothing.
    """
    with ExitStack() as stack:
        if is_worth_a_process(parts):
            asked = (week, cutoff_at)
            process = stack.enter_context(OwnProcess(mine_ahead, parts, asked, is_ahead=True))
            token = _begun.set(_Begun(asked, process))
            stack.callback(_begun.reset, token)
        yield


def checked_and_mined(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> str:
    """Check a week and mine it beside that; the id of the run.

    Raises:
        GateError: the checks found the data not fit to be mined; nothing of it is kept.
    """
    with mining_ahead(parts, week, cutoff_at):
        wherever_it_can_fork(check_week, parts, CheckError, week, cutoff_at)
        require_open_gate(parts, week)
        return mine_checked(parts, week, cutoff_at)


def mine_checked(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> str:
    """Mine a week that may be mined, with what was begun ahead of it; the id of the run."""
    begun = _begun.get()
    if begun is not None and begun.of == (week, cutoff_at):
        try:
            with watched(parts.store, "mine"):
                begun.process.go()
                return begun.process.result(parts, EndedEarlyError)
        except EndedEarlyError as error:
            parts.say(f"mine   begun beside the check, and to be done again: {error}")
    return wherever_it_can_fork(mine_week, parts, MiningError, week, cutoff_at)
