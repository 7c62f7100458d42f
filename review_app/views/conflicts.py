"""The conflict queue: per field, what was seen, what somebody wrote there, what we would write."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from itsm.access import Sight
from itsm.pushed import Standing
from itsm.pushing import PushKind
from reports.lookup import words
from reports.numbers import local_time
from reports.text import clean
from review_app.addresses import safe_address
from review_app.conflicts import shown
from review_app.listing import Columns, Filter, Listing, Part, filter_of, part_of
from review_app.parts import ReviewParts
from review_app.views.register import entry_address
from review_app.wording import WITHHELD
from store.conflicts import Queued
from store.unit_of_work import Store

PER_PAGE = 25
COLUMNS = Columns(path="/conflicts", names=("found",))
FILTERS = ("q", "show", "source")
MAX_VALUE = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the values of a field; `stands` where the system holds it now."""

    title: str
    text: str
    note: str
    stands: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictLine:
    """A field in conflict."""

    conflict_id: str
    subject: str
    subject_address: str
    what: str
    source: str
    record: str
    record_address: str | None
    field: str
    sides: tuple[Side, ...]
    ours: str
    theirs_known: bool
    found: str
    is_open: bool
    settled: str
    is_withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictsView:
    """The conflict queue for a reader."""

    asked: Listing
    filters: tuple[Filter, ...]
    part: Part
    n_open: int
    clear: str


def conflicts_view(parts: ReviewParts, store: Store, sight: Sight, asked: Listing) -> ConflictsView:
    """What the queue shows; those that are open first of all."""
    with store.look() as uow:
        queued = uow.conflicts.list(only_open=asked["show"] != "all")
        seen = [(one, shown(parts, uow, one, sight)) for one in queued]
    lines = [_line(one, parts, is_shown=is_shown) for one, is_shown in seen if is_shown is not None]
    wanted = asked["q"].casefold().split()
    found = [
        line
        for line in lines
        if (not asked["source"] or line.source == asked["source"])
        and all(word in _words(line) for word in wanted)
    ]
    return ConflictsView(
        asked=asked,
        filters=_filters(lines, asked),
        part=part_of(found, asked, len(lines), PER_PAGE, "in the queue"),
        n_open=sum(line.is_open for line in lines),
        clear=asked.without_filters().address,
    )


def _filters(lines: Sequence[ConflictLine], asked: Listing) -> tuple[Filter, ...]:
    sources = {"": "All"} | {line.source: line.source for line in lines}
    return (
        filter_of(asked, "show", "Show", {"": "Open", "all": "Settled, too"}),
        filter_of(asked, "source", "System", sources),
    )


def _words(line: ConflictLine) -> str:
    said = (line.subject, line.record, line.field, line.source, line.conflict_id)
    return " ".join(said).casefold()


def _line(one: Queued, parts: ReviewParts, *, is_shown: bool) -> ConflictLine:
    conflict, intent = one.conflict, one.fate.intent
    is_entry = intent.kind is PushKind.REGISTER_ENTRY
    subject = clean(intent.subject, 80)
    at = quote(intent.subject, safe="")
    return ConflictLine(
        conflict_id=clean(conflict.conflict_id, 40),
        subject=subject,
        subject_address=entry_address(intent.subject) if is_entry else f"/candidates/{at}",
        what=words(intent.kind),
        source=clean(intent.source, 60),
        record=clean(one.fate.number or intent.number, 60),
        record_address=safe_address(one.fate.link),
        field=words(conflict.field),
        sides=_sides(one, is_shown=is_shown),
        ours=clean(conflict.ours, MAX_VALUE) if is_shown else "",
        theirs_known=conflict.theirs is not None,
        found=local_time(one.found_at, parts.zone).partition(" (")[0],
        is_open=one.choice is None,
        settled=_settled(one, parts),
        is_withheld=not is_shown,
    )


def _sides(one: Queued, *, is_shown: bool) -> tuple[Side, ...]:
    conflict = one.conflict
    is_theirs = conflict.standing is Standing.THEIRS
    who = f"by {clean(conflict.by, 60)}" if conflict.by else "by somebody there"
    theirs = "Only the tool knows" if conflict.theirs is None else conflict.theirs
    values = (
        ("Theirs", theirs, who, is_theirs),
        ("Ours", conflict.ours, "what the register or the decision says", not is_theirs),
        ("Before", conflict.seen, "when both sides last agreed", False),
    )
    return tuple(
        Side(
            title=title,
            text=(clean(text, MAX_VALUE) or "(empty)") if is_shown else WITHHELD,
            note=f"{note}; stands there now" if stands else note,
            stands=stands,
        )
        for title, text, note, stands in values
    )


def _settled(one: Queued, parts: ReviewParts) -> str:
    if one.choice is None or one.resolved_at is None:
        return ""
    who = clean(parts.works.name(one.resolved_by or ""), 60)
    when = local_time(one.resolved_at, parts.zone).partition(" (")[0]
    why = f": {clean(one.reason, 300)}" if one.reason else ""
    return f"{words(one.choice)} by {who}, {when}{why}"
