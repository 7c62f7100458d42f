"""Where the head of every page leads, beside the candidates."""

from typing import NamedTuple


class Place(NamedTuple):
    """A page in the head; `key` is what a template sets `here` to."""

    key: str
    address: str
    title: str


PLACES = (
    Place("register", "/register", "Register"),
    Place("meeting", "/meeting", "Meeting"),
    Place("packs", "/packs", "Packs"),
    Place("conflicts", "/conflicts", "Conflicts"),
    Place("pairs", "/pairs", "Pairs"),
    Place("quality", "/quality", "Data quality"),
    Place("runs", "/runs", "Runs"),
    Place("waiting", "/waiting", "Waiting for you"),
)
