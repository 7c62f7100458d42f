"""A second process beside a pull, on a second processor: the pure work is done there.

The first one asks the system, writes to the database and decides; the second gets answers and gives
rows (`flows/second_main.py`). Nothing depends on it: where it cannot be had or comes to an end, the
first one does the work itself, and the same comes of it.
"""

import logging
import select
import subprocess
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from connectors.core.unread import Unread
from flows.second_protocol import Done, Setting, Work, read_message, widen, write_message
from flows.second_start import n_processors, second_process
from flows.stages.judging import Judge
from flows.stages.preparing import Prepared

LOGGER = logging.getLogger(__name__)

_PATIENCE_S = 10.0
_DECODE = msgspec.msgpack.Decoder(Done).decode


class Second:
    """The second process; started when there is enough to do for it."""

    def __init__(self, setting: Setting | None) -> None:
        """Starts nothing yet; without a setting it never will."""
        self._setting = setting
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._patience_s = _PATIENCE_S
        self._is_over = setting is None or n_processors() < 2

    @property
    def pid(self) -> int | None:
        """Its number, if it was started."""
        return None if self._process is None else self._process.pid

    @property
    def worth_from(self) -> int:
        """From so many records on it is worth its start, where these are read without it."""
        return 0 if self._setting is None else self._setting.worth_from

    @property
    def is_over(self) -> bool:
        """Whether it cannot be had, or has come to an end."""
        return self._is_over

    @property
    def is_ready(self) -> bool:
        """Whether it has begun to take work."""
        return self._is_ready

    def start(self) -> None:
        """Let it come up while the system is asked for the first page."""
        if self._process is None and not self._is_over:
            self._start()

    def takes(self, *, is_waited_for: bool = True) -> bool:
        """Whether it takes work now; it is started when it is first asked, and waited for once.

        To do its work here meanwhile would hardly be quicker where it is all of the work, and take
        the memory of both ways.
        """
        self.start()
        if not self._is_ready and self._process is not None and not self._is_over:
            assert self._process.stdout is not None
            patience_s = self._patience_s if is_waited_for else 0.0
            self._patience_s -= patience_s
            if select.select([self._process.stdout], [], [], patience_s)[0]:
                self._is_ready = self._heard() is not None
                LOGGER.info("a second process, %s, reads and maps from here on", self.pid)
        return self._is_ready and not self._is_over

    def give(self, judge: Judge, answers: Sequence[Unread]) -> bool:
        """Hand work over; whether that could be done."""
        context = judge.context
        assert context.read_at is not None
        work = Work(
            judge.kind, judge.makes_history, context.cutoff_at, context.read_at, tuple(answers)
        )
        return self._said(work)

    def take(self) -> Prepared | None:
        """What was made of the work that was handed over first; None: do it yourself."""
        done = self._heard()
        return None if done is None else done.prepared

    def close(self) -> None:
        """End it."""
        self._is_over = True
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with suppress(OSError):  # what could not be sent is not missed
                        stream.close()

    def _start(self) -> None:
        assert self._setting is not None
        try:
            self._process = second_process()
        except OSError as error:
            self._give_up(f"cannot be started: {error.strerror}")
            return
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            widen(stream)
        self._said(self._setting)

    def _said(self, message: msgspec.Struct) -> bool:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            write_message(self._process.stdin, message)
        except OSError:
            self._give_up("has ended")
            return False
        return True

    def _heard(self) -> Done | None:
        if self._process is None or self._process.stdout is None:
            return None
        message = read_message(self._process.stdout)
        if message is None:
            self._give_up("has ended")
            return None
        return _DECODE(message)

    def _give_up(self, why: str) -> None:
        if not self._is_over:
            LOGGER.warning("the second process of the pull %s; this one goes on by itself", why)
        self._is_over = True
