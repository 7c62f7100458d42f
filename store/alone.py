"""One at a time per database: a lock that the operating system lifts when its holder dies."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from itsm.errors import StoreError
from store.engine import store_errors

_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What is done by one process at a time.

    Attributes:
        what: one word for it, by which its lock is called.
        number: the same in every program that works on this schema, and another one for every
            lock.
        busy: what whoever comes second is told.
    """

    what: str
    number: int
    busy: str


@contextmanager
def alone(engine: Engine, one: Alone) -> Iterator[None]:
    """While it is held nobody else does it on the same database; killed holders hold nothing.

    Raises:
        StoreError: somebody else holds it.
    """
    if engine.dialect.name == "postgresql":
        with store_errors(engine), engine.connect() as connection:
            got = connection.execute(sa.select(sa.func.pg_try_advisory_lock(one.number)))
            if not got.scalar():
                raise StoreError(one.busy)
            connection.commit()  # the lock is the session's, so no transaction stays open
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(one.number)))
        return
    file = engine.url.database
    if file in (None, "", ":memory:"):
        yield
        return
    path = _beside(str(file), one.what)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise StoreError(one.busy) from None
        yield


@contextmanager
def in_turn(
    engine: Engine,
    one: Alone,
    *,
    wait_s: float,
    on_wait: Callable[[], None] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """As `alone`, and whoever comes second waits.

    Args:
        engine: of the database.
        one: what is done by one process at a time.
        wait_s: how long to wait for whoever does it.
        on_wait: called once when there is somebody to wait for.
        sleep: waits.

    Raises:
        StoreError: somebody else held it all the while.
    """
    with ExitStack() as held:
        n_looks = int(wait_s / _LOOK_EVERY_S) + 1
        for n in range(n_looks):
            try:
                held.enter_context(alone(engine, one))
                break
            except StoreError as error:
                if str(error) != one.busy:
                    raise
            if not n:
                on_wait()
            sleep(_LOOK_EVERY_S)
        else:
            raise StoreError(one.busy)
        yield


def _beside(file: str, what: str) -> str:
    """A file of its own: the database itself stays open to everybody."""
    path = Path(file)
    return str(path.with_name(f"{path.name}.{what}-lock"))
