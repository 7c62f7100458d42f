"""The historical of a practice GLPI: what was changed, by the number of its search option."""

from collections.abc import Callable, Iterable, Iterator

from itsm.states import RecordKind
from simulator.glpi.database import Cell, Row
from simulator.glpi.people import Names
from simulator.glpi.words import OPTION_OF, PRIORITIES, STATES

ADDED, REMOVED, CREATED = 15, 16, 20
_LINKED = {"team": "Group", "assignee": "User"}


def log_row(itemtype: str, key: int, at: int, who: str, option: int, **more: Cell) -> Row:
    """A row of the log."""
    return {
        "itemtype": itemtype,
        "items_id": key,
        "itemtype_link": "",
        "linked_action": 0,
        "user_name": who,
        "date_mod": at,
        "id_search_option": option,
        "old_value": "",
        "new_value": "",
        **more,
    }


def log_rows(events: Iterable[Row], names: Names, key_of: Callable[[Row], int]) -> Iterator[Row]:
    """The rows for the history of tickets of the estate.

    A status or priority that was set at the opening leaves no row, and neither does a wait that
    becomes another wait: both are pending.
    """
    for one in events:
        made = _linked if one["field"] in _LINKED else _plain
        yield from made(one, names, key_of(one))


def _plain(one: Row, names: Names, key: int) -> Iterator[Row]:
    table = STATES[RecordKind.INCIDENT] if one["field"] == "state" else PRIORITIES
    old, new = (table.get(str(one[side])) if one[side] else None for side in ("old", "new"))
    if old is not None and new is not None and old != new:
        told = {"old_value": str(old), "new_value": str(new)}
        yield log_row("Ticket", key, one["at"], _who(one, names), OPTION_OF[one["field"]], **told)


def _linked(one: Row, names: Names, key: int) -> Iterator[Row]:
    link = _LINKED[one["field"]]
    for side, action, column in (("old", REMOVED, "old_value"), ("new", ADDED, "new_value")):
        if one[side]:
            found = names.group(one[side]) if link == "Group" else names.user(one[side])
            told = {"itemtype_link": link, "linked_action": action,
                    column: names.label(link, found)}  # fmt: skip
            option = OPTION_OF[one["field"]]
            yield log_row("Ticket", key, one["at"], _who(one, names), option, **told)


def _who(one: Row, names: Names) -> str:
    """People by name and number; what no person did by the name of the task."""
    if one["is_integration"] or not one["actor"]:
        return "cron_closeticket"
    return names.label("User", names.user(one["actor"]))
