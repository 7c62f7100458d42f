"""Moves an entry, and kills itself at a given moment: run by the tests of the journal."""

import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import event
from sqlalchemy.engine import Engine

from itsm.journal import JournalKind, JournalNote
from itsm.register import Origin, RegisterEntry, RegisterState
from store import Store, open_engine, upgrade

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
ENTRY = RegisterEntry(
    number="CSI-1",
    title="Renew certificates",
    description="",
    origin=Origin.MANUAL,
    origin_record=None,
    evidence_hash=None,
    raised_at=AT,
    raised_by="anna",
)
NOTE = JournalNote(kind=JournalKind.TRANSITION, subject="CSI-1", at=AT, actor="ben")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def move(url: str, stage: str) -> None:
    """Propose an entry, then cancel it, and die at the stage."""
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine)
    with store.begin() as uow:
        uow.register.save([ENTRY])
        uow.commit()
    with store.begin() as uow:
        if stage == "before":
            die()
        if stage == "written":
            die_at(engine, "INSERT INTO journal ")
        uow.register.put(replace(ENTRY, state=RegisterState.CANCELED), NOTE, seen=1)
        if stage == "journalled":
            die()
        uow.commit()
    die()


def die_at(engine: Engine, beginning: str) -> None:
    """Die when the database is asked for a statement that begins so."""

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(beginning):
            die()

    event.listen(engine, "before_cursor_execute", look)


if __name__ == "__main__":
    move(*sys.argv[1:])
