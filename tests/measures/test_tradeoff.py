"""What an ask costs: the formulas against simulated desks, and the options against each other."""

import heapq
from datetime import time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.clocks import ReportingWeek, ServiceHours
from itsm.errors import MeasureError
from reports.measures.scope import scope_of
from reports.measures.tradeoff import (
    Desk,
    Promise,
    chance_to_wait,
    desk_of,
    done_within,
    mean_waits,
    options,
)
from tests.measures.measure_frames import incident, measure_data

DESK = Desk(
    people=6, handling_h=2.0, per_h={"P1": 0.2, "P2": 0.8, "P3": 1.2}, order=("P1", "P2", "P3")
)


def _simulated(desk: Desk, hours: float) -> dict[str, np.ndarray]:
    """Waits and times of a desk, record by record, as (wait, wait + work) per priority."""
    draws = np.random.default_rng(12)
    comes = []
    for rank, name in enumerate(desk.order):
        n = draws.poisson(desk.per_h[name] * hours)
        comes += [(at, rank) for at in draws.uniform(0, hours, n)]
    comes.sort()
    free = [0.0] * desk.people
    queue: list[tuple[int, float]] = []
    told: dict[int, list[tuple[float, float]]] = {rank: [] for rank in range(len(desk.order))}
    place = 0
    while place < len(comes) or queue:
        next_free = free[0]
        while place < len(comes) and (comes[place][0] <= next_free or not queue):
            at, rank = comes[place]
            heapq.heappush(queue, (rank, at))
            place += 1
            if at > next_free:
                break
        rank, at = heapq.heappop(queue)
        start = max(heapq.heappop(free), at)
        work = float(draws.exponential(desk.handling_h))
        heapq.heappush(free, start + work)
        told[rank].append((start - at, start - at + work))
    return {name: np.array(told[rank]) for rank, name in enumerate(desk.order)}


def test_waits_and_shares_are_those_of_a_simulated_desk() -> None:
    seen = _simulated(DESK, 40_000)
    waits = mean_waits(DESK)
    for name in DESK.order:
        assert waits[name] == pytest.approx(seen[name][:, 0].mean(), rel=0.12)
        for within_h in (2.0, 4.0, 8.0):
            share = float((seen[name][:, 1] <= within_h).mean())
            assert done_within(DESK, name, within_h) == pytest.approx(share, abs=0.03)


def test_one_priority_alone_waits_as_erlang_says() -> None:
    alone = Desk(people=3, handling_h=1.0, per_h={"P": 2.0}, order=("P",))
    assert chance_to_wait(3, 2 / 3) == pytest.approx(4 / 9)
    assert mean_waits(alone)["P"] == pytest.approx(4 / 9)
    one = Desk(people=1, handling_h=1.0, per_h={"P": 0.5}, order=("P",))
    assert mean_waits(one)["P"] == pytest.approx(1.0)
    assert done_within(one, "P", 2.0) == pytest.approx(1 - np.exp(-1.0))


def test_every_option_tells_what_it_does_to_the_others() -> None:
    tight = Desk(
        people=8, handling_h=2.0, per_h={"P1": 0.4, "P2": 0.3, "P3": 2.5}, order=("P1", "P3", "P2")
    )
    ask = Promise(priority="P2", within_h=4, share=0.8)
    today, first, apart, more = options(tight, ask, [Promise(priority="P3", within_h=8)])
    assert not today.is_met
    assert (first.name, first.people) == ("P2 before all", 8)
    assert first.within["P2"] > today.within["P2"]
    assert first.suffers == ("P3",)
    assert (apart.name, apart.suffers) == ("2 of today's people for P2 only", ("P3",))
    assert apart.waiting > 10 * today.waiting
    assert more.is_met
    assert more.people == 10
    assert more.suffers == ()
    assert more.waiting < today.waiting
    assert "meets the ask" in more.sentence(ask)
    assert "slower: P3" in first.sentence(ask)


def test_an_ask_that_is_met_needs_nobody_more() -> None:
    found = options(DESK, Promise(priority="P2", within_h=40, share=0.9))
    assert found[0].is_met
    assert not any("more" in one.name for one in found)


def test_an_ask_faster_than_the_work_itself_is_met_by_nobody() -> None:
    found = options(DESK, Promise(priority="P2", within_h=1, share=0.95))
    assert not any(one.is_met for one in found)


def test_a_desk_that_cannot_keep_up_is_no_ground_for_promises() -> None:
    with pytest.raises(MeasureError, match="no wait is finite"):
        options(Desk(people=4, handling_h=2, per_h={"P2": 2.0}, order=("P2",)),
                Promise(priority="P2", within_h=4))  # fmt: skip
    with pytest.raises(MeasureError, match="no record"):
        options(DESK, Promise(priority="P9", within_h=4))


@given(
    st.integers(1, 12),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=4),
    st.floats(0.05, 0.95),
)
def test_urgency_never_waits_longer_and_order_moves_no_work(
    people: int, shares: list[float], load: float
) -> None:
    names = tuple(f"P{place}" for place in range(len(shares)))
    scale = load * people / sum(shares)
    rates = {name: share * scale for name, share in zip(names, shares, strict=True)}
    desk = Desk(people=people, handling_h=1.0, per_h=rates, order=names)
    waits = mean_waits(desk)
    assert list(waits.values()) == sorted(waits.values())
    waiting = sum(rates[name] * waits[name] for name in names)
    plain = Desk(people=people, handling_h=1.0, per_h={"all": load * people}, order=("all",))
    assert waiting == pytest.approx(load * people * mean_waits(plain)["all"], rel=1e-6)
    assert 0 <= done_within(desk, names[-1], 3.0) <= 1


def test_a_desk_is_read_from_the_records_of_the_last_weeks() -> None:
    week = ReportingWeek.parse("2026-W30")
    records = [
        incident(f"I{back:02}{i}", week.shifted(-back).start_at + timedelta(hours=i),
                 priority=2 if i % 3 else 1)
        for back in range(20)
        for i in range(6)
    ]  # fmt: skip
    found = desk_of(scope_of(measure_data(records), week, week.end_at, 26), 3, 1.5)
    assert found.order == ("P1", "P2")
    assert found.per_h == pytest.approx({"P1": 2 / 168, "P2": 4 / 168})
    office = ServiceHours(windows={day: (time(9), time(17)) for day in range(5)})
    busy = desk_of(
        scope_of(measure_data(records, service_hours=office), week, week.end_at, 26), 3, 1.5
    )
    assert busy.per_h == pytest.approx({"P1": 2 / 40, "P2": 4 / 40})
    with pytest.raises(MeasureError, match="priority"):
        bare = measure_data([incident("A", week.start_at)])
        desk_of(scope_of(bare, week, week.end_at, 26), 3, 1.5)
