"""Lists of a pack as CSV, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from io import StringIO

from reports.evidence import evidence_lists
from reports.model import CandidateRow, Pack, RegisterRow

_END = "\r\n"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", *map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))
"""The last four are the full-width forms of the first four."""


def neutral(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: a leading apostrophe where it could be one.

    Source:
        OWASP, "CSV Injection".
    """
    if text.isalnum():
        return text
    is_formula = text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{text}" if is_formula else text


def candidates_csv(pack: Pack) -> str:
    """Every candidate, dearest first, with its members' numbers; hours of the next 90 days."""
    return _rows_csv(CandidateRow, pack.candidate_rows)


def register_csv(pack: Pack) -> str:
    """Every register entry, in order of number."""
    return _rows_csv(RegisterRow, pack.register_rows)


def evidence_csv(pack: Pack) -> str:
    """Every record behind every figure, and every candidate's members."""
    lines = [_csv(("figure_id", "dimension", "period", "part", "record"), ())]
    for item in evidence_lists(pack):
        for part, records in (("counted", item.rows), ("base", item.base_rows)):
            cells = (item.figure_id, item.dimension, item.period, part)
            before = _csv(tuple(map(neutral, cells)), ()).removesuffix(_END)
            lines += [f"{before},{_record(record)}{_END}" for record in records]
    return "".join(lines)


def _record(number: str) -> str:
    """A record's number as a cell; nearly all are letters and digits, which need nothing."""
    return number if number.isalnum() else _csv((neutral(number),), ()).removesuffix(_END)


def _rows_csv(kind: type[CandidateRow] | type[RegisterRow], rows: Iterable[object]) -> str:
    head = [field.name for field in fields(kind)]
    return _csv(head, ([_cell(getattr(row, name)) for name in head] for row in rows))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return " ".join(value)
    return str(value)


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator=_END)
    writer.writerow(head)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
    return text.getvalue()
