"""The thresholds of the checks."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from itsm.fields import column_names
from itsm.states import RecordKind

FRESHNESS_DAYS: Mapping[RecordKind, int] = MappingProxyType(
    {
        RecordKind.INCIDENT: 7,
        RecordKind.HISTORY: 7,
        RecordKind.SLA_CLOCK: 14,
        RecordKind.SERVICE_REQUEST: 14,
        RecordKind.CHANGE: 14,
        RecordKind.VENDOR_CASE: 30,
    }
)
"""Kinds that normally move, and after how many quiet days before the cut-off they are stale."""

MINING_FIELDS = ("title", "description", "category", "service", "ci")
"""The fields whose sudden loss would make candidates of another kind."""


Days = Annotated[int, Field(ge=1, le=3660)]


class CheckSettings(BaseModel):
    """When the checks warn, set aside and stop."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    max_set_aside_share: float = Field(
        default=0.20,
        gt=0,
        le=1,
        description="More than this share of a kind set aside stops the run before mining.",
    )
    min_set_aside: int = Field(
        default=10,
        ge=1,
        le=100_000,
        description="Fewer records set aside than this never stop the run, whatever their share.",
    )
    min_content_share: float = Field(
        default=0.50,
        ge=0,
        le=1,
        description="At least this share of incidents must carry a text or a code to mine on.",
    )
    min_text_share: float = Field(
        default=0.50,
        ge=0,
        le=1,
        description="Where a source carries texts, at least this share of records should.",
    )
    min_mapped_share: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="At least this share of the codes of a field should have a meaning.",
    )
    min_known_share: float = Field(
        default=0.98,
        ge=0,
        le=1,
        description="At least this share of references should lead to a record that was read.",
    )
    max_fill_drop: float = Field(
        default=0.20,
        gt=0,
        le=1,
        description="A field filled by so much less than in the past (0.2 = 20 points) warns.",
    )
    min_past_fill: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="A field filled at least so often before has vanished when it is empty.",
    )
    min_compared: int = Field(
        default=30,
        ge=1,
        le=1_000_000,
        description="With fewer records than this, a pull is not compared with the past.",
    )
    confidence: float = Field(
        default=0.999,
        gt=0.5,
        lt=1,
        description="Confidence of the intervals that tell a falling fill rate from chance.",
    )
    max_codes: int = Field(
        default=200,
        ge=2,
        le=100_000,
        description="A field with more distinct codes than this is not watched for new ones.",
    )
    max_listed: int = Field(
        default=100,
        ge=1,
        le=1_000_000,
        description="So many record numbers are listed under a warning; all are counted.",
    )
    freshness_days: Mapping[RecordKind, Days] = Field(
        default_factory=lambda: dict(FRESHNESS_DAYS),
        description="Per record kind: quiet days before the cut-off after which a source is stale.",
    )
    mining_fields: tuple[str, ...] = Field(
        default=MINING_FIELDS,
        description="Incident fields whose vanishing stops the run before mining.",
    )
    earliest_year: int = Field(
        default=1990,
        ge=1970,
        le=2100,
        description="A time before this year is an input error or an empty value in disguise.",
    )
    future_days: int = Field(
        default=366,
        ge=0,
        le=36_600,
        description="A time later than the data by more than this cannot have happened.",
    )

    @field_validator("mining_fields")
    @classmethod
    def _are_fields_of_incidents(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(names) - set(column_names(RecordKind.INCIDENT)))
        if unknown:
            raise ValueError(f"incidents have no field {', '.join(unknown)}")
        return names


DEFAULT = CheckSettings()
"""The thresholds as they come."""
