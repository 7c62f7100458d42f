"""A sender killed anywhere: every reader gets one letter, or theirs is flagged; none gets two."""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from flows.delivering import deliver
from flows.subscribing import seed_subscriptions
from flows.wiring import Parts
from itsm.deliveries import DeliveryState
from tests.flows.post_office import (
    NOW,
    READERS,
    Mailbox,
    a_pack,
    installation,
    post_office,
    settings_text,
    with_pack,
)
from tests.flows.sending_process import send
from tests.flows.test_sending import LONG_AGO
from tests.postgres_server import PostgresServer

S = DeliveryState
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.flows.sending_process"])
MAX_COMMITS = 40


@contextmanager
def office(folder: Path) -> Iterator[tuple[Parts, Mailbox]]:
    box = Mailbox()
    with post_office(box) as port:
        parts = installation(folder, settings_text(port))
        seed_subscriptions(parts, LONG_AGO)
        with_pack(parts, a_pack())
        yield parts, box


def sender(folder: Path, dies_at: int = 0) -> ForkServerProcess:
    process = _processes.Process(target=send, args=(str(folder), dies_at))
    process.start()
    return process


def settled(parts: Parts, box: Mailbox) -> Counter[DeliveryState]:
    """What stands after two more rounds, once everybody has one letter or is flagged."""
    deliver(parts, now=NOW)
    deliver(parts, now=NOW)
    with parts.store.begin() as uow:
        states = {one.recipient.partition("@")[0]: one.state for one in uow.deliveries.list()}
    assert set(states) == set(READERS)
    for who, state in states.items():
        assert state in {S.SENT, S.UNCLEAR}, (who, state)
        assert box.got[who] == 1 or (state is S.UNCLEAR and not box.got[who]), (who, state)
    return Counter(states.values())


def killed_at(folder: Path, commit: int) -> tuple[bool, Counter[DeliveryState]]:
    """Whether it was killed, and what stands in the end."""
    folder.mkdir()
    with office(folder) as (parts, box):
        process = sender(folder, dies_at=commit)
        process.join(60)
        return process.exitcode == -signal.SIGKILL, settled(parts, box)


def test_killed_while_the_first_letter_is_about_to_leave(tmp_path: Path) -> None:
    """Before it is noted nothing has left; between note and answer nobody knows."""
    ends = [killed_at(tmp_path / str(n), n) for n in (5, 6, 7, 8)]
    assert all(was_killed for was_killed, _ in ends)
    assert {end[S.UNCLEAR] for _, end in ends} == {0, 1}


@pytest.mark.slow
def test_killed_before_every_commit(tmp_path: Path) -> None:
    unclear = []
    for n in range(1, MAX_COMMITS):
        was_killed, end = killed_at(tmp_path / str(n), n)
        if not was_killed:
            break
        unclear.append(end[S.UNCLEAR])
    else:
        pytest.fail(f"it makes more than {MAX_COMMITS} commits")
    assert len(unclear) >= 2 * len(READERS)
    assert sum(unclear) == len(READERS), "only the commit after each letter leaves one unclear"


@pytest.mark.parametrize("step", ["rcpt", "data", "letter", "taken"])
@pytest.mark.parametrize("who", ["ana", "cy"])
def test_killed_at_every_step_of_the_protocol(step: str, who: str, tmp_path: Path) -> None:
    with office(tmp_path) as (parts, box):
        process = sender(tmp_path)

        def kill(seen: str, whose: str) -> None:
            if (seen, whose) == (step, who) and process.is_alive():
                assert process.pid is not None
                os.kill(process.pid, signal.SIGKILL)

        box.faults.seen = kill
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        end = settled(parts, box)
    has_left = step in {"data", "letter", "taken"}
    assert end[S.UNCLEAR] == has_left


def test_killed_again_and_again(tmp_path: Path) -> None:
    with office(tmp_path) as (parts, box):
        for n in (4, 5, 6, 5, 6, 4):
            sender(tmp_path, dies_at=n).join(60)
        settled(parts, box)


def test_two_processes_at_once(tmp_path: Path) -> None:
    with office(tmp_path) as (parts, box):
        both = [sender(tmp_path), sender(tmp_path)]
        for process in both:
            process.join(60)
        end = settled(parts, box)
    assert box.got == Counter(READERS)
    assert end == {S.SENT: len(READERS)}


@pytest.mark.slow
@pytest.mark.postgres
def test_on_postgresql_a_killed_sender_leaves_no_lock_and_no_double(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.new(postgres.template)
    box = Mailbox()
    with post_office(box) as port:
        text = f'database = "{url}"\n{settings_text(port)}'
        parts = installation(tmp_path, text)
        seed_subscriptions(parts, LONG_AGO)
        with_pack(parts, a_pack())
        ends = []
        for n in range(6, 15):
            process = sender(tmp_path, dies_at=n)
            process.join(60)
            ends.append(process.exitcode)
        end = settled(parts, box)
    assert -signal.SIGKILL in ends
    assert end[S.UNCLEAR] >= 1, f"none died between the two commits of a letter: {ends}"
    parts.store.queries.engine.dispose()
    postgres.drop(url)
