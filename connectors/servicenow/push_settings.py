"""What may be written to a ServiceNow instance, and into which tables and columns."""

from pydantic import Field

from connectors.core.config import Name
from connectors.core.push_settings import PushSettings
from itsm.pushing import PushKind


class ServiceNowPush(PushSettings):
    """`[sources.NAME.push]` of a ServiceNow instance."""

    register_table: str = Field(
        default="sn_cim_register",
        pattern=r"^[a-z][a-z0-9_]{0,79}$",
        description="Table of improvements; where Continual Improvement Management is missing, one "
        "of your own that extends task, such as u_improvement.",
    )
    columns: dict[PushKind, dict[Name, Name]] = Field(
        default_factory=dict,
        description="Columns of your own, per problem or register_entry: field = column.",
    )
    states: dict[PushKind, dict[Name, Name]] = Field(
        default_factory=dict,
        description="Codes of your own states, per problem or register_entry: state = code.",
    )
