"""What a request to the tracker asks for: query, fields, order and page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from simulator.desk.records import Held
from simulator.web import Request

MOST = 100
USUAL = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    query: str
    fields: tuple[str, ...]
    more: Mapping[str, tuple[str, ...]]
    page: int
    per_page: int
    orders: tuple[tuple[str, bool], ...]
    base: str
    target: str
    limits: Sequence[Mapping[str, Any]]

    @staticmethod
    def of(request: Request) -> "Asked":
        """What a request asks for, in its address or its form."""
        pairs = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
        limits: Sequence[Mapping[str, Any]] = ()
        if request.header("content-type").startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(request.body.decode(), keep_blank_values=True)
        elif request.body:
            given = orjson.loads(request.body)
            limits = given if isinstance(given, list) else ()
        params = dict(pairs)
        orders = [value for name, value in pairs if name == "order"]
        columns = [value for name, value in pairs if name == "orderby"]
        return Asked(
            query=params.get("query", ""),
            fields=tuple(filter(None, params.get("fields", "").split(","))),
            more={
                name[7:-1]: tuple(value.split(","))
                for name, value in pairs
                if name[:7] == "fields["
            },
            page=_number(params.get("page"), 1, 10**9),
            per_page=_number(params.get("per_page"), USUAL, MOST),
            orders=tuple(
                (name, place < len(orders) and orders[place].upper() == "DESC")
                for place, name in enumerate(columns)
            ),
            base=f"{request.base}/REST/2.0",
            target=request.target,
            limits=limits,
        )

    @property
    def end(self) -> int:
        """How many rows there are up to the end of the page."""
        return self.page * self.per_page

    def ordered(self, rows: list[Held]) -> list[Held]:
        """Rows in the order that is asked for; by id where none is."""
        rows = sorted(rows, key=lambda one: one.id)
        for name, is_falling in reversed(self.orders):
            if name == "LastUpdated":
                rows.sort(key=lambda one: one.updated, reverse=is_falling)
            elif name == "Created":
                rows.sort(key=lambda one: one.created, reverse=is_falling)
            elif name == "id":
                rows.sort(key=lambda one: one.id, reverse=is_falling)
        return rows

    def numbers(self, name: str) -> list[int]:
        """The numbers that conditions in JSON name for a field."""
        return [int(one["value"]) for one in self.limits if one.get("field") == name]

    def at_page(self, page: int) -> str:
        """The address of another page."""
        parts = urlsplit(self.target)
        pairs = [(n, v) for n, v in parse_qsl(parts.query) if n != "page"]
        root = self.base.removesuffix("/REST/2.0")
        return f"{root}{parts.path}?{urlencode([*pairs, ('page', str(page))])}"


def _number(text: str | None, usual: int, most: int) -> int:
    n = int(text) if text is not None and text.isdecimal() else usual
    return min(n or usual, most)
