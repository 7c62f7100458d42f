"""How often one request is tried, and how long it waits in between, until it is given up."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from connectors.core.budget import TOLD_FROM_S, Budget, Clock, Sleep
from connectors.core.settings import HttpSettings
from connectors.core.waits import grown_wait_s
from itsm.errors import CutAnswerError, TransientSourceError

LOGGER = logging.getLogger(__name__)

_CUT_TRIES = 2
"""An answer that is cut is asked for once more as it was; then the caller may ask for less."""


@dataclass(slots=True)
class Patience:
    """What is left of it for one request.

    Trouble is tried again `settings.tries` times in all. A rate limit is no trouble: only the
    seconds waited in all end it. A wait is as long as the source asks; from the second wait on it
    is at least as long as waits have grown by then, so that a source that always asks for one
    second is not asked for ever.

    Attributes:
        account: whose requests the budget holds back meanwhile.
    """

    source: str
    account: str
    budget: Budget
    settings: HttpSettings
    sleep: Sleep
    clock: Clock
    say: Callable[[str], None] | None = None
    n_waits: int = 0
    n_failed: int = 0
    n_cut: int = 0
    waited_s: float = 0.0

    def trouble(self, error: TransientSourceError, *, is_repeatable: bool) -> None:
        """Wait before the next try.

        Raises:
            TransientSourceError: the one given: it was tried often enough, or may not be repeated.
        """
        self.n_failed += 1
        self.n_cut += isinstance(error, CutAnswerError)
        is_enough = self.n_failed >= self.settings.tries or self.n_cut >= _CUT_TRIES
        if is_enough or not is_repeatable:
            raise error
        self._wait(error, holds=error.retry_after_s is not None)

    def limit(self, error: TransientSourceError) -> None:
        """Wait until the rate limit lets one through again.

        Raises:
            TransientSourceError: that would be longer than the settings allow.
        """
        self._wait(error, holds=True)

    def _wait(self, error: TransientSourceError, *, holds: bool) -> None:
        self.n_waits += 1
        wait_s = self._next_s(error.retry_after_s)
        if holds:
            self.budget.hold(self.account, self.clock() + timedelta(seconds=wait_s))
        if self.waited_s + wait_s > self.settings.max_wait_s:
            raise TransientSourceError(
                self.source,
                f"{error.message}; {wait_s:.0f} s to wait after {self.waited_s:.0f} s is too long",
                retry_after_s=error.retry_after_s,
            )
        self._tell(wait_s, error.message)
        self.waited_s += wait_s
        self.sleep(wait_s)

    def _next_s(self, asked_s: float | None) -> float:
        if asked_s is not None and self.n_waits == 1:
            return asked_s
        grown_s = grown_wait_s(self.source, self.n_waits, self.settings.first_wait_s)
        return max(asked_s or 0.0, grown_s)

    def _tell(self, wait_s: float, why: str) -> None:
        if wait_s <= TOLD_FROM_S:
            return
        LOGGER.info("%s: waiting %.0f s: %s", self.source, wait_s, why)
        if self.say is not None:
            self.say(f"{self.source}: waiting {wait_s:.0f} s: {why}")
