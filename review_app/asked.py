"""What a visitor asked the queue for, as the address of the page says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import quote, urlencode

from itsm.candidates import Life, Movement

FILTERS = ("q", "life", "movement", "service", "team", "source")
"""What leaves candidates out; an empty text leaves out none."""
MAX_TEXT = 200
"""Longer texts to look for are cut."""
MAX_PAGE = 100_000
SORTS = (
    "rank",
    "statement",
    "life",
    "movement",
    "members",
    "hours",
    "confidence",
    "service",
    "seen",
    "decision",
)
"""What the queue can be sorted by; the first is how it comes."""
SHOWS = ("week", "open", "mine", "decided", "all")
"""Which part of the candidates: the week's session, all that ask for a decision, one's own, those
decided on, or all of them."""
LARGEST_FIRST = frozenset({"members", "hours", "confidence", "seen"})
"""Sorted by one of these, the largest or newest is what a visitor wants to see first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A choice of week, filters, order and page; an empty text filters nothing."""

    week: str = ""
    q: str = ""
    life: str = ""
    movement: str = ""
    service: str = ""
    team: str = ""
    source: str = ""
    show: str = ""
    sort: str = SORTS[0]
    order: str = "asc"
    page: int = 1

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Self:
        """From the query of an address; what makes no sense there is passed over."""
        sort = _one_of(params.get("sort"), SORTS) or SORTS[0]
        return cls(
            week=params.get("week", "")[:MAX_TEXT].strip(),
            q=params.get("q", "")[:MAX_TEXT].strip(),
            life=_one_of(params.get("life"), list(Life)),
            movement=_one_of(params.get("movement"), list(Movement)),
            service=params.get("service", "")[:MAX_TEXT],
            team=params.get("team", "")[:MAX_TEXT],
            source=params.get("source", "")[:MAX_TEXT],
            show=_one_of(params.get("show"), SHOWS),
            sort=sort,
            order=_one_of(params.get("order"), ("asc", "desc")) or first_order(sort),
            page=page_of(params.get("page")),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out on purpose."""
        return any(getattr(self, name) for name in FILTERS)

    @property
    def query(self) -> str:
        """The query of an address that asks the same; what is as it comes is left out."""
        plain = Asked()
        said = {
            "week": self.week,
            "show": self.show,
            **{name: getattr(self, name) for name in FILTERS},
            "sort": self.sort if self.sort != plain.sort else "",
            "order": self.order if self.order != first_order(self.sort) else "",
            "page": str(self.page) if self.page != 1 else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def address(self) -> str:
        """The address of the queue that shows it."""
        return f"/?{self.query}" if self.query else "/"

    def of_candidate(self, candidate_id: str) -> str:
        """The address of a candidate that remembers from which queue it was opened."""
        query = self.on_page(1).query
        return f"/candidates/{quote(candidate_id, safe='')}" + (f"?{query}" if query else "")

    def on_page(self, page: int) -> Self:
        """The same on another page."""
        return replace(self, page=page)

    def sorted_by(self, sort: str) -> Self:
        """The same, from the start, in another order; in the other direction if it is the same."""
        order = first_order(sort)
        if sort == self.sort and order == self.order:
            order = "asc" if order == "desc" else "desc"
        return replace(self, sort=sort, order=order, page=1)

    def without_filters(self) -> Self:
        """The same week and order, with nothing left out."""
        nothing = dict.fromkeys(FILTERS, "")
        return replace(self, **nothing, page=1)

    def showing(self, show: str) -> Self:
        """The same filters over another part of the candidates."""
        return replace(self, show=show, page=1)


def first_order(sort: str) -> str:
    """The direction in which a column is sorted at first."""
    return "desc" if sort in LARGEST_FIRST else "asc"


def page_of(text: str | None) -> int:
    """A page number; the first where it is none."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < 7
    return min(max(int(text or 1), 1), MAX_PAGE) if is_number else 1


def _one_of(text: str | None, allowed: object) -> str:
    assert isinstance(allowed, list | tuple)
    return text if text is not None and text in allowed else ""
