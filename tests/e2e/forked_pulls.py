"""Pulls that begin at once: forked off a process that has loaded everything, and killed as any.

Loading takes most of the processor time of a small pull, and a chaos run begins five. What a kill
can hit is the same: the process reads, writes and dies by itself.

`python -m tests.e2e.forked_pulls` takes a line of JSON for each thing to be done: `start` with
arguments and environment answers the number of the process, `poll` how it ended.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from types import TracebackType

from tests.e2e.killed_pulls import POLL_S, Run

_LOADED = ("flows.verbs.pull", "flows.stages.pull", "flows.second", "pandas", "connectors.registry",
           "connectors.servicenow.source", "connectors.jira.source", "connectors.rt.source",
           "connectors.itop.source", "connectors.glpi.source", "connectors.freshservice.source",
           "connectors.bmc_helix.source", "connectors.cherwell.source")  # fmt: skip


class Nursery:
    """A process that has loaded everything, and forks a pull whenever it is asked."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "tests.e2e.forked_pulls"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    def ask(self, what: Mapping[str, object]) -> int | None:
        """What it answers."""
        into, out = self._process.stdin, self._process.stdout
        assert into is not None and out is not None
        into.write(json.dumps(what) + "\n")
        into.flush()
        answer: int | None = json.loads(out.readline())
        return answer

    def close(self) -> None:
        """Let it end, and wait for it, so that its time counts as ours."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@cache
def nursery() -> Nursery:
    """One for all tests of a process; it ends with it."""
    made = Nursery()
    atexit.register(made.close)
    return made


@dataclass
class Forked:
    """A pull at work: what `Run` uses of a `Popen`."""

    pid: int
    out: Path
    err: Path
    returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended; None while it is at work."""
        if self.returncode is None:
            self.returncode = nursery().ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, once it has.

        Raises:
            TimeoutExpired: it has not, in this time.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() >= until:
                raise subprocess.TimeoutExpired("pull", timeout or 0.0)
            time.sleep(POLL_S)
        return code

    def kill(self) -> None:
        """End it at once, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it said, once it has ended."""
        self.wait(timeout)
        return self.out.read_text(), self.err.read_text()

    def __enter__(self) -> "Forked":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.kill()
        self.wait()


@dataclass
class ForkedRun(Run):
    """The same installation, whose pulls are forked."""

    _numbers: "count[int]" = field(default_factory=count)

    def start(self, *options: str) -> Forked:  # type: ignore[override]  # the part of Popen that is used
        """Start a pull."""
        secret = {f"CSI_SOURCES__PRACTICE__{key}".upper(): one for key, one in self.secret.items()}
        n = next(self._numbers)
        out, err = (self.folder / f"said.{n}.{word}" for word in ("out", "err"))
        arguments = ["pull", "--config", str(self.folder / "csi.toml"), *options]
        asked = {"start": arguments, "env": secret, "out": str(out), "err": str(err)}
        pid = nursery().ask(asked)
        assert pid is not None
        return Forked(pid, out, err)


def _serve() -> None:
    from importlib import import_module

    for name in _LOADED:
        import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        if "poll" in asked:
            pid, status = os.waitpid(asked["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if not answer:
                _pull(asked)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def _pull(asked: Mapping[str, object]) -> None:
    """The pull itself; the process ends with it, whatever happens."""
    from flows.cli import main

    code = 1
    try:
        os.environ.update(dict(asked["env"]))  # type: ignore[call-overload]  # as `start` gives it
        for number, name in ((1, "out"), (2, "err")):
            handle = os.open(str(asked[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(handle, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = ["csi", *list(asked["start"])]  # type: ignore[call-overload]  # as above
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
