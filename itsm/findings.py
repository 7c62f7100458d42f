"""Findings of audits: what was found, who remedies it until when, and how often in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something an audit found.

    Attributes:
        finding_id: F1, F2 and on.
        title: what was found.
        source: which audit, such as "ISO/IEC 20000 2026".
        owner: who remedies it.
        raised_on: when it was found.
        due_on: until when it is to be remedied.
        closed_on: when it was.
        remedy: what was done.
        entry: the register entry it led to.
    """

    finding_id: str
    title: str
    source: str
    owner: str
    raised_on: date
    due_on: date
    closed_on: date | None = None
    remedy: str = ""
    entry: str | None = None

    def is_late(self, today: date) -> bool:
        """Whether it was closed too late, or is open past its day."""
        return (self.closed_on or today) > self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTime:
    """How many findings were closed in time, of those that were due; the others count apart."""

    n_due: int
    n_on_time: int
    n_not_due: int

    @property
    def share(self) -> float | None:
        """Closed in time / due, None where none was due."""
        return self.n_on_time / self.n_due if self.n_due else None


def on_time(findings: Sequence[Finding], today: date) -> OnTime:
    """How timely findings are remedied: what is closed, or past its day, counts as due."""
    due = [one for one in findings if one.closed_on or one.due_on < today]
    return OnTime(
        n_due=len(due),
        n_on_time=sum(not one.is_late(today) for one in due),
        n_not_due=len(findings) - len(due),
    )
