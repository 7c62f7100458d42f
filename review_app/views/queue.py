"""The queue page."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from itsm.clocks import ReportingWeek
from reports.lookup import words
from reports.numbers import local_time, number, week_name
from reports.text import clean
from reports.words import noun, plural
from review_app.asked import MAX_TEXT, SORTS, Asked
from review_app.board import Board, Boards
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts
from review_app.queue import PER_PAGE, Entry
from review_app.views.done import DoneView, done_view
from review_app.views.queue_head import SessionView, Tab, saved_tabs, session_view, tabs
from review_app.views.queue_lines import Line, queue_line
from review_app.visit import Visit
from store.runs import MiningRun

TITLES = {
    "rank": "Rank",
    "statement": "Candidate",
    "life": "Life",
    "movement": "This week",
    "members": "Incidents",
    "hours": "Avoidable hours, 90 days",
    "confidence": "Confidence",
    "service": "Service, team",
    "seen": "Last seen",
    "decision": "State",
}
HEADS = (
    "rank",
    "statement",
    "life",
    "members",
    "hours",
    "confidence",
    "service",
    "seen",
    "decision",
)
"""The columns, in their order; what else can be sorted by is chosen by address."""
NUMBERS = frozenset({"members", "hours", "confidence"})
FILTER_TITLES = {
    "service": "Service",
    "team": "Team",
    "source": "Source",
    "life": "Life",
    "movement": "This week",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The heading of a column: a link that sorts by it; `state` as aria-sort has it."""

    name: str
    title: str
    address: str
    state: str
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice of a filter."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where a list of several pages stands, and the addresses before and after."""

    shown: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The queue of a week; `run_line` is None where nothing has been mined."""

    asked: Asked
    weeks: tuple[Option, ...]
    run_line: str | None
    unknown_week: str | None
    set_aside: str | None
    tabs: tuple[Tab, ...]
    saved: tuple[Tab, ...]
    session: SessionView | None
    filters: tuple[tuple[str, str, tuple[Option, ...]], ...]
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    pages: Pages
    n_all: int
    n_show: int
    show: str
    clear: str
    config: str
    done: DoneView | None
    can_decide: bool
    run_id: str
    seen: int

    @property
    def is_narrowed(self) -> bool:
        """Whether a choice beside the text is made, so that the choices are shown."""
        names = (*FILTER_TITLES, "week")
        return any(getattr(self.asked, name) for name in names)

    @property
    def is_resorted(self) -> bool:
        """Whether the order is not the one the queue comes in."""
        return (self.asked.sort, self.asked.order) != (SORTS[0], "asc")


def queue_view(parts: ReviewParts, boards: Boards, visit: Visit) -> QueueView:
    """What the queue shows somebody of a week."""
    actor, asked = visit.actor, visit.asked
    board = boards.of(actor, asked.week)
    found = board.found(asked) if board.run else []
    part = board.shows[board.show_of(asked)] if board.run else ()
    last = max(1, -(-len(found) // PER_PAGE))
    asked = asked.on_page(min(asked.page, last))
    return QueueView(
        asked=asked,
        weeks=_weeks(board, parts.zone),
        run_line=_run_line(board.run, parts.zone) if board.run else None,
        unknown_week=asked.week if board.runs and board.run is None else None,
        set_aside=_set_aside(parts),
        tabs=tabs(board, asked),
        saved=saved_tabs(parts.reviewing.views(actor.name) if actor.is_known else (), asked),
        session=session_view(board, asked) if board.is_newest else None,
        filters=_filters(board, asked) if board.run else (),
        heads=tuple(_head(name, asked) for name in HEADS),
        lines=_lines(parts, board, actor, found, asked),
        pages=_pages(len(found), len(part), asked, last),
        n_all=len(board.queue),
        n_show=len(part),
        show=board.show_of(asked),
        clear=asked.without_filters().address,
        config=parts.config,
        done=done_view(boards, parts.reviewing, visit.done) if visit.done else None,
        can_decide=visit.can_decide and board.is_newest,
        run_id=board.run.run_id if board.run else "",
        seen=board.seen,
    )


def _weeks(board: Board, zone: ZoneInfo) -> tuple[Option, ...]:
    return tuple(
        Option(
            value=one.week,
            text=week_name(ReportingWeek.parse(one.week, zone.key)),
            is_chosen=one == board.run,
        )
        for one in board.runs
    )


def _run_line(run: MiningRun, zone: ZoneInfo) -> str:
    week = week_name(ReportingWeek.parse(run.week, zone.key))
    mined = local_time(run.finished_at, zone)
    return f"{week} · mined {mined} from {plural(run.n_incidents, 'incident')}"


def _set_aside(parts: ReviewParts) -> str | None:
    n = sum(parts.reviewing.set_aside().values())
    if not n:
        return None
    return (
        f"{plural(n, 'incident')} {noun(n, 'is', 'are')} set aside in quarantine and "
        f"{noun(n, 'belongs', 'belong')} to no candidate"
    )


def _filters(board: Board, asked: Asked) -> tuple[tuple[str, str, tuple[Option, ...]], ...]:
    """The filters with a fixed choice: name, label, options."""
    show = board.show_of(asked)
    return tuple(
        (name, title, _options(board.derived.counts(show, name), name, getattr(asked, name)))
        for name, title in FILTER_TITLES.items()
    )


def _options(counted: Sequence[tuple[str, int]], name: str, asked: str) -> tuple[Option, ...]:
    found = {value: n for value, n in counted if len(value) <= MAX_TEXT}
    if asked:
        found.setdefault(asked, 0)
    return (
        Option(value="", text="All", is_chosen=not asked),
        *(
            Option(
                value=value, text=f"{_shown(name, value)} ({number(n)})", is_chosen=value == asked
            )
            for value, n in found.items()
        ),
    )


def _shown(name: str, value: str) -> str:
    return words(value) if name in {"life", "movement"} else clean(value, 60)


def _head(name: str, asked: Asked) -> Head:
    state = {"asc": "ascending", "desc": "descending"}[asked.order]
    return Head(
        name=name,
        title=TITLES[name],
        address=asked.sorted_by(name).address,
        state=state if name == asked.sort else "none",
        is_number=name in NUMBERS,
    )


def _lines(
    parts: ReviewParts, board: Board, actor: Actor, found: Sequence[Entry], asked: Asked
) -> tuple[Line, ...]:
    if board.run is None:
        return ()
    shown = found[(asked.page - 1) * PER_PAGE :][:PER_PAGE]
    ids = [entry.candidate.candidate_id for entry in shown]
    may_see = actor.sight.restricted
    withheld = frozenset() if may_see else parts.reviewing.restricted(board.run.run_id, ids)
    return tuple(
        queue_line(
            entry, board, asked, parts.zone, is_withheld=entry.candidate.candidate_id in withheld
        )
        for entry in shown
    )


def _pages(n: int, n_part: int, asked: Asked, last: int) -> Pages:
    """The count that proves that nothing is missing, and the way on."""
    first = (asked.page - 1) * PER_PAGE + 1
    until = min(asked.page * PER_PAGE, n)
    shown = f"Showing {number(first)} to {number(until)} of {number(n)}" if n else "Showing 0 of 0"
    if asked.is_filtered:
        shown += f" that match, of {number(n_part)}"
    return Pages(
        shown=f"{shown}.",
        before=asked.on_page(asked.page - 1).address if asked.page > 1 else None,
        after=asked.on_page(asked.page + 1).address if asked.page < last else None,
    )
