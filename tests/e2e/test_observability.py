"""A week with everything told, as JSON and as spans: nothing of a ticket or a person is in it."""

import csv
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.practice_estate import Practice
from tests.e2e.whole_runs import TIMEOUT_S, prepared
from tests.flows.otlp_receiver import Received, otlp_receiver

pytestmark = pytest.mark.e2e
SAID = ("short_description", "description", "close_notes", "work_notes", "comments")
PEOPLE = ("caller_id", "assigned_to", "opened_by", "resolved_by")
STAGES = {"csi.pull", "csi.check", "csi.mine", "csi.propose", "csi.prove", "csi.pack"}


@dataclass(frozen=True)
class Told:
    """What a week told."""

    lines: list[dict[str, str]]
    raw: str
    received: Received


@pytest.fixture(scope="module")
def told(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("told") / "desk"
    command = prepared(practice, folder)
    at = command.index("run")
    command[at:at] = ["-v", "--log-format", "json"]
    with otlp_receiver() as received:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": received.endpoint},
        )
    assert done.returncode == 0, done.stderr
    yield Told([json.loads(line) for line in done.stderr.splitlines()], done.stderr, received)


def secrets(exports: Path) -> set[str]:
    """The texts and people of all incidents that are long enough to be told from other words."""
    found = set()
    for file in exports.glob("*incident*.csv"):
        with file.open(newline="", encoding="utf-8-sig") as stream:
            for row in csv.DictReader(stream):
                found |= {row[name].strip() for name in (*SAID, *PEOPLE) if row.get(name)}
    return {one for one in found if len(one) > 7}


def test_every_line_has_the_run_and_what_a_collector_needs(told: Told) -> None:
    assert len(told.lines) > 20
    assert len({line["run"] for line in told.lines}) == 1
    assert all({"at", "level", "logger", "message"} <= set(line) for line in told.lines)


def test_no_text_of_a_ticket_and_no_person_is_in_a_log(told: Told, practice: Practice) -> None:
    hidden = secrets(practice.exports)
    assert len(hidden) > 100
    assert sorted(one for one in hidden if one in told.raw) == []


def test_no_text_of_a_ticket_and_no_person_is_in_a_trace(told: Told, practice: Practice) -> None:
    sent = b"".join(told.received.bodies)
    assert sorted(one for one in secrets(practice.exports) if one.encode() in sent) == []


def test_every_stage_has_a_span_of_the_same_run(told: Told) -> None:
    assert {name for name, _, _ in told.received.spans} >= STAGES
    runs = {attributes["csi.run"] for _, attributes, _ in told.received.spans}
    assert runs == {told.lines[0]["run"]}
