"""Reads records: query, order, page, fields, and how values are shown."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulator.servicenow.fields import Field
from simulator.servicenow.instance import Instance
from simulator.servicenow.query import Condition, both, class_condition, equals, parsed
from simulator.servicenow.rendering import Cell, Renderer, Show, Zone, rows_of_cells
from simulator.servicenow.tables import STORED, TABLES, Table, parts_of

Record = Mapping[str, Cell]
MOST_ROWS = 10_000
"""The page size where none is asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list or a record is asked for with."""

    table: Table
    where: Condition
    order: str = ""
    limit: int = MOST_ROWS
    offset: int = 0
    columns: tuple["Walk", ...] = ()
    show: Show = Show.RAW
    base: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Walk:
    """A field, or one of the record a reference leads to: name as asked for, SQL, what it is."""

    name: str
    sql: str
    table: Table
    field: Field


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records, and how many there are in all, hidden ones too; None if not counted."""

    records: Sequence[Record]
    total: int | None


def asked(table: Table, parameters: Mapping[str, str], base: str, *, strict: bool = False) -> Asked:
    """What the parameters of a request ask for; unknown fields are left out silently."""
    plain = {name: value for name, value in parameters.items() if not name.startswith("sysparm_")}
    if "sysparm_query" in parameters:
        query = parsed(table, parameters["sysparm_query"], strict=strict)
        where, order = query.where, query.order
    else:
        where, order = equals(table, plain), ""
    bare = parameters.get("sysparm_exclude_reference_link") == "true"
    return Asked(
        table,
        both(class_condition(table), where),
        order,
        _whole(parameters.get("sysparm_limit"), MOST_ROWS),
        _whole(parameters.get("sysparm_offset"), 0),
        walks(table, parameters.get("sysparm_fields", "")),
        _show(parameters.get("sysparm_display_value", "")),
        "" if bare else base,
        parameters.get("sysparm_no_count") != "true",
    )


def walks(table: Table, names: str) -> tuple[Walk, ...]:
    """The columns asked for, all where none are named."""
    if not names:
        return tuple(Walk(one.name, _column(one.name), table, one) for one in table.fields)
    found = {}
    for name in (part.strip() for part in names.split(",")):
        walk = _walk(table, name)
        if walk is not None:
            found[name] = walk
    return tuple(found.values())


def find(
    instance: Instance,
    request: Asked,
    hidden: Callable[[str], bool] | None = None,
    renderer: Renderer | None = None,
) -> Found:
    """A page: the limit counts before rows are hidden, and so does the total."""
    renderer = renderer or instance.renderer(request.show, request.base)
    with instance.connection() as connection:
        total = _total(instance, connection, request) if request.counts else None
        rows = connection.execute(*_statement(request)).fetchall()
        if hidden is not None:
            rows = [row for row in rows if not hidden(row[0])]
        return Found(list(_rendered(connection, renderer, request, rows)), total)


def every(instance: Instance, table: Table, fields: str = "") -> Iterator[Record]:
    """All records of a table as somebody in GMT sees them who may see all: both values, by id."""
    last, renderer = "", Renderer(Show.BOTH, Zone("GMT"), instance.names, "")
    columns = walks(table, fields)
    while True:
        after = Condition("sys_id > ?", (last,))
        where = both(class_condition(table), after)
        request = Asked(table, where, '"sys_id"', 2_000, 0, columns, Show.BOTH, "", False)
        records = find(instance, request, None, renderer).records
        if not records:
            return
        yield from records
        key = records[-1]["sys_id"]
        last = key if isinstance(key, str) else key["value"]


def _rendered(
    connection: sqlite3.Connection,
    renderer: Renderer,
    request: Asked,
    rows: Sequence[tuple[str, ...]],
) -> Iterator[Record]:
    names = [walk.name for walk in request.columns]
    if not rows or not names:
        return iter([{} for _ in rows])
    raw = list(zip(*rows, strict=True))[1:]
    cells = [
        renderer.cells(connection, walk.table, walk.field, values)
        for walk, values in zip(request.columns, raw, strict=True)
    ]
    return rows_of_cells(names, cells)


def _statement(request: Asked) -> tuple[str, tuple[object, ...]]:
    columns = ", ".join(("sys_id", *(walk.sql for walk in request.columns)))
    order = f" ORDER BY {request.order}" if request.order else ""
    statement = (
        f'SELECT {columns} FROM "{request.table.stored_in}" '
        f"WHERE {request.where.sql}{order} LIMIT ? OFFSET ?"
    )
    return statement, (*request.where.values, request.limit, request.offset)


def _total(instance: Instance, connection: sqlite3.Connection, request: Asked) -> int:
    key = (request.table.stored_in, request.where.sql, request.where.values)
    with instance.lock:
        known = instance.counts.get(key)
    if known is None:
        statement = f'SELECT COUNT(*) FROM "{key[0]}" WHERE {request.where.sql}'
        known = int(connection.execute(statement, request.where.values).fetchone()[0])
        with instance.lock:
            instance.counts[key] = known
    return known


def _walk(table: Table, path: str, owner: str = "", depth: int = 0) -> Walk | None:
    """A dotted name as a chain of look-ups; `owner` is the table's name in the statement."""
    first, _, rest = path.partition(".")
    one = table.by_name.get(first)
    if one is None:
        return None
    owner = owner or table.stored_in
    if not rest:
        return Walk(path, f'"{owner}"."{first}"', table, one)
    target, alias = TABLES.get(one.target), f"walked{depth}"
    inner = _walk(target, rest, alias, depth + 1) if target is not None else None
    if target is None or inner is None:
        return None
    found = [
        f'(SELECT {inner.sql} FROM "{part}" AS {alias} WHERE {alias}.sys_id = "{owner}"."{first}")'
        for part in parts_of(target)
        if rest.partition(".")[0] in STORED[part].by_name
    ]
    return Walk(path, f"COALESCE({', '.join(found)}, '')", inner.table, inner.field)


def _column(name: str) -> str:
    return f'"{name}"'


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() else otherwise


def _show(text: str) -> Show:
    return Show(text) if text in set(Show) else Show.RAW
