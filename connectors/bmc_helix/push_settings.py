"""What may be written to a BMC Helix ITSM, and into which forms and fields."""

from pydantic import Field

from connectors.core.config import Name
from connectors.core.push_settings import PushSettings
from itsm.pushing import PushKind


class BmcHelixPush(PushSettings):
    """`[sources.NAME.push]` of a BMC Helix ITSM."""

    key_field: Name = Field(
        default="External Key",
        description="A text field of your own on the problem investigation (and on the form of the "
        "register) that holds our key; made for it by the administrator.",
    )
    register_form: Name | None = Field(
        default=None,
        description="Form of your own for improvements, such as CSI:Register; left out, register "
        "entries are told by notes on their problem.",
    )
    register_audit: Name | None = Field(
        default=None,
        description="The form that audits the register's; left out, nobody can tell what people "
        "changed while we wrote, and each such write is shown to a person.",
    )
    company: Name | None = Field(default=None, description="Company of problems we create.")
    first_name: Name | None = Field(default=None, description="First name of who asks for them.")
    last_name: Name | None = Field(default=None, description="Last name of who asks for them.")
    support_organization: Name | None = Field(
        default=None, description="Support organisation of the team that manages problems."
    )
    columns: dict[PushKind, dict[Name, Name]] = Field(
        default_factory=dict,
        description="Fields of your own, per problem or register_entry: field = the form's field.",
    )
