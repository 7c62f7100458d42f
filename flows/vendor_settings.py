"""What a company agreed with a vendor, as `csi.toml` has it under `[vendors.NAME]`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_FROZEN = ConfigDict(
    frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
)

Text = Annotated[str, Field(min_length=1, max_length=200)]


class ClauseSettings(BaseModel):
    """One commitment: what is due, for which severity, within how long, and what a miss costs."""

    model_config = _FROZEN

    number: Text
    """As the contract numbers it."""
    target: Literal["response", "resolution"]
    """What is due."""
    within_h: float = Field(gt=0, le=100_000)
    """Within how many hours."""
    severity: int | None = Field(None, ge=1, le=9)
    """For cases of this severity, 1 the most urgent; left out, for all."""
    credit_share: float | None = Field(None, gt=0, le=1)
    """What a miss costs, as a share of the monthly fee."""
    text: Text | None = None
    """The clause in its own words."""


class RungSettings(BaseModel):
    """A step of the escalation ladder: misses in so many of the last so many weeks."""

    model_config = _FROZEN

    misses: int = Field(ge=1, le=13)
    """Weeks with a miss ..."""
    of_weeks: int = Field(ge=1, le=13)
    """... of the last so many weeks."""
    step: Text
    """What is done then."""

    @model_validator(mode="after")
    def _can_come(self) -> "RungSettings":
        if self.misses > self.of_weeks:
            raise ValueError("misses cannot be more than of_weeks: they count weeks with a miss")
        return self


class VendorSettings(BaseModel):
    """A vendor's terms; what is left out is taken from the records, where these tell."""

    model_config = _FROZEN

    contingency: Text | None = Field(
        None, description="What stands in for the vendor; wins over the vendor's record."
    )
    monthly_fee: float | None = Field(
        None, gt=0, description="What credits are a share of; wins over the contract's record."
    )
    clauses: tuple[ClauseSettings, ...] = Field(
        (), description="What was promised; given, these stand instead of the contract's records."
    )
    ladder: tuple[RungSettings, ...] = Field(
        (), description="The escalation ladder, the highest step first; without one, the product's."
    )

    @model_validator(mode="after")
    def _clauses_differ(self) -> "VendorSettings":
        numbers = [one.number for one in self.clauses]
        if len(set(numbers)) < len(numbers):
            raise ValueError("two clauses have the same number")
        promises = [(one.target, one.severity) for one in self.clauses]
        if len(set(promises)) < len(promises):
            raise ValueError("two clauses promise the same: give each its own target and severity")
        return self


Vendors = Mapping[str, VendorSettings]
"""Terms by the vendor's name or number."""
