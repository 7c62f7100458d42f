"""`csi figure`: one figure by itself, opened to its rows, or held against another report's list."""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from flows.figures import contract_of, results_of, stored_data
from flows.verbs.options import config_option, cutoff_option, json_option, parsed_time, parts_from
from flows.weeks import reporting_week
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.codec import to_plain
from itsm.errors import ConfigError
from itsm.figures import Figure, FigureResult, NotAvailable
from itsm.periods import Months, calendar_month, calendar_quarter
from reports.measures.compare_facts import our_side
from reports.measures.compare_list import Comparison, Difference, compare
from reports.measures.contract import Contract
from reports.measures.restatements import Restatement, restatements

MAX_LISTED = 20
_NAMES = ("number", "id", "key", "incident", "ticket", "record")
"""Columns of another report that may hold record numbers, likeliest first."""


@click.command()
@click.argument("figure_id", metavar="ID")
@config_option
@click.option("--week", metavar="YYYY-Www", help="Without a period, the last week that has ended.")
@click.option("--month", metavar="YYYY-MM", help="A calendar month instead of a week.")
@click.option("--quarter", metavar="YYYY-Qn", help="A calendar quarter instead of a week.")
@cutoff_option
@click.option("--slice", "chosen", metavar="NAME=VALUE", multiple=True, help="Only these slices.")
@click.option("--explain", is_flag=True, help="Also formula, denominator, exclusions and rows.")
@click.option(
    "--compare",
    "compare_with",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV with the list behind another report's number: name what differs, and why.",
)
@click.option("--column", help="The column of the list with the record numbers.")
@click.option("--restated-since", metavar="TIME", help="Tell what moved since an earlier cut-off.")
@json_option
def figure(
    figure_id: str,
    config: Path,
    week: str | None,
    month: str | None,
    quarter: str | None,
    cutoff: str | None,
    chosen: tuple[str, ...],
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
    period = _period(parts, week, month, quarter)
    cutoff_at = _cutoff(parts, period, cutoff)
    data = stored_data(parts, period, cutoff_at)
    results = _sliced(results_of(data, contract, period, cutoff_at), chosen)
    if restated_since is not None:
        since = parsed_time(restated_since)
        earlier = results_of(stored_data(parts, period, since), contract, period, since)
        lines = _restated(restatements(_sliced(earlier, chosen), results))
    elif compare_with is not None:
        theirs = _numbers(compare_with, column)
        whole = _whole(results)
        aside = {row.key for row in parts.store.queries.quarantine_rows(kind=contract.kind)}
        ours = our_side(data, contract, whole, period, cutoff_at, theirs, quarantined=aside)
        lines = _compared(compare(ours, theirs), whole)
    elif as_json:
        lines = iter([json.dumps([to_plain(one, FigureResult) for one in results], indent=2)])
    else:
        lines = _shown(contract, results, cutoff_at, explain=explain)
    for line in lines:
        click.echo(line)


def _period(
    parts: Parts, week: str | None, month: str | None, quarter: str | None
) -> ReportingWeek | Months:
    if sum(one is not None for one in (week, month, quarter)) > 1:
        raise ConfigError("give one of --week, --month and --quarter")
    if month is not None:
        return calendar_month(month, parts.settings.zone)
    if quarter is not None:
        return calendar_quarter(quarter, parts.settings.zone)
    return reporting_week(parts, week)


def _cutoff(parts: Parts, period: ReportingWeek | Months, cutoff: str | None) -> datetime:
    """The cut-off asked for, also one amid the period; without it the period's end plus the lag."""
    if cutoff is None:
        return period.cutoff(parts.settings.cutoff_lag)
    at = parsed_time(cutoff)
    if at.tzinfo is None:
        raise ConfigError("--cutoff has no time zone; write it as 2026-11-23T06:00:00Z")
    return at


def _sliced(results: Sequence[FigureResult], chosen: Sequence[str]) -> tuple[FigureResult, ...]:
    pairs = [tuple(one.split("=", 1)) for one in chosen]
    if any(len(pair) != 2 for pair in pairs):
        raise ConfigError("write a slice as NAME=VALUE, such as --slice priority=1")
    kept = tuple(
        one for one in results if all(one.dimensions.get(pair[0]) == pair[1] for pair in pairs)
    )
    if not kept:
        slices = sorted({"; ".join(_named(one)) or "the total" for one in results})
        raise ConfigError(f"no such slice; there are: {' | '.join(slices[:MAX_LISTED])}")
    return kept


def _named(result: FigureResult) -> list[str]:
    return [f"{name}={value}" for name, value in result.dimensions.items()]


def _whole(results: Sequence[FigureResult]) -> Figure:
    """The one result to compare: the total, or the one slice that was chosen."""
    found = [one for one in results if not one.dimensions] or list(results)
    if len(found) != 1:
        raise ConfigError("choose one slice to compare, with --slice NAME=VALUE")
    (one,) = found
    if isinstance(one, NotAvailable):
        raise ConfigError(f"{one.title}: {one}")
    return one


def _shown(
    contract: Contract, results: Sequence[FigureResult], cutoff_at: datetime, *, explain: bool
) -> Iterator[str]:
    yield f"{contract.title} ({contract.figure_id}), {results[0].period}, known at {cutoff_at}"
    if explain:
        yield f"  formula (version {contract.version}): {contract.formula}"
        yield f"  denominator: {contract.denominator}"
        yield f"  left out: {contract.exclusions}"
        yield f"  needs: {'; '.join(contract.needs)}"
        yield f"  owner: {contract.owner}; decision: {contract.decision}"
        yield f"  read beside: {contract.partner}"
    for one in results:
        yield from _one(one, explain=explain)


def _one(result: FigureResult, *, explain: bool) -> Iterator[str]:
    name = "; ".join(_named(result)) or "total"
    if isinstance(result, NotAvailable):
        yield f"{name}: {result}"
        return
    yield f"{name}: {result.value:,.4g} {result.unit} ({result.exactness}), n = {result.n}"
    if not explain:
        return
    if result.numerator is not None:
        yield f"  numerator {result.numerator:,.0f}, denominator {result.n}"
    if result.interval is not None:
        yield f"  95 % interval: {result.interval[0]:.4g} to {result.interval[1]:.4g}"
    yield from (f"  {name}: {value:,.4g}" for name, value in result.companions.items())
    yield from (f"  left out, {reason}: {n}" for reason, n in result.excluded.items())
    if result.signal is not None:
        causes = ", ".join(result.signal.causes)
        yield f"  signal: {result.signal.verdict}{f' ({causes})' if causes else ''}"
    if result.note is not None:
        yield f"  note: {result.note}"
    yield f"  sources: {', '.join(result.sources) or 'none'}"
    yield f"  rows ({len(result.rows)}): {' '.join(result.rows)}"
    if result.base_rows:
        yield f"  of ({len(result.base_rows)}): {' '.join(result.base_rows)}"


def _numbers(path: Path, column: str | None) -> list[str]:
    """The record numbers of another report's list.

    Raises:
        ConfigError: no column can be told to hold them.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        names = list(rows.fieldnames or [])
        found = column if column is not None else _guessed(names)
        if found is None or found not in names:
            raise ConfigError(f"{path.name}: give --column, one of {', '.join(names)}")
        return [row[found].strip() for row in rows if (row[found] or "").strip()]


def _guessed(names: Sequence[str]) -> str | None:
    if len(names) == 1:
        return names[0]
    lowered = {name.strip().lower(): name for name in names}
    return next((lowered[name] for name in _NAMES if name in lowered), None)


def _compared(found: Comparison, whole: Figure) -> Iterator[str]:
    yield f"{whole.title}, {whole.period}: {found.n_ours} in ours, {found.n_theirs} in theirs"
    yield f"  in both: {found.n_both}"
    for side, some in (("only in ours", found.only_ours), ("only in theirs", found.only_theirs)):
        by_rule: dict[str, list[Difference]] = {}
        for one in some:
            by_rule.setdefault(str(one.rule), []).append(one)
        for rule, members in by_rule.items():
            yield f"  {side}, {rule}: {len(members)}"
            yield from (f"    {one.number}  {one.detail}".rstrip() for one in members)
    if found.clock_offset_h is not None:
        yield f"  their period begins {found.clock_offset_h:+g} h from ours"
    yield f"  rest: {len(found.rest)}"


def _restated(moved: Sequence[Restatement]) -> Iterator[str]:
    if not moved:
        yield "nothing moved"
    for one in moved:
        name = "; ".join(f"{key}={value}" for key, value in one.dimensions.items()) or "total"
        yield f"{one.title}, {one.period}, {name}: {one.before} became {one.after}; {one.reason}"
        if one.came:
            yield f"  came: {' '.join(one.came)}"
        if one.went:
            yield f"  went: {' '.join(one.went)}"
