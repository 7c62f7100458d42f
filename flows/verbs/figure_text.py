"""Figures, comparisons and restatements as lines of text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from itsm.figures import Figure, FigureResult, NotAvailable
from reports.measures.compare_list import Comparison, Difference
from reports.measures.contract import Contract
from reports.measures.restatements import Restatement
from reports.measures.targets import Judged


def named(dimensions: Mapping[str, str]) -> str:
    """A slice in words; the total where there is none."""
    return "; ".join(f"{name}={value}" for name, value in dimensions.items()) or "total"


def shown(
    contract: Contract, results: Sequence[FigureResult], cutoff_at: datetime, *, explain: bool
) -> Iterator[str]:
    """Every slice of a figure; with what it means and counts, where that is asked for."""
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
    name = named(result.dimensions)
    if isinstance(result, NotAvailable):
        yield f"{name}: {result}"
        return
    yield f"{name}: {result.value:,.4g} {result.unit} ({result.exactness}), n = {result.n}"
    if explain:
        yield from _explained(result)


def _explained(result: Figure) -> Iterator[str]:
    if result.numerator is not None:
        yield f"  numerator {result.numerator:,.0f}, denominator {result.n}"
    if result.interval is not None:
        yield f"  95 % interval: {result.interval[0]:.4g} to {result.interval[1]:.4g}"
    yield from (f"  {name}: {value:,.4g}" for name, value in result.companions.items())
    yield from (f"  left out, {reason}: {n}" for reason, n in result.excluded.items())
    if result.signal is not None:
        causes = ", ".join(result.signal.causes)
        yield f"  signal: {result.signal.verdict}{f' ({causes})' if causes else ''}"
    if result.series is not None:
        yield from _marked(result)
    if result.note is not None:
        yield f"  note: {result.note}"
    yield f"  sources: {', '.join(result.sources) or 'none'}"
    yield f"  rows ({len(result.rows)}): {' '.join(result.rows)}"
    if result.base_rows:
        yield f"  of ({len(result.base_rows)}): {' '.join(result.base_rows)}"


def _marked(result: Figure) -> Iterator[str]:
    """The limits of a series, and what falls into its weeks."""
    series = result.series
    assert series is not None
    if series.limits is not None:
        since = f" from {series.limits_from} on" if series.limits_from else ""
        low, centre, high = series.limits.lower, series.limits.centre, series.limits.upper
        yield f"  limits: {low:,.4g} to {high:,.4g}, mean {centre:,.4g}{since}"
    for kind, marks in (("known", series.events), ("improvement", series.steps)):
        for week, names in marks.items():
            yield f"  {kind}, {week}: {', '.join(names)}"


def judgements(judged: Sequence[Judged]) -> Iterator[str]:
    """Targets held against their figures."""
    for one in judged:
        target = one.target
        where = [] if target.service is None else [f"service={target.service}"]
        where += [f"{name}={value}" for name, value in target.dimensions.items()]
        told = "" if one.value is None else f" is {one.value:,.4g},"
        place = f" ({'; '.join(where)})" if where else ""
        yield f"{target.figure_id}{place}{told} target {target.value:,.4g}. {one.sentence()}"


def compared(found: Comparison, whole: Figure) -> Iterator[str]:
    """What another report's list has in common with a figure, and what not, with the rules."""
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


def restated(moved: Sequence[Restatement]) -> Iterator[str]:
    """What two runs tell differently."""
    if not moved:
        yield "nothing moved"
    for one in moved:
        before, after = (_value(value) for value in (one.before, one.after))
        name = named(one.dimensions)
        yield f"{one.title}, {one.period}, {name}: {before} became {after}; {one.reason}"
        if one.came:
            yield f"  came: {' '.join(one.came)}"
        if one.went:
            yield f"  went: {' '.join(one.went)}"


def _value(value: float | None) -> str:
    return "not available" if value is None else f"{value:,.6g}"
