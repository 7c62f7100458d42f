"""Big estates are written in bounded time and memory."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

_WRITE = """
import json, resource, sys, time
from pathlib import Path
from simulator.exports import write_exports
from simulator.settings import EstateSettings
started = time.perf_counter()
paths = write_exports(EstateSettings(n_incidents=int(sys.argv[1])), "servicenow", Path(sys.argv[2]))
print(json.dumps({
    "wall_s": time.perf_counter() - started,
    "cpu_s": time.process_time(),
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "bytes": sum(path.stat().st_size for path in paths),
}))
"""


def written(n_incidents: int, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-c", _WRITE, str(n_incidents), str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path.cwd())
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


@pytest.mark.slow
def test_a_hundred_thousand_incidents_take_seconds(tmp_path: Path) -> None:
    figures = written(100_000, tmp_path)
    assert figures["cpu_s"] < 30, figures
    assert figures["peak_mb"] < 400, figures


@pytest.mark.soak
def test_a_million_incidents_take_less_than_five_minutes(tmp_path: Path) -> None:
    figures = written(1_000_000, tmp_path)
    logging.getLogger(__name__).info("%s", figures)
    assert figures["wall_s"] < 300, figures
    assert figures["peak_mb"] < 1_000, figures
