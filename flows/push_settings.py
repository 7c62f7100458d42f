"""Where problems are kept, across sources: the table `push` of the settings."""

from pydantic import BaseModel, ConfigDict, Field


class PushRules(BaseModel):
    """What a decision causes; how far it is written is said per source, under its own `push`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    homes: dict[str, str] = Field(
        default_factory=dict,
        description="The source that the problems of a service are kept in, by the service's name; "
        "left out, the one most incidents of the candidate are in.",
    )
    max_links: int = Field(
        500, ge=0, le=10_000, description="Incidents that one acceptance links or notes at most."
    )
