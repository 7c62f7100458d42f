"""The queue page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup

from itsm.clocks import ReportingWeek
from reports.charts import sparkline_svg
from reports.lookup import words
from reports.numbers import local_day, local_time, number, week_name
from reports.sections.candidate_card import spark_title
from reports.text import clean
from reports.words import plural
from review_app.asked import SORTS, Asked
from review_app.parts import ReviewParts
from review_app.queue import PER_PAGE, Entry, Queues, chosen, counts
from review_app.wording import LIFE, MOVEMENT, WITHHELD
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
    "decision": "Decision",
}
NUMBERS = frozenset({"members", "hours", "confidence"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The heading of a column: a link that sorts by it; `state` as aria-sort has it."""

    name: str
    title: str
    address: str
    state: str
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A candidate as the table shows it."""

    anchor: str
    address: str
    rank: str
    statement: str
    candidate_id: str
    known: str
    life: str
    life_means: str
    movement: str
    movement_means: str
    members: str
    hours: str
    interval: str
    confidence: str
    service: str
    team: str
    seen: str
    decision: str
    spark: Markup


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
    filters: tuple[tuple[str, str, tuple[Option, ...]], ...]
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    pages: Pages
    n_all: int
    clear: str
    config: str

    @property
    def is_resorted(self) -> bool:
        """Whether the order is not the one the queue comes in."""
        return (self.asked.sort, self.asked.order) != (SORTS[0], "asc")


def run_of(runs: Sequence[MiningRun], label: str) -> MiningRun | None:
    """The run of a week; the newest where no week is asked for."""
    return next((run for run in runs if not label or run.week == label), None)


def queue_view(parts: ReviewParts, queues: Queues, asked: Asked) -> QueueView:
    """What the queue shows of a week."""
    runs = parts.reviewing.runs()
    run = run_of(runs, asked.week)
    queue = queues.of(run) if run else ()
    found = chosen(queue, asked)
    last = max(1, -(-len(found) // PER_PAGE))
    asked = asked.on_page(min(asked.page, last))
    return QueueView(
        asked=asked,
        weeks=_weeks(runs, run, parts.zone),
        run_line=_run_line(run, parts.zone) if run else None,
        unknown_week=asked.week if runs and run is None else None,
        set_aside=_set_aside(parts),
        filters=_filters(queue, asked),
        heads=tuple(_head(name, asked) for name in SORTS),
        lines=_lines(parts, run, found, asked) if run else (),
        pages=_pages(len(found), len(queue), asked, last),
        n_all=len(queue),
        clear=asked.without_filters().address,
        config=parts.config,
    )


def _weeks(runs: Sequence[MiningRun], run: MiningRun | None, zone: ZoneInfo) -> tuple[Option, ...]:
    return tuple(
        Option(
            value=one.week,
            text=week_name(ReportingWeek.parse(one.week, zone.key)),
            is_chosen=one == run,
        )
        for one in runs
    )


def _run_line(run: MiningRun, zone: ZoneInfo) -> str:
    week = week_name(ReportingWeek.parse(run.week, zone.key))
    mined = local_time(run.finished_at, zone)
    return f"{week} · mined {mined} from {plural(run.n_incidents, 'incident')}"


def _set_aside(parts: ReviewParts) -> str | None:
    n = sum(parts.reviewing.set_aside().values())
    if not n:
        return None
    is_one = n == 1
    return (
        f"{plural(n, 'incident')} {'is' if is_one else 'are'} set aside in quarantine and "
        f"{'belongs' if is_one else 'belong'} to no candidate"
    )


def _filters(
    queue: Sequence[Entry], asked: Asked
) -> tuple[tuple[str, str, tuple[Option, ...]], ...]:
    """The filters with a fixed choice: name, label, options."""
    return tuple(
        (name, title, _options(queue, name, getattr(asked, name)))
        for name, title in (("life", "Life"), ("movement", "This week"), ("service", "Service"))
    )


def _options(queue: Sequence[Entry], name: str, asked: str) -> tuple[Option, ...]:
    found = dict(counts(queue, name))
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
    return clean(value, 60) if name == "service" else words(value)


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
    parts: ReviewParts, run: MiningRun, found: Sequence[Entry], asked: Asked
) -> tuple[Line, ...]:
    shown = found[(asked.page - 1) * PER_PAGE :][:PER_PAGE]
    ids = [entry.candidate.candidate_id for entry in shown]
    withheld = parts.reviewing.restricted(run.run_id, ids)
    return tuple(
        _line(entry, asked, parts.zone, is_withheld=entry.candidate.candidate_id in withheld)
        for entry in shown
    )


def _line(entry: Entry, asked: Asked, zone: ZoneInfo, *, is_withheld: bool) -> Line:
    item, hours = entry.candidate, entry.candidate.avoidable_hours
    decimals = 1 if hours.value < 10 else 0
    return Line(
        anchor=anchor_of(item.candidate_id),
        address=asked.of_candidate(item.candidate_id),
        rank=number(entry.rank),
        statement=WITHHELD if is_withheld else clean(item.statement, 220),
        candidate_id=clean(item.candidate_id, 60),
        known=", ".join(clean(problem, 40) for problem in item.known_problems[:3]),
        life=words(item.life),
        life_means=LIFE[item.life],
        movement=words(item.movement),
        movement_means=MOVEMENT[item.movement],
        members=number(entry.n_members),
        hours=number(hours.value, decimals),
        interval=f"{number(hours.low, decimals)} to {number(hours.high, decimals)}",
        confidence=f"{number(item.score * 100)}%",
        service=clean(entry.service, 60),
        team=clean(entry.team, 60),
        seen=local_day(item.last_seen_at, zone),
        decision=words(item.decision),
        spark=_spark(item.weekly_counts),
    )


@lru_cache(maxsize=4096)
def _spark(counts: tuple[int, ...]) -> Markup:
    """The small columns; drawing those of a page takes longer than all the rest of it."""
    return sparkline_svg(spark_title(counts), counts)


def anchor_of(candidate_id: str) -> str:
    """Where a candidate stands in the queue."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in candidate_id)
    return f"c-{kept[:80]}"


def _pages(n: int, n_all: int, asked: Asked, last: int) -> Pages:
    """The count that proves that nothing is missing, and the way on."""
    first = (asked.page - 1) * PER_PAGE + 1
    until = min(asked.page * PER_PAGE, n)
    shown = f"Showing {number(first)} to {number(until)} of {number(n)}" if n else "Showing 0 of 0"
    if asked.is_filtered:
        shown += f" that match, of {number(n_all)} in the week"
    return Pages(
        shown=f"{shown}.",
        before=asked.on_page(asked.page - 1).address if asked.page > 1 else None,
        after=asked.on_page(asked.page + 1).address if asked.page < last else None,
    )
