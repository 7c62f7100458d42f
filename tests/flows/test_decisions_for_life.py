"""No decision is lost and none comes back, over many weeks, versions and a change of system."""

from pathlib import Path

import pytest

from problem_mining.settings import DEFAULT
from simulator.settings import EstateSettings
from tests.flows.desk_of_weeks import Desk, desk

OTHER = DEFAULT.model_copy(update={"threshold": 0.5, "dense_neighbours": 8})
THIRD = DEFAULT.model_copy(update={"threshold": 0.3, "link_cap": 3, "bar_two": 0.8})


def told(desk: Desk) -> str:
    """What a run of many weeks held."""
    done = ", ".join(f"{n} {action}" for action, n in sorted(desk.script.done.items()))
    return (
        f"{len(desk.n_candidates)} weeks, {sum(desk.n_candidates):,} candidates, {done}; "
        f"{desk.ledger.n_checked:,} looked at, {len(desk.ledger.broken)} broken"
    )


def test_six_weeks_with_a_change_of_version_and_of_system(tmp_path: Path) -> None:
    found = desk(tmp_path, EstateSettings(n_incidents=1_000, n_weeks=12, seed=38), 8)
    for n in range(6):
        if n == 3:
            found.move(found.last_week.shifted(n + 1 - 6), "new_desk")
        found.week(n, 6, DEFAULT if n < 2 else OTHER if n < 4 else THIRD)
    assert found.ledger.broken == [], told(found)
    assert len(found.versions) == 3
    assert found.ledger.n_checked > 100, told(found)
    assert {"reject", "merge", "remove", "pin"} <= set(found.script.done), told(found)


@pytest.mark.soak
def test_a_year_with_two_changes_of_version_and_one_of_system(tmp_path: Path) -> None:
    found = desk(tmp_path, EstateSettings(n_incidents=5_000, n_weeks=78, seed=32), 26)
    for n in range(52):
        if n == 26:
            found.move(found.last_week.shifted(n + 1 - 52), "new_desk")
        found.week(n, 52, DEFAULT if n < 17 else OTHER if n < 35 else THIRD)
    print(told(found))  # noqa: T201  # the figures of docs/decisions-memory.md
    assert found.ledger.broken == [], told(found)
    assert len(found.versions) == 3
