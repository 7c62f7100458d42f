"""What a vendor's dossier holds: plain data, for a page, a table or a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reports.measures.reconciliation import EXCUSED

OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was agreed on a line: open, agreed, disputed or excused, by which side, and why."""

    standing: str = OPEN
    decided_by: str = ""
    reason: str = ""


Standings = Mapping[tuple[str, str], Standing]
"""By case (our number) and commitment ("response" or "resolution")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A missed commitment. `late_h` is net of `ours_h`; `credit` is None where none is granted."""

    case: str
    reference: str
    incident: str
    commitment: str
    clause: str
    clause_text: str
    due: str
    actual: str
    gross_h: float
    ours_h: float
    late_h: float
    users: float | None
    credit: float | None
    agreed: Standing

    @property
    def is_theirs(self) -> bool:
        """Late by more than the case waited on us."""
        return self.late_h > 0

    @property
    def evidence(self) -> tuple[str, ...]:
        """The numbers of the records behind the line."""
        return tuple(one for one in (self.case, self.incident, self.clause) if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A commitment on either list: met, missed or not listed, and how they go together."""

    case: str
    reference: str
    commitment: str
    ours: str
    theirs: str
    result: str
    agreed: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Of the lines that are the vendor's: how many, hours late, credits."""

    n: int
    late_h: float
    credit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One period: commitments due, missed, and missed by the vendor itself; with their cases."""

    label: str
    n_due: int
    n_missed: int
    n_theirs: int
    due: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything for one review with one vendor; `compared` is None where it gave no list."""

    vendor: str
    period: str
    cutoff_at: datetime
    currency: str
    n_resolved: int
    n_unknown_waits: int
    parts: Mapping[str, float]
    lines: tuple[Line, ...]
    compared: tuple[Compared, ...] | None
    trend: tuple[Past, ...]
    step: str
    contingency: str | None
    clauses_known: bool
    resolved: tuple[str, ...] = ()

    def total(self, *, with_excused: bool) -> Total:
        """The vendor's own misses; with or without the lines that were excused."""
        own = [
            line
            for line in self.lines
            if line.is_theirs and (with_excused or line.agreed.standing != EXCUSED)
        ]
        return Total(
            n=len(own),
            late_h=sum(line.late_h for line in own),
            credit=sum(line.credit or 0.0 for line in own),
        )
