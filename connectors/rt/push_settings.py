"""What may be written to a Request Tracker, and where it keeps what is ours."""

from typing import Literal

from pydantic import Field

from connectors.core.config import Name
from connectors.core.push_settings import PushSettings


class RtPush(PushSettings):
    """How far the push goes, into which queues and custom fields."""

    key_field: Name = Field(
        default="External Key",
        description="Custom field that carries the key a record is found by; it must be on every "
        "queue that is written to.",
    )
    register_queue: Name | None = Field(
        default=None, description="Queue of register entries; left out, none are written."
    )
    custom_fields: dict[Name, Name] = Field(
        default_factory=dict,
        max_length=50,
        description="Custom fields by our field: description, root_cause, workaround, service, ci, "
        "category, team; a description that has none is written once, as the ticket's text.",
    )
    statuses: dict[Name, Name] = Field(
        default_factory=dict,
        max_length=50,
        description="Statuses of your own by our state, such as canceled = 'abandoned'.",
    )
    link: Literal["RefersTo", "DependsOn"] = Field(
        default="RefersTo",
        description="How an incident is linked to its problem; one that depends on it cannot be "
        "resolved while the problem is open.",
    )
