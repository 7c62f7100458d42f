"""One process at a time makes weeks afterwards: a second scheduler waits, then finds them made."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from store.alone import Alone, in_turn
from store.unit_of_work import Store

WAIT_S = 4 * 3600.0
"""A second run waits so long for the first; weeks of a large installation take their time."""
_WEEKS = Alone(
    what="weeks",
    number=4_276_115_907,
    busy="another run is making weeks of the past on this database; wait until it has ended",
)


@contextmanager
def only_weeks(
    store: Store,
    *,
    wait_s: float = WAIT_S,
    on_wait: Callable[[], None] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """While it is held nobody else makes a week afterwards; killed holders hold nothing.

    Args:
        store: of the database.
        wait_s: how long to wait for another run.
        on_wait: called once when there is one to wait for.
        sleep: waits.

    Raises:
        StoreError: another run was at work all the while.
    """
    with in_turn(store.engine, _WEEKS, wait_s=wait_s, on_wait=on_wait, sleep=sleep):
        yield
