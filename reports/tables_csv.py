"""Lists of a pack as CSV, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from reports.model import Pack

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FULLWIDTH_STARTS = ("＝", "＋", "－", "＠")


def neutral(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: a leading apostrophe where it could be one.

    Source:
        OWASP, "CSV Injection".
    """
    starts = _FORMULA_STARTS + _FULLWIDTH_STARTS
    return f"'{text}" if text.startswith(starts) or text.lstrip().startswith(starts) else text


def candidates_csv(pack: Pack) -> str:
    """Every candidate, dearest first, with its members' numbers."""
    head = (
        "candidate_id statement n_members life movement decision first_seen_at last_seen_at "
        "avoidable_hours avoidable_low avoidable_high assumed members"
    ).split()
    rows = (
        (
            row.candidate_id,
            row.statement,
            str(row.n_members),
            row.life,
            row.movement,
            row.decision,
            row.first_seen_at.isoformat(),
            row.last_seen_at.isoformat(),
            f"{row.avoidable_hours:.2f}",
            f"{row.avoidable_low:.2f}",
            f"{row.avoidable_high:.2f}",
            row.assumed,
            " ".join(row.members),
        )
        for row in pack.candidate_rows
    )
    return _csv(head, rows)


def register_csv(pack: Pack) -> str:
    """Every register entry, in order of number."""
    head = (
        "number title state origin origin_record service coordinator next_review_on score gaps "
        "expected_benefit not_yet_reason raised_at raised_by"
    ).split()
    rows = (
        (
            row.number,
            row.title,
            row.state,
            row.origin,
            row.origin_record,
            row.service,
            row.coordinator,
            row.next_review_on,
            "" if row.score is None else f"{row.score:.2f}",
            row.gaps,
            row.expected_benefit,
            row.not_yet_reason,
            row.raised_at.isoformat(),
            row.raised_by,
        )
        for row in pack.register_rows
    )
    return _csv(head, rows)


def evidence_csv(pack: Pack) -> str:
    """Every record behind every figure: the counted ones, and the base of a share."""
    head = ("figure_id", "dimension", "period", "part", "record")
    rows = (
        (item.figure_id, item.dimension, item.period, part, record)
        for item in pack.evidence
        for part, records in (("counted", item.rows), ("base", item.base_rows))
        for record in records
    )
    return _csv(head, rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
    return text.getvalue()
