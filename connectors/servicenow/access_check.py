"""What an instance demands of records that a push would create: dictionary, policies, choices."""

from collections.abc import Collection, Iterator, Mapping

from connectors.core.access_check import CHECK, Written, demanded, not_offered
from connectors.core.examining import warning
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.servicenow.api import Query, TableApi, value_of
from connectors.servicenow.classes import line_of, tables_above
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.write_tables import write_tables
from itsm.errors import FatalSourceError
from itsm.pushing import PushKind

_OURS = frozenset({"correlation_id", "correlation_display"})
_FILLED_BY_ITSELF = frozenset({"number", "state", "opened_at", "opened_by", "active"})
POLICIES = "sys_data_policy_rule"


def write_checks(
    name: str, config: ServiceNowConfig, around: Surroundings, kinds: Collection[PushKind]
) -> Iterator[Finding]:
    """What would be missed by a creation; asks only."""
    api, tables = TableApi(name, config, around), write_tables(config)
    above = tables_above(api)
    for kind in sorted(set(kinds) - {PushKind.INCIDENT}):
        table = tables[kind]
        fields = frozenset(table.columns.values()) | _OURS
        what = Written(kind, table.table, fields, {"state": frozenset(table.codes.values())})
        line = line_of(table.table, above)
        yield from demanded(name, what, *_demands(api, line))
        yield from not_offered(name, what, _offered(api, line))
        yield from _policies(api, what)


def _demands(api: TableApi, line: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """The mandatory and the read-only columns of a table, those it inherits included."""
    where = f"nameIN{','.join(line)}^mandatory=true^ORread_only=true"
    columns = ("name", "element", "mandatory", "read_only")
    rows = api.all_rows(Query("sys_dictionary", where, columns=columns))
    own = [row for row in rows if value_of(row, "element")]
    mandatory = {value_of(row, "element") for row in own if value_of(row, "mandatory") == "true"}
    closed = {value_of(row, "element") for row in own if value_of(row, "read_only") == "true"}
    return mandatory - _FILLED_BY_ITSELF, closed


def _offered(api: TableApi, line: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """The codes of the state that the lowest class offers."""
    where = f"nameIN{','.join(line)}^element=state^inactive=false"
    rows = api.all_rows(Query("sys_choice", where, columns=("name", "value")))
    for table in line:
        own = frozenset(value_of(row, "value") for row in rows if value_of(row, "name") == table)
        if own:
            return {"state": own}
    return {}


def _policies(api: TableApi, what: Written) -> Iterator[Finding]:
    """What data policies demand, where they may be read."""
    where = f"table={what.place}^mandatory=true"
    try:
        rows = api.all_rows(Query(POLICIES, where, columns=("table", "field", "mandatory")))
    except FatalSourceError:
        said = f"data policies of {what.place} cannot be read, so what they demand is not known"
        remedy = f"give the user a read rule on {POLICIES}, or look there"
        yield warning(CHECK, what.kind, said, remedy)
        return
    own = {value_of(row, "field") for row in rows if value_of(row, "table") == what.place}
    missing = sorted(own - what.fields - _FILLED_BY_ITSELF)
    if missing:
        said = f"a data policy of {what.place} demands {', '.join(missing)}: creations are refused"
        yield warning(CHECK, what.kind, said, "exempt this user, or fill the field by a rule there")
