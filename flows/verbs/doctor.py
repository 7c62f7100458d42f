"""`csi doctor`: whether it would work, before anything is pulled."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import click

from connectors.core.source import Finding, Level
from connectors.core.surroundings import Surroundings
from flows.progress import Teller
from flows.verbs.options import config_option, json_option

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
@json_option
def doctor(
    config: Path,
    source: str | None,
    access_request: str | None,
    form: str,
    *,
    hints: bool,
    as_json: bool,
) -> None:
    """Look whether it would work: this machine, every source, the codes that were met.

    Nothing is pulled and nothing is changed. Exit code 0: no failure, 1: something must be mended
    before it works, 2: the configuration cannot be used.
    """
    if access_request is not None:
        _tell_access(config, source if access_request == EVERY else access_request, form)
        return
    from flows.doctor import examination
    from flows.doctor_applied import let_in
    from flows.installation import current_store
    from flows.settings import load_settings
    from flows.wiring import source_of

    settings, base, say = load_settings(config), config.resolve().parent, Teller()
    store = current_store(settings, base)
    findings = examination(
        settings,
        base,
        lambda name: source_of(settings, name, base, Surroundings(say=say)),
        store.queries if store else None,
        only=source,
        say=say,
    )
    if store is not None and source is None:
        findings = chain(findings, let_in(settings, base, store))
    told = _as_json(findings) if as_json else _as_lines(findings, hints=hints)
    if told[Level.FAILURE]:
        raise SystemExit(1)


def _tell_access(config: Path, only: str | None, form: str) -> None:
    """Print what rights the sources need."""
    from flows.doctor_access import access_requests
    from flows.doctor_access_forms import FORMS
    from flows.settings import load_settings

    click.echo(FORMS[form](access_requests(load_settings(config), only)))


def _as_lines(findings: Iterable[Finding], *, hints: bool) -> Counter[Level]:
    """Tell each finding as soon as it is there, then how many there were."""
    levels: Counter[Level] = Counter()
    for finding in findings:
        levels[finding.level] += 1
        is_hint = finding.level is Level.OK and not hints
        click.echo("\n".join(lines(finding)[: 1 if is_hint else None]))
    counted = ", ".join(f"{levels[level]:,} {level}" for level in Level)
    click.echo(f"{levels.total():,} checks: {counted}")
    return levels


def _as_json(findings: Iterable[Finding]) -> Counter[Level]:
    found = list(findings)
    levels = Counter(finding.level for finding in found)
    summary = {str(level): levels[level] for level in Level}
    whole = {"findings": [asdict(finding) for finding in found], "summary": summary}
    click.echo(json.dumps(whole, indent=2, ensure_ascii=False))
    return levels


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
