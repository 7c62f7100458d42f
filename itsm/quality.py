"""What the checks found: results per expectation, per record kind, and the gate's word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from itsm.errors import GateError
from itsm.states import RecordKind


class Severity(StrEnum):
    """What a failed expectation leads to.

    `critical` stops the run before mining, `quarantine` sets the failing records aside and goes on,
    `warning` is shown in the pack and goes on.
    """

    CRITICAL = "critical"
    QUARANTINE = "quarantine"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationResult:
    """One expectation on one frame; `failed` are the numbers of the failing records."""

    rule: str
    title: str
    severity: Severity
    is_met: bool
    n_checked: int
    n_failed: int
    failed: tuple[str, ...] = ()
    field: str | None = None
    observed: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """All expectations on the records of one kind of one source."""

    source: str
    kind: RecordKind
    n_records: int
    results: tuple[ExpectationResult, ...]

    @property
    def failed(self) -> tuple[ExpectationResult, ...]:
        """The expectations that were not met."""
        return tuple(result for result in self.results if not result.is_met)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProfile:
    """What one pull of one kind looked like, to compare the next one with.

    `fill_rates` are shares of records that have the field; `codes` the distinct source words of
    each code field; `weekly_counts` the records opened per ISO week label.
    """

    source: str
    kind: RecordKind
    n_records: int
    newest_at: datetime | None
    fill_rates: Mapping[str, float]
    codes: Mapping[str, tuple[str, ...]]
    weekly_counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """Whether the data may be mined."""

    reports: tuple[CheckReport, ...]
    stops: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def require(self) -> None:
        """See that the gate is open.

        Raises:
            GateError: an expectation that stops the run was not met; names all of them.
        """
        if self.stops:
            raise GateError(self.stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineCount:
    """How many records of a kind are set aside for one reason, with examples."""

    source: str
    kind: RecordKind
    rule: str
    field: str
    reason: str
    remedy: str
    n: int
    examples: tuple[str, ...] = ()
