"""Prefect as a company runs it: a server, a pool, a worker, each a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parents[2]
BUSY = 503
"""What Prefect's server answers while SQLite is locked; its own client asks again, too."""

ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

_WATCH = """\
import os, sys
def _watch(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"):
        with open(os.environ["CSI_TEST_OUTBOUND"], "a") as log:
            log.write(f"{event} {host} {sys.argv}\\n")
sys.addaudithook(_watch)
"""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class PrefectDesk:
    """A folder that flows are deployed from, and the server and worker that run them.

    If it is bare, processes are told nothing that a person would have to type.
    """

    home: Path
    is_bare: bool = False
    port: int = field(default_factory=free_port)
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def api(self) -> str:
        """Where the server answers."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def outbound(self) -> Path:
        """Where a process notes that it looked beyond this machine."""
        return self.home / "outbound.log"

    @property
    def environment(self) -> dict[str, str]:
        """Prefect's own kept apart, what README tells to set, and a watch on connections."""
        watch = self.home / "watch"
        watch.mkdir(parents=True, exist_ok=True)
        (watch / "sitecustomize.py").write_text(_WATCH)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "CSI_"))}
        kept |= {
            "PYTHONPATH": f"{watch}{os.pathsep}{kept.get('PYTHONPATH', '')}",
            "CSI_TEST_OUTBOUND": str(self.outbound),
            "PREFECT_HOME": str(self.home / "prefect"),
            "PREFECT_SERVER_API_PORT": str(self.port),
        }
        if self.is_bare:
            kept.pop("DO_NOT_TRACK", None)
            return kept
        return kept | {
            "PATH": f"{BIN}{os.pathsep}{kept['PATH']}",
            "DO_NOT_TRACK": "1",
            "PREFECT_API_URL": self.api,
        }

    def run(self, *command: str, cwd: Path, **environment: str) -> str:
        """Run a command to its end; what it printed."""
        done = subprocess.run(
            command,
            cwd=cwd,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}\n{self.logs()}"
        return done.stdout

    def start(
        self, name: str, *command: str, cwd: Path, **environment: str
    ) -> "subprocess.Popen[bytes]":
        """Start a process that is stopped with this desk."""
        cwd.mkdir(parents=True, exist_ok=True)
        log = self.stack.enter_context((self.home / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=self.environment | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.stack.callback(_stop, process)
        return process

    def serve(self, folder: Path, **environment: str) -> None:
        """Start the server, in a folder with our `prefect.toml`, and wait until it answers."""
        shutil.copy(ROOT / "prefect.toml", folder / "prefect.toml")
        server = ("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port))
        self.start("server", *server, cwd=folder, **environment)
        self.wait(self.is_healthy, "the server to answer")

    def work(self, name: str) -> "subprocess.Popen[bytes]":
        """Start a worker in a folder of its own, and wait until there is a pool."""
        worker = ("prefect", "worker", "start", "--pool", "csi", "--type", "process")
        command = (*worker, "--name", name)
        asks_often = {"PREFECT_WORKER_QUERY_SECONDS": "2"}
        process = self.start(name, *command, cwd=self.home / name, **asks_often)
        self.wait(self.has_pool, "the worker to make its pool")
        return process

    def deploy(self, folder: Path) -> None:
        """Deploy everything from a folder; nothing runs by itself."""
        shutil.copy(ROOT / "prefect.toml", folder / "prefect.toml")
        file = (ROOT / "prefect.yaml").read_text()
        (folder / "prefect.yaml").write_text(file.replace("active: true", "active: false"))
        self.run("prefect", "--no-prompt", "deploy", "--all", cwd=folder)

    def call(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Ask the server; POST where there is a body. One that is busy is asked again."""
        request = urllib.request.Request(
            f"{self.api}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        until = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    answer = response.read()
                return json.loads(answer) if answer else None
            except urllib.error.HTTPError as error:
                if error.code != BUSY or time.monotonic() > until:
                    raise
            time.sleep(1)

    def is_healthy(self) -> bool:
        """Whether the server answers."""
        try:
            return self.call("health") is True
        except (urllib.error.URLError, OSError):
            return False

    def has_pool(self) -> bool:
        """Whether there is a work pool."""
        return bool(self.call("work_pools/filter", {}))

    def runs(self, deployment: str) -> list[dict[str, Any]]:
        """The runs of a deployment, in the order they are due."""
        named = {"deployments": {"name": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_ASC"}
        found: list[dict[str, Any]] = self.call("flow_runs/filter", named)
        return found

    def ask_for(self, deployment: str, **parameters: str) -> None:
        """Ask for a run of a deployment."""
        named = {"deployments": {"name": {"any_": [deployment]}}}
        found = self.call("deployments/filter", named)
        body = {"parameters": found[0]["parameters"] | parameters}
        self.call(f"deployments/{found[0]['id']}/create_flow_run", body)

    def newest(self, deployment: str) -> dict[str, Any]:
        """The run of a deployment that was made last."""
        return max(self.runs(deployment), key=lambda run: str(run["created"]))

    def set_state(self, run: str, state: dict[str, str]) -> None:
        """Set the state of a run as the buttons of Prefect's pages do."""
        self.call(f"flow_runs/{run}/set_state", {"state": state, "force": True})

    def has_begun(self, run: str, task: str) -> bool:
        """Whether a run has begun a task whose name starts so."""
        begun = self.call("task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        return any(one["name"].startswith(task) for one in begun)

    def done_again(self, run_id: str, timeout_s: float = 1200) -> dict[str, Any]:
        """A run that was set to be retried, once it has ended."""

        def look() -> dict[str, Any] | None:
            run: dict[str, Any] = self.call(f"flow_runs/{run_id}")
            return run if run["state_type"] in ENDED - {"CANCELLED"} else None

        return self.wait(look, f"run {run_id} to be retried", timeout_s)

    def ended(self, run_id: str, timeout_s: float = 900) -> dict[str, Any]:
        """A run, once it has ended."""

        def look() -> dict[str, Any] | None:
            run: dict[str, Any] = self.call(f"flow_runs/{run_id}")
            return run if run["state_type"] in ENDED else None

        return self.wait(look, f"run {run_id} to end", timeout_s)

    def artifacts(self) -> dict[str, str]:
        """The newest artifact of every key."""
        found = self.call("artifacts/latest/filter", {})
        return {artifact["key"]: artifact["data"] for artifact in found}

    def wait(self, look: Callable[[], T | None], what: str, timeout_s: float = 400) -> T:
        """Look until there is something."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            found = look()
            if found:
                return found
            time.sleep(0.25)
        raise AssertionError(f"waited {timeout_s} s in vain for {what}\n{self.logs()}")

    def logs(self) -> str:
        """The last lines of every log."""
        told: Sequence[str] = [
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-60:])
            for log in sorted(self.home.glob("*.log"))
        ]
        return "\n".join(told)


@contextmanager
def prefect_desk(home: Path, *, is_bare: bool = False) -> Iterator[PrefectDesk]:
    """A desk whose processes are stopped at the end."""
    home.mkdir(parents=True)
    desk = PrefectDesk(home, is_bare)
    with desk.stack:
        yield desk


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process of ours and those it started."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
