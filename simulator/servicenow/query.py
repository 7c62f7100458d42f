"""The encoded query language, as SQL with bound values.

Names of fields come from the tables' own definitions; what a client writes is only ever bound.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.servicenow.classes import classes_below
from simulator.servicenow.fields import Field, FieldType
from simulator.servicenow.tables import STORED, TABLES, Table, parts_of

_TERM = re.compile(
    r"(?P<path>[a-z][a-z0-9_.]*)"
    r"(?P<operator><=|>=|!=|=|<|>|NOT ?LIKE|LIKE|CONTAINS|DOES NOT CONTAIN|STARTSWITH|ENDSWITH"
    r"|INSTANCEOF|NOT ?IN|IN|ISEMPTY|ISNOTEMPTY|BETWEEN|SAMEAS|NSAMEAS|GT_FIELD|LT_FIELD"
    r"|ANYTHING|EMPTYSTRING)"
    r"(?P<value>.*)",
    re.DOTALL,
)
_GENERATED = re.compile(r"javascript:gs\.dateGenerate\('([^']*)'\s*,\s*'([^']*)'\)")
_WORDS = {
    "LIKE": "%{}%",
    "CONTAINS": "%{}%",
    "STARTSWITH": "{}%",
    "ENDSWITH": "%{}",
    "NOTLIKE": "%{}%",
    "DOESNOTCONTAIN": "%{}%",
}

_FIXED = {"ISEMPTY": "{} = ''", "EMPTYSTRING": "{} = ''", "ISNOTEMPTY": "{} <> ''", "ANYTHING": "1"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL and the values bound in it."""

    sql: str
    values: tuple[str, ...] = ()


NEVER = Condition("0")
_WIDEST = 100
"""Conditions joined side by side; SQLite nests them, and bears a thousand levels."""


@dataclass(slots=True)
class Query:
    """What a client asked for: rows that meet a condition, in an order.

    `dropped` holds the clauses that name no field or operator: the product leaves them out
    without a word.
    """

    where: Condition = Condition("1")
    order: str = ""
    dropped: list[str] = field(default_factory=list)


def parsed(table: Table, text: str, *, strict: bool = False) -> Query:
    """An encoded query for a table.

    Args:
        table: what is asked for.
        text: such as `active=true^state=1^ORstate=2^ORDERBYDESCsys_updated_on`.
        strict: an invalid clause gives no rows (`glide.invalid_query.returns_no_rows`).
    """
    query = Query()
    queries: list[list[list[Condition]]] = [[]]
    order: list[str] = []
    for join, clause in _clauses(text):
        if join == "NQ":
            queries.append([])
        if clause.startswith("ORDERBY"):
            order += _ordered(table, clause)
        elif clause:
            found = _condition(table, clause)
            if found is None:
                query.dropped.append(clause)
            if join != "OR" or not queries[-1]:
                queries[-1].append([])
            if found is not None or strict:
                queries[-1][-1].append(found or NEVER)
    query.where = _any([_all([_any(terms) for terms in groups if terms]) for groups in queries])
    query.order = ", ".join(order)
    return query


def equals(table: Table, pairs: Mapping[str, str]) -> Condition:
    """Plain `field=value` parameters, in place of an encoded query."""
    found = [_condition(table, f"{name}={value}") for name, value in pairs.items()]
    return _all([condition for condition in found if condition is not None])


def class_condition(table: Table) -> Condition:
    """Only the rows of a table's own class and those below it."""
    if table.name == table.stored_in:
        return Condition("1")
    names = classes_below(table.name)
    return Condition(f"sys_class_name IN ({_marks(names)})", names)


def both(first: Condition, second: Condition) -> Condition:
    """Rows that meet two conditions."""
    return _all([first, second])


def _clauses(text: str) -> list[tuple[str, str]]:
    """Clauses with what joins them to the ones before: AND, OR or NQ. `^^` is a literal caret."""
    found = []
    for part in text.replace("^^", "\0").split("^"):
        clause = part.replace("\0", "^")
        if clause == "EQ":
            continue
        join = "AND"
        if clause.startswith("NQ"):
            join, clause = "NQ", clause[2:]
        elif clause.startswith("OR") and not clause.startswith("ORDERBY"):
            join, clause = "OR", clause[2:]
        found.append((join, clause))
    return found


def _ordered(table: Table, clause: str) -> list[str]:
    name = clause.removeprefix("ORDERBY")
    falling = name.startswith("DESC")
    name = name.removeprefix("DESC")
    if name not in table.by_name:
        return []
    column = f'"{name}"'
    if table.by_name[name].type is FieldType.NUMBER:
        column = f"CAST({column} AS REAL)"
    return [f"{column} DESC" if falling else column]


def _condition(table: Table, clause: str) -> Condition | None:
    found = _TERM.fullmatch(clause)
    if found is None:
        return None
    operator = found["operator"].replace(" ", "")
    return _walked(table, found["path"].split("."), operator, found["value"])


def _walked(
    table: Table, path: list[str], operator: str, value: str, owner: str = ""
) -> Condition | None:
    """A condition on a field, or on a field of the record that a reference leads to.

    `owner` is what the table is called in the statement.
    """
    one = table.by_name.get(path[0])
    if one is None:
        return None
    owner = owner or table.stored_in
    if len(path) == 1:
        return _on_field(table, one, operator, value, owner)
    target = TABLES.get(one.target)
    alias = f"{owner}.{one.name}"
    inner = _walked(target, path[1:], operator, value, alias) if target is not None else None
    if inner is None or target is None:
        return None
    return _within(f'"{owner}"."{one.name}"', target, path[1], inner, alias)


def _within(column: str, target: Table, needed: str, inner: Condition, alias: str) -> Condition:
    """The record that a reference leads to meets a condition on its column `needed`."""
    found = [
        Condition(
            f'EXISTS (SELECT 1 FROM "{part}" AS "{alias}" '
            f'WHERE "{alias}".sys_id = {column} AND {inner.sql})',
            inner.values,
        )
        for part in parts_of(target)
        if needed in STORED[part].by_name
    ]
    return _any(found)


def _on_field(table: Table, one: Field, operator: str, value: str, owner: str) -> Condition | None:
    column = f'"{owner}"."{one.name}"'
    value = _GENERATED.sub(r"\1 \2", value)
    if one.type is FieldType.FLAG:
        value = {"1": "true", "0": "false"}.get(value, value)
    if operator in _FIXED:
        return Condition(_FIXED[operator].format(column))
    if operator in _WORDS:
        return _worded(one, column, operator, value, owner)
    if operator in ("IN", "NOTIN"):
        values = tuple(value.split(","))
        negated = "NOT " if operator == "NOTIN" else ""
        return Condition(f"{column} {negated}IN ({_marks(values)})", values)
    if operator == "INSTANCEOF":
        names = classes_below(value) or (value,)
        return Condition(f"{column} IN ({_marks(names)})", names)
    return _compared(table, one, operator, (column, value))


def _worded(one: Field, column: str, operator: str, value: str, owner: str) -> Condition:
    """Part of a text; of a reference, part of the name it shows."""
    part = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = _WORDS[operator].format(part)
    negated = operator in ("NOTLIKE", "DOESNOTCONTAIN")
    target = TABLES.get(one.target)
    if target is not None:
        alias = f"{owner}.{one.name}"
        sql = f'"{alias}"."{target.display}"' + " LIKE ? ESCAPE '\\'"
        found = _within(column, target, target.display, Condition(sql, (pattern,)), alias)
    else:
        found = Condition(f"{column} LIKE ? ESCAPE '\\'", (pattern,))
    return Condition(f"NOT ({found.sql})", found.values) if negated else found


def _compared(
    table: Table, one: Field, operator: str, compared: tuple[str, str]
) -> Condition | None:
    (column, value), mark = compared, "?"
    plain = column
    if operator in ("SAMEAS", "NSAMEAS", "GT_FIELD", "LT_FIELD"):
        signs = {"SAMEAS": "=", "NSAMEAS": "<>", "GT_FIELD": ">", "LT_FIELD": "<"}
        other = table.by_name.get(value)
        if other is None:
            return None
        owner = plain.rpartition(".")[0]
        return Condition(f'{column} {signs[operator]} {owner}."{other.name}"')
    if one.type is FieldType.NUMBER and operator not in ("=", "!="):
        column, mark = f"CAST({column} AS REAL)", "CAST(? AS REAL)"
    filled = f"{plain} <> '' AND "
    if operator == "BETWEEN":
        low, _, high = value.partition("@")
        return Condition(f"({filled}{column} BETWEEN {mark} AND {mark})", (low, high))
    if operator == "!=":
        return Condition(f"{column} <> ?", (value,))
    if operator in ("<", "<="):
        return Condition(f"({filled}{column} {operator} {mark})", (value,))
    return Condition(f"{column} {operator} {mark}", (value,))


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))


def _all(conditions: list[Condition]) -> Condition:
    return _combined(conditions, " AND ", "1")


def _any(conditions: list[Condition]) -> Condition:
    return _combined(conditions, " OR ", "0")


def _combined(conditions: list[Condition], word: str, none: str) -> Condition:
    kept = [condition for condition in conditions if condition.sql != "1" or word == " OR "]
    if not kept:
        return Condition("1" if conditions or none == "1" else none)
    if len(kept) == 1:
        return kept[0]
    if len(kept) > _WIDEST:
        parts = [kept[start : start + _WIDEST] for start in range(0, len(kept), _WIDEST)]
        kept = [_combined(part, word, none) for part in parts]
    values = tuple(value for condition in kept for value in condition.values)
    return Condition("(" + word.join(condition.sql for condition in kept) + ")", values)
