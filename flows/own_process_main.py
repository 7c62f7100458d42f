"""What a process does that was started for one stage; it ends with whoever started it."""

import ctypes
import logging
import os
import signal
import sys
from importlib import import_module
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from queue import SimpleQueue

from flows.own_process import Asked, Failed, Go, Made, Said
from flows.run_ids import set_run_id
from flows.settings import Settings
from flows.telemetry import flush
from flows.wiring import build
from itsm.errors import CsiError

_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""
_NICE = 10
"""Who gives way gets a tenth of a processor that others want, and all of one that nobody does."""


class _Sent(QueueHandler):
    """Hands what is logged to the process that asked."""

    def __init__(self, talk: Connection) -> None:
        super().__init__(SimpleQueue())  # of which it makes no use
        self._talk = talk

    def enqueue(self, record: logging.LogRecord) -> None:
        """Send a record, which was made ready to be sent."""
        self._talk.send(record)


def main() -> None:
    """Do the stage that is asked for, and tell what came of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends this one
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    talk = Connection(int(sys.argv[1]))
    import_module(sys.argv[2])  # while whoever started it does something else
    asked = talk.recv()
    assert isinstance(asked, Asked)
    if os.getppid() != asked.parent:  # it ended before this one could be told to end with it
        return
    logging.getLogger().addHandler(_Sent(talk))
    logging.getLogger().setLevel(asked.log_level)
    set_run_id(asked.run)
    if asked.gives_way:
        os.nice(_NICE)
    try:
        result = _done(asked, talk)
    except CsiError as error:
        talk.send(Failed(error))
    else:
        talk.send(Made(result))
    flush()


def _done(asked: Asked, talk: Connection) -> object:
    def say(line: str) -> None:
        talk.send(Said(line))

    def until_go() -> None:
        assert isinstance(talk.recv(), Go)

    module, name = asked.stage
    parts = build(Settings.model_construct(**dict(asked.settings)), asked.base, say)
    arguments = [*asked.arguments, *([until_go] if asked.is_ahead else [])]
    done: object = getattr(import_module(module), name)(parts, *arguments)
    return done
