"""What is known of services beside their records: `[services.NAME]`."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
Text = Annotated[str, Field(min_length=1, max_length=200)]


class ServiceSettings(BaseModel):
    """What no tool holds of a service; what is left out is taken from its record."""

    model_config = _FROZEN

    owner: Text | None = Field(
        None, description="Who answers for it: a role, or a short name of [people]."
    )
    criticality: int | None = Field(None, ge=1, le=5, description="1 the highest to 5.")
    users: int | None = Field(None, ge=0, le=100_000_000, description="People who use it.")


def reference_file(config: Path) -> Path:
    """The file beside a configuration that `csi reference import` writes, and that it is under."""
    return config.with_name(f"{config.stem}.reference.toml")
