"""The sections `people`, `improvement` and `audit` of the settings: who may do what, and how."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from flows.feeds.thresholds import Pilot, Thresholds
from itsm.budgeting import WorkCost
from itsm.demand import Weights
from itsm.errors import ConfigError
from itsm.register_care import ALIKE, Patience
from itsm.register_mirroring import USUAL_OWNERS, FieldOwner
from itsm.register_roles import FourEyes, FourEyesException, Person, Role

_FROZEN = ConfigDict(
    frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
)
Factor = Annotated[float, Field(ge=0, le=100)]


class PersonSettings(BaseModel):
    """A person who acts in the register."""

    model_config = _FROZEN

    roles: tuple[Role, ...] = Field(min_length=1, description="What they may do.")
    full_name: str = Field("", max_length=200, description="Their name as packs show it.")

    @field_validator("roles")
    @classmethod
    def _no_system(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        if Role.SYSTEM in roles:
            raise ValueError("no person is the system; choose another role")
        return roles


class WeightSettings(BaseModel):
    """How much each of the four values of demand counts."""

    model_config = _FROZEN

    version: str = Field(min_length=1, max_length=40, description="Name it anew with any change.")
    impact: Factor = 1.0
    """Of impact."""
    urgency: Factor = 1.0
    """Of urgency."""
    risk: Factor = 1.0
    """Of risk."""
    effort: Factor = 1.0
    """Of effort, which counts against."""


class WorkCostSettings(BaseModel):
    """What work on improvements costs."""

    model_config = _FROZEN

    version: str = Field(min_length=1, max_length=40, description="Name it anew with any change.")
    rate_per_day: float = Field(gt=0, le=1e6, description="Cost of a day of work.")
    horizon_months: float = Field(12.0, gt=0, le=120, description="Value is counted so long.")


class ExceptionSettings(BaseModel):
    """A person who may do alone, for a time, what takes four eyes."""

    model_config = _FROZEN

    person: str
    """By the short name under [people]."""
    rule: FourEyes
    """Which rule does not hold for them."""
    reason: str = Field(min_length=10, max_length=400)
    """Why, for the auditor."""
    until: date
    """The last day it holds."""


class PilotSettings(BaseModel):
    """A trial that needs a baseline and a result."""

    model_config = _FROZEN

    name: str = Field(min_length=1, max_length=200)
    """As the register names it."""
    kind: Literal["automation", "self-service", "virtual agent"]
    """What is tried."""
    started_on: date
    """When it began."""
    owner: str = ""
    """Who answers for it."""
    measure: str = Field("", description="The figure it is judged by; deflection if not set.")


class ImprovementSettings(BaseModel):
    """The register of improvements: demand, budget, care, and what feeds it."""

    model_config = _FROZEN

    weights: WeightSettings | None = Field(
        None, description="What impact, urgency, risk and effort count in the score; each 1 if not."
    )
    cost: WorkCostSettings | None = Field(
        None, description="What a day of work costs, for the budget; an assumption until it is set."
    )
    four_eyes_exceptions: tuple[ExceptionSettings, ...] = Field(
        (), description="Who may do alone what takes four eyes, why, and until when."
    )
    patience: dict[str, Annotated[int, Field(ge=1, le=3650)]] = Field(
        default_factory=dict, description="Days in a state after which an entry is called stale."
    )
    alike: float = Field(
        ALIKE, gt=0, le=1, description="Entries that share this part of their words are shown."
    )
    feeds: dict[str, Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default_factory=dict, description="From when on feeds propose an entry, by threshold."
    )
    mirrors: tuple[str, ...] = Field(
        (), description="The sources that mirror accepted entries, by name; each needs its push."
    )
    owners: dict[str, FieldOwner] = Field(
        default_factory=dict,
        description="Who decides on a mirrored field or the state: ours, theirs, or shared.",
    )
    notes: tuple[str, ...] = Field(
        (), description="The sources whose problems get a note when their improvement moves on."
    )
    follow_problem: Literal["off", "propose", "move"] = Field(
        "propose",
        description="What a resolved problem does to its improvement in progress: nothing, a "
        "proposal to move it to review, or the move.",
    )
    pilots: tuple[PilotSettings, ...] = Field(
        (), description="Trials of automation, self-service or virtual agents that need a result."
    )

    @field_validator("owners")
    @classmethod
    def _mirrored(cls, owners: dict[str, FieldOwner]) -> dict[str, FieldOwner]:
        if strange := sorted(owners.keys() - USUAL_OWNERS.keys()):
            known = ", ".join(USUAL_OWNERS)
            raise ValueError(f"{', '.join(strange)}: not mirrored; there are {known}")
        return owners

    @field_validator("patience")
    @classmethod
    def _states(cls, patience: dict[str, int]) -> dict[str, int]:
        known = set(Patience.__dataclass_fields__)
        if strange := sorted(patience.keys() - known):
            raise ValueError(f"{', '.join(strange)}: no open state; there are {', '.join(known)}")
        return patience

    @field_validator("feeds")
    @classmethod
    def _thresholds(cls, feeds: dict[str, int]) -> dict[str, int]:
        known = set(Thresholds.__dataclass_fields__)
        if strange := sorted(feeds.keys() - known):
            said = ", ".join(sorted(known))
            raise ValueError(f"{', '.join(strange)}: no threshold; there are {said}")
        return feeds

    def thresholds(self) -> Thresholds:
        """From when on feeds propose."""
        return Thresholds(**self.feeds)

    def trials(self) -> tuple[Pilot, ...]:
        """The pilots that are declared."""
        return tuple(Pilot(**one.model_dump()) for one in self.pilots)

    def weighing(self) -> Weights:
        """The weights, the plain ones where none are set."""
        return Weights(**self.weights.model_dump()) if self.weights else Weights()

    def work_cost(self, currency: str) -> WorkCost:
        """The cost model, with the product's assumptions where nothing is set."""
        if self.cost is None:
            return WorkCost(currency=currency)
        return WorkCost(**self.cost.model_dump(), currency=currency, is_assumed=False)

    def patient(self) -> Patience:
        """How long entries may stand."""
        return Patience(**self.patience)

    def exceptions(self) -> tuple[FourEyesException, ...]:
        """The listed exceptions to the four-eyes rules."""
        return tuple(FourEyesException(**one.model_dump()) for one in self.four_eyes_exceptions)


class AuditSettings(BaseModel):
    """Who keeps the head of the journal beside us."""

    model_config = _FROZEN

    keeper_file: Path | None = Field(
        None, description="A file on another share that the journal's head is added to."
    )
    keeper_command: tuple[str, ...] = Field(
        (), description="A command that is given the journal's head on its standard input."
    )


def named_person(people: Mapping[str, PersonSettings], name: str) -> Person:
    """A person by their short name.

    Raises:
        ConfigError: nobody of that name is in the settings.
    """
    person = person_of(people, name)
    if person is None:
        known = ", ".join(sorted(people)) or "nobody yet"
        raise ConfigError(
            f"{name!r} is nobody in the settings (there are: {known}); add [people.{name}] with "
            f'roles = ["{Role.PROPOSER}"], or act as somebody with --by'
        )
    return person


def person_of(people: Mapping[str, PersonSettings], name: str) -> Person | None:
    """A person by their short name, None where there is none."""
    one = people.get(name)
    if one is None:
        return None
    return Person(name=name, roles=frozenset(one.roles), full_name=one.full_name)
