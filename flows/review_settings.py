"""The section `review` of the settings: the review pages."""

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ReviewSettings(BaseModel):
    """The review pages."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    links: dict[str, str] = Field(
        default_factory=dict,
        description="Where an incident can be opened, by source: an address with {number} in it.",
    )

    @field_validator("links")
    @classmethod
    def _addresses(cls, links: dict[str, str]) -> dict[str, str]:
        for address in links.values():
            if "{number}" not in address or not address.startswith(("https://", "http://")):
                raise ValueError("an address begins with https:// and has {number} in it")
        return links
