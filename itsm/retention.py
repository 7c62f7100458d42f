"""What retention may remove, kind by kind, and what it did."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kept(StrEnum):
    """What is kept, and may be removed once its time is over; named as in the settings."""

    INCIDENTS = "incidents"
    SERVICE_REQUESTS = "service_requests"
    CHANGES = "changes"
    HISTORY = "history"
    COMMENTS = "comments"
    SURVEYS = "surveys"
    RAW_PAGES = "raw_pages"
    QUARANTINE = "quarantine"
    CANDIDATES = "candidates"
    PACKS = "packs"
    DELIVERIES = "deliveries"
    LOGINS = "logins"
    CHECKS = "checks"


FOR_FIGURES = (
    Kept.INCIDENTS,
    Kept.SERVICE_REQUESTS,
    Kept.CHANGES,
    Kept.HISTORY,
    Kept.COMMENTS,
    Kept.SURVEYS,
)
"""What figures are computed from: a week from before its removal is not computed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What was removed of a kind so far.

    Attributes:
        kind: of what.
        before_at: what was over before this moment is gone, unless it was on hold.
        removed_at: when last.
        n_removed: how many rows in all.
    """

    kind: Kept
    before_at: datetime
    removed_at: datetime
    n_removed: int

    def __str__(self) -> str:
        return (
            f"removed by retention: {self.kind.replace('_', ' ')} that were over before "
            f"{self.before_at:%Y-%m-%d} ({self.n_removed:,} on {self.removed_at:%Y-%m-%d} and "
            "earlier)"
        )
