"""The members of a candidate: the closest, the farthest, and all of them page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from itsm.access import ANYBODY, Hidden, Sight
from itsm.decisions import IncidentRef
from reports.lookup import words
from reports.numbers import local_time, number
from reports.text import clean
from review_app.addresses import safe_address
from review_app.parts import ReviewParts
from review_app.views.queue import Pages
from review_app.wishes import ref_text
from store.reviewed import MemberRow

N_ENDS = 5
"""So many of the closest and of the farthest are listed apart."""
PER_PAGE = 50
HIDDEN = {
    Hidden.RESTRICTED: "Restricted: not shown",
    Hidden.OTHER_SERVICE: "Of another service: not shown",
}
GONE = "Deleted in its tool"
NO_TITLE = "No title given"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """An incident as the table shows it; `note` stands where the title cannot.

    `ref` is how forms name it, "" where it is not shown.
    """

    ref: str
    number: str
    address: str | None
    source: str
    title: str
    note: str
    score: str
    is_new: bool
    opened: str
    state: str
    service: str
    ci: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTable:
    """Some members of a candidate under a caption."""

    id: str
    caption: str
    lines: tuple[MemberLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLists:
    """The ends, where there are more members than both hold, and a page of all."""

    ends: tuple[MemberTable, ...]
    all: MemberTable
    pages: Pages
    several_sources: bool


def member_lists(
    parts: ReviewParts,
    run_id: str,
    before: str | None,
    candidate_id: str,
    n: int,
    page: int,
    sight: Sight = ANYBODY,
) -> tuple[MemberLists, int]:
    """The members of a candidate, and the page that is shown of them."""
    read, seen = parts.reviewing.members, (run_id, candidate_id)
    page = min(page, max(1, -(-n // PER_PAGE)))
    first = (page - 1) * PER_PAGE
    rows = read(*seen, before=before, first=first, n=PER_PAGE)
    ends: tuple[MemberTable, ...] = ()
    farthest: Sequence[MemberRow] = ()
    if n > 2 * N_ENDS:
        closest = rows[:N_ENDS] if page == 1 else read(*seen, before=before, n=N_ENDS)
        farthest = read(*seen, before=before, n=N_ENDS, farthest=True)
        ends = (
            _table("closest", f"The {N_ENDS} closest", closest, parts, sight),
            _table("farthest", f"The {N_ENDS} farthest", farthest, parts, sight),
        )
    caption = f"Incidents {number(first + 1)} to {number(first + len(rows))} of {number(n)}"
    lists = MemberLists(
        ends=ends,
        all=_table("all-members", f"{caption}, best fitting first", rows, parts, sight),
        pages=Pages(shown=f"{caption}."),
        several_sources=len({row.source for row in (*rows, *farthest)}) > 1,
    )
    return lists, page


def with_pages(lists: MemberLists, before: str | None, after: str | None) -> MemberLists:
    """The lists with the addresses of the pages before and after."""
    return replace(lists, pages=replace(lists.pages, before=before, after=after))


def _table(
    table_id: str, caption: str, rows: Sequence[MemberRow], parts: ReviewParts, sight: Sight
) -> MemberTable:
    lines = tuple(_line(row, parts, sight) for row in rows)
    return MemberTable(id=table_id, caption=caption, lines=lines)


def _line(row: MemberRow, parts: ReviewParts, sight: Sight) -> MemberLine:
    if hidden := sight.hides(service=row.service, restricted=row.restricted):
        return _bare(row, note=HIDDEN[hidden])
    link = parts.links.get(row.source)
    title = clean(parts.redact(row.title, row.people), 160) if row.title else ""
    return replace(
        _bare(row, note="" if title else NO_TITLE if row.is_known else GONE),
        ref=ref_text(IncidentRef(source=row.source, number=row.number)),
        number=clean(row.number, 80),
        address=safe_address(link(row.number)) if link else None,
        title=title,
        opened=local_time(row.opened_at, parts.zone).partition(" (")[0] if row.opened_at else "",
        state=words(clean(row.state, 40)),
        service=clean(row.service, 60),
        ci=clean(row.ci, 60),
        team=clean(row.team, 60),
    )


def _bare(row: MemberRow, note: str) -> MemberLine:
    """A member of which nothing but its fit is told."""
    return MemberLine(
        ref="",
        number="",
        address=None,
        source=clean(row.source, 60),
        title="",
        note=note,
        score=number(row.score, 2),
        is_new=row.is_new,
        opened="",
        state="",
        service="",
        ci="",
        team="",
    )
