"""However many share a database, no account makes more requests an hour than it may."""

import threading
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.engine import Engine

from itsm.errors import TransientSourceError
from store import Store, StoredBudget
from store.budgets import LEASE_S, LOOK_AGAIN_S
from store.tables import RATE_BUDGETS

START = datetime(2026, 8, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCOUNTS = (f"account {n}" for n in count())


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = START
        self.slept_s = 0.0

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept_s += seconds
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(store: Store) -> Engine:
    return store.queries.engine


@pytest.fixture
def account() -> str:
    return next(ACCOUNTS)


def budget(engine: Engine, clock: Clock, per_hour: int | None, wait_s: float = 1e9) -> StoredBudget:
    return StoredBudget(engine, per_hour, max_wait_s=wait_s, sleep=clock.sleep, clock=clock)


def most_in_an_hour(times: list[datetime]) -> int:
    """The largest number of times within any 60 minutes."""
    return max(bisect_left(times, at + HOUR) - n for n, at in enumerate(times))


def statements(engine: Engine) -> list[str]:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda c, u, s, p, x, m: said.append(s))
    return said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    per_hour=st.integers(1, 400),
    n_instances=st.integers(1, 4),
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 0.2, 3, 30, 700, 4000])),
        min_size=1,
        max_size=60,
    ),
)
def test_never_more_than_the_limit_in_any_hour(
    engine: Engine, per_hour: int, n_instances: int, steps: list[tuple[int, float]]
) -> None:
    clock, account = Clock(), next(ACCOUNTS)
    budgets = [budget(engine, clock, per_hour) for _ in range(n_instances)]
    times: list[datetime] = []
    for which, pause_s in steps:
        budgets[which % n_instances].take(account)
        times.append(clock.now)
        clock.now += timedelta(seconds=pause_s)
    assert most_in_an_hour(times) <= per_hour


@pytest.mark.parametrize("per_hour", [1, 2, 60, 300])
def test_a_steady_user_gets_nearly_all_of_it(
    per_hour: int, engine: Engine, clock: Clock, account: str
) -> None:
    one, times = budget(engine, clock, per_hour), []
    for _ in range(2 * per_hour + 1):
        one.take(account)
        times.append(clock.now)
    assert most_in_an_hour(times) <= per_hour
    assert times[-1] - START < 2.3 * HOUR


def test_a_full_bucket_keeps_nobody_waiting(engine: Engine, clock: Clock, account: str) -> None:
    one = budget(engine, clock, 1_000)
    for _ in range(100):
        one.take(account)
    assert clock.slept_s == 0
    one.take(account)
    assert 0 < clock.slept_s < 10


def test_accounts_do_not_share(engine: Engine, clock: Clock) -> None:
    one = budget(engine, clock, 10)
    for account in (next(ACCOUNTS), next(ACCOUNTS)):
        one.take(account)
    assert clock.slept_s == 0


def test_permits_are_taken_several_at_a_time(engine: Engine, clock: Clock, account: str) -> None:
    one, said = budget(engine, clock, 36_000), statements(engine)
    for _ in range(1_000):
        one.take(account)
    assert clock.slept_s == 0
    assert len([s for s in said if s.startswith("UPDATE")]) < 25


def test_permits_nobody_used_in_time_are_lost(engine: Engine, clock: Clock, account: str) -> None:
    """So that they cannot add to those of a later hour."""
    one, permits = budget(engine, clock, 36_000), sa.select(RATE_BUDGETS.c.permits)
    for _ in range(4):
        one.take(account)
    with engine.connect() as connection:
        before = connection.execute(permits).scalar_one()
    clock.now += timedelta(seconds=LEASE_S)
    one.take(account)
    with engine.connect() as connection:
        assert connection.execute(permits).scalar_one() != before


def test_an_account_without_a_limit_costs_nothing(
    engine: Engine, clock: Clock, account: str
) -> None:
    one, said = budget(engine, clock, None), statements(engine)
    for _ in range(1_000):
        one.take(account)
        clock.now += timedelta(seconds=LOOK_AGAIN_S / 1_000)
    assert clock.slept_s == 0
    assert len([s for s in said if "rate_budgets" in s]) == 1


def test_what_one_learns_all_keep_to(engine: Engine, clock: Clock, account: str) -> None:
    first, second = (budget(engine, clock, None) for _ in range(2))
    second.take(account)
    first.learn(account, 20)
    said = statements(engine)
    first.learn(account, 20)
    first.learn(account, 0)
    assert said == []
    clock.now += timedelta(seconds=LOOK_AGAIN_S)
    times = []
    for one in [first, second] * 20:
        one.take(account)
        times.append(clock.now)
    assert most_in_an_hour(times) <= 20
    with pytest.raises(TransientSourceError):
        budget(engine, clock, None, wait_s=0).take(account)


@pytest.mark.parametrize(("configured", "learned"), [(10, 1_000), (1_000, 10)])
def test_the_smaller_limit_holds(
    configured: int, learned: int, engine: Engine, clock: Clock, account: str
) -> None:
    one = budget(engine, clock, configured)
    one.learn(account, learned)
    one.take(account)
    one.take(account)
    assert clock.slept_s > 300


@pytest.mark.parametrize("per_hour", [None, 1_000])
def test_what_one_holds_all_wait_for(
    per_hour: int | None, engine: Engine, clock: Clock, account: str
) -> None:
    first, second = (budget(engine, clock, per_hour) for _ in range(2))
    first.take(account)
    first.hold(account, START + timedelta(seconds=100))
    first.hold(account, START + timedelta(seconds=50))
    second.take(account)
    assert clock.slept_s == 100
    first.take(account)
    assert clock.slept_s == 100


def test_a_wait_that_is_too_long_is_an_error_that_says_how_long(
    engine: Engine, clock: Clock, account: str
) -> None:
    one = budget(engine, clock, 6, wait_s=60)
    one.take(account)
    with pytest.raises(TransientSourceError, match="rate limit") as caught:
        one.take(account)
    assert caught.value.source == account
    assert caught.value.retry_after_s is not None
    assert 600 <= caught.value.retry_after_s < 800
    assert clock.slept_s == 0
    clock.now += timedelta(seconds=caught.value.retry_after_s)
    one.take(account)


def test_a_clock_that_goes_back_gives_nothing_away(
    engine: Engine, clock: Clock, account: str
) -> None:
    ahead, behind = Clock(), Clock()
    ahead.now += timedelta(minutes=30)
    first, second = budget(engine, ahead, 10, wait_s=1), budget(engine, behind, 10, wait_s=1)
    first.take(account)
    with pytest.raises(TransientSourceError):
        second.take(account)


def test_threads_with_budgets_of_their_own_stay_within_the_limit(
    engine: Engine, account: str
) -> None:
    n_taken, errors, lock = 0, [], threading.Lock()

    def use() -> None:
        nonlocal n_taken
        one = StoredBudget(engine, 300, max_wait_s=0, clock=lambda: START)
        try:
            while True:
                one.take(account)
                with lock:
                    n_taken += 1
        except TransientSourceError as error:
            errors.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 4
    assert n_taken == 30
