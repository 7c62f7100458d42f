"""Which fields, statuses and numbers of a Freshservice stand for what is written; pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from connectors.core.mapping.html_text import plain_of
from connectors.core.mapping.html_writing import html_of_text, kept_line, kept_text
from itsm.errors import MappingError
from itsm.pushing import PushKind
from itsm.states import ProblemState

_P = ProblemState
FIELDS = ("title", "description", "impact", "priority", "root_cause", "team")
"""The fields of a problem that can be written."""
STATUSES: Mapping[str, int] = MappingProxyType(
    {_P.NEW.value: 1, _P.FIX_IN_PROGRESS.value: 2, _P.CLOSED.value: 3, _P.CANCELED.value: 3}
)
"""What is taken back is closed, and says so beside its key: there is no other end."""
CANCELED = " canceled"
"""What stands behind the key of a problem that was taken back."""
_SHOWN_STATES = {1: _P.NEW.value, 2: _P.FIX_IN_PROGRESS.value, 3: _P.CLOSED.value}
ENDED_TICKET = 5
"""The status of a closed ticket."""
_LEVELS = {"1": 3, "2": 2, "3": 1}
_PRIORITIES = {"1": 4, "2": 3, "3": 2, "4": 1}
NUMBERS: Mapping[str, frozenset[int]] = MappingProxyType(
    {
        "status": frozenset(STATUSES.values()),
        "impact": frozenset(_LEVELS.values()),
        "priority": frozenset(_PRIORITIES.values()),
    }
)
"""The numbers that choices of a problem are given."""
_LONGEST_TITLE, LONGEST_TEXT = 250, 30_000
_CAUSE = "problem_cause"


def held(values: Mapping[str, str]) -> dict[str, str]:
    """Titles in one line, other texts with plain line ends, both cut."""
    return {
        name: kept_line(text, _LONGEST_TITLE) if name == "title" else kept_text(text, LONGEST_TEXT)
        for name, text in values.items()
    }


def body_of(
    source: str, values: Mapping[str, str], team_id: Mapping[str, str]
) -> dict[str, object]:
    """Fields of a problem as the API takes them.

    Args:
        source: of the account.
        values: texts by our names.
        team_id: the numbers of teams by their names.

    Raises:
        MappingError: the account has no such word.
    """
    body: dict[str, object] = {}
    for name, text in values.items():
        if name == "title":
            body["subject"] = text
        elif name == "description":
            body["description"] = html_of_text(text)
        elif name == "root_cause":
            body["analysis_fields"] = {_CAUSE: {"description": html_of_text(text)}}
        elif name == "impact":
            body["impact"] = _number(source, name, text, _LEVELS)
        elif name == "priority":
            body["priority"] = _number(source, name, text, _PRIORITIES)
        elif name == "team":
            body["group_id"] = _team(source, text, team_id)
        else:
            raise MappingError(source, name, f"a problem has no {name}", "leave it out")
    return body


def shown(row: Mapping[str, Any], team: str) -> dict[str, str]:
    """The fields of a problem in our words, as `held` keeps them; its group is called `team`."""
    cause = (row.get("analysis_fields") or {}).get(_CAUSE) or {}
    return held(
        {
            "title": str(row.get("subject") or ""),
            "description": plain_of(str(row.get("description") or "")),
            "impact": _word(row.get("impact"), _LEVELS),
            "priority": _word(row.get("priority"), _PRIORITIES),
            "root_cause": plain_of(str(cause.get("description") or "")),
            "team": team,
        }
    )


def state_of(row: Mapping[str, Any], kind: PushKind, key: str) -> str:
    """The state of a problem in our words, or whether a ticket is closed.

    Args:
        row: as the API gives it.
        kind: what it is.
        key: what its field for our key holds; of what was canceled it ends in CANCELED.
    """
    status = row.get("status")
    if key.endswith(CANCELED) and status == STATUSES[_P.CLOSED.value]:
        return _P.CANCELED.value
    if kind is PushKind.INCIDENT:
        return _P.CLOSED.value if status == ENDED_TICKET else ""
    return _SHOWN_STATES.get(status, str(status)) if isinstance(status, int) else str(status or "")


def _number(source: str, name: str, text: str, known: Mapping[str, int]) -> int:
    if text not in known:
        told = f"there are {', '.join(known)}"
        raise MappingError(source, name, f"there is no {name} {text!r}", told)
    return known[text]


def _word(value: object, known: Mapping[str, int]) -> str:
    return next((word for word, number in known.items() if number == value), "")


def _team(source: str, name: str, team_id: Mapping[str, str]) -> int | None:
    if not name:
        return None
    if name not in team_id:
        raise MappingError(source, "team", f"there is no group {name!r}", "name a group of theirs")
    return int(team_id[name])
