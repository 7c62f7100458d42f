"""Tickets and assets into cells: of each column the value, and what people see of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.core.mapping.raw import Cells, cell
from connectors.rt.api import Item

DATES = frozenset({"Created", "LastUpdated", "Resolved", "Started", "Starts", "Due", "Told"})
PEOPLE = frozenset({"Owner", "Creator", "Requestor"})
PLAIN = frozenset({"Subject", "Status", "Priority", "SLA", "Name", "Description", "Type"})
OWN = DATES | PEOPLE | PLAIN | {"id", "Queue", "Catalog", "Content"}
LINKS: Mapping[str, str] = {
    "depends-on": "depends-on",
    "depended-on-by": "depended-on-by",
    "refers-to": "refers-to",
    "referred-to-by": "referred-to-by",
    "parent": "parent",
    "child": "child",
}
"""The refs of links."""


class TicketForm:
    """The form of tickets or assets with some columns."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._links = [name for name in columns if name.partition(":")[0] in LINKS]
        rest = [name for name in columns if name not in self._links]
        self._own = [name for name in rest if name in OWN]
        self.custom = tuple(name for name in rest if name not in OWN)
        """The names of the custom fields."""
        self.has_text = "Content" in self._own
        self.has_links = bool(self._links)

    @property
    def params(self) -> dict[str, str]:
        """The fields that are asked for."""
        names = {"LastUpdated", *self._own} - {"id", "Content"}
        names |= {"CustomFields"} if self.custom else set()
        names |= {"_hyperlinks"} if self._links else set()
        found = {"fields": ",".join(sorted(names))}
        found |= {f"fields[{name}]": "Name,RealName" for name in sorted(PEOPLE & names)}
        return found | ({"fields[Queue]": "Name"} if "Queue" in names else {})

    def cells(self, item: Item, text: str, kinds: Mapping[str, str]) -> Cells:
        """The cells of a ticket; a column without anything has none.

        Args:
            item: the ticket.
            text: of its first transaction.
            kinds: of the tickets it is linked with, by id.
        """
        found = {"id": str(item["id"])}
        for name in self._own:
            found[name] = text if name == "Content" else _plain(name, item.get(name))
        if self.custom:
            values = custom_of(item)
            found |= {name: values.get(name.casefold(), "") for name in self.custom}
        if self._links:
            found |= _linked(item, kinds, self._links)
        return {name: cell(value) for name, value in found.items() if value}


def custom_of(item: Item, *, unchanged: bool = False) -> dict[str, str]:
    """The first value of each custom field, by its folded name; times without their Z."""
    found = {}
    for one in item.get("CustomFields") or ():
        values = one.get("values") or ()
        if values:
            text = str(values[0])
            found[str(one.get("name", "")).casefold()] = text if unchanged else unzoned(text)
    return found


def links_of(item: Item) -> list[tuple[str, str]]:
    """The tickets a ticket is linked with: ref and id."""
    return [
        (str(link["ref"]), str(link["id"]))
        for link in item.get("_hyperlinks") or ()
        if link.get("ref") in LINKS and link.get("type") == "ticket" and link.get("id")
    ]


def unzoned(text: str) -> str:
    """A time in UTC without its Z; whatever else it is as it is."""
    is_time = len(text) == 20 and text[10] == "T" and text[-1] == "Z"
    return text[:-1] if is_time else text


def person(value: Any) -> str:  # noqa: ANN401  # JSON
    """The name of somebody; "" for nobody."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return ""
    name = str(value.get("RealName") or value.get("Name") or value.get("id") or "")
    return "" if name == "Nobody" or value.get("id") == "Nobody" else name


def _plain(name: str, value: Any) -> str:  # noqa: ANN401  # JSON
    if name in DATES:
        text = str(value or "")
        return "" if text.startswith("1970-01-01T") else unzoned(text)
    if name in PEOPLE:
        return person(value)
    if isinstance(value, dict):
        return str(value.get("Name") or value.get("id") or "")
    return "" if value is None else str(value)


def _linked(item: Item, kinds: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for ref, key in links_of(item):
        column = f"{ref}:{kinds.get(key, '')}"
        if column in columns:
            found.setdefault(column, key)
    return found
