"""What a company says beside its records, as `csi.toml` has it: targets, events, steps, plans."""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from itsm.clocks import ReportingWeek, ServiceHours
from itsm.errors import ConfigError
from itsm.figures import Direction, Unit

_FROZEN = ConfigDict(
    frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
)
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _known_figure(figure_id: str) -> str:
    """A figure of the catalogue, which is only loaded where a figure is named."""
    from reports.measures.contracts import CATALOGUE

    if figure_id not in CATALOGUE:
        alike = [name for name in CATALOGUE if figure_id.lower() in name]
        hint = f"; perhaps {', '.join(alike)}" if alike else "; `csi figures` lists them"
        raise ValueError(f"there is no such figure{hint}")
    return figure_id


def _week(label: str) -> str:
    """The label of an ISO week."""
    try:
        return ReportingWeek.parse(label).label
    except ConfigError as error:
        raise ValueError(str(error)) from None


FigureId = Annotated[str, AfterValidator(_known_figure)]
Week = Annotated[str, AfterValidator(_week)]
Priority = Annotated[str, Field(pattern=r"^P[1-5]$")]


class TargetSettings(BaseModel):
    """What a figure shall reach, where and when, and who answers for it."""

    model_config = _FROZEN

    figure: FigureId
    """By its id, as `csi figures` lists them."""
    value: float
    """What it shall reach; a share as 0.95."""
    owner: Annotated[str, Field(min_length=1)]
    """Who answers for it."""
    service: str | None = None
    """Of this service; left out, of all."""
    slice: dict[str, str] = Field(default_factory=dict)
    """Of this slice, as `csi figure` names it, such as { target = "resolution" }."""
    from_week: Week | None = None
    """The first week it holds for."""
    until_week: Week | None = None
    """The last week it holds for."""

    @model_validator(mode="after")
    def _can_be_met(self) -> "TargetSettings":
        from reports.measures.contracts import CATALOGUE

        contract = CATALOGUE[self.figure]
        if contract.direction is Direction.NEITHER:
            raise ValueError(f"{self.figure} has no good direction, so no target can be met")
        if contract.unit is Unit.SHARE and not 0 <= self.value <= 1:
            raise ValueError(f"{self.figure} is a share; write 95 % as 0.95")
        if self.from_week and self.until_week and self.until_week < self.from_week:
            raise ValueError("until_week lies before from_week")
        return self


class EventSettings(BaseModel):
    """Something everybody knows of: a freeze, an office move, a holiday."""

    model_config = _FROZEN

    name: Annotated[str, Field(min_length=1, max_length=40)]
    """As charts name it."""
    first_day: date
    """When it began."""
    last_day: date | None = None
    """When it ended; left out, the same day."""
    service: str | None = None
    """Where only one service is concerned."""

    @model_validator(mode="after")
    def _in_order(self) -> "EventSettings":
        if self.last_day is not None and self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day")
        return self


class StepSettings(BaseModel):
    """An improvement that went live; without a figure, the register says which one it is for."""

    model_config = _FROZEN

    improvement: Annotated[str, Field(min_length=1, max_length=40)]
    """Its number in the register, or a name."""
    week: Week
    """When it went live."""
    figure: FigureId | None = None
    """The figure that gets new limits."""
    slice: dict[str, str] = Field(default_factory=dict)
    """The slice of it that gets them."""


class PlanSettings(BaseModel):
    """Something known of coming weeks that no history tells: growth, a launch, a change."""

    model_config = _FROZEN

    reason: Annotated[str, Field(min_length=1, max_length=80)]
    """As the forecast names it."""
    first_week: Week
    """The first week it concerns."""
    last_week: Week
    """The last one."""
    factor: float = Field(1.0, ge=0, le=100)
    """How many times as many incidents come."""
    extra: float = Field(0.0, ge=-1e6, le=1e6)
    """How many more come in each week."""
    service: str | None = None
    """Of this service."""
    team: str | None = None
    """Of this team; left out like the service, of all."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> "PlanSettings":
        if self.last_week < self.first_week:
            raise ValueError("last_week lies before first_week")
        if self.service is not None and self.team is not None:
            raise ValueError("give a service or a team, not both")
        if self.factor == 1 and not self.extra:
            raise ValueError("give a factor, such as 1.2, or extra incidents a week")
        return self


class TagSettings(BaseModel):
    """Records that are looked at together: by the value of a field, a word, or by number."""

    model_config = _FROZEN

    fields: dict[str, frozenset[str]] = Field(default_factory=dict)
    """Values by field, such as { category = ["Security"] }."""
    words: frozenset[str] = frozenset()
    """Words of the title, any of them."""
    numbers: frozenset[str] = frozenset()
    """Records by number."""

    @model_validator(mode="after")
    def _says_something(self) -> "TagSettings":
        if not (self.fields or self.words or self.numbers):
            raise ValueError("give fields, words or numbers")
        return self


class DecisionSettings(BaseModel):
    """A decision that a figure led to; without one in 13 weeks, its removal is proposed."""

    model_config = _FROZEN

    figure: FigureId
    """By its id."""
    week: Week
    """When it was decided."""
    what: Annotated[str, Field(min_length=1)]
    """What was decided."""


class PromiseSettings(BaseModel):
    """How soon records of a priority shall be done, for `csi tradeoff`."""

    model_config = _FROZEN

    priority: Priority
    """P1 to P5."""
    within_h: float = Field(gt=0, le=10_000)
    """Hours of service within which they shall be done."""
    share: float = Field(0.95, gt=0, lt=1)
    """How many of them, 0-1."""


class HoursSettings(BaseModel):
    """When services are promised, with the public holidays of a country taken out."""

    model_config = _FROZEN

    days: tuple[Day, ...] = _DAYS[:5]
    """On which days."""
    opens: time = time(8)
    """From this time of the day."""
    closes: time = time(18)
    """Up to this one."""
    country: str | None = Field(None, pattern="^[A-Z]{2}$")
    """Whose public holidays are taken out, by its ISO code of two letters."""
    closed_days: tuple[date, ...] = ()
    """Further days that are taken out."""

    @model_validator(mode="after")
    def _can_be_used(self) -> "HoursSettings":
        if self.opens >= self.closes:
            raise ValueError("opens must lie before closes; the end of the day is 23:59:59")
        return self

    def hours(self, zone: str) -> ServiceHours:
        """The service hours, in the zone of the reporting weeks."""
        windows = {_DAYS.index(day): (self.opens, self.closes) for day in self.days}
        return ServiceHours(
            zone=zone, windows=windows, country=self.country, closed_days=self.closed_days
        )


class FigureSettings(BaseModel):
    """What figures need that no record says."""

    model_config = _FROZEN

    productive_h: float | None = Field(
        None,
        gt=0,
        le=80,
        description="Hours a person works on records in a week, after holidays, illness and "
        "meetings. Opens `staff_needed` without an assumption.",
    )
    desk_people: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="People who work on incidents at the same time. Opens `csi tradeoff`.",
    )
    team_sizes: dict[str, Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default_factory=dict,
        description="People per team, by its name, where no team record says; no figure is told "
        "of a team of fewer than 5.",
    )
    service_hours: HoursSettings | None = Field(
        None, description="When services are promised; round the clock where it is left out."
    )
    targets: tuple[TargetSettings, ...] = Field(
        (),
        description="What a figure shall reach, by service and period, with its owner. Opens "
        "`csi targets`: met or missed, exception or structure, and whether it can be reached.",
    )
    events: tuple[EventSettings, ...] = Field(
        (), description="What everybody knows of: named in the charts, and never hides a signal."
    )
    steps: tuple[StepSettings, ...] = Field(
        (),
        description="Improvements that went live: from the week on, the figure has new limits.",
    )
    plans: tuple[PlanSettings, ...] = Field(
        (), description="Growth, launches and changes to come, for `csi forecast`."
    )
    promises: tuple[PromiseSettings, ...] = Field(
        (), description="How soon each priority shall be done, for `csi tradeoff`."
    )
    decisions: tuple[DecisionSettings, ...] = Field(
        (),
        description="Decisions that figures led to, so that `csi figures --unused` can tell those "
        "that lead to none.",
    )
    tags: dict[str, TagSettings] = Field(
        default_factory=dict,
        description="Records looked at together, such as security or a launch: `csi figure ID "
        "--tag NAME`.",
    )

    @field_validator("promises")
    @classmethod
    def _each_once(cls, promises: tuple[PromiseSettings, ...]) -> tuple[PromiseSettings, ...]:
        if len({one.priority for one in promises}) < len(promises):
            raise ValueError("a priority is promised twice")
        return promises

    @field_validator("tags")
    @classmethod
    def _named(cls, tags: Mapping[str, TagSettings]) -> Mapping[str, TagSettings]:
        if any(not name.strip() for name in tags):
            raise ValueError("a tag needs a name")
        return tags
