"""The sections `privacy` and `retention` of the settings: how names are kept, and how long."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
SHORTEST = 32
"""A key of fewer characters can be guessed."""

Days = Annotated[int, Field(ge=1, le=36_525)]


class PrivacySettings(BaseModel):
    """The key that names of callers and assignees, and raw payloads, are kept under."""

    model_config = _FROZEN

    people_key: SecretStr | None = Field(
        None,
        description="The key itself, 32 characters or more; better in CSI_PRIVACY__PEOPLE_KEY or "
        "in the block csi-privacy/default. Without it, the key file is read.",
    )
    key_file: Path = Field(
        Path("csi-people.key"),
        description="The file with the key; made at the first start, readable by its owner only.",
    )

    @field_validator("people_key")
    @classmethod
    def _is_long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < SHORTEST:
            raise ValueError(
                f"is too short; give {SHORTEST} characters or more that nobody guesses"
            )
        return key


class RetentionSettings(BaseModel):
    """After how many days what is kept is removed; without a number it is kept for good."""

    model_config = _FROZEN

    incidents: Days | None = Field(
        None, description="Incidents, with what hangs on them, after they were resolved or closed."
    )
    service_requests: Days | None = Field(
        None, description="Service requests, with what hangs on them, after they were closed."
    )
    changes: Days | None = Field(
        None, description="Changes, with approvals and what hangs on them, after they were closed."
    )
    history: Days | None = Field(None, description="Changes of fields of records, after they were.")
    comments: Days | None = Field(None, description="Comments and work notes, after they came.")
    surveys: Days | None = Field(None, description="Answers to surveys, after they were given.")
    raw_pages: Days | None = Field(
        None,
        description="Payloads as a source gave them, after they landed; a mapping that changes "
        "later cannot be applied to them any more.",
    )
    quarantine: Days | None = Field(
        None, description="Records set aside, with their payload, after they were last seen."
    )
    candidates: Days | None = Field(
        None, description="Mining runs with their candidates, after their week; the newest stays."
    )
    packs: Days | None = Field(
        None, description="The content and files of packs, after they were made; hashes stay."
    )
    deliveries: Days | None = Field(None, description="Who was sent what, after it was settled.")
    logins: Days | None = Field(
        None, description="Log-ins, changes of accounts, sessions that ended, and braked attempts."
    )
    checks: Days | None = Field(None, description="Reports of checks and profiles of sources.")
