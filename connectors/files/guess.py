"""Which column of an unknown export holds which field: a guess, shown and correctable.

Names decide first. Where no name fits, the cells do: the first column whose cells all differ is
the number, the one with the longest running text is the title, the first with times is when it
was opened. A column is given to one field only, and columns that hold answers rather than
questions (a topic, a label, a cluster) to none.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING

from connectors.core.mapping.preset import folded
from connectors.core.mapping.times import read_time

if TYPE_CHECKING:
    import pandas as pd

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": (
            "number", "issue_key", "incident_number", "ticket_number", "case_number", "incident_id",
            "ticket_id", "case_id", "key", "id", "issue_id", "text_id", "ref", "reference",
            "external_id", "uuid", "sys_id", "row",
        ),
        "title": (
            "short_description", "title", "summary", "subject", "headline", "short_text", "problem",
            "text", "question", "name",
        ),
        "description": (
            "description", "body", "long_description", "details", "detailed_description", "content",
            "long_text", "text", "message", "notes",
        ),
        "service": (
            "business_service", "service", "custom_field_affected_services", "affected_services",
            "affected_service", "service_name", "service_offering", "application", "product",
            "component_s", "components", "component", "system",
        ),
        "ci": (
            "cmdb_ci", "configuration_item", "ci", "ci_name", "configurationitem",
            "custom_field_affected_hardware", "asset", "asset_name", "host", "hostname", "server",
            "device",
        ),
        "category": (
            "category", "custom_field_category", "operational_categorization_tier_1",
            "categorization_tier_1", "custom_field_operational_categorization", "ticket_type",
            "request_type", "issue_type", "type",
        ),
        "subcategory": (
            "subcategory", "sub_category", "sub_category1", "sub_category_1",
            "operational_categorization_tier_2", "categorization_tier_2", "item", "classification",
        ),
        "symptom": ("u_symptom", "symptom", "symptom_code", "error_code", "sub_category2"),
        "location": ("location", "site", "office", "building", "city", "region"),
        "team": (
            "assignment_group", "assigned_group", "support_group", "team", "team_name", "group",
            "assigned_support_group", "queue", "resolver_group",
        ),
        "priority": ("priority", "urgency", "severity", "impact"),
        "opened_at": (
            "opened_at", "opened", "open_time", "created", "created_at", "created_on",
            "sys_created_on", "create_time", "created_date", "creation_date", "submit_date",
            "reported_date", "reported_at", "opened_date", "date_opened", "date_created", "start",
            "start_date", "date", "timestamp", "time",
        ),
    }
)  # fmt: skip
"""The names a field's column goes by, the surest first."""

_NOT_OPENED = ("close", "resol", "updat", "modif", "due", "end", "target", "until")
_ANSWERS = ("cluster", "label", "topic", "intent", "duplicate", "candidate", "cause", "split")
_TIMES_SHARE = 0.9
_TITLE_WORDS = 4


def guess_columns(columns: Sequence[str], sample: "pd.DataFrame") -> dict[str, str]:
    """The columns that seem to hold the fields that mining uses.

    Args:
        columns: the names of the export's columns, in its order.
        sample: some rows of text, such as the first 200, with these columns.

    Returns:
        Field to column, for the fields a column was found for; always the same for the same input.
    """
    n_rows = len(sample)
    free = {name: [cell for cell in _texts(sample[name]) if cell] for name in columns}
    found: dict[str, str] = {}
    for field, names in NAMES.items():
        column = _by_name(names, _fitting(field, free, n_rows))
        if column is not None:
            found[field] = column
            del free[column]
    for field, guessed in (
        ("opened_at", _first_with_times),
        ("id", _first_all_different),
        ("title", _longest_text),
    ):
        stand_in = None if field in found else guessed(free, n_rows)
        if stand_in is not None:
            found[field] = stand_in
            del free[stand_in]
    return {field: found[field] for field in NAMES if field in found}


def _texts(cells: "pd.Series[str]") -> list[str]:
    return [cell.strip() for cell in cells.fillna("").astype(str)]


Cells = Mapping[str, Sequence[str]]


def _fitting(field: str, free: Cells, n_rows: int) -> Cells:
    """The columns whose cells could hold a field: times for times, ids in every row."""
    if field == "opened_at":
        return {column: cells for column, cells in free.items() if _are_times(cells)}
    if field == "id":
        return {column: cells for column, cells in free.items() if len(cells) == n_rows}
    return free


def _by_name(names: Sequence[str], fitting: Cells) -> str | None:
    by_folded: dict[str, str] = {}
    for column in fitting:
        by_folded.setdefault(folded(column), column)
    return next((by_folded[name] for name in names if name in by_folded), None)


def _first_with_times(free: Cells, n_rows: int) -> str | None:
    for column, cells in free.items():
        if not any(part in folded(column) for part in _NOT_OPENED) and cells and _are_times(cells):
            return column
    return None


def _first_all_different(free: Cells, n_rows: int) -> str | None:
    for column, cells in free.items():
        short = all(len(cell) <= 64 and " " not in cell for cell in cells)
        if n_rows > 1 and len(set(cells)) == n_rows and short and not _are_times(cells):
            return column
    return None


def _longest_text(free: Cells, n_rows: int) -> str | None:
    def mean_words(cells: Sequence[str]) -> float:
        return sum(len(cell.split()) for cell in cells) / len(cells) if cells else 0.0

    texts = {
        column: mean_words(cells)
        for column, cells in free.items()
        if not _is_answer(column) and not _are_times(cells)
    }
    best = max(texts, key=texts.__getitem__, default=None)
    return best if best is not None and texts[best] >= _TITLE_WORDS else None


def _is_answer(column: str) -> bool:
    return any(part in folded(column) for part in _ANSWERS)


def _are_times(cells: Sequence[str]) -> bool:
    """Whether nearly all cells are times; so says an empty column, which cannot say otherwise."""
    n_times = sum(
        len(cell) >= 6 and any(read_time(cell, UTC, order) is not None for order in (True, False))
        for cell in cells
    )
    return n_times >= _TIMES_SHARE * len(cells)
