"""Data quality: what the checks found, what is set aside and why."""

from collections.abc import Mapping, Sequence

from itsm.quality import ExpectationResult, GateReport, QuarantineCount, Severity
from itsm.states import RecordKind
from reports.lookup import words
from reports.model import Column, Opening, Section, Table
from reports.numbers import number
from reports.text import clean
from reports.words import listed, noun, plural

MAX_FINDINGS = 20
"""A table of findings shows at most so many."""
N_EXAMPLES = 3
"""Record numbers shown as examples per reason."""
_ORDER = {Severity.CRITICAL: 0, Severity.QUARANTINE: 1, Severity.WARNING: 2}
_EFFECTS = {
    Severity.CRITICAL: "stops the run",
    Severity.QUARANTINE: "set aside",
    Severity.WARNING: "warning",
}


def quality_section(
    checks: GateReport,
    quarantine: Sequence[QuarantineCount],
    n_records: Mapping[RecordKind, int],
    restatements: Sequence[str],
) -> Section:
    """The section on data quality, coverage and restatements."""
    findings = _findings(checks)
    tables = [_coverage(n_records, quarantine)] if n_records else []
    tables += [_finding_table(findings)] if findings else []
    tables += [_quarantine_table(quarantine)] if quarantine else []
    restated = tuple(clean(line) for line in restatements)
    return Section(
        id="data-quality",
        title="Data quality",
        opening=_opening(checks, findings, quarantine, n_records),
        tables=tuple(tables),
        notes=restated or ("No figure of an earlier pack is restated in this one.",),
    )


def n_set_aside(quarantine: Sequence[QuarantineCount]) -> int:
    """How many records are set aside."""
    return sum(item.n for item in quarantine)


def _findings(checks: GateReport) -> list[tuple[str, RecordKind, ExpectationResult]]:
    found = [
        (report.source, report.kind, result)
        for report in checks.reports
        for result in report.failed
    ]
    return sorted(
        found, key=lambda f: (_ORDER[f[2].severity], f[0], f[1], -f[2].n_failed, f[2].rule)
    )


def _opening(
    checks: GateReport,
    findings: Sequence[object],
    quarantine: Sequence[QuarantineCount],
    n_records: Mapping[RecordKind, int],
) -> Opening:
    n_checks = sum(len(report.results) for report in checks.reports)
    aside = n_set_aside(quarantine)
    if not n_checks:
        state = "No data were judged"
    elif checks.stops:
        state = f"The gate is closed by {plural(len(checks.stops), 'check')}"
    else:
        state = "The gate is open"
    passed = f"{number(n_checks - len(findings))} of {plural(n_checks, 'check')} passed"
    parts = [
        passed if n_checks else "no check was run",
        f"{plural(aside, 'record')} {noun(aside, 'is', 'are')} set aside"
        if aside
        else "no record is set aside",
    ]
    total = sum(n_records.values())
    read = f" after reading {plural(total, 'record')}" if total else ""
    ask = "Have the records set aside mended at their source; they are read again next time."
    return Opening(sentence=f"{state}{read}: {listed(parts)}.", ask=ask if aside else None)


def _coverage(n_records: Mapping[RecordKind, int], quarantine: Sequence[QuarantineCount]) -> Table:
    aside = {kind: sum(q.n for q in quarantine if q.kind is kind) for kind in RecordKind}
    kinds = [kind for kind in RecordKind if n_records.get(kind) or aside[kind]]
    return Table(
        caption="Records used and set aside, by kind",
        columns=(
            Column(title="Kind"),
            Column(title="Used", is_number=True),
            Column(title="Set aside", is_number=True),
        ),
        rows=tuple(
            (words(kind), number(n_records.get(kind, 0)), number(aside[kind])) for kind in kinds
        ),
    )


def _finding_table(findings: Sequence[tuple[str, RecordKind, ExpectationResult]]) -> Table:
    kept = findings[:MAX_FINDINGS]
    left = len(findings) - len(kept)
    return Table(
        caption="Checks that were not met",
        columns=(
            Column(title="Check"),
            Column(title="Records of"),
            Column(title="Failed", is_number=True),
            Column(title="Checked", is_number=True),
            Column(title="Effect"),
            Column(title="Remedy"),
        ),
        rows=tuple(
            (
                clean(result.title, 160) + _observed(result),
                f"{clean(source, 60)}, {words(kind)}",
                number(result.n_failed),
                number(result.n_checked),
                _EFFECTS[result.severity],
                clean(result.remedy, 200) or "–",
            )
            for source, kind, result in kept
        ),
        note=f"{plural(left, 'more check')} in the data-quality page." if left else None,
    )


def _observed(result: ExpectationResult) -> str:
    """What was seen, where it says more than the title and the counts do."""
    if not result.observed or result.title in result.observed:
        return ""
    return f": {clean(result.observed, 120)}"


def _quarantine_table(quarantine: Sequence[QuarantineCount]) -> Table:
    ordered = sorted(quarantine, key=lambda q: (-q.n, q.source, q.kind, q.rule, q.reason))
    kept = ordered[:MAX_FINDINGS]
    left = len(ordered) - len(kept)
    return Table(
        caption="Records set aside, by reason",
        columns=(
            Column(title="Reason"),
            Column(title="Field"),
            Column(title="Records", is_number=True),
            Column(title="Records of"),
            Column(title="Remedy"),
            Column(title="Examples"),
        ),
        rows=tuple(
            (
                clean(item.reason, 200),
                clean(item.field, 60) or "–",
                number(item.n),
                f"{clean(item.source, 60)}, {words(item.kind)}",
                clean(item.remedy, 200) or "–",
                ", ".join(clean(key, 40) for key in item.examples[:N_EXAMPLES]) or "–",
            )
            for item in kept
        ),
        note=f"{plural(left, 'more reason')} in the store." if left else None,
    )
