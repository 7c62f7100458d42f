"""Demand in one order: a score by versioned weights, what lifts an entry, why it stands where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from itsm.register import DEMAND_VALUES, RegisterEntry, RegisterState


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each of the four values counts.

    The score is the weighted sum of impact, urgency and risk, divided by the effort to the power of
    its weight; with all weights 1 it is (impact + urgency + risk) / effort.

    Source:
        docs/measures.md and docs/register.md, "Demand".
    """

    version: str = "default"
    impact: float = 1.0
    urgency: float = 1.0
    risk: float = 1.0
    effort: float = 1.0

    def __str__(self) -> str:
        values = ", ".join(f"{name} {getattr(self, name):g}" for name in DEMAND_VALUES)
        return f"weights {self.version} ({values})"


def score_of(entry: RegisterEntry, weights: Weights) -> float | None:
    """The score of an entry; None while one of the four values is not known."""
    impact, urgency, risk, effort = (getattr(entry, name) for name in DEMAND_VALUES)
    if None in (impact, urgency, risk, effort):
        return None
    gain = weights.impact * impact + weights.urgency * urgency + weights.risk * risk
    return float(gain / effort**weights.effort)


def scored(entry: RegisterEntry, weights: Weights) -> RegisterEntry:
    """An entry with its score by these weights."""
    score = score_of(entry, weights)
    if score is not None:
        score = round(score, 6)
    return replace(entry, scored=score, weights_version=weights.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An entry in its place, from 1, with the reason in one line."""

    entry: RegisterEntry
    place: int
    why: str


def is_ranked(entry: RegisterEntry) -> bool:
    """Whether an entry competes for a place: it is open, and not about to be closed."""
    return entry.is_open and entry.state is not RegisterState.REVIEW


def rank(entries: Sequence[RegisterEntry]) -> tuple[Ranked, ...]:
    """The open entries in order: what is lifted first, then by score, gaps last.

    Entries with one score stand in the order they were raised.
    """
    chosen = sorted(filter(is_ranked, entries), key=_order)
    return tuple(Ranked(entry=one, place=n, why=why(one)) for n, one in enumerate(chosen, 1))


def _order(entry: RegisterEntry) -> tuple[bool, bool, float, datetime, str]:
    score = entry.score
    return (not _lifts(entry), score is None, -(score or 0.0), entry.raised_at, entry.number)


def _lifts(entry: RegisterEntry) -> tuple[str, ...]:
    """What lifts an entry to the top, whatever its score."""
    lifts = {"regulatory": entry.is_regulatory, "blocks a critical process": entry.blocks_critical}
    return tuple(name for name, holds in lifts.items() if holds)


def why(entry: RegisterEntry) -> str:
    """Why an entry stands where it does, in one line."""
    lifted = f"lifted to the top: {' and '.join(_lifts(entry))}; " if _lifts(entry) else ""
    not_yet = f"; not yet: {entry.not_yet_reason}" if entry.not_yet_reason else ""
    if (score := entry.score) is None:
        gaps = ", ".join(entry.gaps) or "a score by the present weights"
        return f"{lifted}no score, not known: {gaps}{not_yet}"
    values = ", ".join(f"{name} {getattr(entry, name)}" for name in DEMAND_VALUES)
    by = f"weights {entry.weights_version}" if entry.weights_version else "plain weights"
    return f"{lifted}score {score:.2f} from {values} ({by}){not_yet}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How an entry moved between two rankings, and why; a place of None: it had or has none."""

    number: str
    title: str
    before: int | None
    after: int | None
    why: str


def reranked(
    before: Sequence[RegisterEntry], after: Sequence[RegisterEntry], weights: tuple[str, str]
) -> tuple[Move, ...]:
    """Every entry that has or had a place, with why it moved or did not.

    Args:
        before: the register as it was.
        after: the register as it is.
        weights: the weights of then and of now, as text.
    """
    was, now = ({one.entry.number: one for one in rank(some)} for some in (before, after))
    left = {one.number: one for one in after}
    new = left.keys() - {one.number for one in before}
    moves = [
        _move(was.get(number), now.get(number), left.get(number), weights)
        for number in was.keys() | now.keys()
    ]
    moves = [replace(one, why="new") if one.number in new else one for one in moves]
    passed = {one.number for one in moves if one.why}
    told = [_told(one, was, now, passed) for one in moves]
    return tuple(sorted(told, key=lambda one: (one.after is None, one.after or 0, one.number)))


def _move(
    was: Ranked | None, now: Ranked | None, entry: RegisterEntry | None, weights: tuple[str, str]
) -> Move:
    shown = now or was
    assert shown is not None, "an entry without any place is not compared"
    return Move(
        number=shown.entry.number,
        title=shown.entry.title,
        before=was.place if was else None,
        after=now.place if now else None,
        why="; ".join(_reasons(was, now, entry, weights)),
    )


_RANKS_BY = (*DEMAND_VALUES, "is_regulatory", "blocks_critical")


def _reasons(
    was: Ranked | None, now: Ranked | None, entry: RegisterEntry | None, weights: tuple[str, str]
) -> list[str]:
    """What changed on the entry itself, and the weights where they changed its score."""
    if was is None:
        return ["takes part again"]
    if now is None:
        return [f"it is {entry.state} now" if entry else "it is gone"]
    changed = [
        f"{name} {_shown(getattr(was.entry, name))} -> {_shown(getattr(now.entry, name))}"
        for name in _RANKS_BY
        if getattr(was.entry, name) != getattr(now.entry, name)
    ]
    if (
        was.entry.weights_version != now.entry.weights_version
        and was.entry.score != now.entry.score
    ):
        changed.append(f"{weights[0]} -> {weights[1]}")
    return changed


def _told(
    move: Move, was: Mapping[str, Ranked], now: Mapping[str, Ranked], passed: set[str]
) -> Move:
    """A move that has no reason of its own, explained by the entries that passed it."""
    if move.why:
        return move
    before, after = was[move.number].place, now[move.number].place
    if before == after:
        return replace(move, why="unchanged")
    above = sorted(
        other for other in passed if _is_above(other, before, was) != _is_above(other, after, now)
    )
    verb = "passed by" if after > before else "moves up:"
    return replace(move, why=f"{verb} {', '.join(above)}" if above else "order of equal scores")


def _is_above(number: str, place: int, ranking: Mapping[str, Ranked]) -> bool:
    one = ranking.get(number)
    return one is not None and one.place < place


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not known" if value is None else str(value)


class NoteKind(StrEnum):
    """What is kept beside the register about demand."""

    PRIORITY = "priority"
    """What a stakeholder wants first."""
    ASSUMPTION = "assumption"
    """What a demand takes for granted and nobody has said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandNote:
    """A stakeholder's priority or an unstated assumption, with who answers for it and until when.

    `about` is an entry, a service, or "" for all. `note_id` counts up; `reviewed_on` is the last
    day somebody looked at it, with what they said in `finding`.
    """

    note_id: str
    kind: NoteKind
    text: str
    owner: str
    on: date
    review_by: date
    about: str = ""
    reviewed_on: date | None = None
    finding: str = ""

    def is_overdue(self, today: date) -> bool:
        """Whether its review is late."""
        return self.review_by < today
