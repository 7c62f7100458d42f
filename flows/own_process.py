"""A stage in a process of its own, where this one runs threads and the stage has much to do.

A run of a flow has threads of Prefect, and a process with threads must not be forked: so a stage
could not share its work out to a second process (`problem_mining/side_by_side.py`). One of its own
can, its memory is free as soon as it is done, and if memory runs out the flow lives to tell of it.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, cast

from flows.run_ids import run_id
from flows.wiring import Parts
from itsm.errors import CsiError
from itsm.states import RecordKind
from problem_mining.side_by_side import LEAST
from store.chosen import Chosen

Given = TypeVarTuple("Given")
T = TypeVar("T")
MANY = 2 * LEAST
"""From so many incidents on a stage is worth a process of its own."""
_START = "from flows.own_process_main import main; main()"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a process is started for.

    `stage` is a function of a module, found by its name; `settings` are all of them, secrets too.
    """

    stage: tuple[str, str]
    settings: Mapping[str, Any]
    base: Path
    run: str
    log_level: int
    arguments: tuple[Any, ...]
    parent: int


@dataclass(frozen=True, slots=True)
class Said:
    """A line for people."""

    line: str


@dataclass(frozen=True, slots=True)
class Made:
    """What a stage gave back."""

    result: object


@dataclass(frozen=True, slots=True)
class Failed:
    """The error that a stage was ended by."""

    error: CsiError


def wherever_it_can_fork(
    stage: Callable[[Parts, *Given], T], parts: Parts, ended: type[CsiError], *arguments: *Given
) -> T:
    """Do a stage here, or in a process of its own where that is worth it and helps.

    Args:
        stage: a function of a module; the same comes of it in either.
        parts: of the installation.
        ended: the error that is raised if the process ends before it is done.
        arguments: of the stage.

    Raises:
        CsiError: what the stage raises, or `ended`.
    """
    if sys.platform != "linux" or threading.active_count() == 1 or not _are_many(parts):
        return stage(parts, *arguments)
    asked = Asked(
        stage=(stage.__module__, stage.__qualname__),
        settings=dict(parts.settings),
        base=parts.base,
        run=run_id(),
        log_level=logging.getLogger(__name__).getEffectiveLevel(),
        arguments=arguments,
        parent=os.getpid(),
    )
    here, there = Pipe()
    number = there.fileno()
    command = [sys.executable, "-P", "-c", _START, str(number)]
    path = os.pathsep.join(str(Path(place)) for place in sys.path)
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, words of ours
        command, pass_fds=[number], env={**os.environ, "PYTHONPATH": path}
    )
    there.close()
    try:
        here.send(asked)
        return cast(T, _result(here, process, parts, ended))
    finally:
        here.close()
        process.kill()  # it has told everything, or is not asked any more
        process.wait()


def _result(
    here: Connection, process: "subprocess.Popen[bytes]", parts: Parts, ended: type[CsiError]
) -> object:
    """What the stage gives back; what it tells meanwhile is told here."""
    while True:
        try:
            told = here.recv()
        except (EOFError, OSError):
            raise ended(_why(process.wait())) from None
        match told:
            case Said(line):
                parts.say(line)
            case logging.LogRecord():
                logging.getLogger(told.name).handle(told)
            case Made(result):
                return result
            case Failed(error):
                raise error


def _why(code: int) -> str:
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    why = "most often memory ran out: see the log of the system" if code < 0 else "see its log"
    return (
        f"the process of this stage ended {how} before it was done; {why}. What was kept before is "
        "as it was: give it more memory where that is why (docs/scaling.md), and run again"
    )


def _are_many(parts: Parts) -> bool:
    return Chosen.of(parts.store).are_so_many(RecordKind.INCIDENT, MANY)
