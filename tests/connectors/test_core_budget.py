import threading
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.core.budget import Budget, LocalBudget, NoBudget
from tests.connectors.scripted_server import SteppedTime


def _budget(time: SteppedTime, per_hour: int | None = None) -> LocalBudget:
    return LocalBudget(per_hour, sleep=time.sleep, clock=time.clock)


@given(
    per_hour=st.integers(1, 400),
    pauses_s=st.lists(st.floats(0, 900), min_size=1, max_size=60),
    learned=st.booleans(),
)
def test_no_hour_has_more_requests_than_allowed(
    per_hour: int, pauses_s: list[float], learned: bool
) -> None:
    time = SteppedTime()
    budget = _budget(time, None if learned else per_hour)
    if learned:
        budget.learn("a", per_hour)
    taken_at = []
    for n in range(per_hour + 40):
        time.now += timedelta(seconds=pauses_s[n % len(pauses_s)])
        budget.take("a")
        taken_at.append(time.now)
    hour = timedelta(hours=1) - timedelta(milliseconds=1)  # clocks count whole microseconds
    for n, first in enumerate(taken_at[:-per_hour]):
        assert taken_at[n + per_hour] - first >= hour


def test_a_full_hour_is_nearly_used_up() -> None:
    time = SteppedTime()
    budget, started = _budget(time, 1000), time.now
    for _ in range(1000):
        budget.take("a")
    assert time.now - started <= timedelta(hours=1)


def test_accounts_do_not_wait_for_each_other() -> None:
    time = SteppedTime()
    budget = _budget(time, 10)
    budget.take("a")
    budget.take("b")
    assert time.waits_s == []
    budget.take("a")
    assert time.waits_s != []


def test_nobody_goes_before_a_hold_ends() -> None:
    time = SteppedTime()
    budget = _budget(time)
    until = time.now + timedelta(seconds=90)
    budget.hold("a", until)
    budget.hold("a", until - timedelta(seconds=60))
    budget.take("b")
    assert time.waits_s == []
    budget.take("a")
    assert time.now == until


def test_a_limit_is_learned_and_a_senseless_one_is_not() -> None:
    time = SteppedTime()
    budget = _budget(time)
    for _ in range(500):
        budget.take("a")
    assert time.waits_s == []
    budget.learn("a", 0)
    budget.take("a")
    assert time.waits_s == []
    budget.learn("a", 20)
    for _ in range(4):
        budget.take("a")
    assert time.waits_s != []


def test_threads_take_one_after_the_other() -> None:
    time = SteppedTime()
    lock = threading.Lock()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        with lock:
            waits.append(seconds)

    budget = LocalBudget(40, sleep=sleep, clock=time.clock)
    threads = [threading.Thread(target=budget.take, args=("a",)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [round(wait) for wait in sorted(waits)] == [100, 200, 300, 400, 500, 600]


def test_without_a_budget_nothing_waits() -> None:
    budget: Budget = NoBudget()
    budget.learn("a", 1)
    budget.hold("a", SteppedTime().now)
    budget.take("a")
