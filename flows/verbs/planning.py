"""The verbs that look ahead: `csi forecast`, and `csi tradeoff` for a stakeholder's ask."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from flows.figures import contract_of, family_results, stored_data
from flows.planning import Answer, answer
from flows.verbs.figure_text import named
from flows.verbs.options import parts_from, week_and_cutoff, week_options
from itsm.figures import Figure, FigureResult, NotAvailable
from reports.measures.tradeoff import Promise

_FORECAST = "workload_forecast"


@click.command()
@week_options
def forecast(config: Path, week: str | None, cutoff: str | None) -> None:
    """Print what is expected in the four weeks after a week, and the people it takes."""
    parts = parts_from(config)
    found, cutoff_at = week_and_cutoff(parts, week, cutoff)
    data = stored_data(parts, found, cutoff_at)
    results = family_results(data, contract_of(_FORECAST), found, cutoff_at)
    click.echo(f"weeks after {found}, known at {cutoff_at}; 80 % intervals")
    for line in _told(results):
        click.echo(line)


def _told(results: Iterable[FigureResult]) -> Iterator[str]:
    plans = ""
    for one in results:
        if isinstance(one, NotAvailable):
            yield f"{one.title}: {one}"
        elif one.figure_id == _FORECAST:
            yield _weeks(one)
            if not one.dimensions and one.note:
                yield f"  {one.note}"
                plans = _plans(one)
            elif _plans(one) != plans:
                yield f"  {_plans(one) or 'not adjusted'}"
        else:
            yield f"{one.title}: {one.value:,.1f}"
            yield from (f"  {name}: {value:,.4g}" for name, value in one.companions.items())
            if one.note:
                yield f"  {one.note}"


def _plans(one: Figure) -> str:
    """What a forecast was adjusted by; empty where nothing is planned."""
    _, found, plans = (one.note or "").partition("Adjusted:")
    return found + plans


def _weeks(one: Figure) -> str:
    """The expected weeks of a whole or a slice in one line."""
    beside = one.companions
    weeks = [name for name in beside if f"{name}, low" in beside]
    cells = (
        f"{week} {beside[week]:,.1f} ({beside[f'{week}, low']:,.1f} to "
        f"{beside[f'{week}, high']:,.1f})"
        for week in weeks
    )
    return f"{named(one.dimensions)}: {'; '.join(cells)}"


@click.command()
@click.argument("priority", metavar="PRIORITY")
@click.argument("hours", type=click.FloatRange(min=0, min_open=True), metavar="HOURS")
@week_options
@click.option(
    "--share",
    type=click.FloatRange(0.01, 0.999),
    default=0.95,
    show_default=True,
    help="Share of them that shall be done in these hours.",
)
@click.option(
    "--people", type=click.IntRange(1, 10_000), help="At work at the same time; else desk_people."
)
@click.option(
    "--handling-h",
    type=click.FloatRange(min=0, min_open=True),
    help="Hours of work on an incident; without it what the records say.",
)
def tradeoff(
    priority: str,
    hours: float,
    config: Path,
    week: str | None,
    cutoff: str | None,
    *,
    share: float,
    people: int | None,
    handling_h: float | None,
) -> None:
    """Print the options for an ask such as "P2 in 4 hours", each with what it does to the rest.

    PRIORITY is P1 to P5. People, waits and the other promises are computed from the records of the
    last weeks; waiting for callers and vendors comes on top.
    """
    parts = parts_from(config)
    ask = Promise(priority=priority.upper(), within_h=hours, share=share)
    at = week_and_cutoff(parts, week, cutoff)
    for line in _answered(answer(parts, ask, *at, people=people, handling_h=handling_h)):
        click.echo(line)


def _answered(found: Answer) -> Iterator[str]:
    ask = found.ask
    yield f"asked: {ask.share:.0%} of {ask.priority} done within {ask.within_h:g} h"
    yield from (f"  {line}" for line in found.inputs)
    if found.observed is not None:
        n = f"of {found.n_observed} {ask.priority} resolved in the last weeks"
        yield f"  in the records: {found.observed:.0%} {n} took {ask.within_h:g} h or less"
    for one in found.options:
        yield one.sentence(ask)
        rest = [name for name in found.desk.order if name != ask.priority]
        kept = (
            f"{other.priority} {one.within[other.priority]:.0%} (of {other.share:.0%}) within "
            f"{other.within_h:g} h"
            for other in found.others
            if other.priority in rest and other.priority in one.within
        )
        waits = (f"{name} {one.wait_h[name]:.2f} h" for name in found.desk.order)
        yield f"  others in time: {', '.join(kept) or 'no promise is known'}"
        yield f"  wait for a person: {', '.join(waits)}"
    if warning := found.warning():
        yield warning
    yield "Waiting for callers and vendors comes on top, whatever is chosen."
