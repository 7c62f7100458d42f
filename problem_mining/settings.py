"""What can be set about mining; the defaults are what was measured (docs/mining.md)."""

from pydantic import BaseModel, ConfigDict, Field


class MiningSettings(BaseModel):
    """How incidents are grouped."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    threshold: float = Field(
        0.47, gt=0, lt=1, description="mean pair probability at which two groups are joined"
    )
    threshold_codes: float = Field(0.5, gt=0, lt=1, description="the same where there is no text")
    link_cap: int = Field(
        2, ge=1, le=50, description="links counted per incident where groups are compared (K)"
    )
    link_cap_codes: int = Field(4, ge=1, le=50, description="the same where there is no text")
    dense_neighbours: int = Field(
        12, ge=1, le=100, description="nearest incidents by meaning, per incident"
    )
    lexical_neighbours: int = Field(
        16, ge=1, le=100, description="nearest incidents by rare shared terms, per incident"
    )
    ci_neighbours: int = Field(
        40, ge=0, le=500, description="next incidents in time on the same configuration item"
    )
    meaning_neighbours: int = Field(
        8, ge=0, le=100, description="nearest incidents once words stand for others, per incident"
    )
    service_neighbours: int = Field(
        10, ge=0, le=100, description="the same within a service, per incident"
    )
    team_neighbours: int = Field(
        5, ge=0, le=100, description="the same within a team, per incident"
    )
    components: int = Field(
        256, ge=8, le=1024, description="length of the vector that stands for a text"
    )
    exact_search_up_to: int = Field(
        15_000, ge=100, description="above this many texts the search looks into near cells only"
    )
    min_members: int = Field(2, ge=2, description="smallest group that is proposed")
    min_members_codes: int = Field(
        3, ge=2, description="smallest group that is proposed where there is no text"
    )
    bar_two: float = Field(
        0.47,
        ge=0,
        lt=1,
        description="mean pair probability a group of two must have to be proposed",
    )
    bar_three: float = Field(0.47, ge=0, lt=1, description="the same for a group of three")
    bar: float = Field(0.45, ge=0, lt=1, description="the same for larger groups")
    bar_growth: float = Field(
        0.35,
        ge=0,
        le=2,
        description="how much the log-odds of these bars rise for groups of up to five, per ln of"
        " how many times 5,000 incidents there are",
    )
    plain_bar_two: float = Field(
        0.8,
        ge=0,
        lt=1,
        description="a group of two, where a plain model is used",
    )
    plain_bar_three: float = Field(0.6, ge=0, lt=1, description="the same for a group of three")
    corrects_prior: bool = Field(
        True, description="whether pair probabilities fall as the number of incidents grows"
    )


DEFAULT = MiningSettings.model_validate({})
"""The settings used where a company sets none."""
