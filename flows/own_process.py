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
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, Generic, TypeVar, TypeVarTuple, cast

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
    One that is begun ahead (`is_ahead`) is given a function that waits for leave to keep anything;
    one that gives way lets other work of the machine come first.
    """

    stage: tuple[str, str]
    settings: Mapping[str, Any]
    base: Path
    run: str
    log_level: int
    arguments: tuple[Any, ...]
    parent: int
    is_ahead: bool
    gives_way: bool


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


@dataclass(frozen=True, slots=True)
class Go:
    """Leave for a stage that was begun ahead to keep what it made."""


class OwnProcess(Generic[T]):
    """A process for a stage, which ends with whoever started it; to be used in a `with`.

    It loads what the stage needs, and waits to be asked.

    Args:
        stage: a function of a module.
    """

    def __init__(self, stage: Callable[..., T]) -> None:
        self._stage = (stage.__module__, stage.__qualname__)
        self._here, there = Pipe()
        number = there.fileno()
        command = [sys.executable, "-P", "-c", _START, str(number), stage.__module__]
        path = os.pathsep.join(str(Path(place)) for place in sys.path)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, words of ours
            command, pass_fds=[number], env={**os.environ, "PYTHONPATH": path}
        )
        there.close()

    def __enter__(self) -> "OwnProcess[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # it has told everything, or is not asked any more
        self._process.wait()
        self._here.close()

    def ask(
        self, parts: Parts, *arguments: object, is_ahead: bool = False, gives_way: bool = False
    ) -> None:
        """Let the stage be done.

        Args:
            parts: of the installation.
            arguments: of the stage.
            is_ahead: whether it is done before it is known that it should be: the stage is given a
                function more, which waits for `go`.
            gives_way: whether other work of this machine comes first.
        """
        asked = Asked(
            stage=self._stage,
            settings=dict(parts.settings),
            base=parts.base,
            run=run_id(),
            log_level=logging.getLogger(__name__).getEffectiveLevel(),
            arguments=arguments,
            parent=os.getpid(),
            is_ahead=is_ahead,
            gives_way=gives_way,
        )
        self._send(asked)

    def go(self) -> None:
        """Let a stage that was begun ahead keep what it made."""
        self._send(Go())

    def result(self, parts: Parts, ended: type[CsiError]) -> T:
        """What the stage gives back; what it tells meanwhile is told here.

        Args:
            parts: that lines are said to.
            ended: the error that is raised if the process ends before it is done.

        Raises:
            CsiError: what the stage raises, or `ended`.
        """
        while True:
            try:
                told = self._here.recv()
            except (EOFError, OSError):
                raise ended(_why(self._process.wait())) from None
            match told:
                case Said(line):
                    parts.say(line)
                case logging.LogRecord():
                    logging.getLogger(told.name).handle(told)
                case Made(result):
                    return cast(T, result)
                case Failed(error):
                    raise error

    def _send(self, what: object) -> None:
        with suppress(OSError):  # it has ended; `result` says how
            self._here.send(what)


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
    if threading.active_count() == 1 or not is_worth_a_process(parts):
        return stage(parts, *arguments)
    with OwnProcess(stage) as process:
        process.ask(parts, *arguments)
        return process.result(parts, ended)


def is_worth_a_process(parts: Parts) -> bool:
    """Whether a stage has so much to do that a process of its own helps, and it can have one."""
    return sys.platform == "linux" and _are_many(parts)


def _why(code: int) -> str:
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    why = "most often memory ran out: see the log of the system" if code < 0 else "see its log"
    return (
        f"the process of this stage ended {how} before it was done; {why}. What was kept before is "
        "as it was: give it more memory where that is why (docs/scaling.md), and run again"
    )


def _are_many(parts: Parts) -> bool:
    return Chosen.of(parts.store).are_so_many(RecordKind.INCIDENT, MANY)
