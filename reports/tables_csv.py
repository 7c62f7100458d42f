"""Lists of a pack as CSV, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from io import StringIO

from reports.evidence import evidence_lists
from reports.model import CandidateRow, Pack, RegisterRow

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", *map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))
"""The last four are the full-width forms of the first four."""


def neutral(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: a leading apostrophe where it could be one.

    Source:
        OWASP, "CSV Injection".
    """
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
    head = ("figure_id", "dimension", "period", "part", "record")
    return _csv(
        head,
        (
            (item.figure_id, item.dimension, item.period, part, record)
            for item in evidence_lists(pack)
            for part, records in (("counted", item.rows), ("base", item.base_rows))
            for record in records
        ),
    )


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
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
    return text.getvalue()
