"""One candidate as the queue shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup

from itsm.candidates import Decision, Life, Movement
from reports.charts import sparkline_svg
from reports.lookup import words
from reports.numbers import local_day, number
from reports.sections.candidate_card import spark_title
from reports.text import clean
from reports.words import plural
from review_app.asked import Asked
from review_app.board import Board, statement_of
from review_app.decided import Now
from review_app.queue import Entry
from review_app.wording import LIFE, MOVEMENT, WITHHELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A word on a candidate that somebody should see, with what it means."""

    word: str
    means: str
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A candidate as the table shows it."""

    anchor: str
    address: str
    rank: str
    statement: str
    candidate_id: str
    known: str
    flags: tuple[Flag, ...]
    members: str
    hours: str
    interval: str
    confidence: str
    service: str
    team: str
    seen: str
    age: str
    state: str
    state_note: str
    is_open: bool
    spark: Markup


def queue_line(
    entry: Entry, board: Board, asked: Asked, zone: ZoneInfo, *, is_withheld: bool
) -> Line:
    """A candidate of a board, as the queue that is asked for shows it."""
    item, hours = entry.candidate, entry.candidate.avoidable_hours
    now = board.now(item.candidate_id)
    decimals = 1 if hours.value < 10 else 0
    assert board.run is not None, "a candidate has a run"
    return Line(
        anchor=anchor_of(item.candidate_id),
        address=asked.of_candidate(item.candidate_id),
        rank=number(entry.rank),
        statement=WITHHELD if is_withheld else clean(statement_of(item, now), 220),
        candidate_id=clean(item.candidate_id, 60),
        known=", ".join(clean(problem, 40) for problem in item.known_problems[:3]),
        flags=flags_of(entry, now),
        members=number(entry.n_members),
        hours=number(hours.value, decimals),
        interval=f"{number(hours.low, decimals)} to {number(hours.high, decimals)}",
        confidence=f"{number(item.score * 100)}%",
        service=clean(entry.service, 60),
        team=clean(entry.team, 60),
        seen=local_day(item.last_seen_at, zone),
        age=age_words(item.first_seen_at, board.run.cutoff_at),
        state=state_words(entry, now),
        state_note=f"assigned to {clean(now.assignee, 60)}" if now.assignee else "",
        is_open=now.is_open(item),
        spark=_spark(item.weekly_counts),
    )


def flags_of(entry: Entry, now: Now) -> tuple[Flag, ...]:
    """New, grown, recurred, was rejected: what sets a candidate apart this week."""
    item = entry.candidate
    found = [Flag(word=words(item.life), means=LIFE[item.life], css=item.life.value)]
    if item.movement in {Movement.NEW, Movement.GROWN} and item.life is not Life.RECURRED:
        css = "new" if item.movement is Movement.NEW else "grown"
        found.append(Flag(word=words(item.movement), means=MOVEMENT[item.movement], css=css))
    elif item.movement is Movement.SHRUNK:
        found.append(Flag(word="shrunk", means=MOVEMENT[item.movement], css="quiet"))
    if was_rejected(entry, now):
        means = "rejected before, and back with new evidence" if _is_back(entry) else "see why"
        found.append(Flag(word="was rejected", means=means, css="rejected"))
    return tuple(found)


def was_rejected(entry: Entry, now: Now) -> bool:
    """Whether somebody has rejected the candidate, or one that resembles it."""
    item = entry.candidate
    if now.verdict is not None and item.decision is Decision.UNDECIDED and not _is_back(entry):
        return False
    return now.was_rejected or any(link.kind == "rejected" for link in item.links)


def _is_back(entry: Entry) -> bool:
    standing = entry.candidate.standing
    return standing is not None and standing.is_back


def state_words(entry: Entry, now: Now) -> str:
    """What became of a candidate, in words."""
    if now.is_split:
        return "split, from the next mining on"
    if now.into:
        return f"merged into {clean(now.into, 40)}"
    return words(now.of(entry.candidate))


def age_words(since: datetime, until: datetime) -> str:
    """How long it has been there: in days, then weeks."""
    days = max(0, (until - since).days)
    return plural(days, "day") if days < 14 else plural(days // 7, "week")


def anchor_of(candidate_id: str) -> str:
    """Where a candidate stands in the queue."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in candidate_id)
    return f"c-{kept[:80]}"


@lru_cache(maxsize=4096)
def _spark(counts: Sequence[int]) -> Markup:
    """The small columns; drawing those of a page takes longer than all the rest of it."""
    return sparkline_svg(spark_title(counts), counts)
