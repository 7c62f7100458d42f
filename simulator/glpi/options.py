"""The search options of a practice GLPI: which column of which table a number stands for.

Source:
    GLPI 10, `CommonITILObject`, `Ticket` and `listSearchOptions` of its API. Numbers above 300 are
    ours: who reads them looks them up by table and field.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.glpi.database import Cell, Database, Row
from simulator.glpi.schema import ASSETS, INT, ITEMTYPES, SERVICES, TIME, key_to, table_of

Value = Callable[[Database, Row], Cell]
REQUESTER, ASSIGNED = 1, 2


@dataclass(frozen=True, slots=True)
class Option:
    """One search option.

    Attributes:
        uid: as the product makes it; several options may share one.
        column: the column of the row itself, "" where the value comes from elsewhere.
        value: what a row has for it, times as seconds; a list where there are several.
    """

    number: int
    table: str
    field: str
    name: str
    datatype: str
    uid: str
    value: Value
    column: str = ""
    nosearch: bool = False

    @property
    def described(self) -> dict[str, Any]:
        """What `listSearchOptions` tells."""
        types = {"datetime": ["equals", "notequals", "lessthan", "morethan", "contains",
                              "notcontains", "empty"]}  # fmt: skip
        return {
            "name": self.name,
            "table": self.table,
            "field": self.field,
            "datatype": self.datatype,
            "nosearch": self.nosearch,
            "nodisplay": False,
            "available_searchtypes": types.get(
                self.datatype, ["contains", "notcontains", "equals", "notequals", "empty"]
            ),
            "uid": self.uid,
        }


_NUMBERS: Mapping[str, Mapping[str, int]] = {
    "": {"name": 1, "id": 2, "content": 21, "status": 12, "urgency": 10, "impact": 11,
         "priority": 3, "date": 15, "closedate": 16, "solvedate": 17, "time_to_resolve": 18,
         "date_mod": 19, "date_creation": 121, "actiontime": 45, "waiting_duration": 149,
         "solve_delay_stat": 154, "close_delay_stat": 152},
    "Ticket": {"type": 14, "time_to_own": 155, "internal_time_to_resolve": 180,
               "internal_time_to_own": 185, "takeintoaccount_delay_stat": 150,
               "takeintoaccountdate": 301, "ola_ttr_begin_date": 302,
               "sla_waiting_duration": 303, "ola_waiting_duration": 304},
    "Problem": {"symptomcontent": 60, "impactcontent": 61, "causecontent": 62},
    "Change": {"impactcontent": 60, "controlistcontent": 61, "rolloutplancontent": 62,
               "backoutplancontent": 63, "checklistcontent": 67},
}  # fmt: skip
_KEYS: Mapping[str, Mapping[int, tuple[str, str, str]]] = {
    "": {7: ("itilcategories_id", "ITILCategory", "completename"),
         80: ("entities_id", "Entity", "completename")},
    "Ticket": {83: ("locations_id", "Location", "completename"),
               9: ("requesttypes_id", "RequestType", "name"),
               30: ("slas_id_ttr", "SLA", "name"), 37: ("slas_id_tto", "SLA", "name"),
               190: ("olas_id_tto", "OLA", "name"), 191: ("olas_id_ttr", "OLA", "name")},
    "Problem": {},
    "Change": {},
}  # fmt: skip
_ACTORS: Mapping[str, tuple[tuple[int, str, str, int], ...]] = {
    "Ticket": ((4, "Ticket_User", "User", REQUESTER), (5, "Ticket_User", "User", ASSIGNED),
               (8, "Group_Ticket", "Group", ASSIGNED), (71, "Group_Ticket", "Group", REQUESTER),
               (6, "Supplier_Ticket", "Supplier", ASSIGNED)),
    "Problem": ((4, "Problem_User", "User", REQUESTER), (5, "Problem_User", "User", ASSIGNED),
                (8, "Group_Problem", "Group", ASSIGNED)),
    "Change": ((8, "Change_Group", "Group", ASSIGNED),),
}  # fmt: skip
_ANSWER = {31: "type", 60: "date_begin", 61: "date_answered", 62: "satisfaction", 63: "comment"}
_TYPES = {TIME: "datetime", INT: "integer"}


def _own(itemtype: str, number: int, column: str) -> Option:
    form = ITEMTYPES[itemtype].columns[column]
    datatype = "number" if column == "id" else _TYPES.get(form, form)
    if column == "name":
        datatype = "itemlink"
    table = table_of(itemtype)
    return Option(number, table, column, column.replace("_", " ").capitalize(), datatype,
                  f"{itemtype}.{column}", lambda _, row: row.get(column), column)  # fmt: skip


def _key(itemtype: str, number: int, column: str, other: str, field: str) -> Option:
    def value(database: Database, row: Row) -> Cell:
        found = database.table(other).rows.get(row.get(column) or 0)
        return None if found is None else found[field]

    return Option(number, table_of(other), field, other, "dropdown",
                  f"{itemtype}.{other}.{field}", value)  # fmt: skip


def _actor(itemtype: str, number: int, link: str, other: str, role: int) -> Option:
    """People by their ids, groups by their whole names, suppliers by their names."""
    field = "completename" if other == "Group" else "name"

    def value(database: Database, row: Row) -> Cell:
        ids = [one[key_to(other)] for one in database.linked(link, itemtype, row["id"])
               if one["type"] == role]  # fmt: skip
        if other == "User":
            return several([str(key) for key in ids])
        rows = database.table(other).rows
        return several([rows[key][field] for key in ids if key in rows])

    return Option(number, table_of(other), field, f"{other} ({role})", "dropdown",
                  f"{itemtype}.{link}.{other}.{field}", value)  # fmt: skip


def _linked(number: int, field: str) -> Option:
    def value(database: Database, row: Row) -> Cell:
        return several([one[field] for one in database.linked("Item_Ticket", "Ticket", row["id"])])

    return Option(number, "glpi_items_tickets", field, "Associated elements", "specific",
                  f"Ticket.Item_Ticket.{field}", value, nosearch=True)  # fmt: skip


def _answer(number: int, field: str) -> Option:
    def value(database: Database, row: Row) -> Cell:
        found = database.linked("TicketSatisfaction", "Ticket", row["id"])
        return found[0].get(field) if found else None

    datatype = "datetime" if field.startswith("date") else "specific"
    return Option(number, "glpi_ticketsatisfactions", field, field, datatype,
                  f"Ticket.TicketSatisfaction.{field}", value)  # fmt: skip


def _writer() -> Option:
    def value(_: Database, row: Row) -> Cell:
        return str(row["users_id_recipient"]) if row["users_id_recipient"] else None

    return Option(22, "glpi_users", "name", "Writer", "dropdown",
                  "Ticket.users_id_recipient.User.name", value)  # fmt: skip


def _solution(itemtype: str, number: int, field: str) -> Option:
    """The texts of solutions, or the names of their types."""

    def value(database: Database, row: Row) -> Cell:
        found = database.linked("ITILSolution", itemtype, row["id"])
        types = database.table("SolutionType").rows
        if field == "content":
            return several([one["content"] for one in found])
        return several([types[one["solutiontypes_id"]]["name"] for one in found
                        if one["solutiontypes_id"]])  # fmt: skip

    table = "glpi_itilsolutions" if field == "content" else "glpi_solutiontypes"
    return Option(number, table, field, "Solution", "text",
                  f"{itemtype}.ITILSolution.{field}", value)  # fmt: skip


def several(values: list[Cell]) -> Cell:
    """As the search engine gives cells: an only value alone, none as null, several as a list."""
    if not values:
        return None
    return values[0] if len(values) == 1 else values


def _of_work(itemtype: str) -> Iterator[Option]:
    for column, number in {**_NUMBERS[""], **_NUMBERS[itemtype]}.items():
        yield _own(itemtype, number, column)
    for number, (column, other, field) in {**_KEYS[""], **_KEYS[itemtype]}.items():
        yield _key(itemtype, number, column, other, field)
    for number, link, other, role in _ACTORS[itemtype]:
        yield _actor(itemtype, number, link, other, role)
    if itemtype == "Ticket":
        yield from (_linked(13, "items_id"), _linked(131, "itemtype"))
        yield from (_answer(number, field) for number, field in _ANSWER.items())
        yield _writer()
    yield from (_solution(itemtype, 24, "content"), _solution(itemtype, 23, "name"))


def _of_named(itemtype: str) -> Iterator[Option]:
    """The options of people, items and the like: name, id, and what their label is made of."""
    is_tree = "completename" in ITEMTYPES[itemtype].columns
    yield _own(itemtype, 1, "completename" if is_tree else "name")
    yield _own(itemtype, 2, "id")
    more = {"date_mod": 19, "firstname": 9, "realname": 34, "code": 4,
            "content": 21, "is_deleted": 305}  # fmt: skip
    for column, number in more.items():
        if column in ITEMTYPES[itemtype].columns:
            yield _own(itemtype, number, column)


_NAMED = ("User", "Group", "Supplier", "Contract", "ITILCategory", "Location", "KnowbaseItem",
          "KnowbaseItemCategory", "State",
          "Project", "Entity", SERVICES, *ASSETS)  # fmt: skip
OPTIONS: Mapping[str, Mapping[int, Option]] = {
    **{name: {one.number: one for one in _of_work(name)} for name in ("Ticket", "Problem",
                                                                      "Change")},
    **{name: {one.number: one for one in _of_named(name)} for name in _NAMED},
}  # fmt: skip
"""The search options of each itemtype that can be searched, by number."""
