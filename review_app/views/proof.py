"""How an improvement is measured, and what was shown: charts, verdicts, guards, money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from itsm.candidates import Estimate
from itsm.clocks import ReportingWeek
from itsm.figures import Direction, Figure, Unit
from itsm.proof import Baseline, Effect, Proof
from itsm.register import RegisterEntry
from reports.lookup import words
from reports.measures.signal import charted
from reports.model import ChartMark, ControlChart
from reports.numbers import day, local_day, number
from reports.sections.figures import control_chart
from reports.text import clean
from review_app.parts import ReviewParts
from review_app.register.intervals import Interval, intervals_svg
from review_app.register.reading import candidates_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """The verdict at a hold, or when the next one is due."""

    name: str
    due: str
    verdict: str
    effect: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """What is known of the effect of an entry; empty parts are not known yet."""

    text: str
    verdict: str
    as_of: str
    design: str
    live: str
    effects: Markup | None
    holds: tuple[HoldLine, ...]
    guards: tuple[tuple[str, str, str], ...]
    money: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str, bool], ...]
    charts: tuple[ControlChart, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known yet."""
        return not (self.text or self.design or self.charts or self.live)


def proof_view(parts: ReviewParts, entry: RegisterEntry) -> ProofView:
    """What the page of an entry shows of its measure."""
    proof = entry.proof
    return ProofView(
        text=clean(proof.text, 1_000) if proof else "",
        verdict=words(proof.verdict) if proof and proof.verdict else "",
        as_of=local_day(proof.as_of, parts.zone) if proof else "",
        design=clean(entry.baseline.design, 1_000) if entry.baseline else "",
        live=local_day(entry.live_at, parts.zone) if entry.live_at else "",
        effects=_effects(proof) if proof else None,
        holds=tuple(_holds(proof)) if proof else (),
        guards=tuple(_guards(proof)) if proof else (),
        money=tuple(_money(proof)) if proof else (),
        inputs=_inputs(proof) if proof else (),
        charts=tuple(_charts(parts, entry)),
    )


def _effects(proof: Proof) -> Markup | None:
    """The ratio at each hold and now, with their intervals."""
    named: list[tuple[str, Effect | None]] = [
        *((f"{hold.day} days", hold.effect) for hold in proof.holds),
        ("until now", proof.effect),
    ]
    intervals = [
        Interval(label=name, ratio=effect.ratio, low=effect.low, high=effect.high)
        for name, effect in named
        if effect is not None
    ]
    if not intervals:
        return None
    return intervals_svg("What is left of the rate, 1 is as before", intervals)


def _holds(proof: Proof) -> list[HoldLine]:
    return [
        HoldLine(
            name=f"{hold.day} days",
            due=day(hold.due_on),
            verdict=words(hold.verdict),
            effect=_effect_words(hold.effect),
            text=clean(hold.text, 600),
        )
        for hold in proof.holds
    ]


def _effect_words(effect: Effect) -> str:
    ratio, low, high = (number(value, 2) for value in (effect.ratio, effect.low, effect.high))
    return f"{ratio} ({low} to {high})"


def _guards(proof: Proof) -> list[tuple[str, str, str]]:
    return [
        (
            clean(guard.name, 80),
            "worse" if guard.is_breached else "holds" if guard.effect else "cannot be told",
            clean(guard.text, 400),
        )
        for guard in proof.guards
    ]


def _money(proof: Proof) -> list[tuple[str, str]]:
    avoided = proof.effect.avoided if proof.effect else None
    named: tuple[tuple[str, Estimate | None], ...] = (
        ("Incidents avoided", avoided),
        ("Hours avoided", proof.hours),
        ("Benefit", proof.benefit),
        ("Return on the cost", proof.roi),
    )
    return [(name, _estimate(one)) for name, one in named if one is not None]


def _estimate(one: Estimate) -> str:
    decimals = 2 if abs(one.value) < 10 else 0
    value, low, high = (number(part, decimals) for part in (one.value, one.low, one.high))
    return f"{value} {clean(one.unit, 20)} ({low} to {high})"


def _inputs(proof: Proof) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (words(one.name), f"{number(one.value, 2)} {clean(one.unit, 20)}", one.is_assumed)
        for one in proof.inputs
    )


def _charts(parts: ReviewParts, entry: RegisterEntry) -> list[ControlChart]:
    """The weeks before it went live as they were frozen, and the weeks of its candidate now."""
    frozen = [_baseline_chart(entry.baseline, parts)] if entry.baseline else []
    now = _candidate_chart(parts, entry)
    return [*frozen, *([now] if now else [])]


def _baseline_chart(baseline: Baseline, parts: ReviewParts) -> ControlChart:
    counts = [sum(week) for week in zip(*(one.members for one in baseline.strata), strict=True)]
    weeks = [ReportingWeek.of(at, parts.zone.key).label for at in baseline.weeks]
    return _chart("Incidents a week before it went live, as frozen", weeks, counts)


def _candidate_chart(parts: ReviewParts, entry: RegisterEntry) -> ControlChart | None:
    runs = parts.reviewing.runs()[:1]
    if not runs:
        return None
    names = set(candidates_of(entry))
    if not names:
        return None
    listed = parts.reviewing.queue(runs[0].run_id)
    found = next((one.candidate for one in listed if one.candidate.candidate_id in names), None)
    if found is None or not found.weekly_counts:
        return None
    last = ReportingWeek.parse(runs[0].week, parts.zone.key)
    weeks = [week.label for week in last.last(len(found.weekly_counts))]
    title = "Incidents a week of its candidate, in the newest run"
    return _chart(title, weeks, found.weekly_counts, _live_mark(weeks, entry, parts))


def _live_mark(
    weeks: Sequence[str], entry: RegisterEntry, parts: ReviewParts
) -> tuple[ChartMark, ...]:
    if entry.live_at is None:
        return ()
    name, label = clean(entry.number, 40), ReportingWeek.of(entry.live_at, parts.zone.key).label
    if label not in weeks:
        return ()
    place = list(weeks).index(label)
    return (ChartMark(key="A", name=name, first=place, last=place, is_step=True),)


def _chart(
    title: str,
    weeks: Sequence[str],
    counts: Sequence[float],
    marks: tuple[ChartMark, ...] = (),
) -> ControlChart:
    values = [float(count) for count in counts]
    series, signal = charted(list(weeks), values, Unit.COUNT, Direction.DOWN)
    figure = Figure(
        figure_id="entry_weekly_incidents",
        version=1,
        title=title,
        unit=Unit.COUNT,
        period=weeks[-1] if weeks else "",
        value=values[-1] if values else 0.0,
        n=int(sum(values)),
        series=series,
        signal=signal,
    )
    return replace(control_chart(figure), marks=marks)
