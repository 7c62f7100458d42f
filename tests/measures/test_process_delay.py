"""The delay map of a log: worked out by hand, and parts that sum to the whole."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.measures.process_delay import OWN, UNTOLD, VENDORS, WAITING, WORK, delay_of
from reports.measures.process_map import COLUMNS

AT = pd.Timestamp("2026-03-10 00:00")


def _steps(*rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    times = ("ready_at", "begun_at", "ended_at", "needed_at")
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in times})


def _row(
    case: str, step: str, owner: str, *when: str | None, vendor: bool = False
) -> tuple[object, ...]:
    return ("laptop", case, step, owner, vendor, *when)


def test_waits_by_hop_and_side_are_those_on_paper() -> None:
    steps = _steps(
        # C1 is approved 4 h after it could be, within 1 h; delivered 20 h later, in 2 h.
        _row("C1", "deliver", "Acme", None, "2026-03-03 09:00", "2026-03-03 11:00", None,
             vendor=True),
        _row("C1", "approve", "Finance", "2026-03-02 08:00", "2026-03-02 12:00",
             "2026-03-02 13:00", None),
        # C2 is approved at once and begun to be delivered after 30 h; it is not there yet.
        _row("C2", "approve", "Finance", "2026-03-04 08:00", "2026-03-04 08:00",
             "2026-03-04 10:00", "2026-03-12"),
        _row("C2", "deliver", "Acme", "2026-03-04 10:00", "2026-03-05 16:00", None, "2026-03-12",
             vendor=True),
        # C3 is approved after 6 h, of which nobody knows how many were work; then nothing.
        _row("C3", "approve", "Finance", "2026-03-06 08:00", None, "2026-03-06 14:00",
             "2026-05-01"),
    )  # fmt: skip
    delay = delay_of(steps, AT, ahead_days=14)
    assert (delay.n_cases, delay.n_done, delay.n_steps) == (3, 2, 4)
    assert delay.through_h == pytest.approx((27 + 6) / 2)
    told = [
        (hop.before, hop.step, hop.n, hop.wait_h, hop.work_h, hop.untold_h) for hop in delay.hops
    ]
    assert told == [("approve", "deliver", 1, 20.0, 2.0, 0.0), ("start", "approve", 3, 4, 3, 6)]
    assert delay.hops[1].median_wait_h == 2.0
    assert delay.split[OWN, WAITING] == 4
    assert delay.split[OWN, WORK] == 3
    assert delay.split[OWN, UNTOLD] == 6
    assert (delay.split[VENDORS, WAITING], delay.split[VENDORS, WORK]) == (20, 2)
    (late,) = delay.upcoming
    assert (late.case, late.step, late.owner, late.is_vendor) == ("C2", "deliver", "Acme", True)
    assert late.waits_h == pytest.approx(5 * 24 + 14)


def test_nothing_later_than_the_instant_is_known() -> None:
    steps = _steps(
        _row("C1", "approve", "Finance", "2026-03-02 08:00", "2026-03-02 12:00",
             "2026-03-02 13:00", "2026-03-05"),
    )  # fmt: skip
    early = delay_of(steps, pd.Timestamp("2026-03-02 12:30"), ahead_days=7)
    assert early.n_steps == 0
    assert [one.step for one in early.upcoming] == ["approve"]
    assert not delay_of(steps, AT, ahead_days=7).upcoming


_HOURS = st.integers(0, 400)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), _HOURS, _HOURS, _HOURS), max_size=25))
def test_hops_and_sides_hold_the_same_hours_in_any_order_of_rows(
    rows: list[tuple[int, bool, int, int, int]],
) -> None:
    start = pd.Timestamp("2026-01-01")
    made = []
    for place, (case, vendor, ready, wait, work) in enumerate(rows):
        at = start + pd.Timedelta(hours=ready)
        begun = at + pd.Timedelta(hours=wait)
        ended = begun + pd.Timedelta(hours=work)
        made.append(("p", f"C{case}", f"S{place}", "T", vendor, at, begun, ended, None))
    if not made:
        return
    delay = delay_of(_steps(*made), pd.Timestamp("2027-01-01"), 14)
    whole = sum(wait + work for *_, wait, work in rows)
    assert sum(hop.whole_h for hop in delay.hops) == pytest.approx(whole)
    assert sum(delay.split.values()) == pytest.approx(whole)
    assert delay_of(_steps(*reversed(made)), pd.Timestamp("2027-01-01"), 14) == delay
