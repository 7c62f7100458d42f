"""The section `review` of the settings: the review pages."""

from pydantic import ConfigDict, Field, field_validator

from flows.access_settings import AccessSettings


class ReviewSettings(AccessSettings):
    """The review pages."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    links: dict[str, str] = Field(
        default_factory=dict,
        description="Where an incident can be opened, by source: an address with {number} in it.",
    )

    session_minutes: int = Field(
        90, ge=5, le=2_400, description="How long the weekly review of candidates may take."
    )
    minutes_per_candidate: float = Field(
        3.0, ge=0.5, le=120, description="How long deciding on one candidate takes."
    )

    prefect: str | None = Field(
        None,
        pattern=r"^https?://[^\s\"'<>\\`@]+$",
        description="Where Prefect shows the runs, such as http://127.0.0.1:4200.",
    )

    decision_page: str = Field(
        "",
        description="The page of one candidate, for the links of packs: an address with {id} in "
        "it, such as https://csi.example.com/candidates/{id}.",
    )

    @field_validator("decision_page")
    @classmethod
    def _page(cls, address: str) -> str:
        if address and ("{id}" not in address or not address.startswith(("https://", "http://"))):
            raise ValueError("an address begins with https:// and has {id} in it")
        return address

    @field_validator("links")
    @classmethod
    def _addresses(cls, links: dict[str, str]) -> dict[str, str]:
        for address in links.values():
            if "{number}" not in address or not address.startswith(("https://", "http://")):
                raise ValueError("an address begins with https:// and has {number} in it")
        return links
