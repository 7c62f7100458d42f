"""The exports of a practice estate parted in two: what is there one evening, and the next night's.

The evening's is everything as it stood then; the night's has what came to be or changed since, as a
tool's nightly export of changes has it, and what is not dated, whole.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

Row = list[str]
Parted = tuple[Row | None, Row | None]
"""A row as it stood in the evening, and as the night brings it; None where it does not."""

CHANGED = ("sys_updated_on", "end_time", "sys_created_on")
"""Columns that say when a row was last changed, the best first."""
BLANKED = ("resolved_at", "closed_at", "resolved_by", "close_code", "close_notes", "problem_id",
           "caused_by", "u_knowledge_article")  # fmt: skip
"""What an incident does not say before it is resolved."""
FORM = "%Y-%m-%d %H:%M:%S"


def evening(incidents: Path, n_new: int) -> datetime:
    """The moment after which so many incidents were opened."""
    with incidents.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        place = next(rows).index("opened_at")
        opened = np.array([_seconds(row[place]) for row in rows])
    known = np.sort(opened[~np.isnan(opened)])
    return datetime.fromtimestamp(float(known[-n_new - 1]), UTC)


def part(exports: Path, evening_at: datetime, into: tuple[Path, Path]) -> None:
    """Writes every file of the exports twice, into two folders."""
    for folder in into:
        folder.mkdir(parents=True, exist_ok=True)
    stamp = evening_at.strftime(FORM)
    for path in sorted(exports.glob("*.csv")):
        with (
            path.open(encoding="utf-8", newline="") as file,
            (into[0] / path.name).open("w", encoding="utf-8", newline="") as before,
            (into[1] / path.name).open("w", encoding="utf-8", newline="") as after,
        ):
            writers = [csv.writer(each, lineterminator="\n") for each in (before, after)]
            rows = csv.reader(file)
            header = next(rows)
            for writer in writers:
                writer.writerow(header)
            for both in _parted(header, rows, stamp):
                for writer, row in zip(writers, both, strict=True):
                    if row is not None:
                        writer.writerow(row)


def _parted(header: Sequence[str], rows: Iterator[Row], stamp: str) -> Iterator[Parted]:
    place = {name: at for at, name in enumerate(header)}
    changed = next((place[name] for name in CHANGED if name in place), None)
    how: Callable[[Row], Parted] = lambda row: (row, row)  # noqa: E731  # the plainest of three
    if changed is not None and {"caller_id", "opened_at"} <= place.keys():
        return (_incident(row, place, changed, stamp) for row in rows)
    if changed is not None:
        return ((row, None) if not row[changed] > stamp else (None, row) for row in rows)
    return map(how, rows)


def _incident(row: Row, place: Mapping[str, int], changed: int, stamp: str) -> Parted:
    """An incident that was open in the evening is there as it stood: in work."""
    if not row[changed] > stamp:
        return row, None
    if row[place["opened_at"]] > stamp:
        return None, row
    open_then = list(row)
    for name in BLANKED:
        open_then[place[name]] = ""
    open_then[place["state"]], open_then[changed] = "In Progress", row[place["opened_at"]]
    return open_then, row


def _seconds(written: str) -> float:
    try:
        return datetime.strptime(written, FORM).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return float("nan")
