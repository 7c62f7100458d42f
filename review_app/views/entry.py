"""The page of one entry of the register: everything it holds, and everything that can be done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from itsm.demand import why
from itsm.errors import CsiError, NotThereError
from itsm.register import Origin, RegisterEntry
from itsm.register_care import alike_to
from itsm.register_edits import changes
from itsm.register_parts import TaskStatus
from itsm.register_rules import Act, taken_back
from itsm.states import RecordKind
from reports.lookup import words
from reports.numbers import day, local_day, local_time, number
from reports.text import clean
from review_app.addresses import safe_address
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts
from review_app.register.fields import Shown, shown_groups
from review_app.register.moves import Possible, possible
from review_app.register.reading import (
    Placed,
    Reading,
    candidates_of,
    reading,
    without_texts,
)
from review_app.register.story import Event, story
from review_app.views.mirrors import MirrorLine, mirror_lines
from review_app.views.proof import ProofView, proof_view
from review_app.views.register import entry_address
from store.taking_back import newest_change
from store.unit_of_work import Store, UnitOfWork

MAX_ALIKE = 5
"""So many entries that resemble it are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """A task of an entry; `refused` says why the reader cannot end it, "" where they can."""

    task_id: str
    title: str
    owner: str
    due: str
    status: str
    is_open: bool
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLine:
    """What an approver said."""

    who: str
    said: str
    at: str
    round: int
    comment: str
    exception: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Somewhere to go; no address where there is none."""

    text: str
    address: str | None
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry as its page shows it."""

    number: str
    address: str
    title: str
    version: int
    state: str
    place: str
    why: str
    facts: tuple[tuple[str, str, str], ...]
    late: tuple[str, ...]
    alike: tuple[Link, ...]
    links: tuple[Link, ...]
    possible: Possible
    tasks: tuple[TaskLine, ...]
    approvals: tuple[ApprovalLine, ...]
    waits_for: tuple[str, ...]
    signed: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Shown, ...]], ...]
    proof: ProofView
    mirrors: tuple[MirrorLine, ...]
    events: tuple[Event, ...]
    is_withheld: bool
    is_known: bool
    can_undo: bool
    today: str
    people: Mapping[str, str] = field(default_factory=dict)


def entry_view(
    parts: ReviewParts, store: Store, entry_number: str, who: Actor, act: Act
) -> EntryView:
    """What the page of an entry shows to a reader.

    Raises:
        NotThereError: there is none for this reader.
    """
    with store.look() as uow:
        read = reading(parts, uow.register, who.sight)
        placed = _found(read, entry_number)
        entry = without_texts(placed.entry) if placed.is_withheld else placed.entry
        people = parts.works.people
        events = story(uow.journal, entry.number, parts.zone, people, texts=not placed.is_withheld)
        return EntryView(
            number=clean(entry.number, 40),
            address=entry_address(entry.number),
            title=clean(entry.title, 200),
            version=entry.version,
            state=words(entry.state),
            place=f"Place {number(placed.place)}" if placed.place else "Has no place any more",
            why=clean(why(entry), 300),
            facts=_facts(placed, parts),
            late=placed.stale,
            alike=_alike(read.placed, entry, parts),
            links=_links(entry, parts),
            possible=possible(placed.entry, act),
            tasks=_tasks(entry, parts, act),
            approvals=_approvals(entry, parts),
            waits_for=_waits_for(entry, parts),
            signed=_signed(entry, parts),
            groups=shown_groups(entry, parts.zone, people),
            proof=proof_view(parts, entry),
            mirrors=mirror_lines(uow, entry),
            events=events,
            is_withheld=placed.is_withheld,
            is_known=who.is_known,
            can_undo=who.is_known and _can_undo(uow, entry.number, act),
            today=act.today.isoformat(),
            people=people,
        )


def _can_undo(uow: UnitOfWork, entry_number: str, act: Act) -> bool:
    """Whether the newest change is one that whoever looks may take back."""
    newest = newest_change(uow, entry_number)
    try:
        taken_back(newest.entry, newest.before, newest.by, act)
    except CsiError:
        return False
    return True


def _found(read: Reading, entry_number: str) -> Placed:
    found = read.of(entry_number)
    if found is None:
        raise NotThereError(
            f"the register has no entry {entry_number!r} for you; the register lists all"
        )
    return found


def changed_since(uow: UnitOfWork, entry_number: str, seen: int) -> tuple[tuple[str, ...], ...]:
    """What changed in an entry since a version somebody looked at: field, then, now."""
    versions = {entry.version: entry for _, entry in uow.register.versions(entry_number)}
    before, now = versions.get(seen), versions[max(versions)]
    if before is None:
        return ()
    return tuple(
        (words(name), clean(was, 200), clean(then, 200))
        for name, (was, then) in changes(before, now).items()
    )


def _facts(placed: Placed, parts: ReviewParts) -> tuple[tuple[str, str, str], ...]:
    entry = placed.entry
    since = entry.state_since_at or entry.raised_at
    owner = parts.works.name(entry.owner) if entry.owner else "Nobody"
    review = day(entry.next_review_on) if entry.next_review_on else "None"
    verdict = words(entry.proof.verdict) if entry.proof and entry.proof.verdict else "None yet"
    done = f"{entry.percent} %" if entry.percent is not None else "Not told"
    score = "None" if entry.score is None else number(entry.score, 2)
    return (
        ("State", words(entry.state), f"since {local_day(since, parts.zone)}"),
        ("Owner", clean(owner, 60), "answers for it"),
        ("Next review", review, "late" if any("review of" in one for one in placed.stale) else ""),
        ("Score", score, ", ".join(entry.gaps) and f"not known: {', '.join(entry.gaps)}"),
        ("Done", done, f"{len(entry.tasks)} tasks" if entry.tasks else ""),
        ("Proof", verdict, "signed" if entry.signature else ""),
    )


def _alike(
    placed: tuple[Placed, ...], entry: RegisterEntry, parts: ReviewParts
) -> tuple[Link, ...]:
    """The entries that resemble it, of those the reader sees."""
    seen = [one.entry for one in placed if not one.is_withheld]
    return tuple(
        Link(
            text=clean(f"{pair.second}: {pair.likeness:.0%} of their words are the same", 200),
            address=entry_address(pair.second),
        )
        for pair in alike_to(entry, seen, parts.works.weighing.alike)[:MAX_ALIKE]
    )


def _links(entry: RegisterEntry, parts: ReviewParts) -> tuple[Link, ...]:
    """The record it came from, and the candidates it is about."""
    links = [
        Link(text=f"Candidate {clean(name, 60)}", address=f"/candidates/{quote(name, safe='')}")
        for name in candidates_of(entry)
    ]
    record = entry.origin_record
    if record and entry.origin is not Origin.MINED_CANDIDATE:
        source, slash, record_number = record.partition("/")
        link = parts.record_links.get(source) if slash else None
        is_problem = entry.origin is Origin.PROBLEM
        address = link(RecordKind.PROBLEM, record_number) if link and is_problem else None
        links.append(
            Link(
                text=f"{words(entry.origin).capitalize()} {clean(record, 80)}",
                address=safe_address(address),
                is_elsewhere=True,
            )
        )
    return tuple(links)


def _tasks(entry: RegisterEntry, parts: ReviewParts, act: Act) -> tuple[TaskLine, ...]:
    return tuple(
        TaskLine(
            task_id=clean(task.task_id, 20),
            title=clean(task.title, 300),
            owner=clean(parts.works.name(task.owner), 60),
            due=day(task.due_on),
            status=words(task.status),
            is_open=task.status is TaskStatus.OPEN,
            is_late=task.status is TaskStatus.OPEN and task.due_on < act.today,
        )
        for task in entry.tasks
    )


def _approvals(entry: RegisterEntry, parts: ReviewParts) -> tuple[ApprovalLine, ...]:
    return tuple(
        ApprovalLine(
            who=clean(parts.works.name(one.approver), 60),
            said=words(one.answer),
            at=local_time(one.at, parts.zone).partition(" (")[0],
            round=one.round,
            comment=clean(one.comment, 600),
            exception=clean(one.exception, 300),
            is_current=one.round == entry.round,
        )
        for one in reversed(entry.approvals)
    )


def _waits_for(entry: RegisterEntry, parts: ReviewParts) -> tuple[str, ...]:
    """The named approvers who have said nothing in this round."""
    said = {one.approver for one in entry.answers}
    return tuple(clean(parts.works.name(one), 60) for one in entry.approvers if one not in said)


def _signed(entry: RegisterEntry, parts: ReviewParts) -> tuple[str, ...]:
    named = (("Waiver", entry.waiver), ("Verification", entry.signature))
    return tuple(
        f"{what} signed by {clean(parts.works.name(one.signed_by), 60)}, "
        f"{local_day(one.at, parts.zone)}: {clean(one.reason, 400)}"
        for what, one in named
        if one is not None
    )
