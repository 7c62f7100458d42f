"""Damage on purpose: rows that a good import sets aside, mends or reports."""

from collections.abc import Sequence

import numpy as np

from simulator.draws import Draws
from simulator.settings import EstateSettings

DEFECTS = (
    "resolved_before_opened",
    "opened_missing",
    "unknown_state",
    "repeated_row",
    "odd_date",
    "dangling_reference",
    "opened_in_the_future",
)
"""What may be wrong with an incident of an export."""
Row = Sequence[str]


def planted_defects(settings: EstateSettings) -> dict[int, str]:
    """The damaged incidents by index, with what is wrong."""
    draws = Draws(settings.seed, "dirt", np.arange(settings.n_incidents))
    hit = np.flatnonzero(draws.chance("hit", settings.dirt))
    kinds = draws.below("kind", len(DEFECTS))[hit]
    return {
        int(index): DEFECTS[kind] for index, kind in zip(hit.tolist(), kinds.tolist(), strict=True)
    }


def damaged(row: Row, defect: str, places: dict[str, int]) -> list[list[str]]:
    """The rows an incident's row becomes.

    Args:
        row: the cells as they would be written.
        defect: one of `DEFECTS`.
        places: the column of each field that the tool's export has.
    """
    cells = list(row)
    opened, resolved = places["opened_at"], places.get("resolved_at")
    if defect == "resolved_before_opened" and resolved is not None:
        cells[resolved] = _earlier(cells[opened])
    elif defect == "opened_missing":
        cells[opened] = ""
    elif defect == "unknown_state":
        cells[places["state"]] = "Pending Review (42)"
    elif defect == "repeated_row":
        return [cells, list(cells)]
    elif defect == "odd_date":
        cells[opened] = "31/02/26 25:61"
    elif defect == "dangling_reference" and "problem" in places:
        cells[places["problem"]] = "PRB9999999"
    elif defect == "opened_in_the_future":
        cells[opened] = _later(cells[opened])
    return [cells]


def _earlier(written: str) -> str:
    """The same date seven years before, whatever the form: only the year changes."""
    return _year_moved(written, -7)


def _later(written: str) -> str:
    return _year_moved(written, 9)


def _year_moved(written: str, years: int) -> str:
    for year in range(2000, 2100):
        if str(year) in written:
            return written.replace(str(year), str(year + years), 1)
    for year in range(2000, 2100):
        short = f"/{year % 100:02d} "
        if short in written:
            return written.replace(short, f"/{(year + years) % 100:02d} ", 1)
    return written
