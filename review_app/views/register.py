"""The register as a table, and as a board by state."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from itsm.access import Sight
from itsm.register import Origin, RegisterState
from itsm.register_parts import TaskStatus
from reports.lookup import natural_key, words
from reports.numbers import day, number
from reports.text import clean
from reports.words import noun
from review_app.listing import Columns, Filter, Head, Listing, Part, filter_of, heads, part_of
from review_app.parts import ReviewParts
from review_app.register.moves import MoveOption
from review_app.register.reading import Placed, Reading, reading
from store.unit_of_work import Store

PER_PAGE = 50
TITLES = {
    "rank": "Rank",
    "title": "Improvement",
    "state": "State",
    "service": "Service",
    "owner": "Owner",
    "score": "Score",
    "tasks": "Tasks",
    "proof": "Proof",
    "review": "Next review",
    "since": "In this state since",
}
COLUMNS = Columns(
    path="/register", names=tuple(TITLES), largest_first=frozenset({"score", "tasks", "since"})
)
FILTERS = ("q", "show", "state", "service", "owner", "origin")
SHOWN = {"": "Open", "all": "All", "late": "Late or stale", "ended": "Closed or canceled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """An entry as the table and the board show it."""

    number: str
    address: str
    title: str
    place: str
    why: str
    state: str
    state_key: str
    service: str
    owner: str
    score: str
    tasks: str
    proof: str
    review: str
    since: str
    late: tuple[str, ...]
    version: int
    moves: tuple[MoveOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterView:
    """The register as a table."""

    asked: Listing
    heads: tuple[Head, ...]
    part: Part
    filters: tuple[Filter, ...]
    counts: str
    n_all: int
    hidden: str
    clear: str


def register_view(parts: ReviewParts, store: Store, sight: Sight, asked: Listing) -> RegisterView:
    """What the table shows to a reader."""
    with store.look() as uow:
        read = reading(parts, uow.register, sight)
    found = chosen(read, asked)
    lines = [entry_line(one, parts) for one in found]
    return RegisterView(
        asked=asked,
        heads=heads(asked, TITLES),
        part=part_of(lines, asked, len(read.placed), PER_PAGE, "in the register"),
        filters=_filters(read, asked, parts),
        counts=_counts(read),
        n_all=len(read.placed),
        hidden=hidden_words(read),
        clear=asked.without_filters().address,
    )


def chosen(read: Reading, asked: Listing) -> list[Placed]:
    """The entries that were asked for, in the order asked for."""
    wanted = asked["q"].casefold().split()
    found = [
        one
        for one in read.placed
        if _is_shown(one, asked["show"], asked["state"])
        and (not asked["state"] or one.entry.state == asked["state"])
        and (not asked["service"] or one.entry.service == asked["service"])
        and (not asked["owner"] or one.entry.owner == asked["owner"])
        and (not asked["origin"] or one.entry.origin == asked["origin"])
        and all(word in _words(one) for word in wanted)
    ]
    return sorted(found, key=_KEYS[asked.sort], reverse=asked.order == "desc")


def entry_line(one: Placed, parts: ReviewParts, moves: tuple[MoveOption, ...] = ()) -> EntryLine:
    """An entry in a line."""
    entry = one.entry
    since = entry.state_since_at or entry.raised_at
    return EntryLine(
        number=clean(entry.number, 40),
        address=entry_address(entry.number),
        title=clean(one.title, 200),
        place=number(one.place) if one.place else "",
        why=clean(one.why, 300) if not one.is_withheld else "",
        state=words(entry.state),
        state_key=entry.state.value,
        service=clean(entry.service, 60),
        owner=clean(parts.works.name(entry.owner), 60) if entry.owner else "",
        score="" if entry.score is None else number(entry.score, 2),
        tasks=_tasks(one),
        proof=words(entry.proof.verdict) if entry.proof and entry.proof.verdict else "",
        review=day(entry.next_review_on) if entry.next_review_on else "",
        since=day(since.astimezone(parts.zone).date()),
        late=one.stale,
        version=entry.version,
        moves=moves,
    )


def entry_address(entry_number: str) -> str:
    """Where the page of an entry is."""
    return f"/register/{quote(entry_number, safe='')}"


def hidden_words(read: Reading) -> str:
    """How many entries the reader does not see, "" where they see all."""
    n = read.n_hidden
    return f"{number(n)} of other services {noun(n, 'is', 'are')} not shown to you." if n else ""


def _tasks(one: Placed) -> str:
    tasks = one.entry.tasks
    if not tasks:
        return ""
    n_open = sum(task.status is TaskStatus.OPEN for task in tasks)
    return f"{n_open} of {len(tasks)} open" if n_open else f"all {len(tasks)} done"


def _is_shown(one: Placed, show: str, state: str) -> bool:
    kinds: Mapping[str, bool] = {
        "": one.entry.is_open or bool(state),
        "all": True,
        "late": bool(one.stale),
        "ended": not one.entry.is_open,
    }
    return kinds.get(show, True)


def _words(one: Placed) -> str:
    entry = one.entry
    said = (
        entry.number, one.title, entry.service, entry.owner, entry.process, entry.origin_record,
        "" if one.is_withheld else entry.description,
    )  # fmt: skip
    return " ".join(part for part in said if part).casefold()


def _counts(read: Reading) -> str:
    """How many entries are in which state, in the order they go through them."""
    n = Counter(one.entry.state for one in read.placed)
    told = [f"{number(n[state])} {words(state)}" for state in RegisterState if n[state]]
    return " · ".join(told)


def _filters(read: Reading, asked: Listing, parts: ReviewParts) -> tuple[Filter, ...]:
    entries = [one.entry for one in read.placed]
    owners = {one.owner: parts.works.name(one.owner) for one in entries if one.owner}
    services = {one.service: one.service for one in entries if one.service}
    states = {state.value: words(state) for state in RegisterState}
    origins = {one.value: words(one) for one in Origin if any(e.origin is one for e in entries)}
    everything = {"": "All"}
    return (
        filter_of(asked, "show", "Show", SHOWN),
        filter_of(asked, "state", "State", everything | states),
        filter_of(asked, "service", "Service", everything | _sorted(services)),
        filter_of(asked, "owner", "Owner", everything | _sorted(owners)),
        filter_of(asked, "origin", "Comes from", everything | origins),
    )


def _sorted(named: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(named.items(), key=lambda item: natural_key(item[1])))


def _state_place(one: Placed) -> int:
    return list(RegisterState).index(one.entry.state)


_Key = tuple[object, ...]
_KEYS: Mapping[str, Callable[[Placed], _Key]] = {
    "rank": lambda e: (e.place is None, e.place or 0, e.entry.number),
    "title": lambda e: (natural_key(e.title), e.entry.number),
    "state": lambda e: (_state_place(e), e.entry.number),
    "service": lambda e: (not e.entry.service, natural_key(e.entry.service or ""), e.entry.number),
    "owner": lambda e: (not e.entry.owner, natural_key(e.entry.owner or ""), e.entry.number),
    "score": lambda e: (e.entry.score if e.entry.score is not None else -1.0, e.entry.number),
    "tasks": lambda e: (
        sum(task.status is TaskStatus.OPEN for task in e.entry.tasks),
        e.entry.number,
    ),
    "proof": lambda e: (
        str(e.entry.proof.verdict or "~") if e.entry.proof else "~",
        e.entry.number,
    ),
    "review": lambda e: (
        e.entry.next_review_on is None,
        str(e.entry.next_review_on or ""),
        e.entry.number,
    ),
    "since": lambda e: (e.entry.state_since_at or e.entry.raised_at, e.entry.number),
}
