"""One sender at a time per database."""

from contextlib import AbstractContextManager

from store.alone import Alone, alone
from store.unit_of_work import Store

_SENDING = Alone(
    what="send",
    number=4_276_115_906,
    busy="another delivery is at work on this database; wait until it has ended",
)


def only_sender(store: Store) -> AbstractContextManager[None]:
    """While it is held nobody else sends from the same database; killed holders hold nothing.

    Raises:
        StoreError: somebody else holds it.
    """
    return alone(store.queries.engine, _SENDING)
