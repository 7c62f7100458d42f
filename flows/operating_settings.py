"""The sections `backup` and `logs` of the settings: what operating an installation needs."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BackupSettings(BaseModel):
    """Where backups of the database go, and how many are kept."""

    model_config = _FROZEN

    folder: Path = Field(
        Path("backups"), description="The folder of backups; another disk is better than this one."
    )
    keep: int = Field(14, ge=1, le=1000, description="How many backups are kept.")


class LogSettings(BaseModel):
    """How logs are written."""

    model_config = _FROZEN

    format: Literal["text", "json"] = Field(
        "text", description="text for people, json for a log collector: one object a line."
    )
