"""Telling a person what is going on: one line per step on stderr, with the time since the start."""

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

from flows import logs

Say = Callable[[str], None]
"""Tells one line."""


def silent(_line: str) -> None:
    """Tells nothing."""


class Teller:
    """Tells lines with the seconds since it was made, on a stream; as JSON where logs are JSON.

    Args:
        stream: where lines go; stderr when None, so that results stay alone on stdout.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._started = time.monotonic()

    def __call__(self, line: str) -> None:
        """Tell one line."""
        if self._stream is None and logs.are_json():
            logging.getLogger(logs.PROGRESS).info("%s", " ".join(line.split()))
            return
        elapsed_s = time.monotonic() - self._started
        stream = self._stream or sys.stderr
        stream.write(f"{elapsed_s:7.1f} s  {line}\n")
        stream.flush()


class Throttled:
    """Tells at most one line in so many seconds, for steps that report often."""

    def __init__(self, say: Say, *, every_s: float = 2.0) -> None:
        self._say = say
        self._every_s = every_s
        self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        """Tell the line, if enough time has passed since the last one."""
        now = time.monotonic()
        if now - self._last >= self._every_s:
            self._last = now
            self._say(line)
