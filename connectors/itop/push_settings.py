"""What may be written to an iTop, and what its data model demands."""

from pydantic import Field

from connectors.core.config import Name
from connectors.core.push_settings import PushSettings


class ItopPush(PushSettings):
    """How far the push goes, and with which of iTop's mandatory values."""

    organization: Name | None = Field(
        default=None, description="Name of the organization that problems are created for."
    )
    team: Name | None = Field(
        default=None, description="Team that a problem is assigned to where it has none."
    )
    agent: Name | None = Field(
        default=None,
        description="Full name of the person a problem is assigned to, without whom iTop does not "
        "let it go beyond new.",
    )
    key_attribute: Name = Field(
        default="product",
        description="Attribute of problems that carries the key a record is found by.",
    )
