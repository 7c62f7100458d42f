"""Filling in an action: the form with what it does to the candidates at hand, before it is done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from itsm.decisions import Action, IncidentRef
from itsm.errors import NotThereError
from review_app.acting import Acting
from review_app.board import Board
from review_app.parts import ReviewParts
from review_app.queue import Entry
from review_app.suggesting import suggested
from review_app.views.act import (
    KINDS,
    OTHER_LABELS,
    WHAT_HAPPENS,
    ActView,
    OnLine,
    SplitView,
    back_address,
    changed_since,
    on_line,
    split_view,
    title_of,
    together,
)
from review_app.views.around import Item, alike
from review_app.views.drafting import DraftView, draft_view, writes_words
from review_app.visit import Visit
from review_app.wishes import Form, Wish

FIELDS = ("reason", "kind", "until", "until_new", "statement", "grouping", "other", "home", "stays")
"""The fields whose values a form keeps when it comes back."""
_MERGING = frozenset({Action.MERGE, Action.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Filling:
    """What forms are filled in with."""

    parts: ReviewParts
    acting: Acting


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a form comes back: what is wrong by field, or what was decided since `seen`."""

    wrong: Mapping[str, str] = field(default_factory=dict)
    seen: int | None = None


FINE = Trouble()


def act_view(
    filling: Filling,
    visit: Visit,
    action: Action,
    form: Form,
    trouble: Trouble = FINE,
    wish: Wish | None = None,
) -> ActView | None:
    """The form of an action on some candidates; None where somebody sees one of them not."""
    parts = filling.parts
    board = parts.boards.of(visit.actor, "")
    ids = form.all("on")
    entries = [entry for name in ids if (entry := board.entry(name)) is not None]
    if board.run is None or not entries or len(entries) < len(ids):
        return None
    withheld = _withheld(parts, visit, board.run.run_id, ids)
    then = form.one("then") or "queue"
    return ActView(
        action=action.value,
        title=title_of(action, len(entries)),
        happens=WHAT_HAPPENS[action],
        on=tuple(_on(parts, board, entry, visit, withheld) for entry in entries),
        back=back_address(visit.asked, ids, then),
        from_query=visit.asked.query,
        then=then,
        run_id=board.run.run_id,
        seen=board.seen,
        values=_values(action, entries, form, withheld),
        wrong=trouble.wrong,
        changed=changed_since(parts, board, ids, trouble.seen),
        kinds=KINDS if action is Action.REJECT else (),
        other_label=OTHER_LABELS.get(action, ""),
        others=_others(parts, board, entries, visit) if action in _MERGING else (),
        choices=_choices(parts, visit, action),
        together=_together(parts, board, action, entries, form),
        split=_split(parts, board, entries, form) if action is Action.SPLIT else None,
        draft=_draft(filling, visit, entries, wish) if action is Action.ACCEPT else None,
        refs=form.all("ref") if action in {Action.PIN, Action.REMOVE} else (),
        writes=_writes(filling, action, entries),
    )


def _on(
    parts: ReviewParts, board: Board, entry: Entry, visit: Visit, withheld: Collection[str]
) -> OnLine:
    is_hidden = entry.candidate.candidate_id in withheld
    return on_line(parts, board, entry, visit, hidden=is_hidden)


def _withheld(parts: ReviewParts, visit: Visit, run_id: str, ids: Sequence[str]) -> frozenset[str]:
    """The candidates whose texts may quote what somebody is not shown."""
    if visit.actor.sight.restricted:
        return frozenset()
    return parts.reviewing.restricted(run_id, ids)


def _values(
    action: Action, entries: Sequence[Entry], form: Form, withheld: Collection[str]
) -> Mapping[str, str]:
    """What stands in the fields: what was typed, else what suits; no name that is withheld."""
    one = entries[0].candidate
    typed = {name: form.text(name) for name in FIELDS}
    if action is Action.LINK and not typed["other"]:
        typed["other"] = suggested(entries[0].candidate, entries[0].n_members).other
    if action is Action.SNOOZE and not (typed["until"] or typed["until_new"]):
        typed["until_new"] = "5"
    if action is Action.RENAME and not typed["statement"] and one.candidate_id not in withheld:
        typed["statement"] = one.statement
    return typed


def _choices(parts: ReviewParts, visit: Visit, action: Action) -> tuple[str, ...]:
    """What is offered for the other field, beside what can be typed."""
    if action not in {Action.ASSIGN, Action.OPEN_KNOWLEDGE_TASK}:
        return ()
    return tuple(sorted({visit.actor.name, *parts.works.people}))


def _others(
    parts: ReviewParts, board: Board, entries: Sequence[Entry], visit: Visit
) -> tuple[Item, ...]:
    """The candidates that resemble it, to choose from."""
    here = {entry.candidate.candidate_id for entry in entries}
    found = alike(parts, board, entries[0], visit.actor.sight)
    return tuple(item for item in found if item.record not in here)


def _together(
    parts: ReviewParts, board: Board, action: Action, entries: Sequence[Entry], form: Form
) -> str:
    """What a merge comes to, once it is said of what."""
    if action not in _MERGING:
        return ""
    named = [board.entry(name) for name in form.all("other")]
    both = [*entries, *(one for one in named if one is not None and one not in entries)]
    return together(both, parts.cost) if len(both) > 1 else ""


def _split(parts: ReviewParts, board: Board, entries: Sequence[Entry], form: Form) -> SplitView:
    assert board.run is not None, "a candidate has a run"
    facts = parts.reviewing.facts(board.run.run_id, entries[0].candidate.candidate_id)
    return split_view(facts, form.one("by"), form.all("apart"), form.all("ref"))


def _draft(
    filling: Filling, visit: Visit, entries: Sequence[Entry], wish: Wish | None
) -> DraftView:
    """The record an acceptance writes, as it was typed where the form comes back."""
    parts, name = filling.parts, entries[0].candidate.candidate_id
    desk = parts.desk
    assert desk is not None, "there is no form without a desk"
    drafted = filling.acting.drafted(name, wish)
    hidden = _hidden(parts, visit, name)
    entry_of = parts.reviewing.entries_of(name, (f"CSI-{name}",))
    typed = wish.fields if wish else None
    if typed is None and _quotes_hidden(parts, visit, name):
        typed = without_quotes(drafted.draft.fields, name)
    return draft_view(parts, desk, drafted, hidden, typed, has_entry=bool(entry_of))


def without_quotes(fields: Mapping[str, str], candidate_id: str) -> Mapping[str, str]:
    """What is proposed for a record to somebody who may not see all it would quote."""
    named = f"Repeat incidents, candidate {candidate_id}"
    return {**fields, "title": named, "description": f"{named} of the CSI pipeline."}


def _quotes_hidden(parts: ReviewParts, visit: Visit, candidate_id: str) -> bool:
    """Whether what would be proposed for the record may quote what somebody is not shown."""
    run = parts.boards.of(visit.actor, "").run
    if run is None or visit.actor.sight.restricted:
        return False
    return bool(parts.reviewing.restricted(run.run_id, [candidate_id]))


def _hidden(parts: ReviewParts, visit: Visit, candidate_id: str) -> tuple[IncidentRef, ...]:
    """The members that somebody is not shown."""
    run = parts.boards.of(visit.actor, "").run
    assert run is not None, "a candidate has a run"
    sight = visit.actor.sight
    return tuple(
        IncidentRef(source=source, number=number)
        for source, number, service, restricted in parts.reviewing.sights(run.run_id, candidate_id)
        if sight.hides(service=service, restricted=restricted)
    )


def _writes(filling: Filling, action: Action, entries: Sequence[Entry]) -> str:
    """How many writes a link may cause: as many as an acceptance, without the record."""
    desk = filling.parts.desk
    if action is not Action.LINK or desk is None:
        return ""
    try:
        drafted = filling.acting.drafted(entries[0].candidate.candidate_id)
    except NotThereError:
        return ""
    return writes_words([one for one in drafted.intents if one.needs], desk)
