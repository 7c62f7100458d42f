"""What a ticket tells by way of others: the place of its caller or item, the family of its service.

A ticket of iTop has no place, and one level of category. Where somebody sits stands with the
person, where a thing stands with the device, and a service subcategory belongs to a service, which
belongs to a family. They are asked for by id, each once in a pull.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.itop.api import Fields, ItopApi
from itsm.errors import FatalSourceError

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pointer:
    """An attribute that stands in an object which a ticket points to.

    Attributes:
        by: the attribute of the ticket that holds the id, or the list of links.
        cls: the class of the object.
        told: the attribute of the object.
    """

    by: str
    cls: str
    told: str


POINTERS: Mapping[str, Pointer] = {
    "caller_location": Pointer("caller_id", "Person", "location_name"),
    "ci_location": Pointer("functionalcis_list", "PhysicalDevice", "location_name"),
    "service_family": Pointer("service_id", "Service", "servicefamily_name"),
}
"""What may be named in `fields` beside the attributes of a ticket."""
_LEVEL = "servicesubcategory_name"
LEVELS = frozenset({"service_category", "service_subcategory"})
"""The two levels that are made of a service subcategory, and of the family of its service."""


def attributes_of(columns: Iterable[str]) -> tuple[str, ...]:
    """The attributes of a ticket that some columns are made of."""
    found: dict[str, None] = {}
    for name in columns:
        if name in POINTERS:
            found[POINTERS[name].by] = None
        elif name in LEVELS:
            found |= {_LEVEL: None, POINTERS["service_family"].by: None}
        else:
            found[name] = None
    return tuple(found)


def pointers_of(columns: Iterable[str]) -> tuple[str, ...]:
    """Those of the pointers that some columns need."""
    needed = {"service_family" if name in LEVELS else name for name in columns}
    return tuple(name for name in POINTERS if name in needed)


@dataclass(slots=True)
class Pointed:
    """What the tickets of one pull point to.

    Attributes:
        api: the iTop.
        columns: what is made of tickets.
    """

    api: ItopApi
    columns: tuple[str, ...]
    _told: dict[str, dict[str, str]] = field(default_factory=dict, init=False)
    _refused: set[str] = field(default_factory=set, init=False)

    def look_up(self, rows: Sequence[Fields]) -> None:
        """Ask for what some tickets point to and was not asked for yet."""
        for name in pointers_of(self.columns):
            known = self._told.setdefault(name, {})
            new = {_key(row.get(POINTERS[name].by)) for row in rows} - known.keys() - {"", "0"}
            if new and name not in self._refused:
                known |= {**dict.fromkeys(new, ""), **self._asked(name, sorted(new))}

    def cells(self, row: Fields) -> dict[str, str]:
        """The columns of a ticket that others tell."""
        found = {name: self._of(name, row) for name in pointers_of(self.columns)}
        if not LEVELS.isdisjoint(self.columns):
            separator = self.api.config.category_separator
            levels = levels_of(str(row.get(_LEVEL) or ""), found["service_family"], separator)
            found |= dict(zip(("service_category", "service_subcategory"), levels, strict=True))
        return {name: value for name, value in found.items() if name in self.columns}

    def _of(self, name: str, row: Fields) -> str:
        return self._told.get(name, {}).get(_key(row.get(POINTERS[name].by)), "")

    def _asked(self, name: str, keys: Sequence[str]) -> Mapping[str, str]:
        """What objects tell; nothing, from now on, where this user may not read them."""
        cls, told = POINTERS[name].cls, POINTERS[name].told
        try:
            return self.api.told_of(cls, told, keys)
        except FatalSourceError as error:
            self._refused.add(name)
            said = "%s: %s of tickets is not told, as %s of %s cannot be read: %s"
            LOGGER.warning(said, self.api.name, name, told, cls, error.message)
            return {}


def levels_of(subcategory: str, family: str, separator: str) -> tuple[str, str]:
    """The category and the subcategory of a ticket.

    Args:
        subcategory: the name of its service subcategory.
        family: the family of its service; "" where it is not known.
        separator: what stands between two levels in the name of a subcategory.
    """
    first, _, second = (part.strip() for part in subcategory.partition(separator))
    if second:
        return first, second
    return (family, first) if family and first else (family or first, "")


def _key(value: object) -> str:
    """The id that an attribute holds, or that of the first of its links."""
    if isinstance(value, list):
        first = value[0] if value else None
        return str(first.get("functionalci_id") or "") if isinstance(first, dict) else ""
    return "" if value is None else str(value)
