"""What may be written to a GLPI, and by which names its register keeps states."""

from pydantic import Field

from connectors.core.config import Name
from connectors.core.push_settings import PushSettings


class GlpiPush(PushSettings):
    """`[sources.NAME.push]` of a GLPI. Register entries are projects, known by their code."""

    project_states: dict[Name, Name] = Field(
        default_factory=dict,
        description="States of projects of your own: state = name; left out, New, Processing and "
        "Closed.",
    )
