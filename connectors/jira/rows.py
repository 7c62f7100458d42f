"""Issues into cells: of each column the value, and what people see of it.

What is kept of an answer is this: names and ids of options, people and statuses, times as they were
given, texts as plain text. Addresses of pictures and of the API itself are not.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.core.mapping.raw import Cell, Cells
from connectors.jira.adf import is_document, plain_text
from connectors.jira.api import Issue
from connectors.jira.facts import ASSETS, Facts

LINK = re.compile(r"(Inward|Outward) issue link \((.+)\)")
CATEGORY = "statusCategory"
_ALWAYS = ("created", "issuetype", "updated")
_INNER = ("requestType", "rating")
_NAMED_OBJECT = re.compile(r"(.*\S)\s+\([A-Z][A-Z0-9_]*-\d+\)")
_SIDES = {"Inward": "inwardIssue", "Outward": "outwardIssue"}

Sides = tuple[str, str]
"""A value, and what people see of it."""


class IssueForm:
    """The form of issues with some columns, on one site.

    Args:
        columns: as rules name them.
        facts: which fields they mean.
    """

    def __init__(self, columns: Sequence[str], facts: Facts) -> None:
        wanted: dict[str, None] = dict.fromkeys(_ALWAYS)
        self._readers: list[tuple[str, Callable[[Mapping[str, Any]], Sides | None]]] = []
        for column in sorted({*columns, "updated"} - {"key"}):
            link = LINK.fullmatch(column)
            if link is not None:
                wanted["issuelinks"] = None
                self._readers.append((column, _link_reader(_SIDES[link[1]], link[2])))
            elif column == CATEGORY:
                wanted["status"] = None
                self._readers.append((column, _category))
            else:
                ids = facts.of_column(column)
                wanted.update(dict.fromkeys(ids))
                if ids:
                    self._readers.append((column, _reader(ids)))
        self.asked = tuple(sorted(wanted))
        """The ids of the fields that have to be asked for."""
        self.objects = tuple(key for key in self.asked if facts.custom.get(key) in ASSETS)
        """Those of them that name objects of Assets."""

    def cells(self, issue: Issue) -> Cells:
        """The cells of an issue, sorted by column; a column without anything has none."""
        fields = issue.get("fields") or {}
        found: Cells = {}
        for column, read in self._readers:
            sides = read(fields)
            if sides is not None:
                found[column] = {"display_value": sides[1], "value": sides[0]}
        key = str(issue.get("key", ""))
        found["key"] = {"display_value": key, "value": key}
        return found


def cell_of(value: object) -> Cell | None:
    """A cell of whatever a field holds; None for nothing."""
    sides = sides_of(value)
    return None if sides is None else {"display_value": sides[1], "value": sides[0]}


def sides_of(value: object) -> Sides | None:
    """What a field holds, as value and label; of several the first; None for nothing."""
    if isinstance(value, str):
        return (value, value) if value else None
    if value is None or value == []:
        return None
    if isinstance(value, dict):
        return _of_object(value)
    if isinstance(value, list):
        return next(filter(None, map(sides_of, value)), None)
    text = str(value).lower() if isinstance(value, bool) else _number(value)
    return text, text


def objects_in(value: object) -> list[str]:
    """The ids of the objects of Assets that a field of Cloud names."""
    if not isinstance(value, list):
        return []
    return [str(one["objectId"]) for one in value if isinstance(one, dict) and "objectId" in one]


def with_names(value: object, names: Mapping[str, str]) -> object:
    """What a field with objects holds, with their names; Data Center gives these with keys."""
    if not isinstance(value, list):
        return value
    return [_named(one, names) for one in value]


def _named(one: object, names: Mapping[str, str]) -> object:
    if isinstance(one, dict):
        key = str(one.get("objectId", ""))
        return {"id": key, "name": names.get(key) or one.get("label") or key}
    found = _NAMED_OBJECT.fullmatch(one) if isinstance(one, str) else None
    return found[1] if found is not None else one


def _of_object(value: Mapping[str, Any]) -> Sides | None:
    get = value.get
    if get("type") == "doc" and is_document(value):
        text = plain_text(value)
        return ("", text) if text else None
    label = get("displayName") or get("name") or get("value")
    if not label:
        for inner in _INNER:
            if inner in value:
                return sides_of(value[inner])
        label = get("label") or get("key") or get("title")
    key = get("accountId") or get("objectId") or get("id") or get("name") or get("key") or label
    return (str(key), str(label or key)) if key else None


def _reader(ids: Sequence[str]) -> Callable[[Mapping[str, Any]], Sides | None]:
    """Reads the first of some fields that holds something; `parent` by its key."""
    if ids == ("parent",):
        return _parent
    if len(ids) == 1:
        (only,) = ids
        return lambda fields: sides_of(fields.get(only))
    return lambda fields: next(filter(None, (sides_of(fields.get(key)) for key in ids)), None)


def _parent(fields: Mapping[str, Any]) -> Sides | None:
    return _issue_sides(fields.get("parent"))


def _category(fields: Mapping[str, Any]) -> Sides | None:
    status = fields.get("status")
    category = status.get("statusCategory") if isinstance(status, dict) else None
    if not isinstance(category, dict):
        return None
    return str(category.get("key", "")), str(category.get("name", ""))


def _link_reader(side: str, name: str) -> Callable[[Mapping[str, Any]], Sides | None]:
    """Reads the issue at one end of the first link of a type."""

    def read(fields: Mapping[str, Any]) -> Sides | None:
        for link in fields.get("issuelinks") or ():
            if side in link and link["type"].get("name") == name:
                return _issue_sides(link[side])
        return None

    return read


def _issue_sides(issue: object) -> Sides | None:
    if not isinstance(issue, dict) or not issue.get("key"):
        return None
    return str(issue.get("id", "")), str(issue["key"])


def _number(value: object) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole and isinstance(value, float) else str(value)
