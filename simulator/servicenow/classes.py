"""Which table extends which, as `sys_db_object` tells it."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "task": "",
        "incident": "task",
        "problem": "task",
        "problem_task": "task",
        "change_request": "task",
        "sc_req_item": "task",
        "sc_task": "task",
        "sn_cim_register": "task",
        "u_vendor_case": "task",
        "cmdb_ci": "",
        "cmdb_ci_service": "cmdb_ci",
        "cmdb_ci_hardware": "cmdb_ci",
        "cmdb_ci_computer": "cmdb_ci_hardware",
        "cmdb_ci_server": "cmdb_ci_computer",
        "cmdb_ci_netgear": "cmdb_ci_hardware",
        "cmdb_ci_peripheral": "cmdb_ci_hardware",
        "cmdb_ci_printer": "cmdb_ci_peripheral",
        "cmdb_ci_storage_device": "cmdb_ci_hardware",
        "cmdb_ci_appl": "cmdb_ci",
        "cmdb_ci_app_server": "cmdb_ci_appl",
        "cmdb_ci_web_server": "cmdb_ci_app_server",
        "cmdb_ci_database": "cmdb_ci_appl",
        "cmdb_ci_db_instance": "cmdb_ci_database",
        "cmdb_ci_db_mssql_instance": "cmdb_ci_db_instance",
    }
)
"""The table above each class; "" for the topmost."""


@cache
def descends_from(name: str, ancestor: str) -> bool:
    """Whether a table is another or extends it."""
    while name:
        if name == ancestor:
            return True
        name = CLASSES.get(name, "")
    return False


@cache
def classes_below(name: str) -> tuple[str, ...]:
    """A class and all that extend it, sorted."""
    return tuple(sorted(one for one in CLASSES if descends_from(one, name)))


def label_of(table: str) -> str:
    """A table's label: its name in words."""
    known = {
        "cmdb_ci": "Configuration Item",
        "cmdb_ci_db_mssql_instance": "MSFT SQL Instance",
        "cmdb_ci_netgear": "Network Gear",
        "cmdb_ci_appl": "Application",
        "sc_req_item": "Requested Item",
        "sc_task": "Catalog Task",
        "sn_cim_register": "Improvement Initiative",
    }
    words = table.removeprefix("u_").removeprefix("cmdb_ci_").replace("_", " ")
    return known.get(table, words.title() if "_" in table else words.capitalize())
