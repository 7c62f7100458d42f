"""A vendor's own list of its cases: which commitments it says it met."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType

from connectors.core.mapping.preset import folded
from connectors.core.mapping.values import read_flag
from connectors.files.list_columns import ListTimes, Rows, list_columns
from itsm.errors import ConfigError
from itsm.states import ClockTarget

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "number": (
            "our_number", "our_reference", "our_case", "customer_reference", "customer_ticket",
            "customer_case", "client_reference", "customer_ref", "external_reference",
        ),
        "reference": (
            "reference", "case_number", "case_id", "case", "ticket", "ticket_number", "ticket_id",
            "vendor_reference", "number", "id", "case_no", "ticket_no", "ref",
        ),
        "target": ("commitment", "target", "sla_type", "clock", "measure", "sla_metric", "metric"),
        "is_met": (
            "met", "is_met", "sla_met", "within_sla", "in_sla", "on_time", "in_time", "sla_result",
            "sla_status", "sla", "result",
        ),
        "due_at": ("due", "due_at", "sla_due", "deadline", "target_time", "due_date"),
        "done_at": ("done", "done_at", "actual", "achieved_at", "completed_at", "actual_time"),
        "response_met": ("response_met", "response_sla", "response_sla_met", "response_in_time"),
        "response_due_at": ("response_due_at", "response_due", "respond_by", "response_target"),
        "responded_at": (
            "responded_at", "responded", "first_response", "first_response_at", "response_time",
            "response_at",
        ),
        "resolution_met": (
            "resolution_met", "resolution_sla", "resolution_sla_met", "resolution_in_time",
        ),
        "resolution_due_at": (
            "resolution_due_at", "resolution_due", "resolve_by", "resolution_target", "fix_by",
        ),
        "resolved_at": (
            "resolved_at", "resolved", "resolution_time", "closed", "closed_at", "fixed_at",
            "solved_at",
        ),
    }
)  # fmt: skip
"""The names a field's column goes by in vendors' lists, the surest first."""

_MET = frozenset({"met", "ok", "in_time", "on_time", "within_sla", "within", "achieved", "passed",
                  "pass", "green", "fulfilled", "compliant"})  # fmt: skip
_MISSED = frozenset({"missed", "breached", "breach", "late", "overdue", "failed", "fail", "red",
                     "violated", "not_met", "out_of_sla", "exceeded"})  # fmt: skip
_TIMES = tuple(name for name in NAMES if name.endswith("_at"))
_WIDE = {
    ClockTarget.RESPONSE: ("response_met", "response_due_at", "responded_at"),
    ClockTarget.RESOLUTION: ("resolution_met", "resolution_due_at", "resolved_at"),
}


@dataclass(frozen=True, slots=True)
class VendorLine:
    """One commitment on a vendor's list: by our number or its own, and whether it says met.

    `due_at` is when it was due by the list; None where the list does not say.
    """

    reference: str
    target: ClockTarget
    is_met: bool
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VendorList:
    """What was read: lines, the column of each field, and rows by why they say nothing."""

    lines: tuple[VendorLine, ...]
    columns: Mapping[str, str]
    n_rows: int
    unread: Mapping[str, int]


def vendor_list(rows: Rows, pairs: Sequence[str], zone: tzinfo) -> VendorList:
    """The commitments that a vendor's list tells of.

    A list has one row per commitment (its target, and met or due and done), or one row per case
    with the response and the resolution beside each other. Met as stated wins over times.

    Args:
        rows: of the file, by column name.
        pairs: FIELD=COLUMN, as a person corrects the guess.
        zone: of times that name none.

    Raises:
        ConfigError: there is no row, no case number, or nothing that says what was met.
    """
    columns = list_columns(list(rows[0]) if rows else [], NAMES, pairs)
    _require(rows, columns)
    times = ListTimes(rows, (columns[name] for name in _TIMES if name in columns), zone)
    lines: list[VendorLine] = []
    unread: dict[str, int] = {}
    for row in rows:
        reference = _cell(row, columns, "number") or _cell(row, columns, "reference")
        found = list(_lines(row, columns, times, reference)) if reference else []
        lines += found
        if not found:
            reason = "does not say what was met" if reference else "has no case number"
            unread[reason] = unread.get(reason, 0) + 1
    return VendorList(tuple(lines), columns, len(rows), unread)


def _require(rows: Rows, columns: Mapping[str, str]) -> None:
    if not rows:
        raise ConfigError("the vendor's list has no row")
    told = f"its columns: {', '.join(rows[0])}"
    if not {"number", "reference"} & columns.keys():
        raise ConfigError(
            f"no column looks like a case number; name it with --map reference=COLUMN ({told})"
        )
    says = {"is_met", "response_met", "resolution_met"} & columns.keys()
    pairs = (("due_at", "done_at"), *(names[1:] for names in _WIDE.values()))
    if not says and not any(set(pair) <= columns.keys() for pair in pairs):
        raise ConfigError(
            "no column says what was met; name it with --map resolution_met=COLUMN, or times with "
            f"--map resolution_due_at=COLUMN --map resolved_at=COLUMN ({told})"
        )


def _lines(
    row: Mapping[str, str], columns: Mapping[str, str], times: ListTimes, reference: str
) -> Iterator[VendorLine]:
    """The commitments of one row."""
    wide = {
        target: names for target, names in _WIDE.items() if any(one in columns for one in names[:2])
    }
    if not wide or "target" in columns:
        target = _target(_cell(row, columns, "target"))
        wide = {} if target is None else {target: ("is_met", "due_at", "done_at")}
    for target, (met, due, done) in wide.items():
        is_met = read_met(_cell(row, columns, met))
        due_at = times.read(row, columns.get(due))
        if is_met is None:
            done_at = times.read(row, columns.get(done))
            is_met = None if due_at is None or done_at is None else done_at <= due_at
        if is_met is not None:
            yield VendorLine(reference, target, is_met, due_at)


def read_met(text: str) -> bool | None:
    """Whether a word says that a commitment was met; None where it says neither."""
    flag = read_flag(text)
    if flag is not None:
        return flag
    word = folded(text)
    if word in _MET or word in _MISSED:
        return word in _MET
    return None


def _target(text: str) -> ClockTarget | None:
    """Which commitment a row is about; the resolution where it does not say."""
    word = folded(text)
    if not text or any(part in word for part in ("resol", "fix", "restor", "solution")):
        return ClockTarget.RESOLUTION
    return ClockTarget.RESPONSE if any(part in word for part in ("respon", "react")) else None


def _cell(row: Mapping[str, str], columns: Mapping[str, str], field: str) -> str:
    return row.get(columns[field], "").strip() if field in columns else ""
