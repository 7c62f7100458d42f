"""What a page says beside the pack itself: contents, gaps, records, and where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from markupsafe import Markup

from reports.chart_tables import data_tables
from reports.editions import EditionKind
from reports.evidence import evidence_lists
from reports.language import _, n_
from reports.model import Column, EvidenceList, Missing, Pack, Table
from reports.numbers import number
from reports.text import clean

MAX_ON_PAGE = 200
"""Record numbers listed per figure on the web page."""
MAX_RECORD = 80
"""Letters of one record's number."""
MAX_ON_PAPER = 8
"""Record numbers listed per figure in print."""

WHOLE = frozenset({EditionKind.VENDOR, EditionKind.WATCH_LIST})
"""Editions of one section, which are read without a file beside them: paper lists all records."""


@dataclass(frozen=True, slots=True)
class Records:
    """A part of a figure's records: how many, the first ones, and how many are left."""

    count: str
    numbers: Markup
    left: str


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A figure's records as the page lists them."""

    anchor: str
    title: str
    about: str
    parts: tuple[Records, ...]


def contents(pack: Pack, is_print: bool) -> list[tuple[str, str]]:
    """The parts of a page with their anchors."""
    listed = [(section.id, section.title) for section in pack.sections]
    if has_gaps_section(pack):
        listed.append(("missing", _("Missing from this pack")))
    if pack.definitions:
        listed.append(("definitions", _("What each figure means")))
    if is_print and data_tables(pack):
        listed.append(("chart-data", _("The data behind the charts")))
    if evidence_lists(pack):
        listed.append(("evidence", _("The records behind the figures")))
    return [*listed, ("run", _("Sources, versions and run"))]


def has_gaps_section(pack: Pack) -> bool:
    """Whether the page has a part on what is missing; editions of one section say it above."""
    return bool(pack.missing) or pack.kind not in WHOLE


def missing_sentence(missing: Sequence[Missing]) -> str:
    """How many gaps are known."""
    if not missing:
        return _("Nothing is known to be missing.")
    return n_(
        "{n} gap is known; nothing below is counted as zero, and nothing is estimated in its "
        "place.",
        "{n} gaps are known; nothing below is counted as zero, and nothing is estimated in their "
        "place.",
        len(missing),
    )


def missing_table(missing: Sequence[Missing]) -> Table:
    """Every gap, why, and what would bring it."""
    heads = (_("Missing"), _("Why"), _("Remedy"))
    return Table(
        caption=_("What is missing, why, and what would bring it"),
        columns=tuple(Column(title=head) for head in heads),
        rows=tuple((item.what, item.why, item.remedy) for item in missing),
    )


def run_table(pack: Pack) -> Table:
    """Where a pack comes from, by which it can be found and checked again."""
    made = f"{pack.made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    run = [(_("Run"), pack.run_id)] if pack.run_id else []
    rows = [*pack.provenance, *run, (_("Made"), made)]
    rows += [(_("Head of the journal"), pack.journal_head)] if pack.journal_head else []
    rows += [(_("Checksum of the pack"), pack.checksum)] if pack.checksum else []
    return Table(
        caption=_("Where this pack comes from"),
        columns=(Column(title=_("What")), Column(title=_("Value"))),
        rows=tuple(rows),
    )


def evidence_line(item: EvidenceList, is_cut: bool) -> EvidenceLine:
    """The records of a figure: as many as a page has room for, or the first ones on paper."""
    limit = MAX_ON_PAPER if is_cut else MAX_ON_PAGE
    count = n_("{n} record", "{n} records", len(item.rows))
    parts = [_records(item.rows, count, limit)]
    if item.base_rows:
        base = n_("{n} record of the base", "{n} records of the base", len(item.base_rows))
        parts.append(_records(item.base_rows, base, limit))
    about = f"{item.dimension}, {item.period}" if item.dimension else item.period
    return EvidenceLine(item.anchor, item.title, about, tuple(parts))


def _records(rows: Sequence[str], count: str, limit: int) -> Records:
    left = len(rows) - limit
    more = _("and {n} more", n=number(left)) if left > 0 else ""
    return Records(count, Markup(", ").join(clean(row, MAX_RECORD) for row in rows[:limit]), more)


def evidence_sentence(pack: Pack, is_cut: bool, evidence_file: str) -> str:
    """How many figures open to their records, and where the others are."""
    n = len(evidence_lists(pack))
    if is_cut:
        return _(
            "All records counted, also by team and priority, are in {file}.", file=evidence_file
        )
    return n_("{n} list opens to the records counted.", "{n} lists open to the records counted.", n)
