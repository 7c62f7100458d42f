"""Parts the records of a portion in two: what is settled, and what may move yet.

A night changes what is open, and adds what is new at the end; what is closed stays as it is. So
what was found of the settled records of a portion is used again though others beside them changed.
Where the line lies says nothing about the records: wherever it is, the same is found of both sides
together. It stays where it was until much beyond it is settled, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from flows.reading import BEGINS
from itsm.states import RecordKind
from store.portions import MOVING, Portion, Row

_OVER = frozenset({"closed", "canceled"})
_MANY = 4
"""A new line is drawn as soon as it lets the fourth part of all records come to the settled."""


class Side(StrEnum):
    """Of the line: what is settled, or all there is where there is no line; and the others."""

    SETTLED = "settled"
    MOVING = "moving"


class Line(NamedTuple):
    """Between what is settled and what may move yet.

    Attributes:
        n_rows: only so many of the first records of a portion are settled.
        before: only what had begun before this moment is, in microseconds since 1970, as the others
            come to count later; and of the kinds that change for weeks only what is over, and was
            last changed before it.
    """

    n_rows: int
    before: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The records of a portion on one side of its line.

    Attributes:
        portion: with these records only.
        side: where they are.
        line: where it lies; None: this is the whole portion.
        whole: the digest of the whole portion.
        is_all: whether there is nothing on the other side.
    """

    portion: Portion
    side: Side
    line: Line | None
    whole: str
    is_all: bool


def pieces(kind: RecordKind, portion: Portion, line: Line | None) -> dict[Side, Piece]:
    """The sides of a portion that there is anything on; the whole where no line is given."""
    if line is None:
        whole = Piece(portion, Side.SETTLED, None, portion.digest(), is_all=True)
        return {Side.SETTLED: whole}
    is_settled = _settled(kind, portion, line)
    sides = {
        side: [row for row, own in zip(portion.every, is_settled, strict=True) if own is wanted]
        for side, wanted in ((Side.SETTLED, True), (Side.MOVING, False))
    }
    whole_digest, is_all = portion.digest(), not all(sides.values())
    return {
        side: Piece(_of(portion, rows), side, line, whole_digest, is_all)
        for side, rows in sides.items()
        if rows
    }


def new_line(kind: RecordKind, portion: Portion, now: int) -> Line | None:
    """Where the line of a portion comes to lie; none where less than half of it is settled."""
    line = Line(len(portion.every), now)
    return line if 2 * sum(_settled(kind, portion, line)) >= len(portion.every) > 0 else None


def is_outdated(kind: RecordKind, portion: Portion, line: Line, now: int) -> bool:
    """Whether so much of a portion is settled beyond its line that a new one is better."""
    newly = sum(_settled(kind, portion, Line(len(portion.every), now)))
    return _MANY * (newly - sum(_settled(kind, portion, line))) > len(portion.every)


def _settled(kind: RecordKind, portion: Portion, line: Line) -> Sequence[bool]:
    """Of each record, whether it is settled."""
    rows, before = portion.every[: line.n_rows], line.before
    is_settled = [True] * len(rows)
    if kind in MOVING:
        state, updated = portion.names.index("state"), portion.names.index("updated_at")
        is_settled = [
            row[state] in _OVER and row[updated] is not None and row[updated] < before
            for row in rows
        ]
    if kind in BEGINS:
        begins = portion.names.index(BEGINS[kind])
        is_settled = [
            is_over and (row[begins] is None or row[begins] < before)
            for is_over, row in zip(is_settled, rows, strict=True)
        ]
    return is_settled + [False] * (len(portion.every) - len(rows))


def _of(portion: Portion, rows: Sequence[Row]) -> Portion:
    hidden = portion.hidden
    if hidden:
        own = portion.names.index("number")
        hidden = hidden.intersection(row[own] for row in rows)
    return Portion(portion.source, portion.place, portion.names, rows, hidden)
