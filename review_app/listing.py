"""What a visitor asked a table for, as the address of its page says it: filters, order, page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode

from reports.text import clean
from review_app.asked import page_of
from review_app.views.queue import Option

MAX_TEXT = 200
"""Longer texts to look for are cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How a table can be sorted.

    Attributes:
        path: of its page.
        names: of the columns that sort; the first is how it comes.
        largest_first: those of which a visitor wants to see the largest or newest first.
    """

    path: str
    names: Sequence[str]
    largest_first: Collection[str] = ()

    def first_order(self, sort: str) -> str:
        """The direction in which a column is sorted at first."""
        return "desc" if sort in self.largest_first else "asc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A choice of filters, order and page of a table; an empty text filters nothing."""

    columns: Columns
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    order: str = ""
    page: int = 1

    @classmethod
    def of(cls, columns: Columns, filters: Sequence[str], params: Mapping[str, str]) -> Self:
        """From the query of an address; what makes no sense there is passed over."""
        asked = params.get("sort", "")
        sort = asked if asked in columns.names else columns.names[0]
        order = params.get("order", "")
        return cls(
            columns=columns,
            filters={name: params.get(name, "")[:MAX_TEXT].strip() for name in filters},
            sort=sort,
            order=order if order in {"asc", "desc"} else columns.first_order(sort),
            page=page_of(params.get("page")),
        )

    def __getitem__(self, name: str) -> str:
        return self.filters.get(name, "")

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out on purpose."""
        return any(self.filters.values())

    @property
    def address(self) -> str:
        """The address that asks the same; what is as it comes is left out."""
        said = dict(self.filters)
        said["sort"] = self.sort if self.sort != self.columns.names[0] else ""
        said["order"] = self.order if self.order != self.columns.first_order(self.sort) else ""
        said["page"] = str(self.page) if self.page != 1 else ""
        query = urlencode({name: value for name, value in said.items() if value})
        return self.columns.path + (f"?{query}" if query else "")

    def on_page(self, page: int) -> Self:
        """The same on another page."""
        return replace(self, page=page)

    def with_filter(self, **filters: str) -> Self:
        """The same from the start with other filters."""
        return replace(self, filters={**self.filters, **filters}, page=1)

    def sorted_by(self, sort: str) -> Self:
        """The same, from the start, in another order; in the other direction if it is the same."""
        order = self.columns.first_order(sort)
        if sort == self.sort and order == self.order:
            order = "asc" if order == "desc" else "desc"
        return replace(self, sort=sort, order=order, page=1)

    def without_filters(self) -> Self:
        """The same order, with nothing left out."""
        return replace(self, filters=dict.fromkeys(self.filters, ""), page=1)


Filter = tuple[str, str, tuple[Option, ...]]
"""A filter with a fixed choice: its name in the address, its label, what can be chosen."""


def filter_of(asked: Listing, name: str, title: str, options: Mapping[str, str]) -> Filter:
    """A filter with its options, by value; one that was asked for and is none of them stays."""
    named = dict(options)
    if asked[name]:
        named.setdefault(asked[name], asked[name])
    chosen = tuple(
        Option(value=value, text=clean(text, 60), is_chosen=value == asked[name])
        for value, text in named.items()
    )
    return name, title, chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The heading of a column: a link that sorts by it; `state` as aria-sort has it."""

    name: str
    title: str
    address: str
    state: str


def heads(asked: Listing, titles: Mapping[str, str]) -> tuple[Head, ...]:
    """The headings of a table, in the order of its titles."""
    states = {"asc": "ascending", "desc": "descending"}
    return tuple(
        Head(
            name=name,
            title=title,
            address=asked.sorted_by(name).address,
            state=states[asked.order] if name == asked.sort else "none",
        )
        for name, title in titles.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A page of a list: its rows, the sentence that proves nothing is missing, and the way on."""

    rows: tuple[Any, ...]
    shown: str
    before: str | None
    after: str | None


def part_of(rows: Sequence[Any], asked: Listing, n_all: int, per_page: int, of: str) -> Part:
    """The rows of the page that is asked for; a page past the end is the last one.

    Args:
        rows: those that match, in order.
        asked: which page.
        n_all: how many there are without any filter.
        per_page: how many rows a page has.
        of: what `n_all` counts, such as "in the register".
    """
    last = max(1, -(-len(rows) // per_page))
    page = min(asked.page, last)
    first = (page - 1) * per_page
    kept = tuple(rows[first : first + per_page])
    shown = f"Showing {first + 1:,} to {first + len(kept):,} of {len(rows):,}" if kept else ""
    told = shown or "Showing 0 of 0"
    if asked.is_filtered:
        told += f" that match, of {n_all:,} {of}"
    return Part(
        rows=kept,
        shown=f"{told}.",
        before=asked.on_page(page - 1).address if page > 1 else None,
        after=asked.on_page(page + 1).address if page < last else None,
    )
