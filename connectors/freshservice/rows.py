"""Records of the API as cells: what is at each path, and what numbers are called."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.core.mapping.html_text import plain_of
from connectors.core.mapping.raw import Cell, Cells, cell
from connectors.freshservice.api import Row
from connectors.freshservice.names import Names

PROBLEM, CHANGE, INCIDENT = "PRB-", "CHN-", "INC-"
_TIME_LENGTH = len("2026-03-01T09:00:00Z")
_MADE = frozenset({"number", "service", "item", "problem", "change", "caused_by_change", "parent"})


@dataclass(frozen=True, slots=True)
class RecordForm:
    """Reads records for one kind.

    Attributes:
        columns: those of the preset.
        prefix: what stands before the id in the number that people see.
    """

    names: Names
    columns: Sequence[str]
    prefix: str = ""

    def cells(self, row: Row) -> Cells:
        """The cells of a record."""
        made: Cells = {}
        for column in self.columns:
            value = _made_of(self, row, column) if column in _MADE else _at(row, column)
            found = self._cell(column, value)
            if found is not None:
                made[column] = found
        return made

    def assets(self, row: Row) -> Iterator[tuple[str, str, bool]]:
        """The assets of a record: number, name, and whether it is a service."""
        for one in row.get("assets") or ():
            key, kind = str(one.get("display_id", "")), one.get("asset_type_id")
            if one.get("name") and kind is not None:
                yield key, str(one["name"]), self.names.is_service(str(kind))
            elif key:
                name, is_service = self.names.asset(key)
                if name:
                    yield key, name, is_service

    def _cell(self, column: str, value: object) -> Cell | None:
        if isinstance(value, tuple):
            return cell(*value)
        text = text_of(value)
        if not text:
            return None
        look_up = _CALLED.get(column)
        if look_up is not None:
            return cell(text, look_up(self.names, text) or text)
        if column in _HTML:
            return cell("", plain_of(text))
        return cell(text)


_HTML = frozenset({"description", "body", "analysis_fields.problem_cause.description"})
_CALLED: Mapping[str, Callable[[Names, str], str]] = {
    "group_id": lambda names, key: names.of("group", key),
    "vendor_id": lambda names, key: names.of("vendor", key),
    "asset_type_id": lambda names, key: names.of("asset_type", key),
    **dict.fromkeys(("responder_id", "agent_id", "requester_id", "user_id"), Names.person),
}


def text_of(value: object) -> str:
    """A plain value as text; times as a mapping reads them best; "" for none."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    is_time = len(text) == _TIME_LENGTH and text[-1] == "Z" and text[10] == "T"
    return text[:-1] if is_time else text


def _at(row: Row, path: str) -> object:
    """What is at a path."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _made_of(form: RecordForm, row: Row, column: str) -> object:
    """What follows from others: the number, linked records, assets."""
    if column == "number":
        return str(row["id"]), f"{form.prefix}{row['id']}"
    if column in {"service", "item"}:
        wanted = column == "service"
        found = next((one for one in form.assets(row) if one[2] is wanted), None)
        return found and found[:2]
    if column == "problem":
        return _named(_at(row, "problem.display_id") or _at(row, "problem.id")
                      or _at(row, "problem_id"), PROBLEM)  # fmt: skip
    if column == "parent":
        return _named(_at(row, "related_tickets.parent.id"), INCIDENT)
    name = "change_initiated_by_ticket" if column == "change" else "change_initiating_ticket"
    return _named(_at(row, f"change.{name}.display_id"), CHANGE)


def _named(key: object, prefix: str) -> tuple[str, str] | None:
    return None if key is None else (str(key), f"{prefix}{key}")
