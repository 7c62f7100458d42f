"""Legal holds: what must neither be removed by retention nor erased until somebody releases it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsm.errors import ConfigError

_PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


class HoldScope(StrEnum):
    """What a hold is about."""

    PERSON = "person"
    """Under any of the names it gives, one a line."""
    INCIDENT = "incident"
    """By its number, or as source/number."""
    CANDIDATE = "candidate"
    """By its id; with all incidents that were ever its members."""
    SERVICE = "service"
    """Everything on incidents of a service."""
    PERIOD = "period"
    """Days, as 2025-01-01..2025-06-30, both included, in UTC."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """A hold, with who placed it and why; `released_at` is None while it holds."""

    hold_id: str
    scope: HoldScope
    about: str
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str = ""
    released_at: datetime | None = None
    why_released: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it holds."""
        return self.released_at is None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a person on hold."""
        return tuple(line for line in self.about.splitlines() if line.strip())

    def __str__(self) -> str:
        subject = "" if self.scope is HoldScope.ALL else f" {'; '.join(self.about.splitlines())}"
        said = f"{self.hold_id}: {self.scope}{subject}, on hold since {self.placed_at:%Y-%m-%d} "
        said += f"by {self.placed_by}: {self.reason}"
        if self.released_at is not None:
            said += f"; released on {self.released_at:%Y-%m-%d} by {self.released_by}"
            said += f": {self.why_released}"
        return said


def days_of(about: str) -> tuple[datetime, datetime]:
    """The first moment of a period and the first one after it.

    Raises:
        ConfigError: it is no period.
    """
    found = _PERIOD.fullmatch(about.strip())
    days = found.groups() if found else ()
    try:
        first, last = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in days)
    except ValueError:
        raise ConfigError(
            f"period {about!r}: write the first and the last day, as 2025-01-01..2025-06-30"
        ) from None
    if last < first:
        raise ConfigError(f"period {about!r}: the last day is before the first")
    return first, last + timedelta(days=1)
