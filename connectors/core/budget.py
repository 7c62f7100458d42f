"""How many requests may go: the interface of a rate budget, and one for a single process.

A system counts the requests of an account, whichever process or source makes them. The client
takes from the budget before each request, and tells it what the answers say.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

LOGGER = logging.getLogger(__name__)

Sleep = Callable[[float], None]
Clock = Callable[[], datetime]

TOLD_FROM_S = 2.0
"""Waits of more seconds than this are told, with the reason."""


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


class Budget(Protocol):
    """Hands out leave to make requests; safe to be used from several threads."""

    def take(self, account: str) -> None:
        """Wait until one request of an account may go, and count it.

        Raises:
            TransientSourceError: it would have to wait too long.
        """
        ...

    def hold(self, account: str, until: datetime) -> None:
        """Let no request of an account go before a time."""
        ...

    def learn(self, account: str, per_hour: int) -> None:
        """Keep to so many requests an hour from now on."""
        ...


class NoBudget:
    """Lets every request go at once; the waits a system asks for are kept by the client."""

    def take(self, account: str) -> None:
        """Let it go."""

    def hold(self, account: str, until: datetime) -> None:
        """Nothing is held."""

    def learn(self, account: str, per_hour: int) -> None:
        """Nothing is learned."""


@dataclass(slots=True)
class _Bucket:
    """What is left for an account; `n_left` falls below 0 by those that are waiting."""

    per_hour: int | None
    n_left: float
    seen_at: datetime
    held_until: datetime | None = None

    @property
    def burst(self) -> float:
        """What may be saved up: a tenth of an hour's requests."""
        return max(1.0, (self.per_hour or 0) / 10)

    @property
    def per_s(self) -> float:
        """What comes in: with a full bucket, an hour's requests in no hour exceeded."""
        per_hour = self.per_hour or 0
        return max(per_hour - self.burst, per_hour / 2) / 3600

    def wait_s(self, now: datetime) -> float:
        """Take one, and say how long it has to wait."""
        held_s = (self.held_until - now).total_seconds() if self.held_until else 0.0
        if self.per_hour is None:
            return max(0.0, held_s)
        passed_s = max(0.0, (now - self.seen_at).total_seconds())
        self.n_left = min(self.burst, self.n_left + passed_s * self.per_s) - 1
        self.seen_at = max(now, self.seen_at)
        return max(0.0, held_s, -self.n_left / self.per_s)


class LocalBudget:
    """A budget for the accounts used by one process: a token bucket each.

    Args:
        per_hour: requests an account may make in an hour until an answer says otherwise; None: no
            limit until then.
        sleep, clock: replaced in tests.
    """

    def __init__(
        self, per_hour: int | None = None, *, sleep: Sleep = time.sleep, clock: Clock = utc_now
    ) -> None:
        self._per_hour = per_hour
        self._sleep = sleep
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, account: str) -> None:
        """Wait until one request of an account may go, and count it."""
        with self._lock:
            wait_s = self._bucket(account).wait_s(self._clock())
        if wait_s > TOLD_FROM_S:
            LOGGER.info("waiting %.0f s to keep within the rate limit of %s", wait_s, account)
        if wait_s > 0:
            self._sleep(wait_s)

    def hold(self, account: str, until: datetime) -> None:
        """Let no request of an account go before a time."""
        with self._lock:
            bucket = self._bucket(account)
            bucket.held_until = max(until, bucket.held_until or until)

    def learn(self, account: str, per_hour: int) -> None:
        """Keep to so many requests an hour from now on."""
        with self._lock:
            bucket = self._bucket(account)
            if per_hour < 1 or bucket.per_hour == per_hour:
                return
            was_free = bucket.per_hour is None
            bucket.per_hour = per_hour
            bucket.n_left = bucket.burst if was_free else min(bucket.n_left, bucket.burst)
            bucket.seen_at = self._clock()

    def _bucket(self, account: str) -> _Bucket:
        if account not in self._buckets:
            bucket = _Bucket(self._per_hour, 0.0, self._clock())
            bucket.n_left = bucket.burst
            self._buckets[account] = bucket
        return self._buckets[account]
