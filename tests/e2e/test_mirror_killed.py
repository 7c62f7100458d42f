"""A push that is killed while it reads mirrored entries back takes every edit over exactly once."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.web import Answer, Request
from tests.conformance.gateway import Gateway, Pass, gateway_before, unmeddled
from tests.conformance.writer_servicenow import ServiceNowWriterFake
from tests.flows.mirror_office import MirrorOffice

pytestmark = pytest.mark.e2e
WAITS_S = 120
MOST = 60
"""No push of two entries asks so often."""


class HeldReply:
    """Lets requests through, and keeps the reply to the n-th of them back until told."""

    def __init__(self, n: int) -> None:
        self._left = n
        self.is_held = threading.Event()
        self.is_over = threading.Event()

    def __call__(self, request: Request, pass_on: Pass) -> Answer:
        answer = pass_on(request)
        self._left -= 1
        if self._left:
            return answer
        self.is_held.set()
        self.is_over.wait(WAITS_S)
        return Answer(cut_at=0)


def is_killed_at(config: Path, gateway: Gateway, n: int) -> bool:
    """Push in a process of its own, and kill it at its n-th request; False: it asks less often."""
    held = HeldReply(n)
    gateway.meddle = held
    call = "from flows.cli import main; main()"
    command = [sys.executable, "-c", call, "push", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        ends = time.monotonic() + WAITS_S
        while process.poll() is None and not held.is_held.wait(0.1):
            assert time.monotonic() < ends, "the push neither asks nor ends"
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(WAITS_S)
        held.is_over.set()
    gateway.meddle = unmeddled
    return process.returncode == -signal.SIGKILL


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[ServiceNowWriterFake]:
    made = ServiceNowWriterFake()
    (tmp_path / "system").mkdir()
    with made.running(tmp_path / "system"):
        yield made


def test_a_killed_reading_takes_every_edit_over_once(
    tmp_path: Path, fake: ServiceNowWriterFake
) -> None:
    with gateway_before(fake.served.url, fake.served.now) as gateway:
        office = MirrorOffice(tmp_path / "here", fake)
        config = office.desk.config
        config.write_text(config.read_text().replace(fake.served.url, gateway.url))
        numbers = [office.entry("Renew certificates"), office.entry("Write the run book")]
        for n in range(1, MOST):
            before = {number: office.here(number).version for number in numbers}
            for number in numbers:
                office.edit_there(number, "title", f"As edited there {n} of {number}")
            edited = ("--set", f"description=As edited here {n}", "--by", "ben")
            office.desk.said("edit", numbers[0], *edited)
            was_killed = is_killed_at(config, gateway, n)
            office.push()
            for number in numbers:
                assert office.here(number).title == f"As edited there {n} of {number}"
                assert office.is_equal(number), (n, number)
            assert office.here(numbers[0]).description == f"As edited here {n}"
            after = {number: office.here(number).version for number in numbers}
            assert after[numbers[0]] == before[numbers[0]] + 2, "one edit here, one from there"
            assert after[numbers[1]] == before[numbers[1]] + 1, "one from there"
            assert office.conflicts() == {}
            if not was_killed:
                break
        assert n > 4, "it was killed at every one of its requests"
        with office.desk.parts.store.begin() as uow:
            assert uow.audit.verify() == ()
