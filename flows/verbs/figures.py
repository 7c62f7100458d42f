"""The verbs over all figures: the catalogue, the declared targets, and what moved."""

from collections.abc import Iterator
from pathlib import Path

import click

from flows.figures import all_figures, since_of, stored_data
from flows.use_of_figures import unused_figures
from flows.verbs.figure_text import judgements, restated
from flows.verbs.options import asked, config_option, parts_from, period_options
from flows.wiring import Parts
from reports.measures.contracts import CATALOGUE
from reports.measures.declared import Target
from reports.measures.restatements import UNUSED_WEEKS, restatements
from reports.measures.target_list import judge_targets
from reports.measures.targets import Judged


@click.command()
@config_option
@click.option("--unused", is_flag=True, help="Only those that led to no decision in 13 weeks.")
def figures(config: Path, *, unused: bool) -> None:
    """List every figure there is, or those that are proposed for removal."""
    for line in _unused(parts_from(config)) if unused else _catalogue():
        click.echo(line)


def _catalogue() -> Iterator[str]:
    family = ""
    for one in CATALOGUE.values():
        if one.family != family:
            family = one.family
            yield f"{family}:"
        place = "" if one.is_in_pack else ", not in the pack yet"
        yield f"  {one.figure_id:28} {one.title} ({one.unit}{place})"


def _unused(parts: Parts) -> Iterator[str]:
    proposed, weeks = unused_figures(parts)
    if len(weeks) < UNUSED_WEEKS:
        yield (
            f"packs of {len(weeks)} weeks are kept; after {UNUSED_WEEKS}, figures that led to no "
            "decision are proposed for removal"
        )
        return
    yield f"no decision from {weeks[0]} to {weeks[-1]}, so proposed for removal from the pack:"
    for figure_id in proposed:
        contract = CATALOGUE[figure_id]
        yield f"  {figure_id:28} {contract.title}; it is there for: {contract.decision}"
    yield f"{len(proposed)} figures; note decisions under [figures] in the configuration"


@click.command()
@period_options
def targets(
    config: Path,
    period: str | None,
    week: str | None,
    month: str | None,
    quarter: str | None,
    cutoff: str | None,
) -> None:
    """Hold every declared target against its figure: met, exception, structure, reach."""
    parts = parts_from(config)
    if not parts.settings.figures.targets:
        click.echo("no target is set; add [[figures.targets]] to the configuration")
        return
    at = asked(parts, period, week, month, quarter, cutoff)
    data = stored_data(parts, at.period, at.cutoff_at)
    judged = judge_targets(data, at.period, at.cutoff_at)
    click.echo(f"targets in {at.period}, known at {at.cutoff_at}")
    for line in (*judgements(judged), *_not_judged(data.declared.targets, judged)):
        click.echo(line)


def _not_judged(declared: tuple[Target, ...], judged: tuple[Judged, ...]) -> Iterator[str]:
    """Targets that are not in force, or whose figure has no such slice or series."""
    held = [one.target for one in judged]
    for one in declared:
        if one not in held:
            slices = "; ".join(f"{name}={value}" for name, value in one.dimensions.items())
            where = f" ({slices})" if slices else ""
            yield (
                f"{one.figure_id}{where}: not judged; it is not in force, or this figure has no "
                f"such slice with a series (`csi figure {one.figure_id}` shows those there are)"
            )


@click.command(name="restatements")
@period_options
@click.option(
    "--since", metavar="TIME|RUN", required=True, help="An earlier cut-off, or a mining run."
)
def restatement_list(
    config: Path,
    period: str | None,
    week: str | None,
    month: str | None,
    quarter: str | None,
    cutoff: str | None,
    since: str,
) -> None:
    """List every figure that was told otherwise at an earlier cut-off, with the records."""
    parts = parts_from(config)
    at = asked(parts, period, week, month, quarter, cutoff)
    before = since_of(parts, since)
    earlier = all_figures(stored_data(parts, at.period, before), at.period, before)
    later = all_figures(stored_data(parts, at.period, at.cutoff_at), at.period, at.cutoff_at)
    moved = restatements(earlier, later)
    click.echo(f"{at.period}: {len(moved)} figures moved between {before} and {at.cutoff_at}")
    for line in restated(moved):
        click.echo(line)
