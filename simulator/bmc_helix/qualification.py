"""Qualifications, as `q` has them: conditions on fields with AND, OR, NOT and brackets.

`'Status' < "Closed" AND '6' >= 1740787200`: fields by name or id in single quotes, texts in double
ones, selections compared in their order, moments in seconds since 1970.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from simulator.bmc_helix.forms import field_of
from simulator.desk.records import Value
from simulator.desk.tables import Row, Table, Type

Test = Callable[[Row], bool]
Wanted = str | int | float
_TOKEN = re.compile(
    r"\s*(?:(?P<field>'(?:[^']|'')*')|(?P<text>\"(?:[^\"]|\"\")*\")|(?P<op><=|>=|!=|=|<|>)|"
    r"(?P<mark>[()])|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>\$?[A-Za-z]+\$?))"
)
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip
_NULL = "$NULL$"


@dataclass(slots=True)
class Asked:
    """What a qualification asks for.

    Attributes:
        test: whether a row meets it.
        since: no row updated before this moment meets it.
        until: no row updated from this moment on meets it.
        keys: no row with another key meets it; None: any may.
    """

    test: Test = lambda _row: True
    since: int | None = None
    until: int | None = None
    keys: frozenset[str] | None = None


@dataclass(slots=True)
class Reader:
    """Reads one qualification on one form."""

    table: Table
    now_s: int
    user: str
    _rest: list[tuple[str, str]] = field(default_factory=list)

    def read(self, text: str) -> Asked:
        """What a qualification asks for.

        Raises:
            ValueError: number, text, and what it is about; it cannot be read.
        """
        if not text.strip():
            return Asked()
        self._rest = _tokens(text)
        found = self._either()
        if self._rest:
            raise ValueError(1587, "Format for the qualification is invalid", text)
        return found

    def _either(self) -> Asked:
        parts = [self._both()]
        while self._took("OR"):
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        tests = [one.test for one in parts]
        sinces, keys = [one.since for one in parts], [one.keys for one in parts]
        known = [one for one in sinces if one is not None]
        named = [one for one in keys if one is not None]
        return Asked(
            lambda row: any(test(row) for test in tests),
            since=min(known) if len(known) == len(parts) else None,
            keys=frozenset().union(*named) if len(named) == len(parts) else None,
        )

    def _both(self) -> Asked:
        parts = [self._one()]
        while self._took("AND"):
            parts.append(self._one())
        if len(parts) == 1:
            return parts[0]
        tests = [one.test for one in parts]
        return Asked(
            lambda row: all(test(row) for test in tests),
            since=max((one.since for one in parts if one.since is not None), default=None),
            until=min((one.until for one in parts if one.until is not None), default=None),
            keys=next((one.keys for one in parts if one.keys is not None), None),
        )

    def _one(self) -> Asked:
        if self._took("NOT"):
            inner = self._one()
            return Asked(lambda row: not inner.test(row))
        kind, word = self._next()
        if (kind, word) == ("mark", "("):
            found = self._either()
            if self._next() != ("mark", ")"):
                raise ValueError(1587, "Format for the qualification is invalid", ")")
            return found
        if kind != "field":
            raise ValueError(1587, "Format for the qualification is invalid", word)
        name = field_of(self.table, word[1:-1].replace("''", "'"))
        if name is None:
            told = f"{self.table.name} : <{word[1:-1]}>"
            raise ValueError(314, "Field does not exist on current form", told)
        kind, operator = self._next()
        return self._condition(name, operator.upper(), self._next())

    def _condition(self, name: str, operator: str, operand: tuple[str, str]) -> Asked:
        table = self.table
        if operand[1] == _NULL:
            is_wanted = operator == "="
            return Asked(lambda row: (table.value(row, name) is None) == is_wanted)
        wanted = self._wanted(name, operand)
        if operator == "LIKE":
            pattern = _pattern(str(wanted))
            return Asked(
                lambda row: pattern.fullmatch(str(table.value(row, name) or "")) is not None
            )
        compare = _COMPARED.get(operator)
        if compare is None:
            raise ValueError(1587, "Format for the qualification is invalid", operator)
        place = self._placed(name)

        def test(row: Row) -> bool:
            value = table.value(row, name)
            return value is not None and compare(place(value), wanted)

        return self._bounded(name, operator, wanted, test)

    def _bounded(self, name: str, operator: str, wanted: Wanted, test: Test) -> Asked:
        found, own = Asked(test), self.table.columns[name].field
        if own == "@updated" and isinstance(wanted, int | float):
            at = int(wanted)
            found.since = {">": at + 1, ">=": at, "=": at}.get(operator)
            found.until = {"<": at, "<=": at + 1, "=": at + 1}.get(operator)
        if own == "@id" and operator == "=":
            found.keys = frozenset({str(wanted)})
        return found

    def _wanted(self, name: str, operand: tuple[str, str]) -> Wanted:
        kind, word = operand
        form = self.table.columns[name].form
        if kind == "number":
            return float(word) if "." in word else int(word)
        if kind == "word" and word == "$USER$":
            return self.user
        if kind == "word" and word == "$TIMESTAMP$":
            return self.now_s
        if kind != "text":
            raise ValueError(1587, "Format for the qualification is invalid", word)
        text = word[1:-1].replace('""', '"')
        if form.type is not Type.TEXT:
            raise ValueError(311, "Data types are not appropriate for relational operation", text)
        return form.order.index(text) if text in form.order else text

    def _placed(self, name: str) -> Callable[[Value], Any]:
        order = self.table.columns[name].form.order
        if not order:
            return lambda value: value
        places = {word: place for place, word in enumerate(order)}
        return lambda value: places.get(str(value), -1)

    def _next(self) -> tuple[str, str]:
        if not self._rest:
            raise ValueError(1587, "Format for the qualification is invalid", "")
        return self._rest.pop(0)

    def _took(self, word: str) -> bool:
        if self._rest and self._rest[0][0] == "word" and self._rest[0][1].upper() == word:
            self._rest.pop(0)
            return True
        return False


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ValueError(1587, "Format for the qualification is invalid", text)
        word = match[match.lastgroup]
        is_like = match.lastgroup == "word" and word.upper() == "LIKE"
        found.append(("op" if is_like else match.lastgroup, word))
        place = match.end()
    return found


def _pattern(like: str) -> re.Pattern[str]:
    parts = (re.escape(part).replace("_", ".") for part in like.split("%"))
    return re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)
