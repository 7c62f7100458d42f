"""The register as a board: a column per state, and on each card where it may go next."""

from dataclasses import dataclass

from itsm.register import RegisterState
from itsm.register_rules import Act
from reports.lookup import words
from review_app.identity.actors import Actor
from review_app.listing import Columns, Listing
from review_app.parts import ReviewParts
from review_app.register.moves import MoveOption, possible
from review_app.register.reading import Placed, reading
from review_app.views.register import EntryLine, chosen, entry_line, hidden_words
from store.unit_of_work import Store

COLUMNS = Columns(path="/register/board", names=("rank",))
FILTERS = ("q", "service", "owner")
PER_COLUMN = 8
"""So many cards of a state are shown; the table shows all."""
SHOWN = tuple(state for state in RegisterState if state not in {"closed", "canceled"})
"""The states of a board; what has ended is in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardColumn:
    """The entries in one state; `more` are those that are not shown."""

    state: str
    title: str
    n: int
    lines: tuple[EntryLine, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """The register as a board."""

    asked: Listing
    columns: tuple[BoardColumn, ...]
    n_ended: int
    hidden: str


def board_view(parts: ReviewParts, store: Store, who: Actor, act: Act, asked: Listing) -> BoardView:
    """What the board shows to a reader; each card with the moves its rules allow them."""
    with store.look() as uow:
        read = reading(parts, uow.register, who.sight)
    found = chosen(read, asked)
    return BoardView(
        asked=asked,
        columns=tuple(_column(parts, found, state, act) for state in SHOWN),
        n_ended=sum(not one.entry.is_open for one in read.placed),
        hidden=hidden_words(read),
    )


def _column(parts: ReviewParts, found: list[Placed], state: RegisterState, act: Act) -> BoardColumn:
    here = [one for one in found if one.entry.state is state]
    shown = here[:PER_COLUMN]
    return BoardColumn(
        state=state.value,
        title=words(state),
        n=len(here),
        lines=tuple(entry_line(one, parts, moves=_open_moves(one, act)) for one in shown),
        more=len(here) - len(shown),
    )


def _open_moves(one: Placed, act: Act) -> tuple[MoveOption, ...]:
    """Where the reader may bring an entry."""
    return tuple(move for move in possible(one.entry, act).moves if not move.refused)
