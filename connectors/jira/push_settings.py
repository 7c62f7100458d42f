"""What may be written to a Jira site: projects, issue types, fields, statuses, link type."""

from pydantic import Field

from connectors.core.config import Name
from connectors.core.push_settings import PushSettings
from itsm.pushing import PushKind


class JiraPush(PushSettings):
    """`[sources.NAME.push]` of a Jira site."""

    projects: dict[PushKind, Name] = Field(
        default_factory=dict,
        description="Keys of the projects that problem and register_entry are created in; a kind "
        "that is left out is not created.",
    )
    issue_types: dict[PushKind, Name] = Field(
        default_factory=dict,
        description="Issue types; left out, [System] Problem and Improvement.",
    )
    fields: dict[PushKind, dict[Name, Name]] = Field(
        default_factory=dict,
        description="Jira fields of your own, per problem or register_entry: field = name.",
    )
    states: dict[PushKind, dict[Name, Name]] = Field(
        default_factory=dict,
        description="Statuses of your own, per problem or register_entry: state = name.",
    )
    link_type: str = Field(
        default="Problem/Incident",
        max_length=200,
        description="The type of link from an incident to its problem, by name.",
    )
