"""`csi demo`: the weekly job as a Prefect flow on a practice estate."""

import os
import subprocess
import sys
from pathlib import Path

import click


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True)
@click.option("--incidents", default=2000, show_default=True, type=click.IntRange(200, 1_000_000))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
def demo(out: Path, incidents: int, seed: int) -> None:
    """Make a practice estate, run the weekly flow on it, and say where the results are.

    The flow runs on Prefect's temporary server and SQLite; nothing else is needed.
    """
    home = (out.parent / ".prefect").resolve()
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "flows.demo", str(out), str(incidents), str(seed)]
    # Our own module with checked values, no shell.
    done = subprocess.run(command, env=_quiet(home), check=False)  # noqa: S603
    raise SystemExit(done.returncode)


def _quiet(home: Path) -> dict[str, str]:
    """The environment of the flow: no telemetry, its own Prefect folder, no server of somebody."""
    kept = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"}
    return kept | {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_HOME": str(home),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_PROFILE": "ephemeral",
    }
