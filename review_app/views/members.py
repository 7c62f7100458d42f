"""The members of a candidate: the closest, the farthest, and all of them page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from itsm.access import ANYBODY, Hidden, Sight
from itsm.decisions import IncidentRef
from itsm.doubts import TOPICS, Doubts, ScoreTerm
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
N_TERMS = 4
HIDDEN = {
    Hidden.RESTRICTED: "Restricted: not shown",
    Hidden.OTHER_SERVICE: "Of another service: not shown",
}
GONE = "Deleted in its tool"
NO_TITLE = "No title given"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """An incident as the table shows it; `note` stands where the title cannot.

    `why` says what its fit is made of, where mining has kept that.

    `ref` is how forms name it, "" where it is not shown.
    """

    ref: str
    number: str
    address: str | None
    source: str
    title: str
    why: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads the members of a candidate, and what is known of the fit of each."""

    parts: ReviewParts
    sight: Sight = ANYBODY
    terms: Mapping[tuple[str, str], Sequence[ScoreTerm]] = field(default_factory=dict)

    def why(self, row: MemberRow) -> str:
        """What the fit of a member is made of, the strongest first, "" where nobody kept it."""
        terms = self.terms.get((row.source, row.number), ())
        said = [f"{TOPICS.get(t.topic, t.topic)} {t.weight:+.1f}" for t in terms[:N_TERMS]]
        return clean(", ".join(said), 160)


def terms_by_member(doubts: Doubts | None) -> Mapping[tuple[str, str], Sequence[ScoreTerm]]:
    """What mining kept of the fit of each member, by source and number."""
    kept = doubts.members if doubts is not None else ()
    return {(one.source, one.number): one.terms for one in kept}


def member_lists(
    reader: Reader, run_id: str, before: str | None, candidate_id: str, n: int, page: int
) -> tuple[MemberLists, int]:
    """The members of a candidate, and the page that is shown of them."""
    read, seen = reader.parts.reviewing.members, (run_id, candidate_id)
    page = min(page, max(1, -(-n // PER_PAGE)))
    first = (page - 1) * PER_PAGE
    rows = read(*seen, before=before, first=first, n=PER_PAGE)
    ends: tuple[MemberTable, ...] = ()
    farthest: Sequence[MemberRow] = ()
    if n > 2 * N_ENDS:
        closest = rows[:N_ENDS] if page == 1 else read(*seen, before=before, n=N_ENDS)
        farthest = read(*seen, before=before, n=N_ENDS, farthest=True)
        ends = (
            _table("closest", f"The {N_ENDS} closest", closest, reader),
            _table("farthest", f"The {N_ENDS} farthest", farthest, reader),
        )
    caption = f"Incidents {number(first + 1)} to {number(first + len(rows))} of {number(n)}"
    lists = MemberLists(
        ends=ends,
        all=_table("all-members", f"{caption}, best fitting first", rows, reader),
        pages=Pages(shown=f"{caption}."),
        several_sources=len({row.source for row in (*rows, *farthest)}) > 1,
    )
    return lists, page


def with_pages(lists: MemberLists, before: str | None, after: str | None) -> MemberLists:
    """The lists with the addresses of the pages before and after."""
    return replace(lists, pages=replace(lists.pages, before=before, after=after))


def _table(table_id: str, caption: str, rows: Sequence[MemberRow], reader: Reader) -> MemberTable:
    lines = tuple(_line(row, reader) for row in rows)
    return MemberTable(id=table_id, caption=caption, lines=lines)


def _line(row: MemberRow, reader: Reader) -> MemberLine:
    parts = reader.parts
    if hidden := reader.sight.hides(service=row.service, restricted=row.restricted):
        return _bare(row, note=HIDDEN[hidden])
    link = parts.links.get(row.source)
    title = clean(parts.redact(row.title, row.people), 160) if row.title else ""
    return replace(
        _bare(row, note="" if title else NO_TITLE if row.is_known else GONE),
        ref=ref_text(IncidentRef(source=row.source, number=row.number)),
        number=clean(row.number, 80),
        address=safe_address(link(row.number)) if link else None,
        title=title,
        why=reader.why(row),
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
        why="",
        note=note,
        score=number(row.score, 2),
        is_new=row.is_new,
        opened="",
        state="",
        service="",
        ci="",
        team="",
    )
