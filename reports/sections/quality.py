"""Data quality: what the checks found, what is set aside and why."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from itsm.quality import ExpectationResult, GateReport, QuarantineCount, Severity
from itsm.states import RecordKind
from reports.language import _, mark, n_
from reports.language import told as said
from reports.lookup import words
from reports.model import Column, Opening, Section, Table
from reports.numbers import number
from reports.sections.lists import in_short
from reports.text import clean
from reports.words import listed, nothing_asked

MAX_FINDINGS = 20
"""A table of findings shows at most so many."""
N_EXAMPLES = 3
"""Record numbers shown as examples per reason."""
_ORDER = {Severity.CRITICAL: 0, Severity.QUARANTINE: 1, Severity.WARNING: 2}
_EFFECTS = {
    Severity.CRITICAL: mark("stops the run"),
    Severity.QUARANTINE: mark("set aside"),
    Severity.WARNING: mark("warning"),
}


def quality_section(
    base: Section,
    checks: GateReport,
    quarantine: Sequence[QuarantineCount],
    n_records: Mapping[RecordKind, int],
    confessed: Table,
    restatements: Sequence[str],
) -> Section:
    """The section on data quality, coverage, what the pack confesses, and restatements.

    Args:
        base: the section with the figures on configuration data and the catalogue.
        checks: what the checks found.
        quarantine: records set aside, by reason.
        n_records: records used, by kind.
        confessed: from `reports.sections.confession`.
        restatements: which figures of earlier packs moved.
    """
    findings = _findings(checks)
    tables = [_short(checks, findings, quarantine, n_records), confessed]
    tables += [_coverage(n_records, quarantine)] if n_records else []
    tables += [_finding_table(findings)] if findings else []
    tables += [_quarantine_table(quarantine)] if quarantine else []
    restated = tuple(clean(line) for line in restatements)
    return replace(
        base,
        opening=_opening(checks, findings, quarantine, n_records),
        tables=(*tables, *base.tables),
        notes=restated or (_("No figure of an earlier pack is restated in this one."),),
    )


def _short(
    checks: GateReport,
    findings: Sequence[object],
    quarantine: Sequence[QuarantineCount],
    n_records: Mapping[RecordKind, int],
) -> Table:
    """The counts that the section's sentences tell."""
    n_checks = sum(len(report.results) for report in checks.reports)
    rows = [
        (_("Checks run"), n_checks),
        (_("Checks passed"), n_checks - len(findings)),
        (_("Checks that stop the run"), len(checks.stops)),
        (_("Records read"), sum(n_records.values())),
        (_("Records set aside"), n_set_aside(quarantine)),
    ]
    return in_short(rows)


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
        state = _("No data were judged")
    elif checks.stops:
        state = n_(
            "The gate is closed by {n} check", "The gate is closed by {n} checks", len(checks.stops)
        )
    else:
        state = _("The gate is open")
    total = sum(n_records.values())
    if total:
        read = n_("{n} record was read", "{n} records were read", total)
        state = f"{state}, {read}"
    passed = n_(
        "{passed} of {n} check passed",
        "{passed} of {n} checks passed",
        n_checks,
        passed=number(n_checks - len(findings)),
    )
    parts = [passed if n_checks else _("no check was run"), set_aside_words(aside)]
    ask = _("Have the records set aside mended at their source; they are read again next time.")
    return Opening(sentence=f"{state}: {listed(parts)}.", ask=ask if aside else nothing_asked())


def set_aside_words(n: int) -> str:
    """How many records are set aside, as a clause."""
    if not n:
        return _("no record is set aside")
    return n_("{n} record is set aside", "{n} records are set aside", n)


def _coverage(n_records: Mapping[RecordKind, int], quarantine: Sequence[QuarantineCount]) -> Table:
    aside = {kind: sum(q.n for q in quarantine if q.kind is kind) for kind in RecordKind}
    kinds = [kind for kind in RecordKind if n_records.get(kind) or aside[kind]]
    return Table(
        caption=_("Records used and set aside, by kind"),
        columns=(
            Column(title=_("Kind")),
            Column(title=_("Used"), is_number=True),
            Column(title=_("Set aside"), is_number=True),
        ),
        rows=tuple(
            (words(kind), number(n_records.get(kind, 0)), number(aside[kind])) for kind in kinds
        ),
    )


def _finding_table(findings: Sequence[tuple[str, RecordKind, ExpectationResult]]) -> Table:
    kept = findings[:MAX_FINDINGS]
    left = len(findings) - len(kept)
    return Table(
        caption=_("Checks that were not met"),
        columns=(
            Column(title=_("Check")),
            Column(title=_("Records of")),
            Column(title=_("Failed"), is_number=True),
            Column(title=_("Checked"), is_number=True),
            Column(title=_("Effect")),
            Column(title=_("Remedy")),
        ),
        rows=tuple(
            (
                said(clean(result.title, 160)) + _observed(result),
                f"{clean(source, 60)}, {words(kind)}",
                number(result.n_failed),
                number(result.n_checked),
                _(_EFFECTS[result.severity]),
                said(clean(result.remedy, 200)) or "–",
            )
            for source, kind, result in kept
        ),
        note=n_(
            "{n} more check in the data-quality page.",
            "{n} more checks in the data-quality page.",
            left,
        )
        if left
        else None,
    )


def _observed(result: ExpectationResult) -> str:
    """What was seen, where it says more than the title and the counts do."""
    if not result.observed or result.title in result.observed:
        return ""
    return f": {said(clean(result.observed, 120))}"


def _quarantine_table(quarantine: Sequence[QuarantineCount]) -> Table:
    ordered = sorted(quarantine, key=lambda q: (-q.n, q.source, q.kind, q.rule, q.reason))
    kept = ordered[:MAX_FINDINGS]
    left = len(ordered) - len(kept)
    return Table(
        caption=_("Records set aside, by reason"),
        columns=(
            Column(title=_("Reason")),
            Column(title=_("Field")),
            Column(title=_("Records"), is_number=True),
            Column(title=_("Records of")),
            Column(title=_("Remedy")),
            Column(title=_("Examples")),
        ),
        rows=tuple(
            (
                said(clean(item.reason, 200)),
                clean(item.field, 60) or "–",
                number(item.n),
                f"{clean(item.source, 60)}, {words(item.kind)}",
                said(clean(item.remedy, 200)) or "–",
                ", ".join(clean(key, 40) for key in item.examples[:N_EXAMPLES]) or "–",
            )
            for item in kept
        ),
        note=n_("{n} more reason in the store.", "{n} more reasons in the store.", left)
        if left
        else None,
    )
