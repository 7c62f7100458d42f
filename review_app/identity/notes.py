"""Writes down when sessions and tokens were used, beside the requests: no page waits for it."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from itsm.errors import StoreError
from store.unit_of_work import Store, UnitOfWork

logger = logging.getLogger(__name__)


class Notes:
    """One thread that writes; while a pull holds the database, the notes wait and the pages don't.

    Args:
        store: where to.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="csi-notes")
        self._waiting: dict[str, Future[None]] = {}

    def session_used(self, session_hash: str, at: datetime) -> None:
        """Note the use of a session."""
        self._later(session_hash, lambda uow: uow.sessions.seen(session_hash, at))

    def token_used(self, token_id: str, at: datetime) -> None:
        """Note the use of a token."""
        self._later(token_id, lambda uow: uow.tokens.used(token_id, at))

    def settle(self) -> None:
        """Wait until everything is written."""
        for one in list(self._waiting.values()):
            one.result()

    def _later(self, what: str, write: Callable[[UnitOfWork], object]) -> None:
        before = self._waiting.get(what)
        if before is None or before.done():
            self._waiting[what] = self._writer.submit(self._write, what, write)

    def _write(self, what: str, write: Callable[[UnitOfWork], object]) -> None:
        try:
            with self._store.begin() as uow:
                write(uow)
                uow.commit()
        except StoreError as error:
            logger.warning("the use of a session could not be noted: %s", error)
        self._waiting.pop(what, None)
