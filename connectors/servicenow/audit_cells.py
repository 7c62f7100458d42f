"""What is put into rows of sys_audit once other tables have told it. Pure, for whoever reads them.

The instance is asked for whole pages at once; what it told is handed on with the answers, and put
into each row where the rows are read.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from connectors.servicenow.events import ADDED
from connectors.servicenow.rows import Cells

NAMED_IN: Mapping[str, str] = MappingProxyType(
    {
        "assignment_group": "sys_user_group",
        "assigned_to": "sys_user",
        "vendor": "core_company",
    }
)
"""The tables of what old and new values are the ids of, by column."""
PEOPLE = "user_name"
"""In the place of a table: people by their logins."""
AUTHORED = ("fieldname", "oldvalue", "newvalue", "user")
"""The columns of sys_audit that names are put beside, or that say which."""


class Told(msgspec.Struct):
    """What other tables tell of rows of sys_audit.

    Attributes:
        names: by table, and there by id or login.
        beside: by the place of a row, what is put beside it as it changed together with another.
    """

    names: dict[str, dict[str, str]]
    beside: dict[int, Cells]

    def of(self, start: int, end: int) -> "Told":
        """The same of some of the rows."""
        some = {place - start: one for place, one in self.beside.items() if start <= place < end}
        return Told(self.names, some)

    def packed(self) -> bytes:
        """To be handed on."""
        return _PACK(self)


_PACK = msgspec.msgpack.Encoder().encode
unpacked = msgspec.msgpack.Decoder(Told).decode


def audit_cells(rows: Iterable[tuple[str, ...]], told: Told) -> list[Cells]:
    """What is added to each row.

    Args:
        rows: the values of the columns `AUTHORED`, "" where one is missing.
        told: of these rows.
    """
    old, new, author = ADDED["oldvalue"], ADDED["newvalue"], ADDED["user"]
    people, nobody = told.names.get(PEOPLE, {}), dict[str, str]()
    added: list[Cells] = []
    for fieldname, before, after, user in rows:
        cells: Cells = {}
        if (table := NAMED_IN.get(fieldname)) is not None:
            names = told.names.get(table, nobody)
            if name := names.get(before):
                cells[old] = (before, name)
            if name := names.get(after):
                cells[new] = (after, name)
        if name := people.get(user):
            cells[author] = (user, name)
        added.append(cells)
    for place, some in told.beside.items():
        added[place].update(some)
    return added
