"""Pulls in processes of their own, killed as one likes, and what an installation then holds."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from itsm.states import RecordKind
from store.engine import open_engine
from store.tables import DELETIONS, QUARANTINE, RAW_RECORDS
from store.unit_of_work import Store

CSI = (sys.executable, "-c", "from flows.cli import main; main()")
TIMEOUT_S = 3600
POLL_S = 0.03


@dataclass
class Run:
    """One configured installation against one server.

    Attributes:
        folder: where it lives.
        source: the table of its source `practice` in the configuration.
        secret: what the environment tells besides, by the name of the key.
    """

    folder: Path
    source: str
    secret: Mapping[str, str]
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        text = f'database = "sqlite:///csi.sqlite"\n[sources.practice]\n{self.source}\n'
        (self.folder / "csi.toml").write_text(text)

    def start(self, *options: str) -> "subprocess.Popen[str]":
        """Start a pull."""
        secret = {f"CSI_SOURCES__PRACTICE__{key}".upper(): one for key, one in self.secret.items()}
        command = [*CSI, "pull", "--config", str(self.folder / "csi.toml"), *options]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, env={**os.environ, **secret}, stdout=pipe, stderr=pipe, text=True
        )

    def killed_when(self, has_come: Callable[[], bool], delay_s: float) -> bool:
        """Whether it was killed, so long after the moment had come, before it ended by itself."""
        with self.start() as process:
            while process.poll() is None and not has_come():
                time.sleep(POLL_S)
            try:
                process.wait(delay_s)
            except subprocess.TimeoutExpired:
                process.kill()
            return process.wait() < 0

    def to_the_end(self, *options: str) -> float:
        """Pull until the end; what it said is kept. Returns seconds."""
        started = time.monotonic()
        with self.start(*options) as process:
            out, err = process.communicate(timeout=TIMEOUT_S)
        self.said.append(out)
        assert process.returncode == 0, err[-3000:]
        return time.monotonic() - started


@dataclass(frozen=True)
class Held:
    """What an installation holds."""

    store: Store
    raw: Mapping[RecordKind, frozenset[str]]
    deleted: Mapping[RecordKind, frozenset[str]]
    quarantined: Mapping[RecordKind, frozenset[str]]


def held(folder: Path) -> Iterator[Held]:
    """What an installation holds; given once, so that its database is closed behind it."""
    engine = open_engine(f"sqlite:///{folder / 'csi.sqlite'}")
    with engine.connect() as connection:

        def keys(table: sa.Table) -> dict[RecordKind, frozenset[str]]:
            of = sa.select(table.c.key)
            found = ((kind, of.where(table.c.kind == kind.value)) for kind in RecordKind)
            return {kind: frozenset(connection.scalars(query).all()) for kind, query in found}

        yield Held(Store(engine), keys(RAW_RECORDS), keys(DELETIONS), keys(QUARANTINE))
    engine.dispose()
