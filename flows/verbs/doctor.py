"""`csi doctor`: whether it would work, before anything is pulled."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.core.source import Finding, Level, Source
from connectors.core.surroundings import Surroundings
from flows.progress import Teller
from flows.verbs.options import config_option, json_option

if TYPE_CHECKING:
    from flows.doctor_coverage import Coverage

INDENT = " " * 22
EVERY = "*"


@click.command()
@config_option
@click.option("--source", metavar="NAME", help="Examine this source only.")
@click.option("--hints", is_flag=True, help="Say what could be done where nothing is wrong, too.")
@click.option(
    "--access-request",
    is_flag=False,
    flag_value=EVERY,
    metavar="[SOURCE]",
    help="Print the least that the administrator has to allow, of one source or of each.",
)
@click.option(
    "--form",
    type=click.Choice(["text", "markdown", "html", "csv"]),
    default="text",
    help="How the access request is given.  [default: text]",
)
@click.option(
    "--coverage", "every", is_flag=True, help="Tell of every field how many records hold it."
)
@json_option
def doctor(
    config: Path,
    source: str | None,
    access_request: str | None,
    form: str,
    *,
    hints: bool,
    every: bool,
    as_json: bool,
) -> None:
    """Look whether it would work: this machine, every source, the codes that were met.

    Then how many records hold each field that figures need, and what each gap costs.

    Nothing is pulled and nothing is changed. Exit code 0: no failure, 1: something must be mended
    before it works, 2: the configuration cannot be used.
    """
    if access_request is not None:
        _tell_access(config, source if access_request == EVERY else access_request, form)
        return
    from flows.doctor import examination
    from flows.doctor_applied import let_in
    from flows.doctor_coverage import coverages
    from flows.doctor_waiting import waiting
    from flows.installation import current_store
    from flows.settings import load_settings
    from flows.wiring import source_of

    settings, base, say = load_settings(config), config.resolve().parent, Teller()
    store = current_store(settings, base)

    def make(name: str) -> Source:
        return source_of(settings, name, base, Surroundings(say=say))

    queries, names = store.queries if store else None, [source] if source else settings.sources
    findings = examination(settings, base, make, queries, only=source, say=say)
    if store is not None:
        findings = chain(findings, waiting(store, frozenset(names)))
        findings = chain(findings, let_in(settings, base, store) if source is None else ())
    found = list(findings) if as_json else _as_lines(findings, hints=hints)
    rows, gaps = coverages(names, make, queries, found, say)
    found += gaps if as_json else _as_lines(gaps, hints=hints)
    _as_json(found, rows) if as_json else _summed(found, rows, every=every)
    if any(one.level is Level.FAILURE for one in found):
        raise SystemExit(1)


def _tell_access(config: Path, only: str | None, form: str) -> None:
    """Print what rights the sources need."""
    from flows.doctor_access import access_requests
    from flows.doctor_access_forms import FORMS
    from flows.settings import load_settings

    click.echo(FORMS[form](access_requests(load_settings(config), only)))


def _as_lines(findings: Iterable[Finding], *, hints: bool) -> list[Finding]:
    """Tell each finding as soon as it is there."""
    found = []
    for finding in findings:
        found.append(finding)
        is_hint = finding.level is Level.OK and not hints
        click.echo("\n".join(lines(finding)[: 1 if is_hint else None]))
    return found


def _summed(found: Sequence[Finding], rows: Sequence["Coverage"], *, every: bool) -> None:
    """The table of what is held, then how many findings there were."""
    from flows.doctor_coverage import table

    for line in table(rows, every=every):
        click.echo(line)
    levels = Counter(finding.level for finding in found)
    counted = ", ".join(f"{levels[level]:,} {level}" for level in Level)
    click.echo(f"{levels.total():,} checks: {counted}")


def _as_json(found: Sequence[Finding], rows: Sequence["Coverage"]) -> None:
    levels = Counter(finding.level for finding in found)
    whole = {
        "findings": [asdict(finding) for finding in found],
        "coverage": [{**asdict(one), "share": round(one.share, 4)} for one in rows],
        "summary": {str(level): levels[level] for level in Level},
    }
    click.echo(json.dumps(whole, indent=2, ensure_ascii=False))


def lines(finding: Finding) -> list[str]:
    """A finding as a person reads it: level, check, what was found; below it what would mend it."""
    subject = f"{finding.subject}: " if finding.subject else ""
    told = [f"{finding.level:<9}{finding.check:<13}{subject}{finding.said}"]
    if finding.remedy:
        told.append(f"{INDENT}remedy: {finding.remedy}")
    if finding.line:
        first, *rest = finding.line.splitlines()
        told += [f"{INDENT}add:    {first}", *(f"{INDENT}        {line}" for line in rest)]
    return told
