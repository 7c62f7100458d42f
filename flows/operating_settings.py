"""The sections `backup`, `logs` and `late` of the settings: what operating takes."""

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


class SweepSettings(BaseModel):
    """How what is deleted without a word is found: by asking for each key now and then."""

    model_config = _FROZEN

    days: float = Field(
        14, ge=0, le=366, description="All keys are asked for once in so many days; 0: never."
    )
    again_after_h: float = Field(
        12,
        ge=0,
        le=8784,
        description="What was not there counts as deleted if it is not there so long after either.",
    )
    most_share: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Would more than this share of the records count as deleted, a person is asked "
        "(csi sweep).",
    )
    few: int = Field(
        100, ge=0, le=1_000_000, description="So many may count as deleted whatever their share."
    )


class LateSettings(BaseModel):
    """After how many hours without a good run a stage is late; 0 means it is not expected."""

    model_config = _FROZEN

    pull: float = Field(6, ge=0, le=8784, description="Each source; it is pulled hourly.")
    check: float = Field(30, ge=0, le=8784, description="The checks; they run nightly.")
    mine: float = Field(30, ge=0, le=8784, description="Mining; it runs nightly.")
    propose: float = Field(192, ge=0, le=8784, description="Proposals; they are made weekly.")
    prove: float = Field(192, ge=0, le=8784, description="Proofs; they are told weekly.")
    pack: float = Field(192, ge=0, le=8784, description="The pack; it is made weekly.")
    publish: float = Field(
        192, ge=0, le=8784, description="Files of packs in the archive, where somebody gets them."
    )
    push: float = Field(3, ge=0, le=8784, description="The push, where a source may be written to.")
    send: float = Field(192, ge=0, le=8784, description="Sending packs, where somebody gets them.")
    backup: float = Field(30, ge=0, le=8784, description="The backup; it is made nightly.")
    retain: float = Field(
        30, ge=0, le=8784, description="Removing what is kept too long; it runs nightly."
    )
