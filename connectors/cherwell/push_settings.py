"""What may be written to a Cherwell CSM, and into which objects and fields."""

from pydantic import Field

from connectors.core.config import Name
from connectors.core.push_settings import PushSettings
from itsm.pushing import PushKind


class CherwellPush(PushSettings):
    """`[sources.NAME.push]` of a Cherwell CSM."""

    key_field: Name = Field(
        default="ExternalKey",
        description="A text field of your own on the Problem object (and on that of the register) "
        "that holds our key; made for it by the administrator.",
    )
    register_object: Name | None = Field(
        default=None,
        description="Business object of your own for improvements, such as Improvement; left out, "
        "register entries are told by notes on their problem.",
    )
    link_relationship: Name = Field(
        default="Problem Links Incidents",
        description="The relationship of Problem that links incidents, by its display name.",
    )
    journal_relationships: dict[PushKind, Name] = Field(
        default_factory=dict,
        description="The relationships that own the notes of a journal, per incident or problem, "
        "by display name; left out, NAME Owns Journal Notes.",
    )
    columns: dict[PushKind, dict[Name, Name]] = Field(
        default_factory=dict,
        description="Fields of your own, per problem or register_entry: field = theirs.",
    )
