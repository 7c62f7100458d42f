"""`csi run`: the whole cycle in one command, on a configured installation or on anyone's export."""

from collections.abc import Mapping
from pathlib import Path

import click

from flows.cycle import Cycle, run_cycle
from flows.found import found
from flows.progress import Teller
from flows.settings import load_settings
from flows.verbs.options import cutoff_option, json_option, parts_from, week_and_cutoff, week_option
from flows.wiring import Parts, build
from itsm.errors import ConfigError
from itsm.states import RecordKind

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("incidents", type=FILE, required=False)
@click.option("--preset", metavar="NAME", help="The form of the export: servicenow, jira, uci, ...")
@click.option("--changes", type=FILE, help="An export of changes in the same form.")
@click.option("--vendor-cases", type=FILE, help="An export of vendor cases in the same form.")
@click.option(
    "--also",
    metavar="KIND=FILE",
    multiple=True,
    help="An export of another record kind, such as sla_clock=task_sla.csv; may be repeated.",
)
@click.option(
    "--zone", metavar="ZONE", help="IANA time zone of the reporting weeks. [default: UTC]"
)
@click.option(
    "--out", type=FILE, help="The folder for the database and the packs. [default: out/run]"
)
@click.option("--config", type=FILE, help="Run a configured installation instead of an export.")
@week_option
@cutoff_option
@json_option
def run(
    incidents: Path | None,
    preset: str | None,
    changes: Path | None,
    vendor_cases: Path | None,
    also: tuple[str, ...],
    zone: str | None,
    out: Path | None,
    config: Path | None,
    week: str | None,
    cutoff: str | None,
    *,
    as_json: bool,
) -> None:
    """Pull, check, mine, propose and pack one week.

    Without --week it is the last one that has ended; weeks whose own run was missed are made first.

    With INCIDENTS, an export file, everything happens in one folder: no server, no configuration.
    """
    if (incidents is None) == (config is None):
        raise ConfigError("give either an export file to run on, or --config; see csi run --help")
    if config is not None:
        parts = parts_from(config)
    else:
        files = {RecordKind.INCIDENT: incidents, RecordKind.CHANGE: changes}
        files |= {RecordKind.VENDOR_CASE: vendor_cases} | _also(also)
        given = {kind: (path.resolve(),) for kind, path in files.items() if path is not None}
        parts = _parts_on_export(preset, given, zone, out or Path("out/run"))
    is_due = week is None and cutoff is None
    cycle = run_cycle(parts, *week_and_cutoff(parts, week, cutoff), is_due=is_due)
    _tell(parts, cycle, as_json=as_json)


def _tell(parts: Parts, cycle: Cycle, *, as_json: bool) -> None:
    summary = found(parts, cycle)
    click.echo(summary.as_json() if as_json else "\n".join(summary.lines()))


def _also(pairs: tuple[str, ...]) -> dict[RecordKind, Path | None]:
    """Files by record kind from KIND=FILE options.

    Raises:
        ConfigError: an option has another form, or names no record kind.
    """
    files: dict[RecordKind, Path | None] = {}
    for pair in pairs:
        kind, equals, path = pair.partition("=")
        if not equals or kind not in set(RecordKind):
            kinds = ", ".join(sorted(RecordKind))
            raise ConfigError(f"--also {pair}: write KIND=FILE with one of these kinds: {kinds}")
        files[RecordKind(kind)] = Path(path)
    return files


def _parts_on_export(
    preset: str | None, files: Mapping[RecordKind, tuple[Path, ...]], zone: str | None, out: Path
) -> Parts:
    """Parts with one source of export files, and everything else in one folder."""
    if preset is None:
        raise ConfigError(
            "--preset is missing; it names the form of the export, such as servicenow"
        )
    source: dict[str, object] = {"kind": "files", "preset": preset, "files": files}
    given: dict[str, object] = {
        "organisation": f"Export {next(iter(files.values()))[0].name}",
        "database": "sqlite:///csi.sqlite",
        "out": Path(),
        "sources": {preset: source},
    }
    settings = load_settings(given=given | ({"zone": zone} if zone else {}))
    return build(settings, out.resolve(), Teller())
