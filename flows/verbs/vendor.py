"""`csi vendor`: one vendor's dossier, for the review with it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from connectors.files.vendor_list import VendorList
from flows.figures import stored_data
from flows.files import write_whole
from flows.vendor_decisions import (
    DECISIONS,
    add,
    decision_of,
    decisions,
    require_lines,
    standings_of,
)
from flows.vendors import TheirList, review
from flows.verbs.options import Asked, asked, json_option, parts_from, period_options
from flows.wiring import Parts
from itsm.codec import to_plain
from reports.dossier_page import compared_csv, dossier_leaflet, lines_csv
from reports.leaflet import Leaflet, leaflet_lines, render_leaflet
from reports.measures.vendor_lines import Dossier
from reports.measures.vendor_review import vendor_number


@click.command()
@click.argument("vendor", metavar="VENDOR")
@period_options
@click.option(
    "--their-list",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The vendor's own list of cases, to be held against ours: CSV, Excel, Parquet.",
)
@click.option(
    "--map",
    "pairs",
    metavar="FIELD=COLUMN",
    multiple=True,
    help="Which column of their list holds a field, as reference=Ticket; may be repeated.",
)
@click.option("--their-zone", help="Time zone of their list; without it, that of our weeks.")
@click.option(
    "--settle",
    metavar="CASE/COMMITMENT=STANDING",
    multiple=True,
    help="Keep what was agreed on a line: agreed, disputed, excused or open; needs --by and --why.",
)
@click.option("--by", help="The side or role that decided; no person.")
@click.option("--why", help="Why it was decided so.")
@click.option("--decisions", "kept", type=click.Path(path_type=Path), help="Where it is kept.")
@click.option("--out", type=click.Path(path_type=Path), help="A folder for the page and the lists.")
@json_option
def vendor(
    vendor: str,
    config: Path,
    period: str | None,
    week: str | None,
    month: str | None,
    quarter: str | None,
    cutoff: str | None,
    their_list: Path | None,
    pairs: tuple[str, ...],
    their_zone: str | None,
    settle: tuple[str, ...],
    by: str | None,
    why: str | None,
    kept: Path | None,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print the dossier of a vendor: whose time it was, what was missed, what follows.

    Our own share of every delay is taken out first. With --out, the page and the lists for the
    review are written as well.
    """
    parts = parts_from(config)
    at = asked(parts, period, week, month, quarter, cutoff)
    zone = their_zone or parts.settings.zone
    theirs = None if their_list is None else TheirList(their_list, pairs, zone)
    settled = _Settled(kept or config.resolve().parent / DECISIONS, settle, by, why)
    found = _reviewed(parts, vendor, at, theirs, settled)
    page = dossier_leaflet(found, parts.settings.organisation)
    plain = json.dumps(to_plain(found, Dossier), indent=2) if as_json else None
    click.echo("\n".join(leaflet_lines(page)) if plain is None else plain)
    for path in _written(found, page, out) if out is not None else ():
        click.echo(str(path))


@dataclass(frozen=True, slots=True)
class _Settled:
    """The file of decisions, and what is decided now."""

    file: Path
    lines: tuple[str, ...]
    by: str | None
    why: str | None


def _reviewed(
    parts: Parts, asked_for: str, at: Asked, theirs: TheirList | None, settled: _Settled
) -> Dossier:
    """The dossier with all decisions; those that are new are kept once they are known to fit."""
    data = stored_data(parts, at.period, at.cutoff_at)
    _, name = vendor_number(data, asked_for)
    now = datetime.now(UTC)
    new = [decision_of(one, name, settled.by, settled.why, now) for one in settled.lines]
    standings = standings_of([*decisions(settled.file), *new], name)
    found = review(parts, data, asked_for, at.period, at.cutoff_at, theirs, standings)
    for line in _read(found.their_list) if found.their_list is not None else ():
        parts.say(line)
    if new:
        require_lines(found.dossier, new)
        add(settled.file, new)
    return found.dossier


def _read(read: VendorList) -> Iterator[str]:
    """How their list was understood, so that a person can correct it."""
    yield "list   " + ", ".join(f"{field}={column}" for field, column in read.columns.items())
    yield f"list   {len(read.lines):,} commitments in {read.n_rows:,} rows"
    for reason, n in read.unread.items():
        yield f"list   {n:,} rows left out: the row {reason}"


def _written(found: Dossier, page: Leaflet, out: Path) -> Iterator[Path]:
    stem = re.sub(r"[^a-z0-9]+", "-", f"{found.vendor} {found.period}".lower()).strip("-")
    yield write_whole(out / f"vendor-{stem}.html", render_leaflet(page).encode())
    yield write_whole(out / f"vendor-{stem}-lines.csv", lines_csv(found).encode())
    if found.compared is not None:
        yield write_whole(out / f"vendor-{stem}-both-lists.csv", compared_csv(found).encode())
