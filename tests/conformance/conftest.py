"""The fake of the system a test is run for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conformance.fakes import Fake, HttpFake
from tests.conformance.known_fakes import FAKES
from tests.conformance.known_writers import WRITERS
from tests.conformance.writer_fakes import WriterFake


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder per system, in which its fake finds again what it made."""
    base = tmp_path_factory.mktemp("fakes")

    def folder(system: str) -> Path:
        (base / system).mkdir(exist_ok=True)
        return base / system

    return folder


@pytest.fixture
def start(made_once: Callable[[str], Path]) -> Iterator[Callable[[str], Fake]]:
    """Starts the fake of a system; it is stopped at the end of the test."""
    with ExitStack() as running:

        def started(system: str) -> Fake:
            fake = FAKES[system]()
            running.enter_context(fake.running(made_once(system)))
            return fake

        yield started


@pytest.fixture
def start_http(start: Callable[[str], Fake]) -> Callable[[str], HttpFake]:
    """Starts the fake of a system that is spoken to over HTTP."""

    def started(system: str) -> HttpFake:
        fake = start(system)
        assert isinstance(fake, HttpFake)
        return fake

    return started


@pytest.fixture
def start_writer(made_once: Callable[[str], Path]) -> Iterator[Callable[[str], WriterFake]]:
    """Starts a practice system that is written to; it is stopped at the end of the test."""
    with ExitStack() as running:

        def started(system: str) -> WriterFake:
            fake = WRITERS[system]()
            running.enter_context(fake.running(made_once(f"writing to {system}")))
            return fake

        yield started
