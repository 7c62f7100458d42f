"""Logs as JSON lines, each with the id of the run."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import logs
from flows.progress import Teller
from flows.run_ids import run_id, set_run_id

ROOT = Path(__file__).parents[2]
CSI = (sys.executable, "-c", "from flows.cli import main; main()")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The handlers that pytest has, put back."""
    root, progress = logging.getLogger(), logging.getLogger(logs.PROGRESS)
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], progress.handlers[:] = handlers, []
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_object_with_the_run() -> None:
    stream = io.StringIO()
    logs.configure(logs.JSON, logging.INFO, stream)
    set_run_id("run-1")
    logging.getLogger("store.thing").info("%d rows\nof %s", 3, "desk")
    (line,) = lines(stream)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info", "logger": "store.thing", "run": "run-1", "message": "3 rows\nof desk",
    }  # fmt: skip


def test_progress_is_a_line_too() -> None:
    stream = io.StringIO()
    logs.configure(logs.JSON, logging.WARNING, stream)
    Teller()("pull   desk incident: 50 records")
    (line,) = lines(stream)
    assert (line["logger"], line["message"]) == (logs.PROGRESS, "pull desk incident: 50 records")
    assert line["run"] == run_id()


def test_an_error_keeps_its_trace_in_the_object() -> None:
    stream = io.StringIO()
    logs.configure(logs.JSON, logging.INFO, stream)
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    (line,) = lines(stream)
    assert "ValueError: no" in line["error"]


def test_text_names_the_run_too() -> None:
    stream = io.StringIO()
    logs.configure(logs.TEXT, logging.INFO, stream)
    set_run_id("run-2")
    logging.getLogger("x").warning("late")
    assert stream.getvalue() == "WARNING x [run-2]: late\n"


@pytest.mark.parametrize("asked", ["option", "file", "environment"])
def test_json_can_be_asked_for_in_three_ways(asked: str, tmp_path: Path) -> None:
    config = (
        '[sources.desk]\nkind = "files"\npreset = "servicenow"\nfiles = {incident = ["i.csv"]}\n'
    )
    (tmp_path / "i.csv").write_text("number,opened_at,state\nINC1,2026-11-10 10:00:00,1\n")
    (tmp_path / "csi.toml").write_text(config + '[logs]\nformat = "json"\n' * (asked == "file"))
    option = ["--log-format", "json"] if asked == "option" else []
    done = subprocess.run(
        [*CSI, *option, "pull"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        | ({"CSI_LOGS__FORMAT": "json"} if asked == "environment" else {}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert len(told) > 1
    assert len({line["run"] for line in told}) == 1


def test_an_error_that_ends_a_command_is_json_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CSI, "--log-format", "json", "pull"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = [json.loads(one) for one in done.stderr.splitlines()]
    assert "csi.toml does not exist" in line["message"]
