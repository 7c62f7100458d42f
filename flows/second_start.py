"""Starts the second process of a pull. Loads next to nothing, so that it can be done first of all.

Where `csi pull` is what this process was started for, the second one loads its modules while this
one loads its own.
"""

import atexit
import os
import subprocess
import sys
from pathlib import Path

_START = "import gc; gc.disable(); from flows.second_main import main; main()"
"""Looking for garbage in what is imported, all of which stays, would take a fifth of the start."""
_PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_PASSED_ON_WITH = ("LC_", "PYTHON")
_BEGUN: list[subprocess.Popen[bytes]] = []
"""The one that was begun and not taken yet."""


def n_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def begin() -> None:
    """Start one that `second_process` gives; if nobody takes it, it ends with this process."""
    if n_processors() < 2:
        return
    try:
        _BEGUN.append(_started())
    except OSError:  # whoever wants one will be told
        return
    atexit.register(_end_begun)


def second_process() -> subprocess.Popen[bytes]:
    """One that was begun, or a new one; it waits to be told what it is for.

    Raises:
        OSError: it cannot be started.
    """
    return _BEGUN.pop() if _BEGUN else _started()


def _started() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-c", _START]
    return subprocess.Popen(  # noqa: S603 - our own interpreter, words of ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()
    )


def _environment() -> dict[str, str]:
    """What the second process needs to find its modules; no settings, and so no secrets."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_WITH)
    }
    return {**passed, "PYTHONPATH": os.pathsep.join(str(Path(place)) for place in sys.path)}


def _end_begun() -> None:
    while _BEGUN:
        process = _BEGUN.pop()
        process.kill()
        process.wait()
