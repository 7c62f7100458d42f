"""What a company says beside its records: targets, known events, and steps it took on purpose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from itsm.periods import Period, period_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure shall reach, where and when, and who answers for it.

    `service` narrows the figure to one service, `dimensions` to one of its slices; `from_week` and
    `until_week` are week labels, both included, None where the target has no such end.
    """

    figure_id: str
    value: float
    owner: str
    service: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    from_week: str | None = None
    until_week: str | None = None

    def holds_in(self, label: str) -> bool:
        """Whether the target is in force on the first day of a week, a month or a quarter."""
        if self.from_week is None and self.until_week is None:
            return True
        day = period_of(label).first_day
        begins = period_of(self.from_week or label).first_day
        ends = period_of(self.until_week or label).shifted(1).first_day
        return begins <= day < ends


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEvent:
    """Something everybody knew of: a freeze, an office move, a holiday.

    It is drawn and named beside the series it falls into. It never hides a signal: a week may be
    unusual for a reason and be unusual all the same.
    """

    name: str
    starts_on: date
    ends_on: date
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """An improvement that went live: from its week on, a figure has limits of its own.

    `improvement` is the number of the register entry. Without dimensions it holds for the total of
    the figure only: an improvement of one service does not give every service new limits.
    """

    improvement: str
    week: str
    figure_id: str
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Something known of the coming weeks that no history tells: growth, a launch, a change.

    `factor` multiplies what is expected, `extra` is added to each week, in the weeks `first` to
    `last` ahead (1 is the next). `dimension` and `value` narrow it to a service or a team.
    """

    reason: str
    factor: float = 1.0
    extra: float = 0.0
    first: int = 1
    last: int = 4
    dimension: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        times = f"x {self.factor:g}" if self.factor != 1 else ""
        more = f"{self.extra:+g} a week" if self.extra else ""
        return f"{self.reason} ({' '.join(filter(None, (times, more)))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Everything declared.

    `productive_h` is what a person works on records in a week, after holidays, illness, meetings
    and all else; an assumption until a company says otherwise.
    """

    planned: tuple[Planned, ...] = ()
    productive_h: float = 26.0
    is_productive_h_assumed: bool = True
    targets: tuple[Target, ...] = ()
    events: tuple[KnownEvent, ...] = ()
    steps: tuple[StepChange, ...] = ()

    def step_of(self, figure_id: str, dimensions: Mapping[str, str], until: str) -> str | None:
        """The week of the newest step of a figure up to a week; None without one."""
        weeks = [step.week for step in self._steps(figure_id, dimensions) if step.week <= until]
        return max(weeks, default=None)

    def improvements(
        self, figure_id: str, dimensions: Mapping[str, str]
    ) -> dict[str, tuple[str, ...]]:
        """The improvements that went live for a figure, by the label of the week."""
        named: dict[str, list[str]] = {}
        for step in self._steps(figure_id, dimensions):
            named.setdefault(step.week, []).append(step.improvement)
        return {week: tuple(sorted(names)) for week, names in sorted(named.items())}

    def _steps(self, figure_id: str, dimensions: Mapping[str, str]) -> list[StepChange]:
        return [
            step
            for step in self.steps
            if step.figure_id == figure_id and dict(step.dimensions) == dict(dimensions)
        ]


def marks(
    events: Iterable[KnownEvent], weeks: Sequence[Period], service: str | None = None
) -> dict[str, tuple[str, ...]]:
    """The names of known events by the label of the week, month or quarter they fall into.

    Args:
        events: known events.
        weeks: the periods of a series.
        service: that the series is about; None takes the events of every service.
    """
    chosen = sorted(
        (one for one in events if None in (service, one.service) or one.service == service),
        key=lambda one: (one.starts_on, one.name),
    )
    named: dict[str, tuple[str, ...]] = {}
    for week in weeks:
        last_day = week.shifted(1).first_day - timedelta(days=1)
        inside = tuple(
            one.name
            for one in chosen
            if one.starts_on <= last_day and one.ends_on >= week.first_day
        )
        if inside:
            named[week.label] = inside
    return named
