"""JQL: as much of it as clients ask, with the traps of the real one.

Times are compared by the minute, in the zone of the user; a number is milliseconds since 1970, and
is cut to the minute too. A range of keys or ids begins at an issue that is there: with one that is
not, Cloud finds nothing, and Data Center refuses. Updates are those the index knows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.jira.conditions import (
    COMPARED,
    MINUTE,
    Test,
    category_test,
    emptiness_test,
    field_named,
    keys_test,
    moment_of,
    time_test,
    word_test,
)
from simulator.jira.fields import Shape
from simulator.jira.site import Site

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\')|(?P<mark>!=|!~|>=|<=|[()=<>~,])'
    r"|(?P<word>cf\[\d+\]|[^\s()=<>~,!\"']+))"
)


@dataclass(slots=True)
class Query:
    """A query that was read.

    Attributes:
        test: whether an issue is meant.
        order: fields and whether they descend.
        since, until: bounds of the update that every issue which is meant lies in.
        is_bounded: whether anything restricts it.
    """

    test: Test
    order: tuple[tuple[str, bool], ...] = ()
    since: int | None = None
    until: int | None = None
    is_bounded: bool = True


@dataclass(slots=True)
class _Reader:
    """Reads a query token by token."""

    site: Site
    tokens: list[tuple[str, str]]
    place: int = 0
    since: int | None = None
    until: int | None = None
    depth: int = field(default=0)

    def query(self) -> Query:
        test = self._either() if self._peek().upper() not in {"", "ORDER"} else None
        order = self._order()
        if self.place < len(self.tokens):
            raise ValueError(f"Error in the JQL Query: unexpected '{self._peek()}'.")
        if test is None:
            return Query(lambda _row: True, order, is_bounded=False)
        return Query(test, order, self.since, self.until)

    def _either(self) -> Test:
        tests = [self._both()]
        while self._takes("OR"):
            self.since = self.until = None
            self.depth += 1
            tests.append(self._both())
            self.since = self.until = None
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._not()]
        while self._takes("AND"):
            tests.append(self._not())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _not(self) -> Test:
        if self._takes("NOT"):
            self.depth += 1
            inner = self._not()
            self.depth -= 1
            return lambda row: not inner(row)
        if self._takes("("):
            self.depth += 1
            inner = self._either()
            self.depth -= 1
            self._need(")")
            return inner
        return self._clause()

    def _clause(self) -> Test:
        name = self._next()
        mark = self._next().lower()
        if mark == "not":
            self._need("in")
            mark = "not in"
        if mark == "is":
            is_not = self._takes("NOT")
            self._next()
            return emptiness_test(field_named(name), is_empty=not is_not)
        values = self._values() if mark in {"in", "not in"} else [self._value()]
        return self._test(name.strip("\"'"), mark, values)

    def _test(self, name: str, mark: str, values: Sequence[str]) -> Test:
        lowered = name.lower()
        if lowered in {"key", "id", "issuekey", "issue"}:
            return keys_test(self.site, mark, values)
        if lowered in {"updated", "updateddate"}:
            moment = moment_of(self.site, values[0])
            self._bound(mark, moment)
            compare = COMPARED[mark]
            return lambda row: compare(row[0] // MINUTE, moment // MINUTE)
        if lowered == "statuscategory":
            return category_test(mark, values)
        known = field_named(name)
        if known.shape in {Shape.TIME, Shape.FEEDBACK_AT}:
            return time_test(self.site, known, mark, values[0])
        return word_test(known, mark, values)

    def _bound(self, mark: str, moment: int) -> None:
        """Bounds that hold for the whole query let the index be read in part."""
        if self.depth:
            return
        start = moment // MINUTE * MINUTE
        if mark in {">=", "=", ">"}:
            self.since = max(self.since or 0, start)
        if mark in {"<", "<=", "="}:
            until = start if mark == "<" else start + MINUTE
            self.until = until if self.until is None else min(self.until, until)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._takes("ORDER"):
            return ()
        self._need("BY")
        found = []
        while True:
            name = self._next().strip("\"'").lower()
            is_down = self._takes("DESC")
            if not is_down:
                self._takes("ASC")
            found.append((name, is_down))
            if not self._takes(","):
                return tuple(found)

    def _values(self) -> list[str]:
        self._need("(")
        found = [self._value()]
        while self._takes(","):
            found.append(self._value())
        self._need(")")
        return found

    def _value(self) -> str:
        text = self._next()
        if text[:1] in "\"'":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if self._takes("("):
            self._need(")")
            return f"{text}()"
        return f"#{text}" if text.isdecimal() else text

    def _peek(self) -> str:
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        if not word:
            raise ValueError("Error in the JQL Query: expecting more before the end of the query.")
        self.place += 1
        return word

    def _takes(self, word: str) -> bool:
        is_there = self._peek().upper() == word
        self.place += is_there
        return is_there

    def _need(self, word: str) -> None:
        if not self._takes(word.upper()):
            raise ValueError(
                f"Error in the JQL Query: expecting '{word}' but got '{self._peek()}'."
            )


def parsed(site: Site, text: str) -> Query:
    """A query.

    Raises:
        ValueError: it cannot be read, or names what is not there.
    """
    tokens, place = [], 0
    stripped = text.strip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None:
            raise ValueError(f"Error in the JQL Query: the character at {place} is unexpected.")
        tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
        place = match.end()
    query = _Reader(site, tokens).query()
    if len(query.order) > 7:
        raise ValueError("The ORDER BY clause has more than 7 fields.")
    return query
