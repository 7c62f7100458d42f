"""What stands above the queue: its parts, saved views, and how far the session has come."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.numbers import number
from reports.text import clean
from reports.words import plural
from review_app.asked import Asked
from review_app.board import Board
from store.saved_views import SavedView

SHOW_TITLES = {
    "week": "This week's session",
    "open": "All open",
    "mine": "My queue",
    "decided": "Decided",
    "all": "All",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A part of the queue, or a saved view, with its address."""

    title: str
    address: str
    n: str = ""
    is_here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """How far the week's session has come; `share` of it is done."""

    text: str
    below: str
    below_address: str
    share: float
    is_done: bool


def tabs(board: Board, asked: Asked) -> tuple[Tab, ...]:
    """The parts of the queue; an earlier week has no session."""
    if board.run is None:
        return ()
    here, usual = board.show_of(asked), board.show_of(Asked())
    return tuple(
        Tab(
            title=title,
            address=asked.without_filters().showing("" if name == usual else name).address,
            n=number(len(board.shows[name])),
            is_here=name == here,
        )
        for name, title in SHOW_TITLES.items()
        if name != "week" or board.is_newest
    )


def saved_tabs(views: Sequence[SavedView], asked: Asked) -> tuple[Tab, ...]:
    """Saved views; each is the query it was saved with, for the newest week."""
    plain = asked.on_page(1)
    return tuple(
        Tab(
            title=clean(view.name, 60),
            address=f"/?{view.query}" if view.query else "/",
            is_here=view.query == plain.query,
        )
        for view in views
    )


def session_view(board: Board, asked: Asked) -> SessionView | None:
    """The session in a sentence, and what is below its line."""
    session = board.session
    if not session.n:
        return None
    minutes = number(session.minutes_left)
    text = f"{number(session.n_done)} of {number(session.n)} decided"
    text += "" if session.is_done else f", about {minutes} minutes left"
    below = (
        f"Below the line: {plural(session.n_below, 'candidate')} with "
        f"{number(session.hours_below)} avoidable hours in 90 days."
        if session.n_below
        else "Nothing is left below the line."
    )
    return SessionView(
        text=text,
        below=below,
        below_address=asked.without_filters().showing("open").address,
        share=session.n_done / session.n,
        is_done=session.is_done,
    )
