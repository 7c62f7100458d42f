"""Which tickets belong to which problem, change or other ticket.

A link changes no time of a ticket, so the tables of links are read whole at the beginning of each
pull, and tickets that were linked since the last one are read again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from connectors.glpi.api import GlpiApi, Row
from itsm.errors import FatalSourceError, ForbiddenError

_TABLES: Mapping[str, tuple[str, str, str]] = {
    "Problem_Ticket": ("problem", "tickets_id", "problems_id"),
    "Change_Ticket": ("change", "tickets_id", "changes_id"),
    "Ticket_Ticket": ("", "tickets_id_1", "tickets_id_2"),
}
"""Of each table: what the other end is to the ticket, and the columns of both ends."""
_SON, _DUPLICATE, _PARENT = 3, 2, 4


@dataclass(slots=True)
class Links:
    """The links of tickets as they are now.

    Attributes:
        newest: the greatest id of each table.
        ends: by what they are to a ticket, and by the ticket's id, the other end's id.
    """

    newest: dict[str, int] = field(default_factory=dict)
    ends: dict[str, dict[str, str]] = field(default_factory=dict)
    _tickets: list[tuple[str, int, str]] = field(default_factory=list)

    def of(self, word: str, ticket: str) -> str:
        """The other end of a ticket's link; "" for none."""
        return self.ends.get(word, {}).get(ticket, "")

    def since(self, marks: Mapping[str, int]) -> list[str]:
        """The tickets of links that are newer than some marks."""
        found = {ticket for table, key, ticket in self._tickets if key > marks.get(table, 0)}
        return sorted(found, key=int)

    def note(self, table: str, row: Row) -> None:
        """Keep a link; of several of a kind the first counts."""
        key = int(row["id"])
        self.newest[table] = max(self.newest.get(table, 0), key)
        for word, ticket, other in _ends(table, row):
            self.ends.setdefault(word, {}).setdefault(ticket, other)
            self._tickets.append((table, key, ticket))

    @property
    def text(self) -> str:
        """The marks of this moment, as text."""
        return orjson.dumps(self.newest, option=orjson.OPT_SORT_KEYS).decode()


def links_of(api: GlpiApi) -> Links:
    """All links of tickets that the user may read."""
    links = Links()
    for table in _TABLES:
        try:
            for rows in api.all(table):
                for row in rows:
                    links.note(table, row)
        except FatalSourceError as error:
            if not isinstance(error, ForbiddenError):
                raise
    return links


def _ends(table: str, row: Row) -> Iterator[tuple[str, str, str]]:
    word, own, other = _TABLES[table]
    ends = str(row[own]), str(row[other])
    if word:
        yield word, *ends
    elif row.get("link") == _SON:
        yield "parent", *ends
    elif row.get("link") == _PARENT:
        yield "parent", ends[1], ends[0]
    elif row.get("link") == _DUPLICATE:
        yield "duplicate_of", *ends
