"""Traces and metrics go where the standard variables say, and nowhere unless they are set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.telemetry import is_asked_for
from tests.flows.otlp_receiver import otlp_receiver

ROOT = Path(__file__).parents[2]
CONFIG = """\
[sources.desk]
kind = "files"
preset = "servicenow"
files = {incident = ["incident.csv"]}
"""
ROWS = "number,opened_at,state,short_description\nINC1,2026-11-10 10:00:00,1,Secret of Ann\n"


def pull(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    (folder / "csi.toml").write_text(CONFIG)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", "pull"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
    )


def test_a_pull_sends_a_span_of_its_source_and_its_counts(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(ROWS)
    with otlp_receiver() as received:
        done = pull(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=received.endpoint)
    assert done.returncode == 0, done.stderr
    ((name, attributes, is_failed),) = received.spans
    assert (name, is_failed) == ("csi.pull", False)
    assert attributes["csi.source"] == "desk"
    assert attributes["csi.run"]
    assert received.metrics == {"csi.stage.duration", "csi.records"}
    assert received.services == {"csi-pipeline"}
    assert b"Secret" not in b"".join(received.bodies)


def test_a_stage_that_fails_is_a_failed_span_without_the_text_of_the_error(tmp_path: Path) -> None:
    with otlp_receiver() as received:
        done = pull(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=received.endpoint)
    assert done.returncode == 3, done.stderr
    ((_, attributes, is_failed),) = received.spans
    assert is_failed
    assert attributes["error.type"] == "FatalSourceError"
    assert b"incident.csv" not in b"".join(received.bodies)


def test_one_signal_alone_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(ROWS)
    with otlp_receiver() as received:
        pull(
            tmp_path,
            OTEL_EXPORTER_OTLP_ENDPOINT=received.endpoint,
            OTEL_METRICS_EXPORTER="none",
            OTEL_SERVICE_NAME="our-csi",
        )
    assert received.services == {"our-csi"}
    assert received.metrics == set()


def test_without_the_variables_the_sdk_is_not_even_loaded(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(ROWS)
    (tmp_path / "csi.toml").write_text(CONFIG)
    ask = (
        "import sys; from flows import cli; from contextlib import suppress\n"
        "with suppress(SystemExit): cli.main(['pull'])\n"
        "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=tmp_path, capture_output=True, check=False, timeout=120,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0


def test_a_collector_that_is_down_does_not_keep_a_week_from_being_made(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(ROWS)
    done = pull(
        tmp_path,
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://c:4318/v1/metrics"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_what_the_variables_ask_for(environment: dict[str, str], asked: bool) -> None:
    assert is_asked_for(environment, "traces") is asked
