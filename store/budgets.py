"""A rate budget that every process using one database keeps to together.

A token bucket per account, in the table `rate_budgets`. A process takes several permits at a time,
which are good for `LEASE_S` seconds, so that not every request costs a transaction.

What comes into a bucket is so little that within any hour no more requests go than the limit
allows: a full bucket, and what comes in during an hour and the life of a lease, together are less
than one request more than the limit.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from itsm.errors import TransientSourceError
from store.bulk import insert_new
from store.engine import WRITES, store_errors
from store.tables import RATE_BUDGETS

LOGGER = logging.getLogger(__name__)

LEASE_S = 10
"""How long a permit may be used after it was taken out of the bucket."""
LOOK_AGAIN_S = 60
"""How often an account without a limit is looked up: another process may have learned of one."""
TOLD_FROM_S = 2.0
"""Waits of more seconds than this are told."""
MAX_WAIT_S = 900.0
"""Longer than this nobody is kept waiting; a run can go on with another source meanwhile."""

_FULL = 1e12
"""More than any bucket holds: a new one is full."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Limit:
    """What a limit of requests per hour means for a bucket."""

    per_hour: int

    @property
    def burst(self) -> int:
        """What may be saved up: a tenth of an hour's requests."""
        return max(1, self.per_hour // 10)

    @property
    def per_s(self) -> float:
        """What comes in."""
        return (self.per_hour - self.burst + 0.999) / (3600 + LEASE_S)

    @property
    def largest_lease(self) -> int:
        """As many permits as come in while they are good."""
        return max(1, min(self.burst, int(self.per_s * LEASE_S)))


@dataclass(slots=True)
class _Lease:
    """Permits at hand until a time, or the reason why there are none.

    `n_asked` is how many were asked for; None where there is no limit.
    """

    until: datetime
    n: int = 0
    n_asked: int | None = None
    wait_s: float = 0.0


class StoredBudget:
    """Hands out leave to make requests; safe to be used from several threads and processes.

    Never to be asked within a unit of work of the same database: on SQLite that holds the lock
    this needs.

    Args:
        engine: a database that has the newest schema.
        per_hour: requests an account may make in an hour; None for as many as the system allows.
            Where a system says how many it allows, the smaller of both holds.
        max_wait_s: what would have to wait longer raises instead.
        sleep, clock: replaced in tests.
        say: tells a person why it takes so long; waits are logged at INFO in any case.
    """

    def __init__(
        self,
        engine: Engine,
        per_hour: int | None = None,
        *,
        max_wait_s: float = MAX_WAIT_S,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = _utc_now,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._engine = engine
        self._per_hour = per_hour
        self._max_wait_s = max_wait_s
        self._sleep = sleep
        self._clock = clock
        self._say = say
        self._leases: dict[str, _Lease] = {}
        self._learned: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, account: str) -> None:
        """Wait until one request of an account may go, and count it.

        Raises:
            TransientSourceError: it would have to wait too long.
        """
        waited_s = 0.0
        while (wait_s := self._wait_s(account)) > 0:
            if waited_s + wait_s > self._max_wait_s:
                raise TransientSourceError(
                    account,
                    f"no request may go for {wait_s:,.0f} s: the rate limit is used up",
                    retry_after_s=wait_s,
                )
            if wait_s > TOLD_FROM_S:
                why = f"waiting {wait_s:.0f} s to keep within the rate limit of {account}"
                LOGGER.info("%s", why)
                if self._say is not None:
                    self._say(why)
            self._sleep(wait_s)
            waited_s += wait_s

    def hold(self, account: str, until: datetime) -> None:
        """Let no request of an account go before a time.

        Other processes may use up the permits they have, for `LEASE_S` seconds at most.
        """
        with self._lock, self._writing() as connection:
            held_until = _bucket(connection, account, self._clock()).held_until
            if held_until is None or held_until < until:
                _change(connection, account, held_until=until)
            self._leases.pop(account, None)

    def learn(self, account: str, per_hour: int) -> None:
        """Keep to so many requests an hour from now on; to tell the same again costs nothing."""
        with self._lock:
            if per_hour < 1 or self._learned.get(account) == per_hour:
                return
            with self._writing() as connection:
                _bucket(connection, account, self._clock())
                _change(connection, account, per_hour=per_hour)
            self._learned[account] = per_hour
            self._leases.pop(account, None)

    def _wait_s(self, account: str) -> float:
        """Count a request, or say how long none may go."""
        with self._lock:
            now = self._clock()
            lease = self._leases.get(account)
            if lease is None or now >= lease.until or (lease.n_asked is not None and not lease.n):
                lease = self._leases[account] = self._leased(account, now, lease)
            if lease.n:
                lease.n -= 1
            return lease.wait_s

    def _leased(self, account: str, now: datetime, before: _Lease | None) -> _Lease:
        with store_errors(self._engine), self._engine.connect() as connection:
            limit, held_until = self._limit(connection, account)
        if held_until is not None and now < held_until:
            return _Lease(now, wait_s=(held_until - now).total_seconds())
        if limit is None:
            return _Lease(now + timedelta(seconds=LOOK_AGAIN_S))
        n_asked = _size(limit, before)
        with self._writing() as connection:
            return _taken(connection, account, limit, n_asked, now)

    def _limit(self, connection: Connection, account: str) -> tuple[_Limit | None, datetime | None]:
        """What an account has to keep to, and until when nothing may go."""
        table = RATE_BUDGETS.c
        query = sa.select(table.per_hour, table.held_until).where(table.account == account)
        row = connection.execute(query).one_or_none()
        learned, held_until = (None, None) if row is None else row
        limits = [limit for limit in (self._per_hour, learned) if limit is not None]
        return _Limit(min(limits)) if limits else None, held_until

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with store_errors(self._engine), self._engine.connect() as connection:
            writing = connection.execution_options(**{WRITES: True})
            with writing.begin():
                yield writing


def _size(limit: _Limit, before: _Lease | None) -> int:
    """How many permits to ask for: twice as many when all were used up, half when they were not."""
    if before is None or before.n_asked is None:
        return 1
    size = before.n_asked // 2 if before.n else before.n_asked * 2
    return max(1, min(size, limit.largest_lease))


def _taken(
    connection: Connection, account: str, limit: _Limit, n_asked: int, now: datetime
) -> _Lease:
    """Permits out of the bucket of an account, or how long it takes until there are some."""
    row = _bucket(connection, account, now)
    passed_s = max(0.0, (now - row.counted_at).total_seconds())
    permits = min(float(limit.burst), row.permits + passed_s * limit.per_s)
    n = min(int(permits), n_asked)
    if n == 0:
        worth_waiting_for = max(1, min(n_asked, int(limit.per_s)))
        wait_s = (worth_waiting_for - permits) / limit.per_s + 0.001
        return _Lease(now, n_asked=n_asked, wait_s=wait_s)
    counted_at = max(now, row.counted_at)
    _change(connection, account, permits=permits - n, counted_at=counted_at)
    return _Lease(now + timedelta(seconds=LEASE_S), n=n, n_asked=n_asked)


def _bucket(connection: Connection, account: str, now: datetime) -> sa.Row[Any]:
    """The row of an account, kept from others until the transaction ends."""
    query = sa.select(RATE_BUDGETS).where(RATE_BUDGETS.c.account == account).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        insert_new(connection, RATE_BUDGETS, [(account, None, _FULL, now, None)])
        row = connection.execute(query).one()
    return row


def _change(connection: Connection, account: str, **values: object) -> None:
    of_account = sa.update(RATE_BUDGETS).where(RATE_BUDGETS.c.account == account)
    connection.execute(of_account.values(**values))
