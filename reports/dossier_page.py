"""A vendor's dossier as a page and as lists for a spreadsheet."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from markupsafe import Markup

from itsm.figures import Unit
from reports.leaflet import Grid, Leaflet, Part
from reports.measures.reconciliation import DISPUTED, EXCUSED, RESULTS
from reports.measures.vendor_dossier import CALLER, OURS, THEIRS
from reports.measures.vendor_lines import Compared, Dossier, Line, Standing
from reports.measures.vendor_terms import NO_STEP
from reports.numbers import number, shown
from reports.part_bars import PartBar, part_bars_svg
from reports.tables_csv import neutral

_ORDER = (*OURS, CALLER, THEIRS)
_LINE_COLUMNS = ("Case", "Their reference", "Commitment", "Clause", "Due", "Actual", "Late, h",
                 "Of it ours, h", "Theirs, h", "Users", "Credit", "Standing")  # fmt: skip
_CSV_COLUMNS = ("vendor", "period", "case", "reference", "incident", "commitment", "clause",
                "clause_text", "due", "actual", "late_h", "waited_on_us_h", "late_net_h",
                "affected_users", "credit", "standing", "decided_by", "reason",
                "evidence")  # fmt: skip
_COMPARED_COLUMNS = ("Case", "Their reference", "Commitment", "Ours", "Theirs", "Result",
                     "Standing")  # fmt: skip


def dossier_leaflet(found: Dossier, organisation: str) -> Leaflet:
    """The page of a dossier: our share first, then theirs, line by line."""
    return Leaflet(
        organisation=organisation,
        title=f"{found.vendor}, {found.period}",
        line=f"Vendor dossier, as known at {found.cutoff_at:%Y-%m-%d %H:%M} UTC",
        opening=tuple(_opening(found)),
        parts=tuple(_parts(found)),
        notes=(
            "A commitment is the vendor's miss only where it is late by more than the case waited "
            "on us. Times are UTC; every line names the records it rests on in the list beside "
            "this page.",
        ),
    )


def _opening(found: Dossier) -> Iterator[str]:
    whole = sum(found.parts.values())
    own = found.total(with_excused=True)
    if whole:
        ours = sum(found.parts.get(part, 0.0) for part in OURS) / whole
        yield (
            f"{ours:.0%} of the time of {found.n_resolved} resolved cases was ours, "
            f"{found.parts[CALLER] / whole:.0%} the caller's, {found.parts[THEIRS] / whole:.0%} "
            f"that of {found.vendor}."
        )
    yield (
        f"{_counted(len(found.lines), 'commitment')} missed, {own.n} of them by the vendor itself: "
        f"{shown(own.late_h, Unit.HOURS)} late, {_money(found, own.credit)} in credits."
    )
    if any(line.agreed.standing == EXCUSED for line in found.lines):
        rest = found.total(with_excused=False)
        yield (
            f"Without the lines that were excused: {rest.n}, {shown(rest.late_h, Unit.HOURS)} "
            f"late, {_money(found, rest.credit)} in credits."
        )


def _parts(found: Dossier) -> Iterator[Part]:
    yield _split(found)
    yield _missed(found)
    yield _compared(found)
    yield _trend(found)
    yield _next(found)


def _split(found: Dossier) -> Part:
    whole = sum(found.parts.values())
    names = [part for part in _ORDER if part in found.parts]
    sentences = ["From the opening of the incident to the resolution of the vendor's case."]
    if found.n_unknown_waits:
        sentences.append(
            f"For {found.n_unknown_waits} of {found.n_resolved} cases it is not recorded how long "
            "they waited on us; their time counts as the vendor's. Settle that first."
        )
    rows = tuple(
        (part, number(found.parts[part], 1), f"{found.parts[part] / whole:.1%}" if whole else "")
        for part in names
    )
    bar = PartBar(found.vendor, tuple(found.parts[part] for part in names))
    return Part(
        title="Whose time it was",
        sentences=tuple(sentences),
        chart=_bar(names, bar) if whole else None,
        grid=Grid(("Part", "Hours", "Share"), rows if whole else (), frozenset({"Hours", "Share"})),
        empty="No case was resolved in the period.",
    )


def _bar(names: list[str], bar: PartBar) -> Markup:
    return part_bars_svg("Whose time the resolved cases took", names, [bar], "h")


def _missed(found: Dossier) -> Part:
    sentences = ["Our share is taken out before a line counts as the vendor's."]
    if not found.clauses_known:
        sentences.append(
            "No contract clause is known: no credit can be computed. Give the clauses in csi.toml "
            "under [vendors]."
        )
    disputed = sum(line.agreed.standing == DISPUTED for line in found.lines)
    if disputed:
        sentences.append(f"{_counted(disputed, 'line')} disputed.")
    own = {"Late, h", "Of it ours, h", "Theirs, h", "Users", "Credit"}
    rows = tuple(_row(found, line) for line in found.lines)
    return Part(
        title="Missed commitments",
        sentences=tuple(sentences),
        grid=Grid(_LINE_COLUMNS, rows, frozenset(own)),
        empty="None was missed.",
    )


def _row(found: Dossier, line: Line) -> tuple[str, ...]:
    return (
        line.case,
        line.reference,
        line.commitment,
        " ".join(filter(None, (line.clause, line.clause_text and f"({line.clause_text})"))),
        _moment(line.due),
        _moment(line.actual),
        number(line.gross_h, 1),
        number(line.ours_h, 1),
        number(line.late_h, 1),
        "" if line.users is None else number(line.users),
        "" if line.credit is None else number(line.credit, 2),
        _standing(line.agreed),
    )


def _moment(text: str) -> str:
    """An instant as a table shows it: 2026-10-05 15:44."""
    return text.replace("T", " ").rstrip("Z")


def _compared(found: Dossier) -> Part:
    if found.compared is None:
        return Part(
            title="Their list beside ours",
            sentences=("The vendor's own list was not given; hand it in with --their-list FILE.",),
        )
    counts = [f"{sum(one.result == name for one in found.compared)} {name}" for name in RESULTS]
    rows = [one for one in found.compared if one.result != RESULTS[0]]
    return Part(
        title="Their list beside ours",
        sentences=(f"Commitments due in the period: {', '.join(counts)}.",),
        grid=Grid(_COMPARED_COLUMNS, tuple(_compared_row(one) for one in rows)),
        empty="The two lists agree.",
    )


def _compared_row(one: Compared) -> tuple[str, ...]:
    cells = (one.case, one.reference, one.commitment, one.ours, one.theirs, one.result)
    return (*cells, _standing(one.agreed))


def _trend(found: Dossier) -> Part:
    rows = tuple(
        (past.label, str(past.n_due), str(past.n_missed), str(past.n_theirs))
        for past in found.trend
    )
    bars = [
        PartBar(
            f"{past.label}: {past.n_theirs} of {past.n_due}",
            (float(past.n_theirs), float(past.n_missed - past.n_theirs)),
        )
        for past in found.trend
        if past.n_missed
    ]
    names = ("missed by the vendor", "late because of us")
    return Part(
        title="How it has been",
        chart=part_bars_svg("Missed commitments by period", names, bars, "missed")
        if bars
        else None,
        grid=Grid(
            ("Period", "Due", "Missed", "By the vendor itself"),
            rows,
            frozenset({"Due", "Missed", "By the vendor itself"}),
        ),
    )


def _next(found: Dossier) -> Part:
    step = "No step is due." if found.step == NO_STEP else f"Step due: {found.step}."
    contingency = (
        f"Contingency on file: {found.contingency}."
        if found.contingency
        else "No contingency is on file: plan what stands in for this vendor."
    )
    return Part(title="What follows", sentences=(step, contingency))


def _standing(agreed: Standing) -> str:
    by = f" by {agreed.decided_by}" if agreed.decided_by else ""
    return f"{agreed.standing}{by}" + (f": {agreed.reason}" if agreed.reason else "")


def _money(found: Dossier, value: float) -> str:
    return f"{number(value, 2)} {found.currency}"


def _counted(n: int, name: str) -> str:
    return f"{n} {name}{'' if n == 1 else 's'}"


def lines_csv(found: Dossier) -> str:
    """Every missed commitment with the records behind it, safe to open in a spreadsheet."""
    rows = [
        (found.vendor, found.period, line.case, line.reference, line.incident, line.commitment,
         line.clause, line.clause_text, line.due, line.actual, f"{line.gross_h:.2f}",
         f"{line.ours_h:.2f}", f"{line.late_h:.2f}",
         "" if line.users is None else f"{line.users:g}",
         "" if line.credit is None else f"{line.credit:.2f}", line.agreed.standing,
         line.agreed.decided_by, line.agreed.reason, " ".join(line.evidence))
        for line in found.lines
    ]  # fmt: skip
    return _csv(_CSV_COLUMNS, rows)


def compared_csv(found: Dossier) -> str:
    """Every commitment on either list, and how the lists go together."""
    head = ("case", "reference", "commitment", "ours", "theirs", "result", "standing",
            "decided_by", "reason")  # fmt: skip
    rows = [
        (one.case, one.reference, one.commitment, one.ours, one.theirs, one.result,
         one.agreed.standing, one.agreed.decided_by, one.agreed.reason)
        for one in found.compared or ()
    ]  # fmt: skip
    return _csv(head, rows)


def _csv(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue()
