"""The tables and columns that the user of an instance has to be allowed."""

from connectors.core.access_places import Places, meanings
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.mapping import KindMapping
from connectors.servicenow.tables import tables_of
from connectors.servicenow.write_tables import write_tables
from itsm.pushing import PushKind
from itsm.states import RecordKind


def places(config: ServiceNowConfig) -> Places:
    """The tables that are read and written, as the settings say.

    Raises:
        ConfigError: a kind has no table, or a code table, meaning or state does not exist.
    """
    tables, written = tables_of(config), write_tables(config)
    columns: dict[RecordKind, tuple[str, ...]] = {}
    holders: dict[RecordKind, tuple[str, ...]] = {}
    for kind, table in tables.kinds.items():
        is_table = kind is not RecordKind.HISTORY  # which has several, and comes by `when`
        asked = KindMapping("", table, tables).columns
        columns[kind] = tuple(one.partition(".")[0] for one in asked) if is_table else ()
        holders[kind] = (table.table,) if is_table else ()
    register = written[PushKind.REGISTER_ENTRY]
    words = {
        "problem_table": (written[PushKind.PROBLEM].table,),
        "problem_column": written[PushKind.PROBLEM].columns.values(),
        "incident_table": (written[PushKind.INCIDENT].table,),
        "register_table": (register.table,),
        "register_column": register.columns.values(),
    }
    told = {"audit": {"audit"}, "metric": {"metric"}, "auto": {"audit", "metric"}}
    return Places(
        holders=holders,
        columns=columns,
        words=meanings(words),
        conditions=frozenset(told.get(config.history, set())),
    )
