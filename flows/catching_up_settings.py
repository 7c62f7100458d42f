"""The sections `catching_up` and `plan` of the settings: missed weeks, and changes seen before."""

from pydantic import BaseModel, ConfigDict, Field

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CatchingUpSettings(BaseModel):
    """What becomes of weeks whose run was missed."""

    model_config = _FROZEN

    weeks: int = Field(
        8,
        ge=0,
        le=53,
        description="At most so many missed weeks are made by the next weekly run; 0: none.",
    )
    sends: bool = Field(
        False,
        description="Whether the timer lets out packs that were made late; a person always may.",
    )


class PlanSettings(BaseModel):
    """What `csi plan` and `csi apply` are held to."""

    model_config = _FROZEN

    required: bool = Field(
        False,
        description="Whether runs refuse a configuration or version that was not let in by "
        "csi apply.",
    )
    valid_h: float = Field(
        24.0, gt=0, le=24 * 31, description="So many hours after it was made a plan may be applied."
    )
