"""`csi vendor`: one vendor's dossier, for the review with it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from connectors.files.vendor_list import VendorList
from flows.figures import stored_data
from flows.files import write_whole
from flows.vendor_decisions import add, decision_of, decisions, require_lines, standings_of
from flows.vendors import TheirList, review
from flows.verbs.options import asked, json_option, parts_from, period_options
from itsm.codec import to_plain
from reports.dossier_page import compared_csv, dossier_leaflet, lines_csv
from reports.leaflet import leaflet_lines, render_leaflet
from reports.measures.vendor_lines import Dossier
from reports.measures.vendor_review import vendor_number

DECISIONS = "vendor-decisions.csv"
"""The file beside the configuration that keeps what was agreed on lines."""


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
    _, name = vendor_number(stored_data(parts, at.period, at.cutoff_at), vendor)
    file = kept or config.resolve().parent / DECISIONS
    new = [decision_of(one, name, by, why, datetime.now(UTC)) for one in settle]
    theirs = None
    if their_list is not None:
        theirs = TheirList(their_list, pairs, their_zone or parts.settings.zone)
    standings = standings_of([*decisions(file), *new], name)
    found = review(parts, vendor, at.period, at.cutoff_at, theirs, standings)
    if new:
        require_lines(found.dossier, new)
        add(file, new)
    if found.their_list is not None:
        for line in _read(found.their_list):
            parts.say(line)
    if as_json:
        click.echo(json.dumps(to_plain(found.dossier, Dossier), indent=2))
    else:
        page = dossier_leaflet(found.dossier, parts.settings.organisation)
        click.echo("\n".join(leaflet_lines(page)))
    if out is not None:
        for path in _written(found.dossier, parts.settings.organisation, out):
            click.echo(str(path))


def _read(read: VendorList) -> Iterator[str]:
    """How their list was understood, so that a person can correct it."""
    yield "list   " + ", ".join(f"{field}={column}" for field, column in read.columns.items())
    yield f"list   {len(read.lines):,} commitments in {read.n_rows:,} rows"
    for reason, n in read.unread.items():
        yield f"list   {n:,} rows left out: the row {reason}"


def _written(found: Dossier, organisation: str, out: Path) -> Iterator[Path]:
    stem = re.sub(r"[^a-z0-9]+", "-", f"{found.vendor} {found.period}".lower()).strip("-")
    page = render_leaflet(dossier_leaflet(found, organisation))
    yield write_whole(out / f"vendor-{stem}.html", page.encode())
    yield write_whole(out / f"vendor-{stem}-lines.csv", lines_csv(found).encode())
    if found.compared is not None:
        yield write_whole(out / f"vendor-{stem}-both-lists.csv", compared_csv(found).encode())
