"""What Prometheus is told: each process counts itself, or all that share a folder together."""

import os
import subprocess
import sys
from pathlib import Path

ASKED = """
from prometheus_client import CollectorRegistry
from review_app.metrics import Requests
requests = Requests(CollectorRegistry())
for _ in range({n}):
    with requests.timed({{"method": "GET"}}):
        pass
"""
TELLS = """
from datetime import UTC, datetime
from review_app.metrics import exposition
from store.standing import Standing
print(exposition(requests, Standing(waiting={}, last_runs={}), datetime.now(UTC)).decode())
"""
LINE = 'csi_review_requests_total{method="GET",route="none",status="500"}'


def told(n: int, folder: Path | None) -> str:
    """What a process that was asked so often tells of requests."""
    env = {**os.environ, **({"PROMETHEUS_MULTIPROC_DIR": str(folder)} if folder else {})}
    command = [sys.executable, "-c", ASKED.format(n=n) + TELLS]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return next(line for line in done.stdout.splitlines() if line.startswith(LINE))


def test_processes_that_share_a_folder_count_together(tmp_path: Path) -> None:
    assert told(2, tmp_path) == f"{LINE} 2.0"
    assert told(3, tmp_path) == f"{LINE} 5.0"


def test_without_one_a_process_counts_itself() -> None:
    assert told(3, None) == f"{LINE} 3.0"
