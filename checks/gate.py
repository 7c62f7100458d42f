"""The gate before mining: what stops the run, and what only warns."""

from collections.abc import Sequence

from checks.whole import ACTIVE, READABLE
from checks.wording import sentence
from itsm.quality import CheckReport, ExpectationResult, GateReport, Severity
from itsm.states import RecordKind

ANY_SOURCE_WILL_DO = frozenset({READABLE, ACTIVE})
"""Rules that stop the run only when no source meets them; one ill source is missing, not fatal."""


def gate(reports: Sequence[CheckReport]) -> GateReport:
    """Whether the data may be mined.

    Args:
        reports: of every kind of every source; their order decides the order of the sentences.

    Returns:
        The reports with a sentence per finding: what stops the run, and what warns. Without any
        usable incident the gate is closed.
    """
    stops: list[str] = []
    warnings: list[str] = []
    for report in reports:
        for result in report.failed:
            (stops if _stops(result, reports) else warnings).append(sentence(report, result))
    if not any(report.kind is RecordKind.INCIDENT for report in reports):
        stops.insert(0, "no incidents were read from any source; map and pull incidents")
    return GateReport(reports=tuple(reports), stops=tuple(stops), warnings=tuple(warnings))


def _stops(result: ExpectationResult, reports: Sequence[CheckReport]) -> bool:
    if result.severity is not Severity.CRITICAL:
        return False
    return result.rule not in ANY_SOURCE_WILL_DO or not _is_met_somewhere(result.rule, reports)


def _is_met_somewhere(rule: str, reports: Sequence[CheckReport]) -> bool:
    return any(
        result.rule == rule and result.is_met
        for report in reports
        if report.kind is RecordKind.INCIDENT
        for result in report.results
    )
