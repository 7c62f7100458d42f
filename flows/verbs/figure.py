"""`csi figure`: one figure by itself, opened to its rows, or held against another report's list."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.declared import tag_of
from flows.figures import contract_of, results_of, since_of, stored_data
from flows.lists import numbers_of
from flows.verbs.figure_text import compared, judgements, named, restated, shown
from flows.verbs.options import Asked, asked, json_option, parts_from, period_options
from flows.wiring import Parts
from itsm.codec import to_plain
from itsm.errors import ConfigError, MeasureError
from itsm.figures import Figure, FigureResult, NotAvailable
from reports.measures.compare_facts import our_side
from reports.measures.compare_list import compare
from reports.measures.contract import Contract
from reports.measures.data import MeasureData
from reports.measures.restatements import restatements
from reports.measures.tags import tagged
from reports.measures.target_list import judge_targets

MAX_LISTED = 20


@click.command()
@click.argument("figure_id", metavar="ID")
@period_options
@click.option("--slice", "chosen", metavar="NAME=VALUE", multiple=True, help="Only these slices.")
@click.option("--tag", metavar="NAME", help="Only records with a tag of [figures.tags].")
@click.option("--explain", is_flag=True, help="Also formula, denominator, exclusions and rows.")
@click.option(
    "--compare",
    "compare_with",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV with the list behind another report's number: name what differs, and why.",
)
@click.option("--column", help="The column of the list with the record numbers.")
@click.option(
    "--restated-since",
    metavar="TIME|RUN",
    help="Tell what moved since an earlier cut-off, or since a mining run.",
)
@json_option
def figure(
    figure_id: str,
    config: Path,
    period: str | None,
    week: str | None,
    month: str | None,
    quarter: str | None,
    cutoff: str | None,
    chosen: tuple[str, ...],
    tag: str | None,
    *,
    explain: bool,
    compare_with: Path | None,
    column: str | None,
    restated_since: str | None,
    as_json: bool,
) -> None:
    """Print one figure, for a week, a month or a quarter, as known at a cut-off."""
    contract = contract_of(figure_id)
    parts = parts_from(config)
    told = _Told(parts, contract, asked(parts, period, week, month, quarter, cutoff), chosen, tag)
    if told.asked.period.end_at > datetime.now(UTC):
        click.echo(f"{told.asked.period} has not ended: this is what is known so far", err=True)
    if restated_since is not None:
        lines = _restated(told, restated_since)
    elif compare_with is not None:
        lines = _compared(told, numbers_of(compare_with, column))
    elif as_json:
        found = [to_plain(one, FigureResult) for one in told.results()]
        lines = iter([json.dumps(found, indent=2)])
    else:
        lines = _shown(told, explain=explain)
    for line in lines:
        click.echo(line)


@dataclass(frozen=True, slots=True)
class _Told:
    """A figure as it is asked for."""

    parts: Parts
    contract: Contract
    asked: Asked
    chosen: tuple[str, ...]
    tag: str | None

    def data(self) -> MeasureData:
        """The records it is told from."""
        data = stored_data(self.parts, self.asked.period, self.asked.cutoff_at)
        if self.tag is None:
            return data
        chosen = tagged(data, tag_of(self.parts.settings.figures, self.tag))
        if chosen.frame(self.contract.kind) is None:
            kind = self.contract.kind.replace("_", " ")
            raise MeasureError(f"no {kind} has the tag {self.tag!r}")
        return chosen

    def results(self, data: MeasureData | None = None) -> tuple[FigureResult, ...]:
        """Its slices; the tag is one of their dimensions."""
        data = self.data() if data is None else data
        found = results_of(data, self.contract, self.asked.period, self.asked.cutoff_at)
        sliced = _sliced(found, self.chosen)
        if self.tag is None:
            return sliced
        return tuple(replace(one, dimensions={**one.dimensions, "tag": self.tag}) for one in sliced)


def _shown(told: _Told, *, explain: bool) -> Iterator[str]:
    data = told.data()
    yield from shown(told.contract, told.results(data), told.asked.cutoff_at, explain=explain)
    own = [one for one in data.declared.targets if one.figure_id == told.contract.figure_id]
    if own and told.tag is None:
        narrowed = replace(data, declared=replace(data.declared, targets=tuple(own)))
        judged = judge_targets(narrowed, told.asked.period, told.asked.cutoff_at)
        yield from (f"target: {line}" for line in judgements(judged))


def _restated(told: _Told, since: str) -> Iterator[str]:
    cutoff_at = since_of(told.parts, since)
    earlier = replace(told, asked=replace(told.asked, cutoff_at=cutoff_at))
    return restated(restatements(earlier.results(), told.results()))


def _compared(told: _Told, theirs: Sequence[str]) -> Iterator[str]:
    data = told.data()
    whole = _whole(told.results(data))
    kind, period = told.contract.kind, told.asked.period
    aside = {row.key for row in told.parts.store.queries.quarantine_rows(kind=kind)}
    ours = our_side(
        data, told.contract, whole, period, told.asked.cutoff_at, theirs, quarantined=aside
    )
    return compared(compare(ours, theirs), whole)


def _sliced(results: Sequence[FigureResult], chosen: Sequence[str]) -> tuple[FigureResult, ...]:
    pairs = [tuple(one.split("=", 1)) for one in chosen]
    if any(len(pair) != 2 for pair in pairs):
        raise ConfigError("write a slice as NAME=VALUE, such as --slice priority=1")
    kept = tuple(
        one for one in results if all(one.dimensions.get(pair[0]) == pair[1] for pair in pairs)
    )
    if not kept:
        slices = sorted({named(one.dimensions).replace("total", "the total") for one in results})
        raise ConfigError(f"no such slice; there are: {' | '.join(slices[:MAX_LISTED])}")
    return kept


def _whole(results: Sequence[FigureResult]) -> Figure:
    """The one result to compare: the total, or the one slice that was chosen."""
    found = [one for one in results if not set(one.dimensions) - {"tag"}] or list(results)
    if len(found) != 1:
        raise ConfigError("choose one slice to compare, with --slice NAME=VALUE")
    (one,) = found
    if isinstance(one, NotAvailable):
        raise ConfigError(f"{one.title}: {one}")
    return one
