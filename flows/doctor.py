"""Whether all of it would work: this machine, then every source, then the codes that were met."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from connectors.access_checks import write_checks
from connectors.core.source import Examinable, Finding, Level, Source
from connectors.core.surroundings import Surroundings
from flows.code_lines import line_to_add, meanings
from flows.doctor_access import figures_of, some_of, uses_of
from flows.doctor_secrets import secrets_that_end
from flows.frames import frame_of_columns
from flows.installation import installation
from flows.progress import Say
from flows.reference_data_gaps import LOOKED_AT
from flows.reference_data_gaps import findings as reference_findings
from flows.settings import FilesSettings, Settings
from flows.undeclared import undeclared
from flows.wiring import given_of
from itsm.errors import ConfigError
from itsm.states import RecordKind
from store.queries import Queries
from store.unmapped import CodeCount

MAX_CODES = 20
"""Codes of a source that are listed one by one."""

MakeSource = Callable[[str], Source]
"""Makes a source of the configuration by its name."""


def examination(
    settings: Settings,
    base: Path,
    make_source: MakeSource,
    queries: Queries | None,
    *,
    only: str | None = None,
    say: Say,
) -> Iterator[Finding]:
    """All findings, each as soon as it is there; nothing is changed.

    Args:
        settings: from `load_settings`.
        base: the folder that relative paths of the settings start from.
        make_source: makes a source by its name.
        queries: of the store; None where there is none yet.
        only: the one source that is examined; None for this machine and all sources.
        say: tells what is looked at, for what takes time.

    Raises:
        ConfigError: there is no source of that name.
    """
    if only is not None and only not in settings.sources:
        known = ", ".join(settings.sources) or "none is configured"
        raise ConfigError(f"--source {only}: no such source; choose from: {known}")
    if only is None:
        say("looking at this machine")
        yield from installation(settings, base)
        yield from undeclared(settings)
        yield from secrets_that_end(settings, base, datetime.now(UTC))
        yield from _reference(settings, queries)
    for name in [only] if only is not None else settings.sources:
        say(f"asking {name}")
        yield from _source(settings, base, make_source, queries, name)


def _reference(settings: Settings, queries: Queries | None) -> Iterator[Finding]:
    """What nobody has said of the services, teams and vendors that are stored."""
    now = datetime.now(UTC)
    kinds = LOOKED_AT if queries is not None else ()
    frames = {
        kind: frame_of_columns(kind, queries.columns(kind, known_at=now))
        for kind in kinds
        if queries is not None
    }
    yield from reference_findings(settings, frames)


def _source(
    settings: Settings, base: Path, make_source: MakeSource, queries: Queries | None, name: str
) -> Iterator[Finding]:
    try:
        source = make_source(name)
    except ConfigError as error:
        yield _unusable(error)
        return
    given, lines = settings.sources[name], set()
    if isinstance(source, Examinable):
        for finding in chain(_examined(source), _writes(settings, base, name)):
            lines.add(finding.line)
            yield replace(with_cost(finding), subject=f"{name} {finding.subject}".strip())
    elif isinstance(given, FilesSettings):
        yield from _files(name, given, base)
    if queries is not None:
        stored = [one for one in queries.unmapped_codes() if one.source == name]
        yield from (one for one in _codes(source, stored) if one.line not in lines - {None})


def _writes(settings: Settings, base: Path, name: str) -> Iterator[Finding]:
    """What is known of writing to a source, without writing."""
    kind = settings.sources[name].kind
    around, uses = Surroundings(), uses_of(settings, name)
    try:
        yield from write_checks(kind, name, given_of(settings, name, base), around, uses)
    except ConfigError as error:
        yield _unusable(error)


def with_cost(finding: Finding) -> Finding:
    """With the figures that a kind which may not be read costs."""
    is_lost = finding.check == "permission" and finding.level is not Level.OK
    if not is_lost or finding.subject not in set(RecordKind):
        return finding
    figures = figures_of([RecordKind(finding.subject)])
    if not figures:
        return finding
    told = f"{finding.said}; this costs {len(figures)} figures: {some_of(figures)}"
    return replace(finding, said=told)


def _examined(source: Examinable) -> Iterator[Finding]:
    try:
        yield from source.examine()
    except ConfigError as error:
        yield _unusable(error)


def _unusable(error: ConfigError) -> Finding:
    remedy = "correct the configuration file, or the environment"
    return Finding(
        check="settings", level=Level.FAILURE, subject="", said=str(error), remedy=remedy
    )


def _files(name: str, settings: FilesSettings, base: Path) -> Iterator[Finding]:
    """Whether the exports are there and may be read."""
    for kind, paths in settings.files.items():
        for path in paths:
            file, subject = base / path, f"{name} {kind}"
            try:
                with file.open("rb") as stream:
                    is_empty = not stream.read(1)
            except OSError as error:
                yield Finding(
                    check="files",
                    level=Level.FAILURE,
                    subject=subject,
                    said=f"{file}: {error.strerror}",
                    remedy="write the export there, or correct the path",
                )
                continue
            level = Level.WARNING if is_empty else Level.OK
            said = f"{file} is {'empty' if is_empty else 'there'}"
            remedy = "export again" if is_empty else None
            yield Finding(check="files", level=level, subject=subject, said=said, remedy=remedy)


def _codes(source: Source, codes: list[CodeCount]) -> Iterator[Finding]:
    """The codes that stored records came with and that have no meaning."""
    if not codes:
        said = "every code of the stored records has a meaning"
        yield Finding(check="codes", level=Level.OK, subject=source.name, said=said)
    for one in sorted(codes, key=lambda one: (-one.n, one.kind, one.field, one.code))[:MAX_CODES]:
        known = ", ".join(meanings(one.kind, one.field))
        yield Finding(
            check="codes",
            level=Level.WARNING,
            subject=f"{source.name} {one.kind}",
            said=f"{one.n:,} records have {one.field} code {one.code!r}, which has no meaning",
            remedy=f"say what it means, one of: {known}; the next pull maps them again",
            line=line_to_add(source, one.kind, one.field, one.code),
        )
    if len(codes) > MAX_CODES:
        yield Finding(
            check="codes",
            level=Level.WARNING,
            subject=source.name,
            said=f"{len(codes) - MAX_CODES:,} more codes have no meaning",
            remedy="mend the ones above first, then look again",
        )
