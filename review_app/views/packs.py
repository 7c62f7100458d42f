"""The pack archive: every edition that was ever made or sent, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from itsm.access import Sight
from itsm.deliveries import GONE_OUT
from itsm.packs import REISSUED, ReleaseState
from reports.numbers import local_time, number
from reports.text import clean
from review_app.listing import Columns, Filter, Head, Listing, Part, filter_of, heads, part_of
from review_app.pack_access import lines_for
from review_app.parts import ReviewParts
from store.publishing import PackLine
from store.unit_of_work import Store

PER_PAGE = 50
TITLES = {
    "made": "Made",
    "week": "Period",
    "edition": "Edition",
    "version": "Version",
    "moved": "What moved",
    "state": "Release",
    "sent": "Sent to",
}
COLUMNS = Columns(
    path="/packs", names=tuple(TITLES), largest_first=frozenset({"made", "week", "version", "sent"})
)
FILTERS = ("q", "week", "state", "show")
STATES = {
    ReleaseState.WAITING: "waits for release",
    ReleaseState.RELEASED: "released",
    ReleaseState.HELD: "held back",
}
OVERTAKEN = "overtaken"
WITHDRAWN = "withdrawn"
"""The key of a pack whose bytes were removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRow:
    """A pack as the archive shows it."""

    pack_id: str
    address: str
    week: str
    edition: str
    version: int
    made: str
    moved: tuple[str, ...]
    note: str
    state: str
    state_key: str
    n_sent: int
    sort_made: str
    is_old: bool
    gone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PacksView:
    """The archive of packs for a reader."""

    asked: Listing
    heads: tuple[Head, ...]
    part: Part
    filters: tuple[Filter, ...]
    n_all: int
    n_waiting: int
    clear: str


def packs_view(parts: ReviewParts, store: Store, sight: Sight, asked: Listing) -> PacksView:
    """What the archive shows to a reader."""
    with store.look() as uow:
        lines = lines_for(uow, sight)
        sent: dict[str, int] = {}
        for one in uow.deliveries.list():
            sent[one.item] = sent.get(one.item, 0) + (one.state in GONE_OUT)
    newest = newest_versions(lines)
    rows = [_row(line, newest, sent, parts) for line in lines]
    found = [row for row in rows if _is_chosen(row, asked)]
    found.sort(key=lambda row: _sort_key(row, asked.sort), reverse=asked.order == "desc")
    return PacksView(
        asked=asked,
        heads=heads(asked, TITLES),
        part=part_of(found, asked, len(rows), PER_PAGE, "in the archive"),
        filters=_filters(rows, asked),
        n_all=len(rows),
        n_waiting=sum(row.state_key == ReleaseState.WAITING for row in rows),
        clear=asked.without_filters().address,
    )


def newest_versions(lines: Sequence[PackLine]) -> dict[tuple[str, str], int]:
    """The newest version of each period and edition."""
    found: dict[tuple[str, str], int] = {}
    for line in lines:
        key = (line.week, line.edition)
        found[key] = max(found.get(key, 0), line.version)
    return found


def pack_address(pack_id: str) -> str:
    """Where the page of a pack is."""
    return f"/packs/{quote(pack_id, safe='')}"


def _row(
    line: PackLine,
    newest: Mapping[tuple[str, str], int],
    sent: Mapping[str, int],
    parts: ReviewParts,
) -> PackRow:
    is_old = line.version < newest[line.week, line.edition]
    state, key = STATES[line.state], line.state.value
    if line.withdrawal is not None:
        state, key = "bytes removed", WITHDRAWN
    elif is_old:
        state = key = OVERTAKEN
    return PackRow(
        pack_id=line.pack_id,
        address=pack_address(line.pack_id),
        week=clean(line.week, 40),
        edition=clean(line.edition, 80),
        version=line.version,
        made=local_time(line.made_at, parts.zone).partition(" (")[0],
        moved=tuple(clean(one, 300) for one in line.moved if one != REISSUED),
        note=REISSUED if REISSUED in line.moved else "",
        state=state,
        state_key=key,
        is_old=is_old,
        gone=clean(str(line.withdrawal), 400) if line.withdrawal else "",
        n_sent=sent.get(line.pack_id, 0),
        sort_made=line.made_at.isoformat(),
    )


def _is_chosen(row: PackRow, asked: Listing) -> bool:
    words = f"{row.pack_id} {row.edition} {row.week} {' '.join(row.moved)}".casefold()
    return (
        (not asked["week"] or row.week == asked["week"])
        and (not asked["state"] or row.state_key == asked["state"])
        and (asked["show"] == "all" or bool(asked["state"]) or not row.is_old)
        and all(word in words for word in asked["q"].casefold().split())
    )


def _sort_key(row: PackRow, sort: str) -> tuple[object, ...]:
    keys: Mapping[str, object] = {
        "made": row.sort_made,
        "week": row.week,
        "edition": row.edition,
        "version": row.version,
        "moved": len(row.moved),
        "state": row.state,
        "sent": row.n_sent,
    }
    return (keys[sort], row.week, row.edition, row.version)


def _filters(rows: Sequence[PackRow], asked: Listing) -> tuple[Filter, ...]:
    weeks = {"": "All"} | {w: w for w in sorted({row.week for row in rows}, reverse=True)}
    states = {"": "All"} | {key.value: text for key, text in STATES.items()}
    return (
        filter_of(asked, "show", "Show", {"": "Newest versions", "all": "All versions"}),
        filter_of(asked, "week", "Period", weeks),
        filter_of(
            asked, "state", "Release", states | {OVERTAKEN: OVERTAKEN, WITHDRAWN: "bytes removed"}
        ),
    )


def size_words(size: int) -> str:
    """How large a file is."""
    return f"{number(max(size / 1000, 0.1), 1 if size < 10_000 else 0)} kB"
