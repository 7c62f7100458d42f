"""One pull of a source at a time per database, whoever started them: a second one waits."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from itsm.errors import StoreError, TransientSourceError
from store.alone import Alone, in_turn
from store.unit_of_work import Store

WAIT_S = 1800.0
"""A second pull waits so long for the first; then it is given up, and a later one goes on."""


@contextmanager
def only_pull(
    store: Store,
    source: str,
    *,
    wait_s: float = WAIT_S,
    on_wait: Callable[[], None] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """While it is held nobody else pulls the source into the same database.

    Args:
        store: of the database.
        source: its name.
        wait_s: how long to wait for another pull.
        on_wait: called once when there is one to wait for.
        sleep: waits.

    Raises:
        TransientSourceError: another pull of it was at work all the while.
    """
    one = _of(source)
    with ExitStack() as held:
        turn = in_turn(store.engine, one, wait_s=wait_s, on_wait=on_wait, sleep=sleep)
        try:
            held.enter_context(turn)
        except StoreError as error:
            if str(error) != one.busy:
                raise
            told = f"{one.busy}, and was for {wait_s / 60:.0f} minutes"
            raise TransientSourceError(source, told) from None
        yield


def _of(source: str) -> Alone:
    digest = hashlib.sha256(f"pull {source}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") >> 1  # PostgreSQL's locks are signed
    return Alone(
        what=f"pull-{number:x}", number=number, busy="another pull of this source is at work"
    )
