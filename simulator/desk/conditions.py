"""Conditions on fields, with AND, OR and brackets, as predicates: TicketSQL, OQL and their like."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from simulator.desk.records import Value

Get = Callable[[str], Value]
"""The value of a field of the record at hand."""
Test = Callable[[Get], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<mark>[(),])|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|"
    r"(?P<op>>=|<=|!=|=|>|<)|(?P<word>CF\.\{[^}]*\}|[^\s(),'\"=<>!]+))"
)
_DAY = timedelta(days=1)
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
}


@dataclass(slots=True)
class Condition:
    """What a query asks for.

    Attributes:
        test: whether a record meets it.
        since: no record updated or made before this moment meets it.
        until: no record updated or made from this moment on meets it.
        after: no record with an id up to this one meets it.
        words: of fields of which each record has one of these values, in small letters.
    """

    test: Test
    since: int | None = None
    until: int | None = None
    after: int = 0
    words: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Reader:
    """Reads one query.

    Attributes:
        fields: what may be asked for, and of which type: int, time or text.
        instant: reads a time, in whole seconds since 1970.
        stamps: the fields that records are kept in the order of.
        means_a_day: whether a time that is equal means the day around it.
    """

    fields: Mapping[str, str]
    instant: Callable[[str], int]
    stamps: frozenset[str] = frozenset()
    means_a_day: bool = False
    _rest: list[tuple[str, str]] = field(default_factory=list)

    def read(self, text: str) -> Condition:
        """The condition of a query.

        Raises:
            ValueError: it cannot be read.
        """
        self._rest = _tokens(text)
        found = self._any()
        if self._rest:
            raise ValueError(f"Wrong query, expecting an AGGREGATOR in '{text}'")
        return found

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._is_word("or"):
            parts.append(self._all())
        if len(parts) == 1:
            return parts[0]
        tests = [part.test for part in parts]
        made = Condition(lambda get: any(test(get) for test in tests))
        names = set.intersection(*(set(part.words) for part in parts))
        made.words = {
            name: frozenset().union(*(part.words[name] for part in parts)) for name in names
        }
        return made

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._is_word("and"):
            parts.append(self._one())
        if len(parts) == 1:
            return parts[0]
        tests = [part.test for part in parts]
        made = Condition(lambda get: all(test(get) for test in tests))
        told = [part.since for part in parts if part.since is not None]
        made.since = max(told) if told else None
        ends = [part.until for part in parts if part.until is not None]
        made.until = min(ends) if ends else None
        made.after = max(part.after for part in parts)
        for part in parts:
            made.words |= part.words
        return made

    def _one(self) -> Condition:
        kind, word = self._next("a field")
        if (kind, word) == ("mark", "("):
            found = self._any()
            if not self._rest or self._rest.pop(0) != ("mark", ")"):
                raise ValueError("Wrong query, expecting a CLOSE_PAREN")
            return found
        known = {name.lower(): name for name in self.fields}
        name = word if word.startswith("CF.") else known.get(word.lower(), "")
        if kind != "word" or not name:
            raise ValueError(f"Unknown field: {word}")
        operator = self._operator()
        if operator in {"like", "not like"}:
            return self._like(name, is_in=operator == "like")
        if operator in {"in", "not in"}:
            return self._listed(name, is_in=operator == "in")
        return self._condition(name, operator)

    def _listed(self, name: str, *, is_in: bool) -> Condition:
        values = set()
        if self._next("a list") != ("mark", "("):
            raise ValueError("Wrong query, expecting a list behind IN")
        while (token := self._next("a VALUE")) != ("mark", ")"):
            if token != ("mark", ","):
                values.add(_plain(token).lower())
        known = frozenset(values)
        found = Condition(lambda get: (str(get(name) or "").lower() in known) == is_in)
        if is_in:
            found.words = {name: known}
        return found

    def _like(self, name: str, *, is_in: bool) -> Condition:
        """A pattern with % for any text."""
        parts = _plain(self._next("a VALUE")).split("%")
        pattern = re.compile(".*".join(map(re.escape, parts)), re.IGNORECASE | re.DOTALL)
        return Condition(lambda get: bool(pattern.fullmatch(_told(get(name)))) == is_in)

    def _operator(self) -> str:
        kind, word = self._next("an OPERATOR")
        if kind == "op":
            return word
        if word.lower() == "is":
            is_not = self._is_word("not")
            if not self._is_word("null"):
                raise ValueError("Wrong query, expecting a VALUE after IS")
            return "filled" if is_not else "empty"
        if word.lower() in {"in", "like"}:
            return word.lower()
        for plain in ("in", "like"):
            if word.lower() == "not" and self._is_word(plain):
                return f"not {plain}"
        raise ValueError(f"Wrong query, expecting a OPERATOR in '{word}'")

    def _condition(self, name: str, operator: str) -> Condition:
        if operator in {"filled", "empty"}:
            return Condition(lambda get: bool(get(name)) == (operator == "filled"))
        value = _plain(self._next("a VALUE"))
        what = self.fields.get(name, "text")
        if what == "int":
            return self._numbered(name, operator, value)
        if what == "time":
            return self._timed(name, operator, value)
        wanted = value.lower()
        if operator == "=":
            return Condition(
                lambda get: str(get(name) or "").lower() == wanted,
                words={name: frozenset({wanted})},
            )
        if operator == "!=":
            return Condition(lambda get: str(get(name) or "").lower() != wanted)
        raise ValueError(f"Wrong query, operator {operator} is not for {name}")

    def _numbered(self, name: str, operator: str, value: str) -> Condition:
        n, compare = int(value) if value.lstrip("-").isdecimal() else 0, _COMPARED[operator]
        found = Condition(lambda get: compare(_int(get(name)), n))
        if name == "id" and operator in {">", ">="}:
            found.after = n if operator == ">" else n - 1
        if operator == "=":
            found.words = {name: frozenset({str(n)})}
        return found

    def _timed(self, name: str, operator: str, value: str) -> Condition:
        at = self.instant(value)
        if operator == "=" and self.means_a_day:
            day = at - at % int(_DAY.total_seconds())
            end = day + int(_DAY.total_seconds())
            return Condition(lambda get: day <= _int(get(name)) < end)
        compare = _COMPARED[operator]
        found = Condition(lambda get: compare(_int(get(name)), at))
        if name in self.stamps and operator in {">", ">="}:
            found.since = at
        elif name in self.stamps and operator == "<":
            found.until = at
        return found

    def _next(self, wanted: str) -> tuple[str, str]:
        if not self._rest:
            raise ValueError(f"Incomplete query, expecting {wanted}")
        return self._rest.pop(0)

    def _is_word(self, word: str) -> bool:
        kind, found = self._rest[0] if self._rest else ("", "")
        if kind != "word" or found.lower() != word:
            return False
        self._rest.pop(0)
        return True


def _plain(token: tuple[str, str]) -> str:
    """A value without quotes around it and backslashes in it."""
    kind, word = token
    if kind != "text":
        return word
    return re.sub(r"\\(.)", r"\1", word[1:-1])


def _told(value: Value) -> str:
    return "" if value is None else str(value)


def _int(value: Value) -> int:
    if isinstance(value, str):
        return int(value) if value.isdecimal() else 0
    return int(value or 0)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"Wrong query, expecting a VALUE in '>{text[place:]}<--here'")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        place = match.end()
    return found
