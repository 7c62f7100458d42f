"""Nights without a pull leave nothing out: the next one reads what they would have read."""

from collections.abc import Collection
from pathlib import Path

import pytest

from flows.stages.pull import pull
from flows.wiring import Parts
from tests.flows.desk_source import HISTORY, INCIDENT, START, Desk, incidents
from tests.flows.test_pull_counts import parts_with

N_NIGHTS = 6
PER_NIGHT = 4


def lived(folder: Path, nights: Collection[int]) -> tuple[str, Parts]:
    """Six days of a desk that is pulled on some of their nights; the database in the end."""
    first_day = {key: {**row, "hours": "0"} for key, row in incidents(PER_NIGHT).items()}
    desk = Desk({INCIDENT: first_day, HISTORY: {}})
    parts = parts_with(desk, folder)
    for night in range(N_NIGHTS):
        first = (night + 1) * PER_NIGHT
        new = range(first, first + PER_NIGHT)
        came = {f"k{n:03d}": {"number": f"INC{n:03d}", "hours": "0"} for n in new}
        desk.rows[INCIDENT] |= came
        for n, key in enumerate(came):
            desk.rows[HISTORY][f"h{first + n:03d}"] = {"of": key, "team": "Network"}
        changed = desk.rows[INCIDENT][f"k{night:03d}"]
        desk.rows[INCIDENT][f"k{night:03d}"] = {
            **changed,
            "title": "Solved",
            "hours": f"{night + 1}",
        }
        if night in nights:
            pull(parts, desk.name, START, thorough=True)
    return parts.store.queries.dump(), parts


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of a desk that is pulled every night."""
    dump, parts = lived(tmp_path_factory.mktemp("nightly"), range(N_NIGHTS))
    held = parts.store.queries.columns(INCIDENT)
    assert len(held["number"]) == (N_NIGHTS + 1) * PER_NIGHT
    assert held["title"].count("Solved") == N_NIGHTS
    n_history = len(parts.store.queries.columns(HISTORY)["number"])
    assert n_history == N_NIGHTS * PER_NIGHT
    return dump


@pytest.mark.parametrize("nights", [(5,), (0, 5), (1, 2, 5)])
def test_the_next_pull_reads_what_missed_ones_would_have_read(
    nights: tuple[int, ...], undisturbed: str, tmp_path: Path
) -> None:
    assert lived(tmp_path, nights)[0] == undisturbed
