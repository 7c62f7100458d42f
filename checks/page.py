"""The results of the checks as one self-contained page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from checks.gate import gate
from checks.wording import examples, percent
from itsm.quality import CheckReport, ExpectationResult, QuarantineCount, Severity

MEANINGS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.CRITICAL: "stops the run",
        Severity.QUARANTINE: "sets aside",
        Severity.WARNING: "warns",
    }
)
"""What an expectation that is not met leads to, as the page says it."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One expectation as a line of a table."""

    title: str
    field: str
    outcome: str
    css: str
    observed: str
    examples: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Section:
    """One record kind of one source."""

    title: str
    anchor: str
    n_records: int
    n_met: int
    rows: tuple[_Row, ...]
    notes: tuple[str, ...]


def render_page(
    reports: Sequence[CheckReport],
    quarantine_counts: Sequence[QuarantineCount] = (),
    *,
    title: str = "Data quality",
) -> str:
    """The page: what stops the run, what warns, what was set aside, and every expectation.

    Args:
        reports: of every kind of every source, shown in this order.
        quarantine_counts: what was set aside, and why.
        title: the page's heading.

    Returns:
        HTML without scripts and without anything to load. The same input gives the same bytes.
    """
    word = gate(reports)
    return _template().render(
        title=title,
        stops=word.stops,
        warnings=word.warnings,
        sections=[_section(place, report) for place, report in enumerate(reports)],
        quarantine=quarantine_counts,
        examples=examples,
    )


def _section(place: int, report: CheckReport) -> _Section:
    rows = tuple(map(_row, sorted(report.results, key=lambda result: result.is_met)))
    return _Section(
        title=f"{report.source}: {report.kind.value.replace('_', ' ')}",
        anchor=f"kind-{place}",
        n_records=report.n_records,
        n_met=len(report.results) - len(report.failed),
        rows=rows,
        notes=tuple(
            r.observed for r in report.results if r.is_met and r.n_checked == 0 and r.observed
        ),
    )


def _row(result: ExpectationResult) -> _Row:
    outcome = "met" if result.is_met else MEANINGS[result.severity]
    return _Row(
        title=result.title,
        field=result.field or "",
        outcome=outcome,
        css="met" if result.is_met else result.severity.value,
        observed=result.observed or _checked(result),
        examples=examples(result.failed),
        remedy=result.remedy or "",
    )


def _checked(result: ExpectationResult) -> str:
    if result.n_checked == 0:
        return "nothing to check"
    share = percent(1 - result.n_failed / result.n_checked)
    return f"{share} of {result.n_checked:,}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("checks", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")
