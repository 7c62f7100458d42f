"""What was agreed on the lines of vendors' dossiers: a list that people can read, never lost."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path

from flows.files import write_whole
from itsm.errors import ConfigError
from itsm.states import ClockTarget
from reports.measures.vendor_lines import OPEN, Dossier, Standing

STANDINGS = ("agreed", "disputed", "excused", OPEN)
HEAD = ("vendor", "case", "commitment", "standing", "decided_by", "reason", "decided_at")


DECISIONS = "vendor-decisions.csv"
"""The file beside the configuration that keeps what was agreed on lines."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was agreed on one line; a later one on the same line takes its place."""

    vendor: str
    case: str
    commitment: str
    agreed: Standing
    decided_at: str


def decisions(path: Path) -> list[Decision]:
    """All decisions of a file, oldest first; none where there is no file yet.

    Raises:
        ConfigError: a row cannot be used; names the row.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in HEAD if name not in (rows.fieldnames or ())]
        if missing:
            raise ConfigError(f"{path}: no column {', '.join(missing)}")
        return [_decision(path, place, row) for place, row in enumerate(rows, 2)]


def _decision(path: Path, place: int, row: dict[str, str]) -> Decision:
    cells = {name: (row[name] or "").strip() for name in HEAD}
    if cells["standing"] not in STANDINGS:
        raise ConfigError(f"{path}, row {place}: standing is one of {', '.join(STANDINGS)}")
    if cells["commitment"] not in list(ClockTarget):
        raise ConfigError(f"{path}, row {place}: commitment is response or resolution")
    agreed = Standing(
        standing=cells["standing"], decided_by=cells["decided_by"], reason=cells["reason"]
    )
    return Decision(
        cells["vendor"], cells["case"], cells["commitment"], agreed, cells["decided_at"]
    )


def standings_of(found: Sequence[Decision], vendor: str) -> dict[tuple[str, str], Standing]:
    """What holds now for each line of a vendor: the last decision on it."""
    return {(one.case, one.commitment): one.agreed for one in found if one.vendor == vendor}


def decision_of(text: str, vendor: str, by: str | None, why: str | None, at: datetime) -> Decision:
    """A decision as it is written on the command line: CASE/COMMITMENT=STANDING.

    Raises:
        ConfigError: it is not written so, or nobody or no reason is named.
    """
    line, _, standing = text.partition("=")
    case, _, commitment = line.rpartition("/")
    if not case or commitment not in list(ClockTarget) or standing not in STANDINGS:
        raise ConfigError(
            f"--settle {text}: write CASE/COMMITMENT=STANDING, such as "
            f"VCS0000012/resolution=disputed, with one of {', '.join(STANDINGS)}"
        )
    if not by or not why:
        raise ConfigError("--settle needs --by, the side or role that decided, and --why")
    agreed = Standing(standing=standing, decided_by=by, reason=why)
    return Decision(vendor, case, commitment, agreed, at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def require_lines(found: Dossier, new: Sequence[Decision]) -> None:
    """See that decisions are about lines of a dossier.

    Raises:
        ConfigError: one is about no line; names the lines there are.
    """
    lines = {(one.case, one.commitment) for one in found.lines}
    lines |= {(one.case, one.commitment) for one in found.compared or ()}
    for one in new:
        if (one.case, one.commitment) not in lines:
            there = ", ".join(sorted("/".join(line) for line in lines)) or "none"
            raise ConfigError(
                f"--settle {one.case}/{one.commitment}: no such line of {found.vendor} in "
                f"{found.period}; there are: {there}"
            )


def add(path: Path, new: Sequence[Decision]) -> None:
    """Adds decisions to a file; earlier ones stay in it."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for one in (*decisions(path), *new):
        agreed = one.agreed
        writer.writerow(
            (one.vendor, one.case, one.commitment, agreed.standing, agreed.decided_by,
             agreed.reason, one.decided_at)
        )  # fmt: skip
    write_whole(path, text.getvalue().encode())
