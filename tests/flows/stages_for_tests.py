"""Stages that another process can find by their names."""

import logging
import os
import signal
import time
from datetime import datetime
from pathlib import Path

from flows.run_ids import run_id
from flows.wiring import Parts
from itsm.errors import GateError
from problem_mining import side_by_side

Where = tuple[int, bool, str, str, datetime]


def forks(parts: Parts, at: datetime) -> Where:
    """In which process it is done, whether that can be forked, and what it was told."""
    can_fork = side_by_side._can_fork()
    return os.getpid(), can_fork, parts.settings.zone, run_id(), at


def tells_and_logs(parts: Parts, n: int) -> int:
    """Says so many lines and logs one."""
    for k in range(n):
        parts.say(f"line {k}")
    logging.getLogger("flows.stages").info("%s lines were told", "three")
    return n


def fails(_: Parts) -> None:
    """Fails as a stage does."""
    raise GateError(("too many are late", "a column is empty"))


def ends_itself(_: Parts, how: int) -> None:
    """Ends by a signal, or with an exit code."""
    if how:
        os.kill(os.getpid(), signal.Signals(how))
    os._exit(7)


def waits_for_its_end(_: Parts, mark: str) -> None:
    """Says where it is, and works on and on."""
    Path(f"{mark}.new").write_text(str(os.getpid()))
    Path(f"{mark}.new").rename(mark)
    time.sleep(120)
