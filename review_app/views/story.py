"""What people have decided on a candidate, and what became of what that caused."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsm.decisions import Action, ReviewDecision
from itsm.pushing import IntentState, PushKind
from reports.lookup import words
from reports.numbers import day, local_time, number
from reports.text import clean
from reports.words import plural
from review_app.addresses import safe_address
from review_app.board import Board
from review_app.parts import ReviewParts
from review_app.views.done import past_words
from store.outbox_rows import Fate

GROUPING = frozenset(
    {Action.MERGE, Action.DUPLICATE, Action.SPLIT, Action.PIN, Action.REMOVE, Action.RENAME}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLine:
    """What a decision caused to be written to a tool, and where that stands."""

    text: str
    state: str
    said: str
    number: str
    link: str | None
    is_conflict: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """A decision with what it caused."""

    decision_id: str
    what: str
    detail: str
    who: str
    when: str
    reason: str
    pushes: tuple[PushLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The decisions on a candidate, the newest first, and the register entries that came of it."""

    lines: tuple[StoryLine, ...]
    entries: tuple[str, ...]


def story_of(parts: ReviewParts, board: Board, candidate_id: str) -> Story:
    """What was decided on a candidate and not taken back."""
    history = board.now(candidate_id).history
    fates = parts.reviewing.fates(candidate_id) if history else ()
    return Story(
        lines=tuple(
            _line(parts, one, [f for f in fates if f.intent.decision_id == one.decision_id])
            for _, one in reversed(history)
        ),
        entries=parts.reviewing.entries_of(candidate_id, (f"CSI-{candidate_id}",)),
    )


def _line(parts: ReviewParts, one: ReviewDecision, fates: Sequence[Fate]) -> StoryLine:
    return StoryLine(
        decision_id=one.decision_id,
        what=past_words(one.action),
        detail=_detail(one),
        who=clean(one.actor, 60),
        when=local_time(one.at, parts.zone),
        reason=clean(one.reason, 2_000),
        pushes=_pushes(fates),
    )


def _detail(one: ReviewDecision) -> str:
    """What the action was about, beside its reason."""
    said = []
    if one.other and one.action is not Action.COMMENT:
        said.append(clean(one.other, 80))
    if one.rejected_as:
        said.append(words(one.rejected_as))
    if one.until:
        said.append(f"until {day(one.until)}")
    if one.until_new:
        said.append(f"until {plural(one.until_new, 'new incident')}")
    if one.statement:
        said.append(clean(one.statement, 200))
    if one.action in GROUPING:
        said.append("holds from the next mining on")
    return ", ".join(said)


def _pushes(fates: Sequence[Fate]) -> tuple[PushLine, ...]:
    """Each write to a problem by itself; links and notes counted by where they stand."""
    lines = [_push(fate) for fate in fates if _is_alone(fate)]
    rest: dict[tuple[str, IntentState], list[Fate]] = {}
    for fate in fates:
        if not _is_alone(fate):
            name = f"{words(fate.intent.action)} in {clean(fate.intent.source, 60)}"
            rest.setdefault((name, fate.state), []).append(fate)
    lines += [
        PushLine(
            text=f"{number(len(some))} × {name}",
            state=words(state),
            said=clean(some[0].said, 200),
            number="",
            link=None,
            is_conflict=state is IntentState.CONFLICT,
        )
        for (name, state), some in rest.items()
    ]
    return tuple(lines)


def _is_alone(fate: Fate) -> bool:
    return fate.intent.kind is PushKind.PROBLEM


def _push(fate: Fate) -> PushLine:
    intent = fate.intent
    return PushLine(
        text=f"{words(intent.action)} {words(intent.kind)} in {clean(intent.source, 60)}",
        state=words(fate.state),
        said=clean(fate.said, 200),
        number=clean(fate.number, 60),
        link=safe_address(fate.link),
        is_conflict=fate.state is IntentState.CONFLICT,
    )
