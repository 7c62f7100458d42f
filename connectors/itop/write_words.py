"""In which words iTop is written to: attributes, states and the stimuli that lead to them."""

from collections.abc import Mapping
from html import escape

from itsm.pushing import PROBLEM, PushKind

K = PushKind
CANCELED = " canceled"
"""What the key of a problem ends with that was taken back: iTop's problems know no such state."""
FIELDS: Mapping[PushKind, Mapping[str, str]] = {
    K.PROBLEM: {"title": "title", "description": "description", "impact": "impact",
                "urgency": "urgency", "service": "service_name", "team": "team_name"},
    K.INCIDENT: {PROBLEM: "parent_problem_ref"},
}  # fmt: skip
REFERENCES: Mapping[str, tuple[str, str]] = {
    "service_name": ("service_id", "SELECT Service WHERE name = '{}'"),
    "team_name": ("team_id", "SELECT Team WHERE name = '{}'"),
    "parent_problem_ref": ("parent_problem_id", "SELECT Problem WHERE ref = '{}'"),
}
STATES: Mapping[str, str] = {
    "new": "new", "assigned": "root_cause_analysis", "resolved": "resolved", "closed": "closed",
}  # fmt: skip
WAY = ("new", "assigned", "resolved", "closed")
STIMULI = {"assigned": "ev_assign", "resolved": "ev_resolve", "closed": "ev_close"}
TITLE, LONGEST = 255, 60_000


def code_of(state: str) -> str:
    """ITop's code of a state; the state itself where it has none."""
    return next((code for code, one in STATES.items() if one == state), state)


def html_of(text: str) -> str:
    """Plain text as HTML, a line as a line."""
    return f"<p>{escape(text, quote=False)}</p>".replace("\n", "<br>")


def quoted(text: str) -> str:
    """A value within quotes in OQL."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
