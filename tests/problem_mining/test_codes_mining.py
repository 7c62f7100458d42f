"""Codes alone: bursts and hot spots are found, ordinary traffic and whole categories are not."""

import numpy as np
import pandas as pd
import pytest

from problem_mining.codes import more_than_chance, tail
from problem_mining.pipeline import Grouping, mine


def traffic(n: int, seed: int) -> pd.DataFrame:
    """Incidents whose codes are drawn by themselves, at even times."""
    draw = np.random.default_rng(seed)
    start = pd.Timestamp("2026-01-05", tz="UTC")
    return pd.DataFrame(
        {
            "key": [f"T{k:05d}" for k in range(n)],
            "category": [f"Category {c}" for c in draw.zipf(1.6, n) % 20],
            "subcategory": [f"Subcategory {c}" for c in draw.integers(0, 12, n)],
            "location": [f"Location {c}" for c in draw.zipf(1.5, n) % 40],
            "team": [f"Group {c}" for c in draw.integers(0, 10, n)],
            "opened_at": start + pd.to_timedelta(np.sort(draw.uniform(0, 90, n)), unit="D"),
        }
    )


def burst(n: int, day: float, prefix: str) -> pd.DataFrame:
    """Incidents of one code within an hour."""
    start = pd.Timestamp("2026-01-05", tz="UTC") + pd.Timedelta(days=day)
    return pd.DataFrame(
        {
            "key": [f"{prefix}{k:03d}" for k in range(n)],
            "category": "Category 7",
            "subcategory": "Subcategory 99",
            "location": [f"Location {k % 5}" for k in range(n)],
            "team": "Group 3",
            "opened_at": [start + pd.Timedelta(minutes=5 * k) for k in range(n)],
        }
    )


def member_keys(grouping: Grouping) -> list[set[str]]:
    return [{grouping.keys[row] for row in rows} for rows in grouping.members()]


def test_a_burst_of_one_code_is_found() -> None:
    frame = pd.concat([traffic(2000, 1), burst(12, 40, "B")])
    planted = {f"B{k:03d}" for k in range(12)}
    found = [group for group in member_keys(mine(frame)) if group & planted]
    assert len(found) == 1
    assert len(found[0] & planted) >= 11
    assert len(found[0]) <= 14


def test_a_place_where_one_subject_keeps_coming_back_is_found() -> None:
    frame = traffic(2000, 2)
    chosen = frame.index[::100]
    frame.loc[chosen, ["category", "subcategory", "location"]] = [
        "Category 99",
        "Scanner",
        "Dock 4",
    ]
    others = frame.index[50::400]
    frame.loc[others, ["category", "subcategory"]] = ["Category 99", "Scanner"]
    found = member_keys(mine(frame))
    best = max(found, key=lambda group: len(group & set(frame.loc[chosen, "key"])))
    assert len(best & set(frame.loc[chosen, "key"])) >= 0.8 * len(chosen)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_ordinary_traffic_gives_almost_no_candidate(seed: int) -> None:
    assert mine(traffic(3000, seed)).n_groups <= 3


def test_a_whole_category_is_no_candidate() -> None:
    frame = traffic(1500, 5).assign(subcategory="Subcategory 1", location="Location 1")
    assert all(len(group) < 100 for group in member_keys(mine(frame)))


def test_without_times_nothing_is_called_a_burst() -> None:
    grouping = mine(traffic(500, 6).drop(columns="opened_at"))
    assert not any(terms.is_burst for terms in grouping.terms)


def test_without_any_known_code_there_is_nothing_to_compare() -> None:
    frame = traffic(50, 7)[["key", "opened_at"]]
    assert mine(frame).n_groups == 0


def test_chance_alone_is_never_more_than_chance() -> None:
    even = (np.arange(20_000) + 0.5) / 20_000
    assert more_than_chance(even).max() < 0.2


def test_surprising_pairs_beyond_their_number_are() -> None:
    surprise = np.concatenate([np.full(200, 1e-5), (np.arange(10_000) + 0.5) / 10_000])
    found = more_than_chance(surprise)
    assert found[:200].min() > 0.9
    assert found[200:][surprise[200:] > 0.02].max() == 0


def test_tail_is_that_of_a_geometric_count() -> None:
    mean = np.array([2.0])
    counts = np.arange(0, 400)
    mass = (1 / 3) * (2 / 3) ** counts
    assert tail(3, mean)[0] == pytest.approx(mass[3:].sum())
