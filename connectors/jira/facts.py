"""What a site says of itself: its fields, issue types and statuses. Asked for once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ASSETS = ("com.atlassian.jira.plugins.cmdb:cmdb-object-cftype",
          "com.riadalabs.jira.plugins.insight:rlabs-customfield-object",
          "com.riadalabs.jira.plugins.insight:rlabs-customfield-default-object")  # fmt: skip
"""The types of fields that name objects of Assets, in Cloud and in Data Center."""
CLOCK = "com.atlassian.servicedesk:sd-sla-field"
RATING = "com.atlassian.servicedesk:sd-request-feedback"
RATED_AT = "com.atlassian.servicedesk:sd-request-feedback-date"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a site has.

    Attributes:
        ids: the ids of fields by name or id in small letters; several fields may share a name.
        custom: what makes a field of one's own special, by id.
        names: the names of fields by id.
        types: the ids of issue types by name in small letters.
        statuses: name and category of each status, by id.
        priorities: the names of the priorities.
    """

    ids: Mapping[str, tuple[str, ...]]
    custom: Mapping[str, str]
    names: Mapping[str, str]
    types: Mapping[str, tuple[str, ...]]
    statuses: Mapping[str, tuple[str, str]]
    priorities: tuple[str, ...]

    def of_column(self, column: str) -> tuple[str, ...]:
        """The ids of the fields that a column means."""
        return self.ids.get(column.casefold(), ())

    def of_columns(self, columns: Iterable[str]) -> tuple[str, ...]:
        """The ids of the fields that some columns mean."""
        return tuple(dict.fromkeys(key for name in columns for key in self.of_column(name)))

    def of_custom(self, custom: str) -> tuple[str, ...]:
        """The ids of the fields of one's own that are of a type, ascending."""
        return tuple(sorted(key for key, one in self.custom.items() if one == custom))

    def type_ids(self, names: Sequence[str]) -> tuple[str, ...]:
        """The ids of the issue types with these names, of those that are there."""
        return tuple(
            dict.fromkeys(key for name in names for key in self.types.get(name.casefold(), ()))
        )

    def category(self, status: str) -> str:
        """The category of a status, by its id; "" if it is not known."""
        return self.statuses[status][1] if status in self.statuses else ""


def facts_of(
    fields: Sequence[Any], types: Sequence[Any], statuses: Sequence[Any], priorities: Sequence[Any]
) -> Facts:
    """Facts out of the lists that a site gives."""
    ids: dict[str, tuple[str, ...]] = {}
    custom, names = {}, {}
    for one in fields:
        key, name = str(one["id"]), str(one.get("name", ""))
        names[key] = name
        for word in {key.casefold(), name.casefold()}:
            ids[word] = (*ids.get(word, ()), key)
        schema = one.get("schema")
        if isinstance(schema, Mapping) and schema.get("custom"):
            custom[key] = str(schema["custom"])
    by_name: dict[str, tuple[str, ...]] = {}
    for one in types:
        word = str(one.get("name", "")).casefold()
        by_name[word] = (*by_name.get(word, ()), str(one["id"]))
    known = {str(one["id"]): (str(one.get("name", "")), _category(one)) for one in statuses}
    return Facts(
        ids, custom, names, by_name, known, tuple(str(one.get("name", "")) for one in priorities)
    )


def _category(status: Mapping[str, Any]) -> str:
    category = status.get("statusCategory")
    return str(category.get("key", "")) if isinstance(category, Mapping) else ""
