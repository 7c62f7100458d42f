"""What may be written to a Freshservice account."""

from pydantic import Field

from connectors.core.config import Name
from connectors.core.push_settings import PushSettings
from itsm.pushing import PushKind


class FreshservicePush(PushSettings):
    """`[sources.NAME.push]` of a Freshservice account."""

    owns: dict[PushKind, tuple[str, ...]] = Field(
        default={PushKind.PROBLEM: ()},
        description="The fields of a problem that are ours after it was created: none, because "
        "Freshservice does not tell what people changed meanwhile. Name some, such as problem = "
        '["title"], and these are compared right before they are written, and not afterwards.',
    )
    requester_id: int | None = Field(
        default=None,
        ge=1,
        description="The number of the agent or requester in whose name problems are opened; "
        "without it none is created. That of the key's own agent tells our changes from others'.",
    )
    key_field: Name = Field(
        default="csi_key",
        description="A single-line field of your own in the problem form that holds our key, by "
        "its name in the API; made for it by the administrator.",
    )
    register_object_id: int | None = Field(
        default=None,
        ge=1,
        description="The number of a custom object of your own for improvements; left out, "
        "register entries are told by notes on their problem.",
    )
    register_fields: dict[str, Name] = Field(
        default_factory=dict,
        description="What the fields of that object are called, where not as ours: title, "
        "description, service, coordinator, expected_benefit, origin_record.",
    )
