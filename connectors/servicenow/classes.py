"""Which table extends which."""

import logging

from connectors.servicenow.api import Query, TableApi, is_no_table, value_of
from itsm.errors import FatalSourceError, ForbiddenError

LOGGER = logging.getLogger(__name__)

_CLASSES = Query("sys_db_object", "", ("sys_id",), ("sys_id", "name", "super_class"))


def tables_above(api: TableApi) -> dict[str, str]:
    """The table that each table extends, "" for none; nothing where the user may not know.

    Raises:
        SourceError: the instance cannot be asked.
    """
    try:
        rows = api.all_rows(_CLASSES)
    except FatalSourceError as error:
        if not isinstance(error, ForbiddenError) and not is_no_table(error):
            raise
        LOGGER.warning("%s: the user may not read sys_db_object", api.name)
        return {}
    names = {value_of(row, "sys_id"): value_of(row, "name") for row in rows}
    return {value_of(row, "name"): names.get(value_of(row, "super_class"), "") for row in rows}


def line_of(table: str, above: dict[str, str]) -> tuple[str, ...]:
    """A table and those it extends, the nearest first."""
    line = [table]
    while above.get(line[-1]) and above[line[-1]] not in line:
        line.append(above[line[-1]])
    return tuple(line)
