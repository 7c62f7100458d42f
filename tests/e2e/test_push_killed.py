"""A push that is killed between sending and recording leaves exactly one record, at any write."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.pushing import deliveries, new_run_id
from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.pushing import (
    FieldWrite,
    Intent,
    IntentState,
    PushAction,
    PushKind,
    identified,
    key_of,
)
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from simulator.web import Answer, Request
from tests.conformance.gateway import Gateway, Pass, gateway_before
from tests.conformance.writer_servicenow import value

AT = datetime(2026, 3, 2, tzinfo=UTC)
WAITS_S = 60


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNowServer]:
    estate = EstateSettings(n_incidents=150, n_weeks=4, seed=5)
    with ServiceNowServer(estate, directory=tmp_path_factory.mktemp("instance")) as served:
        yield served
    assert served.errors == []


class HeldReply:
    """Lets one write through to the instance, and keeps its reply back until told."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.n_writes = 0
        self.is_done = threading.Event()
        self.is_over = threading.Event()

    def __call__(self, request: Request, pass_on: Pass) -> Answer:
        if request.method not in {"POST", "PATCH"}:
            return pass_on(request)
        self.n_writes += 1
        answer = pass_on(request)
        if self.n_writes == self.n:
            self.is_done.set()
            self.is_over.wait(WAITS_S)
            return Answer(cut_at=0)
        return answer


def installed(folder: Path, url: str, instance: ServiceNowServer) -> Path:
    """An installation that may write; what was created is found at once."""
    config = folder / "csi.toml"
    config.write_text(
        f"""[sources.snow]
kind = "servicenow"
url = "{url}"
user = "{instance.user}"
password = "{instance.password}"
[sources.snow.push]
mode = "full"
instance = "practice"
settle_s = 0.2
"""
    )
    return config


def wanted(subject: str, incident: str) -> list[Intent]:
    """A problem, a change of it, a note and a link."""
    made: list[Intent] = []
    for action, fields, text in (
        (PushAction.CREATE, {"title": "VPN drops"}, ""),
        (PushAction.UPDATE, {"title": "VPN drops daily"}, ""),
        (PushAction.NOTE, {}, "seen again"),
        (PushAction.LINK, {}, ""),
    ):
        is_link = action is PushAction.LINK
        kind = PushKind.INCIDENT if is_link else PushKind.PROBLEM
        made.append(
            identified(
                Intent(
                    source="snow",
                    action=action,
                    kind=kind,
                    subject=subject,
                    key=key_of(kind, subject),
                    record=incident if is_link else "",
                    fields=tuple(FieldWrite(field=f, value=v) for f, v in fields.items()),
                    text=text,
                    needs=made[0].intent_id if is_link else "",
                    actor="ann",
                    at=AT,
                )
            )
        )
    return made


def append(parts: Parts, intents: list[Intent]) -> None:
    with parts.store.begin() as uow:
        uow.outbox.append(intents)
        uow.commit()


def killed_at(config: Path, gateway: Gateway, n: int) -> None:
    """Push in a process of its own, and kill it while it waits for the reply to a write."""
    held = HeldReply(n)
    gateway.meddle = held
    call = "from flows.cli import main; main()"
    command = [sys.executable, "-c", call, "push", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert held.is_done.wait(WAITS_S), f"the push made no write {n}"
        os.kill(process.pid, signal.SIGKILL)
        process.wait(WAITS_S)
    held.is_over.set()
    assert process.returncode == -signal.SIGKILL
    gateway.meddle = lambda request, pass_on: pass_on(request)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_push_killed_before_it_hears_of_a_write_does_it_once(
    tmp_path: Path, instance: ServiceNowServer, n: int
) -> None:
    free = [
        value(row, "sys_id")
        for row in instance.truth("incident")
        if value(row, "state") in {"1", "2", "6"} and not value(row, "problem_id")
    ]
    subject = f"PC-{n}"
    with gateway_before(instance.url, instance.now) as gateway:
        config = installed(tmp_path, gateway.url, instance)
        parts = build(load_settings(config), tmp_path)
        append(parts, wanted(subject, free[0]))
        killed_at(config, gateway, n)
        with parts.store.begin() as uow:
            states = [fate.state for fate in uow.outbox.fates()]
        assert states[n - 1] is IntentState.SENDING
        time.sleep(0.3)
        run = deliveries(parts).run(new_run_id())
    assert run.numbers == {"done": 5 - n}
    key = key_of(PushKind.PROBLEM, subject)
    made = [row for row in instance.truth("problem") if value(row, "correlation_id") == key]
    assert [value(row, "short_description") for row in made] == ["VPN drops daily"]
    record = value(made[0], "sys_id")
    journal = instance.truth("sys_journal_field")
    notes = [row for row in journal if value(row, "element_id") == record]
    assert len(notes) == 1
    linked = [row for row in instance.truth("incident") if value(row, "problem_id") == record]
    assert [value(row, "sys_id") for row in linked] == [free[0]]
    with parts.store.begin() as uow:
        written = [
            one for each in uow.push_runs.list() for one in uow.push_runs.written(each.run_id)
        ]
    assert len(written) == 4  # what the killed run wrote is known, so that it can be taken back
