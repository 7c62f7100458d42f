"""The sections `cost` and `mining` of the settings: what a repeat costs, and what is mined."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from itsm.candidates import COST_INPUTS, CostModel

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CostSettings(BaseModel):
    """What a repeat costs; each value left out is an assumption, and the pack says so."""

    model_config = _FROZEN

    handling_h: float | None = Field(
        None, gt=0, le=1000, description="Hours of work on one incident, all teams together."
    )
    lost_h_per_user: float | None = Field(
        None, ge=0, le=1000, description="Hours an affected user cannot work."
    )
    affected_users: float | None = Field(
        None, ge=0, le=1e6, description="Users affected where an incident does not say."
    )
    rate_per_h: float | None = Field(None, gt=0, le=1e5, description="Cost of one hour of work.")
    user_rate_per_h: float | None = Field(
        None, gt=0, le=1e5, description="Cost of an hour a user loses, where it is another one."
    )
    run_per_year: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict,
        description="What running a service costs in a year, by its name, beside its contracts.",
    )
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code.")

    def model(self) -> CostModel:
        """The cost model, with the product's assumptions where nothing is set."""
        given = self.model_dump(exclude_none=True, exclude={"run_per_year"})
        told = tuple(name for name in COST_INPUTS if name in given)
        return CostModel(**given, told=told, is_assumed=told != COST_INPUTS)


class MiningRunSettings(BaseModel):
    """Which incidents are mined, and which candidates become proposals."""

    model_config = _FROZEN

    lookback_weeks: int = Field(
        26, ge=1, le=520, description="Incidents opened in this many weeks are mined."
    )
    learns: bool = Field(
        True, description="Whether mining learns from problem links, other links and reviewers."
    )
    proposals: int = Field(
        5, ge=0, le=100, description="At most so many register entries are proposed in a week."
    )
    task_runner: Literal["none", "process", "dask"] = Field(
        "none",
        description="Who searches neighbours and compares pairs in a Prefect run: its own process, "
        "processes beside it, or a Dask cluster; the candidates are the same.",
    )
    blocks: int = Field(
        8, ge=1, le=10_000, description="That work is cut into so many blocks, one a task."
    )
    workers: int = Field(
        2, ge=1, le=256, description="Processes beside the run, where no scheduler is named."
    )
    scheduler: str = Field(
        "",
        pattern=r"^((tcp|tls|ucx|wss?)://.+)?$",
        description="The Dask scheduler, such as tcp://host:8786; its workers need the same "
        "version of this program, the packages of the extra scale, and artefacts.address.",
    )
    min_avoidable_hours: float = Field(
        8.0, ge=0, description="A candidate is proposed from this many avoidable hours on."
    )
