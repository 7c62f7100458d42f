"""What is declared in `csi.toml`, as the figures take it."""

from collections.abc import Iterable, Iterator, Mapping

from flows.figure_settings import (
    EventSettings,
    FigureSettings,
    PlanSettings,
    StepSettings,
    TargetSettings,
)
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.register import RegisterEntry, RegisterState
from reports.measures.contracts import CATALOGUE
from reports.measures.declared import Declared, KnownEvent, Planned, StepChange, Target
from reports.measures.forecast import HORIZON
from reports.measures.tags import Tag


def declared(
    settings: FigureSettings, register: Iterable[RegisterEntry], week: ReportingWeek
) -> Declared:
    """Targets, events, steps and plans, seen from one week.

    Args:
        settings: the section `figures` of the settings.
        register: says which figure an improvement is for, where its step does not; what went live
            is a step by itself, of the figure it is measured by.
        week: that the coming weeks of plans are counted from.

    Raises:
        ConfigError: neither a step nor the register says which figure the step is of.
    """
    assumed, entries = Declared(), tuple(register)
    hours = settings.productive_h
    return Declared(
        planned=tuple(_planned(settings.plans, week)),
        productive_h=assumed.productive_h if hours is None else hours,
        is_productive_h_assumed=hours is None,
        targets=tuple(_target(one) for one in settings.targets),
        events=tuple(_event(one) for one in settings.events),
        steps=(*_steps(settings.steps, entries), *_gone_live(settings.steps, entries, week.zone)),
    )


def tag_of(settings: FigureSettings, name: str) -> Tag:
    """A tag by its name.

    Raises:
        ConfigError: there is none of that name.
    """
    one = settings.tags.get(name)
    if one is None:
        known = ", ".join(settings.tags) or "none is configured under [figures.tags]"
        raise ConfigError(f"there is no tag {name!r}; there are: {known}")
    return Tag(name=name, values=one.fields, words=one.words, numbers=one.numbers)


def _target(one: TargetSettings) -> Target:
    return Target(
        figure_id=one.figure,
        value=one.value,
        owner=one.owner,
        service=one.service,
        dimensions=one.slice,
        from_week=one.from_week,
        until_week=one.until_week,
    )


def _event(one: EventSettings) -> KnownEvent:
    return KnownEvent(
        name=one.name,
        starts_on=one.first_day,
        ends_on=one.last_day or one.first_day,
        service=one.service,
    )


def _steps(
    steps: Iterable[StepSettings], register: Iterable[RegisterEntry]
) -> tuple[StepChange, ...]:
    measured: Mapping[str, str | None] = {one.number: one.measure_id for one in register}
    return tuple(_step(one, measured.get(one.improvement)) for one in steps)


def _step(step: StepSettings, measure_id: str | None) -> StepChange:
    figure_id = step.figure or measure_id
    if figure_id is None:
        raise ConfigError(
            f"figures.steps: the register does not say which figure {step.improvement} is for; "
            "name it as `figure`"
        )
    return StepChange(
        improvement=step.improvement,
        week=step.week,
        figure_id=figure_id,
        dimensions=step.slice,
    )


def _gone_live(
    steps: Iterable[StepSettings], register: Iterable[RegisterEntry], zone: str
) -> Iterator[StepChange]:
    """The steps of entries that went live, where none is declared."""
    told = {one.improvement for one in steps}
    for entry in register:
        is_measured = entry.measure_id in CATALOGUE and entry.state is not RegisterState.CANCELED
        if entry.live_at is None or not is_measured or entry.number in told:
            continue
        assert entry.measure_id is not None
        yield StepChange(
            improvement=entry.number,
            week=ReportingWeek.of(entry.live_at, zone).label,
            figure_id=entry.measure_id,
            dimensions={"service": entry.service} if entry.service else {},
        )


def _planned(plans: Iterable[PlanSettings], week: ReportingWeek) -> Iterable[Planned]:
    """The plans that reach into the weeks of a forecast, counted from the week it starts after."""
    for one in plans:
        first, last = (_ahead(week, label) for label in (one.first_week, one.last_week))
        if last >= 1 and first <= HORIZON:
            named = {"service": one.service, "team": one.team}
            dimension = next((name for name, value in named.items() if value is not None), None)
            yield Planned(
                reason=one.reason,
                factor=one.factor,
                extra=one.extra,
                first=max(first, 1),
                last=min(last, HORIZON),
                dimension=dimension,
                value=None if dimension is None else named[dimension],
            )


def _ahead(week: ReportingWeek, label: str) -> int:
    """How many weeks a label lies ahead of a week; 1 is the next."""
    return (ReportingWeek.parse(label).monday - week.monday).days // 7
