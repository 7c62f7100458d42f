"""The sheets that are one list each: figures, weekly values, candidates, register and so on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reports.chart_tables import chart_value, charts_of
from reports.language import _
from reports.lookup import members_anchor
from reports.model import Card, Column, ControlChart, Pack
from reports.numbers import number
from reports.workbook.cells import Sheet, place_of
from reports.workbook.plan import Plan

HEAD = 2
"""The row of a list's head; above it the title and the way back."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its title, columns with widths, rows, and for each row what it opens to."""

    title: str
    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    anchors: tuple[str | None, ...] = ()
    opens: str = ""


def write_list(sheet: Sheet, listing: Listing, plan: Plan, contents: str) -> None:
    """One list as a sheet with a filter and a head that stays."""
    sheet.title(listing.title, contents, _("Back to the contents"))
    columns = listing.columns + ((Column(title=listing.opens),) if listing.opens else ())
    sheet.head(HEAD, columns, (*listing.widths, 12))
    for row, cells in enumerate(listing.rows, HEAD + 1):
        sheet.high(row, cells, listing.widths)
        for place, cell in enumerate(cells):
            write = sheet.number if listing.columns[place].is_number else sheet.text
            if cell:
                write(row, place, cell)
        anchor = listing.anchors[row - HEAD - 1] if listing.anchors else None
        if anchor in plan.records_at:
            plan.note(anchor, place_of(sheet.name, row))
            sheet.link(row, len(cells), plan.records_at[anchor or ""], _("open"))
    for place, width in enumerate((*listing.widths, 12)[: len(columns)]):
        sheet.sheet.set_column(place, place, width)
    sheet.sheet.freeze_panes(HEAD + 1, 1)
    sheet.sheet.autofilter(HEAD, 0, max(HEAD + len(listing.rows), HEAD + 1), len(columns) - 1)


def listings(pack: Pack) -> Iterator[Listing]:
    """The lists of a pack that hold anything."""
    made = (
        *(_figures(pack), _weeks(pack), _candidates(pack), _register(pack)),
        *(_missing(pack), _definitions(pack), _run(pack)),
    )
    return (listing for listing in made if listing.rows)


def weeks_of(pack: Pack) -> dict[int, int]:
    """The row where the weeks of each chart begin in the list of weekly values, by its place."""
    row, begins = HEAD + 1, {}
    charts = charts_of(pack)
    for place, chart in enumerate(charts):
        begins[place] = row
        row += len(chart.weeks)
    return begins


def _figures(pack: Pack) -> Listing:
    cards = [(s.title, card) for s in pack.sections for card in s.cards]
    cards = cards or [(_("The week in brief"), card) for card in pack.brief.cards]
    return Listing(
        title=_("Figures"),
        columns=_columns(
            (_("Figure"), _("Value"), _("Section"), _("What the chart says"),
             _("What to know of it"), _("Beside it"), _("Note")), (1,)
        ),
        widths=(36, 14, 26, 28, 60, 34, 50),
        rows=tuple(_figure_row(title, card) for title, card in cards),
        anchors=tuple(card.anchor for _title, card in cards),
        opens=_("Records"),
    )  # fmt: skip


def _figure_row(section: str, card: Card) -> tuple[str, ...]:
    known = "; ".join(card.facts)
    return (
        card.title,
        card.value,
        section,
        card.verdict,
        known,
        card.partner or "",
        card.note or "",
    )


def _weeks(pack: Pack) -> Listing:
    charts = charts_of(pack)
    return Listing(
        title=_("Weekly values"),
        columns=_columns(
            (_("Chart"), _("Week"), _("Value"), _("Mean"), _("Lower limit"), _("Upper limit"),
             _("Unit")), (2, 3, 4, 5)
        ),
        widths=(60, 12, 12, 12, 12, 12, 12),
        rows=tuple(
            (chart.title, week, *told, chart.unit)
            for chart in charts
            for place, (week, value) in enumerate(zip(chart.weeks, chart.values, strict=True))
            for told in [_week_values(chart, place, value)]
        ),
    )  # fmt: skip


def _week_values(chart: ControlChart, place: int, value: float | None) -> list[str]:
    """The value of a week and the limits that hold for it; empty where there is none."""
    limits = (chart.centre, chart.lower, chart.upper)
    held = limits if place >= chart.limits_from else (None, None, None)
    return ["" if one is None else chart_value(chart, one) for one in (value, *held)]


def _candidates(pack: Pack) -> Listing:
    return Listing(
        title=_("Candidates"),
        columns=_columns(
            (_("Candidate"), _("Statement"), _("Incidents"), _("Life"), _("Movement"),
             _("Decision"), _("First seen (UTC)"), _("Last seen (UTC)"), _("Avoidable hours"),
             _("At least"), _("At most"), _("Assumed")), (2, 8, 9, 10)
        ),
        widths=(20, 60, 11, 12, 12, 14, 17, 17, 11, 11, 11, 30),
        rows=tuple(
            (row.candidate_id, row.statement, number(row.n_members), row.life, row.movement,
             row.decision, _moment(row.first_seen_at), _moment(row.last_seen_at),
             number(row.avoidable_hours, 1), number(row.avoidable_low, 1),
             number(row.avoidable_high, 1), row.assumed)
            for row in pack.candidate_rows
        ),
        anchors=tuple(members_anchor(row.candidate_id) for row in pack.candidate_rows),
        opens=_("Incidents"),
    )  # fmt: skip


def _register(pack: Pack) -> Listing:
    return Listing(
        title=_("Register"),
        columns=_columns(
            (_("Entry"), _("Title"), _("State"), _("Service"), _("Coordinator"),
             _("Next review"), _("Score"), _("Place"), _("Verdict"), _("Still to be given"),
             _("Expected benefit"), _("Why not yet"), _("Why it stands there"), _("Origin"),
             _("Source record"), _("Raised (UTC)"), _("Raised by")), (6, 7)
        ),
        widths=(20, 50, 14, 24, 24, 13, 8, 8, 16, 30, 40, 40, 40, 18, 18, 17, 18),
        rows=tuple(
            (row.number, row.title, row.state, row.service, row.coordinator, row.next_review_on,
             "" if row.score is None else number(row.score, 2),
             "" if row.place is None else number(row.place), row.verdict, row.gaps,
             row.expected_benefit, row.not_yet_reason, row.why, row.origin, row.origin_record,
             _moment(row.raised_at), row.raised_by)
            for row in pack.register_rows
        ),
    )  # fmt: skip


def _missing(pack: Pack) -> Listing:
    return Listing(
        title=_("Missing from this pack"),
        columns=_columns((_("Missing"), _("Why"), _("Remedy"))),
        widths=(44, 70, 70),
        rows=tuple((one.what, one.why, one.remedy) for one in pack.missing),
    )


def _definitions(pack: Pack) -> Listing:
    return Listing(
        title=_("What each figure means"),
        columns=_columns(
            (_("Figure"), _("Formula"), _("Counted over"), _("Left out"),
             _("Decision it serves"), _("Owner"), _("Definition"), _("Version")), (7,)
        ),
        widths=(34, 60, 40, 40, 40, 22, 26, 9),
        rows=tuple(
            (one.title, one.formula, one.counted, one.excluded, one.decision, one.owner,
             one.figure_id, number(one.version))
            for one in pack.definitions
        ),
    )  # fmt: skip


def _run(pack: Pack) -> Listing:
    rows = [*pack.provenance, *([(_("Run"), pack.run_id)] if pack.run_id else [])]
    rows += [(_("Made (UTC)"), _moment(pack.made_at))]
    rows += [(_("Head of the journal"), pack.journal_head)] if pack.journal_head else []
    rows += [(_("Checksum of the pack"), pack.checksum)] if pack.checksum else []
    return Listing(
        title=_("Sources, versions and run"),
        columns=_columns((_("What"), _("Value"))),
        widths=(34, 90),
        rows=tuple(rows),
    )


def _columns(titles: Sequence[str], numbers: Sequence[int] = ()) -> tuple[Column, ...]:
    return tuple(
        Column(title=title, is_number=place in numbers) for place, title in enumerate(titles)
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
