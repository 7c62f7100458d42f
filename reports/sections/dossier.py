"""The vendor edition: one vendor's dossier, made of an allow-list of fields and of nothing else.

What may leave the house: the vendor's own name; the numbers of its cases, ours and its own; which
commitment, which clause by its number, when it was due and met; hours, split into ours and theirs;
how many users; credits under its contract; counts by period; the step of its ladder that is due.
No other vendor, host, person, internal cost, incident, source, reason or text of a ticket is read
here, so none can be printed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from itsm.figures import Unit
from reports.language import _, known, mark, n_
from reports.measures.reconciliation import RESULTS
from reports.measures.vendor_dossier import CALLER, OURS, THEIRS
from reports.measures.vendor_lines import Dossier, Line
from reports.measures.vendor_terms import NO_STEP
from reports.model import Brief, Column, EvidenceList, Opening, Section, Table
from reports.numbers import number, percent, shown
from reports.sections.dossier_records import (
    compared_anchor,
    dossier_records,
    past_anchor,
    split_anchor,
)
from reports.words import nothing_asked, upper_first

ALLOWED = (
    *("case", "reference", "commitment", "clause", "due", "actual", "gross_h", "ours_h"),
    *("late_h", "users", "credit", "agreed.standing"),
)
"""The fields of a line that the edition shows; the others are never read."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?")
_WORDS = frozenset({"response", "resolution", "not yet", "open", "agreed", "disputed", "excused"})
_HIDDEN = "–"
MIN_NAME = 4
"""Shorter names stand in too many words to be told apart from them."""


def dossier_section(found: Dossier) -> Section:
    """The dossier: our share first, then theirs, line by line."""
    return Section(
        id="dossier",
        number=9,
        title=_("Vendor dossier"),
        opening=_opening(found),
        tables=(_split(found), *_lines(found), *_compared(found), _trend(found)),
        notes=(
            _(
                "A commitment counts as missed by you only where it is late by more than the case "
                "waited on us. Times are UTC."
            ),
        ),
    )


def dossier_brief(found: Dossier) -> Brief:
    """The head of the vendor edition."""
    opening = _opening(found)
    step = _("No step of the escalation ladder is due.")
    if found.step != NO_STEP and (held := re.match(r"(\d+): ", found.step)):
        step = _("Step {n} of the escalation ladder is due.", n=held[1])
    unknown = n_(
        "For {n} case it is not recorded how long it waited on us.",
        "For {n} cases it is not recorded how long they waited on us.",
        found.n_unknown_waits,
    )
    gaps = [unknown] if found.n_unknown_waits else []
    gaps += [] if found.clauses_known else [_("No clause is known, so no credit is computed.")]
    gaps += [] if found.compared is not None else [_("Your own list of cases was not compared.")]
    return Brief(
        headline=opening.sentence,
        asks=(),
        changes=(step,),
        gaps=tuple(gaps) or (_("Nothing is known to be missing."),),
        cards=(),
    )


def _opening(found: Dossier) -> Opening:
    own = found.total(with_excused=True)
    missed = n_("{n} commitment was missed", "{n} commitments were missed", len(found.lines))
    if not found.lines:
        missed = _("No commitment was missed")
        return Opening(sentence=f"{missed}.", ask=nothing_asked())
    theirs = n_("{n} of them by you", "{n} of them by you", own.n)
    late = shown(own.late_h, Unit.HOURS)
    sentence = _("{missed}, {theirs}, {late} late.", missed=missed, theirs=theirs, late=late)
    ask = _("Answer each line: agree to it, or say why not.") if own.n else nothing_asked()
    return Opening(sentence=sentence, ask=ask)


def _split(found: Dossier) -> Table:
    whole = sum(found.parts.values())
    parts = [part for part in (*OURS, CALLER, THEIRS) if part in found.parts]
    return Table(
        caption=_("Whose time the resolved cases took"),
        columns=(
            Column(title=_("Part")),
            Column(title=_("Hours"), is_number=True),
            Column(title=_("Share"), is_number=True),
        ),
        rows=tuple(
            (
                upper_first(_part(part)),
                number(found.parts[part], 1),
                percent(number(100 * found.parts[part] / whole, 1)) if whole else _HIDDEN,
            )
            for part in parts
        ),
        anchors=(split_anchor(found),) * len(parts),
    )


def _part(part: str) -> str:
    """A part of the time, said to the vendor."""
    if part == THEIRS:
        return _("yours")
    return known(part) if part in (*OURS, CALLER) else _HIDDEN


def _lines(found: Dossier) -> Iterator[Table]:
    if not found.lines:
        return
    heads = (mark("Case"), mark("Your reference"), mark("Commitment"), mark("Clause"), mark("Due"),
             mark("Met"), mark("Late, h"), mark("Of it ours, h"), mark("Yours, h"), mark("Users"),
             mark("Credit"), mark("Standing"))  # fmt: skip
    numeric = set(heads[6:11])
    yield Table(
        caption=_("Missed commitments, our share taken out"),
        columns=tuple(Column(title=_(head), is_number=head in numeric) for head in heads),
        rows=tuple(_row(found, line) for line in found.lines),
        note=_("Credits are in {currency}.", currency=_currency(found.currency)),
    )


def _row(found: Dossier, line: Line) -> tuple[str, ...]:
    """A line, from the allow-list; a value that is not of the form expected is not shown."""
    return (
        _code(line.case),
        _code(line.reference),
        _word(line.commitment),
        _code(line.clause),
        _moment(line.due),
        _moment(line.actual),
        number(line.gross_h, 1),
        number(line.ours_h, 1),
        number(line.late_h, 1),
        _HIDDEN if line.users is None else number(line.users),
        _HIDDEN if line.credit is None else number(line.credit, 2),
        _word(line.agreed.standing),
    )


def _compared(found: Dossier) -> Iterator[Table]:
    if found.compared is None:
        return
    counts = [(name, sum(one.result == name for one in found.compared)) for name in RESULTS]
    yield Table(
        caption=_("Your list beside ours"),
        columns=(Column(title=_("Result")), Column(title=_("Commitments"), is_number=True)),
        rows=tuple((upper_first(known(name)), number(n)) for name, n in counts),
        anchors=tuple(compared_anchor(found, name) for name, _n in counts),
    )


def _trend(found: Dossier) -> Table:
    return Table(
        caption=_("How it has been"),
        columns=(
            Column(title=_("Period")),
            Column(title=_("Due"), is_number=True),
            Column(title=_("Missed"), is_number=True),
            Column(title=_("Missed by you"), is_number=True),
        ),
        rows=tuple(
            (_code(past.label), number(past.n_due), number(past.n_missed), number(past.n_theirs))
            for past in found.trend
        ),
        anchors=tuple(map(past_anchor, found.trend)),
    )


def _code(text: str) -> str:
    """A number or reference, as codes are written; what else stands there is not shown."""
    return text if _CODE.fullmatch(text) else _HIDDEN


def _currency(text: str) -> str:
    return text if _CURRENCY.fullmatch(text) else _HIDDEN


def _moment(text: str) -> str:
    if not _MOMENT.fullmatch(text):
        return _word(text)
    return text.replace("T", " ").rstrip("Z")


def _word(text: str) -> str:
    return known(text) if text in _WORDS else _HIDDEN


def dossier_evidence(found: Dossier, names: Sequence[str]) -> tuple[EvidenceList, ...]:
    """The cases behind the figures, as codes and without the names that `without_names` hides."""
    held = _held(names)
    return tuple(
        replace(
            one,
            dimension=known(one.dimension),
            rows=tuple(_kept(row, held) for row in one.rows),
            base_rows=tuple(_kept(row, held) for row in one.base_rows),
        )
        for one in dossier_records(found, _code)
    )


def _held(names: Sequence[str]) -> list[str]:
    return [name.casefold() for name in names if len(name) >= MIN_NAME]


def without_names(section: Section, names: Sequence[str]) -> Section:
    """The section with every cell hidden that holds one of some names: a last look.

    Args:
        section: from `dossier_section`.
        names: other vendors, hosts and people, as records name them.
    """
    held = _held(names)
    tables = tuple(
        replace(table, rows=tuple(tuple(_kept(cell, held) for cell in row) for row in table.rows))
        for table in section.tables
    )
    return replace(section, tables=tables)


def _kept(cell: str, names: Sequence[str]) -> str:
    said = cell.casefold()
    return _HIDDEN if any(name in said for name in names) else cell
