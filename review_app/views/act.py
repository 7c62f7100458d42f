"""The page on which an action is filled in, with what it does shown before it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from itsm.candidates import CostModel
from itsm.decisions import Action, RejectedAs
from reports.lookup import words
from reports.numbers import local_day, local_time, number
from reports.text import clean
from reports.words import plural
from review_app.asked import Asked
from review_app.board import Board, statement_of
from review_app.parting import Side, by_field
from review_app.parts import ReviewParts
from review_app.queue import Entry
from review_app.views.around import Item
from review_app.views.done import past_words
from review_app.views.drafting import DraftView
from review_app.views.queue_lines import anchor_of
from review_app.views.trust import FIELD_WORDS, SplitLine, split_lines
from review_app.visit import Visit
from review_app.wishes import REJECTED_WORDS, ref_text
from review_app.wording import WITHHELD
from store.reviewed import MemberFact

TITLES: Mapping[Action, str] = {
    Action.ACCEPT: "Accept: open a problem",
    Action.LINK: "Link to a problem that is there",
    Action.DUPLICATE: "It repeats another candidate",
    Action.MERGE: "Merge: they are one",
    Action.SPLIT: "Split: it is several",
    Action.PIN: "Pin incidents to it",
    Action.REMOVE: "Remove incidents from it",
    Action.REJECT: "Reject",
    Action.SNOOZE: "Snooze",
    Action.ACCEPT_RISK: "Accept the risk",
    Action.RESOLVE: "It is solved",
    Action.REOPEN: "Open it again",
    Action.RENAME: "Call it something else",
    Action.ASSIGN: "Assign",
    Action.ASK_VENDOR: "Ask the vendor",
    Action.OPEN_ENTRY: "Open a register entry",
    Action.OPEN_KNOWLEDGE_TASK: "Open a knowledge task",
    Action.COMMENT: "Comment",
}
WHAT_HAPPENS: Mapping[Action, str] = {
    Action.ACCEPT: "It leaves the queue, and the record below goes into the outbox. The next push "
    "writes it; accepting twice makes one record.",
    Action.LINK: "It leaves the queue, and its incidents are linked to the problem by the next "
    "push: those that are open, or were opened in the last 90 days.",
    Action.DUPLICATE: "The incidents of both are one candidate from the next mining on; the other "
    "one stays.",
    Action.MERGE: "Their incidents are one candidate from the next mining on; one id stays.",
    Action.SPLIT: "The parts are never one candidate again, from the next mining on; what no part "
    "names goes with what it resembles most.",
    Action.PIN: "They belong to it from the next mining on, whatever the score says.",
    Action.REMOVE: "They do not belong to it from the next mining on, whatever the score says.",
    Action.REJECT: "It leaves the queue, and comes back only with 5 new incidents and twice the "
    "avoidable hours.",
    Action.SNOOZE: "It leaves the queue until the day, or until so many new incidents have come.",
    Action.ACCEPT_RISK: "It leaves the queue and comes back on the day of its review.",
    Action.RESOLVE: "It leaves the queue; the first new incident brings it back as recurred. A "
    "problem that we created is moved to resolved by the next push.",
    Action.REOPEN: "It comes back into the queue.",
    Action.RENAME: "It is called so from now on, here and in every pack.",
    Action.ASSIGN: "It is in that person's queue, whatever service it is of.",
    Action.ASK_VENDOR: "The question is kept with the candidate; it stays in the queue.",
    Action.OPEN_ENTRY: "The register gets an entry with this evidence, once, ever; the candidate "
    "stays in the queue.",
    Action.OPEN_KNOWLEDGE_TASK: "The task is kept with the candidate; it stays in the queue.",
    Action.COMMENT: "The comment is kept with the candidate; it stays in the queue.",
}
MANY = frozenset(
    {Action.REJECT, Action.SNOOZE, Action.ASSIGN, Action.COMMENT, Action.MERGE, Action.ACCEPT_RISK}
)
"""The actions that can be done to several candidates at once."""
OTHER_LABELS: Mapping[Action, str] = {
    Action.LINK: "Problem record, as NUMBER or SOURCE/NUMBER",
    Action.DUPLICATE: "The candidate that it repeats",
    Action.ASSIGN: "Person",
    Action.ASK_VENDOR: "Vendor",
    Action.OPEN_KNOWLEDGE_TASK: "Who writes it (optional)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnLine:
    """A candidate that something is done to."""

    candidate_id: str
    statement: str
    facts: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """What becomes one candidate when another is split: how many, and some of them."""

    title: str
    n: str
    examples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitView:
    """What would part a candidate, the field that is chosen, and what would come of it."""

    ways: tuple[SplitLine, ...]
    by: str
    name: str
    values: tuple[tuple[str, str, bool], ...]
    parts: tuple[PartLine, ...]
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActView:
    """A form for an action.

    Attributes:
        action: its name, as forms send it.
        title: of the page.
        happens: what it does.
        on: the candidates it is done to.
        values: what stands in the fields.
        wrong: what is wrong with a field.
        changed: what was decided since the page was opened.
        kinds: the reasons of a rejection.
        other_label: what else it needs.
        others: what can be chosen for that.
        together: what a merge comes to.
    """

    action: str
    title: str
    happens: str
    on: tuple[OnLine, ...]
    back: str
    from_query: str
    then: str
    run_id: str
    seen: int
    values: Mapping[str, str]
    wrong: Mapping[str, str]
    changed: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    other_label: str = ""
    others: tuple[Item, ...] = ()
    choices: tuple[str, ...] = ()
    together: str = ""
    split: SplitView | None = None
    draft: DraftView | None = None
    refs: tuple[str, ...] = ()
    writes: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


KINDS = tuple((kind.value, REJECTED_WORDS[kind]) for kind in RejectedAs)


def on_line(
    parts: ReviewParts, board: Board, entry: Entry, visit: Visit, *, hidden: bool
) -> OnLine:
    """A candidate in a line."""
    item = entry.candidate
    now = board.now(item.candidate_id)
    first, last = (local_day(at, parts.zone) for at in (item.first_seen_at, item.last_seen_at))
    said = [
        plural(entry.n_members, "incident"),
        f"{number(item.avoidable_hours.value)} avoidable hours",
        f"{first} to {last}",
        clean(entry.service, 60),
    ]
    return OnLine(
        candidate_id=clean(item.candidate_id, 60),
        statement=WITHHELD if hidden else clean(statement_of(item, now), 220),
        facts=" · ".join(part for part in said if part),
        address=visit.asked.of_candidate(item.candidate_id),
    )


def together(entries: Sequence[Entry], cost: CostModel) -> str:
    """What several candidates come to as one."""
    n = sum(entry.n_members for entry in entries)
    hours = sum(entry.candidate.avoidable_hours.value for entry in entries)
    shared = frozenset.intersection(*(entry.terms for entry in entries))
    words_ = ", ".join(sorted(clean(term, 30) for term in shared)[:8]) or "no word"
    services = sorted({clean(entry.service, 60) for entry in entries if entry.service})
    return (
        f"Together: {plural(n, 'incident')}, about {number(hours)} avoidable hours in 90 days. All "
        f"of them share {words_}. Services: {', '.join(services) or 'not known'}."
    )


def split_view(
    facts: Sequence[MemberFact], by: str, apart: Sequence[str], refs: Sequence[str]
) -> SplitView:
    """What a split would make of a candidate.

    Args:
        facts: its members.
        by: the field that is chosen, "" for none.
        apart: the values that become candidates of their own; by default all but the largest.
        refs: incidents that go together, one by one.
    """
    values: list[tuple[str, str, bool]] = []
    parts: list[PartLine] = []
    n, gone = len(facts), 0
    if by in FIELD_WORDS:
        sides = by_field(facts, by)
        named = [side for side in sides if side.value]
        chosen = set(apart) or _apart_at_first(named)
        for side in named:
            values.append((side.value, number(side.n), side.value in chosen))
            if side.value in chosen:
                gone += side.n
                parts.append(_part(clean(side.value, 60), [ref_text(r) for r in side.refs]))
    if refs:
        gone += len(refs)
        parts.append(_part("the incidents that are ticked", refs))
    if parts:
        stays = PartLine(title="stays as it is", n=plural(n - gone, "incident"), examples="")
        parts = [stays, *parts]
    return SplitView(
        ways=split_lines(facts),
        by=by,
        name=FIELD_WORDS.get(by, ""),
        values=tuple(values),
        parts=tuple(parts),
        refs=tuple(refs),
    )


def _apart_at_first(named: Sequence[Side]) -> set[str]:
    """All but the largest side, and no single incident where there is anything larger."""
    large = {side.value for side in named[1:] if side.n > 1}
    return large or {side.value for side in named[1:2]}


def _part(title: str, refs: Sequence[str]) -> PartLine:
    names = [clean(ref.partition("/")[2], 40) for ref in refs[:4]]
    more = "" if len(refs) <= 4 else " …"
    return PartLine(title=title, n=plural(len(refs), "incident"), examples=", ".join(names) + more)


def changed_since(
    parts: ReviewParts, board: Board, candidate_ids: Sequence[str], seen: int | None
) -> tuple[str, ...]:
    """What was decided on some candidates since somebody looked; nothing where that is None."""
    if seen is None:
        return ()
    return tuple(
        f"{clean(one.actor, 60)}, {local_time(one.at, parts.zone)}: {past_words(one.action)} "
        f"{clean(one.candidate_id, 60)}. {clean(one.reason, 300)}"
        for name in candidate_ids
        for sequence, one in board.now(name).history
        if sequence > seen
    )


def back_address(asked: Asked, candidate_ids: Sequence[str], then: str) -> str:
    """Where a form was opened."""
    if then == "queue" or len(candidate_ids) != 1:
        return f"{asked.address}#{anchor_of(candidate_ids[0])}"
    return asked.of_candidate(candidate_ids[0])


def title_of(action: Action, n: int) -> str:
    """The heading of the form."""
    return TITLES[action] if n == 1 else f"{TITLES[action]} ({plural(n, 'candidate')})"


def reason_label(action: Action) -> str:
    """What the text of an action is called."""
    named = {
        Action.COMMENT: "Comment",
        Action.ASK_VENDOR: "Question",
        Action.OPEN_KNOWLEDGE_TASK: "What is to be written down",
        Action.ACCEPT_RISK: "Why the risk is accepted",
    }
    return named.get(action, "Reason (optional)")


def action_words(action: Action) -> str:
    """The word on the button."""
    return words(action).capitalize()
