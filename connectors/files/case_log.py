"""A log of cases with steps, from any tool: who did which step when, and what it waited for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import MappingProxyType

from connectors.core.mapping.preset import folded
from connectors.core.mapping.values import read_flag
from connectors.files.list_columns import ListTimes, Rows, list_columns
from itsm.errors import ConfigError

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "case": (
            "case", "case_id", "case_concept_name", "case_number", "request", "request_number",
            "ritm", "order", "order_number", "ticket", "ticket_number", "number", "key", "id",
            "issue_key", "instance", "process_instance", "trace",
        ),
        "step": (
            "step", "step_name", "activity", "concept_name", "task", "task_name", "stage", "phase",
            "event", "action", "short_description", "name", "title", "status", "state",
        ),
        "owner": (
            "owner", "team", "assignment_group", "group", "department", "org_group", "queue",
            "responsible_team", "support_group", "vendor_name", "responsible",
        ),
        "is_vendor": ("is_vendor", "vendor", "external", "supplier", "outsourced", "third_party"),
        "ready_at": (
            "ready_at", "ready", "assigned_at", "assigned", "queued_at", "requested_at", "created",
            "created_at", "opened", "opened_at", "sys_created_on", "handed_over_at", "handed_over",
        ),
        "begun_at": (
            "begun_at", "begun", "start", "started", "started_at", "start_time", "start_timestamp",
            "work_start", "begin", "begin_time", "in_progress_at", "actual_start",
        ),
        "ended_at": (
            "ended_at", "ended", "end", "end_time", "finished", "finished_at", "completed",
            "completed_at", "complete_timestamp", "closed", "closed_at", "done", "done_at",
            "work_end", "time_timestamp", "timestamp", "time", "date", "actual_end",
        ),
        "needed_at": (
            "needed_at", "needed_by", "needed", "due", "due_at", "due_date", "start_date",
            "first_day", "first_working_day", "required_by", "deadline", "joins_on",
        ),
        "process": ("process", "process_name", "catalogue_item", "item", "workflow", "type"),
    }
)  # fmt: skip
"""The names a field's column goes by in logs, the surest first."""

NOBODY = "not given"
_TIMES = ("ready_at", "begun_at", "ended_at", "needed_at")
_OWN = frozenset({"own", "own_staff", "internal", "in_house", "us", "it"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of one case; a time that is not there has not come, or was not recorded."""

    process: str
    case: str
    step: str
    owner: str
    is_vendor: bool
    ready_at: datetime | None
    begun_at: datetime | None
    ended_at: datetime | None
    needed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseLog:
    """What was read: steps, the column of each field, rows left out by why, and what is assumed."""

    steps: tuple[Step, ...]
    columns: Mapping[str, str]
    n_rows: int
    unread: Mapping[str, int]
    assumed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reader:
    """Reads rows with known columns; `process` stands where no column names one."""

    columns: Mapping[str, str]
    times: ListTimes
    process: str
    vendors: frozenset[str]
    unread: dict[str, int] = field(default_factory=dict)

    def step(self, row: Mapping[str, str]) -> Step | None:
        """The step of a row; None where it has no case or no step, which is counted."""
        case, name = self._cell(row, "case"), self._cell(row, "step")
        if not case or not name:
            reason = "has no case" if not case else "has no step"
            self.unread[reason] = self.unread.get(reason, 0) + 1
            return None
        owner = self._cell(row, "owner") or (NOBODY if "owner" in self.columns else name)
        at = {one: self.times.read(row, self.columns.get(one)) for one in _TIMES}
        for one in _TIMES:
            if at[one] is None and self._cell(row, one):
                reason = f"has a time in {self.columns[one]!r} that cannot be read, left empty"
                self.unread[reason] = self.unread.get(reason, 0) + 1
        return Step(
            process=self._cell(row, "process") or self.process,
            case=case,
            step=name,
            owner=owner,
            is_vendor=self._is_vendor(row, owner),
            **at,
        )

    def _is_vendor(self, row: Mapping[str, str], owner: str) -> bool:
        if owner.casefold() in self.vendors:
            return True
        cell = self._cell(row, "is_vendor")
        flag = read_flag(cell)
        if flag is not None:
            return flag
        return bool(cell) and folded(cell) not in _OWN

    def _cell(self, row: Mapping[str, str], name: str) -> str:
        return row.get(self.columns[name], "").strip() if name in self.columns else ""


def case_log(
    rows: Rows, pairs: Sequence[str], zone: tzinfo, *, process: str, vendors: Sequence[str] = ()
) -> CaseLog:
    """The steps of a log.

    Where the log does not say when a step could begin, that is when the step before it in the same
    case ended; the first step of a case could begin when it did.

    Args:
        rows: of the file, by column name.
        pairs: FIELD=COLUMN, as a person corrects the guess.
        zone: of times that name none.
        process: the name of the process where no column has one.
        vendors: owners that are vendors, beside what a column says.

    Raises:
        ConfigError: there is no row, or no column for the case, the step or its end.
    """
    columns = list_columns(list(rows[0]) if rows else [], NAMES, pairs)
    _require(rows, columns)
    times = ListTimes(rows, (columns[one] for one in _TIMES if one in columns), zone)
    reader = _Reader(columns, times, process, frozenset(one.casefold() for one in vendors))
    steps = [step for row in rows if (step := reader.step(row)) is not None]
    return CaseLog(tuple(steps), columns, len(rows), reader.unread, tuple(_assumed(columns)))


def _require(rows: Rows, columns: Mapping[str, str]) -> None:
    if not rows:
        raise ConfigError("the log has no row")
    for name, what in (
        ("case", "the case"),
        ("step", "the step"),
        ("ended_at", "the end of a step"),
    ):
        if name not in columns:
            raise ConfigError(
                f"no column looks like {what}; name it with --map {name}=COLUMN "
                f"(its columns: {', '.join(rows[0])})"
            )


def _assumed(columns: Mapping[str, str]) -> list[str]:
    """What is taken for granted where a column is missing, in whole sentences."""
    said = {
        "ready_at": "No column says when a step could begin: it is taken to be when the step "
        "before it ended.",
        "begun_at": "No column says when work on a step began: waiting and work are told as one.",
        "owner": "No column names who does a step: the step stands for its owner.",
        "needed_at": "No column says by when a case is needed: what is needed soon is not told.",
    }
    return [sentence for name, sentence in said.items() if name not in columns]
