"""Sends what is due, and kills itself at a given commit: run by the tests of sending."""

import os
import signal
from itertools import count
from pathlib import Path

from sqlalchemy import event

from flows.delivering import deliver
from flows.settings import load_settings
from flows.wiring import build
from tests.flows.post_office import NOW


def send(folder: str, dies_at: int) -> None:
    """One round of sending, in a process of its own.

    Args:
        folder: with csi.toml.
        dies_at: the commit before which it dies, from 1; 0 for none.
    """
    base = Path(folder)
    parts = build(load_settings(base / "csi.toml"), base)
    numbers = count(1)

    def look(_connection: object) -> None:
        if next(numbers) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(parts.store.queries.engine, "commit", look)
    deliver(parts, now=NOW)
