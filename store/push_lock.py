"""One push at a time per database."""

from contextlib import AbstractContextManager

from store.alone import Alone, alone
from store.unit_of_work import Store

_PUSH = Alone(
    what="push",
    number=4_276_115_905,
    busy="another push is at work on this database; wait until it has ended",
)


def only_push(store: Store) -> AbstractContextManager[None]:
    """While it is held nobody else pushes from the same database; killed holders hold nothing.

    Raises:
        StoreError: somebody else holds it.
    """
    return alone(store.engine, _PUSH)
