"""Which columns, statuses and numbers of a GLPI stand for what is written; pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from connectors.core.mapping.html_writing import html_of_text, kept_line, kept_text
from connectors.glpi.texts import html_of, text_of
from itsm.pushing import STATE, PushKind
from itsm.register import RegisterState
from itsm.states import ProblemState

_P, _R = ProblemState, RegisterState
ITEMTYPES: Mapping[PushKind, str] = MappingProxyType(
    {
        PushKind.INCIDENT: "Ticket",
        PushKind.PROBLEM: "Problem",
        PushKind.REGISTER_ENTRY: "Project",
    }
)
COLUMNS: Mapping[PushKind, Mapping[str, str]] = {
    PushKind.INCIDENT: {},
    PushKind.PROBLEM: {
        "title": "name",
        "description": "content",
        "root_cause": "causecontent",
    },
    PushKind.REGISTER_ENTRY: {"title": "name", "description": "content"},
}
OPTIONS = {1: "title", 21: "description", 62: "root_cause", 12: STATE}
"""The fields by the numbers that the historical tells them by."""
STATUSES: Mapping[str, int] = {
    _P.NEW: 1,
    _P.ASSESS: 7,
    _P.ROOT_CAUSE_ANALYSIS: 2,
    _P.FIX_IN_PROGRESS: 8,
    _P.RESOLVED: 5,
    _P.CLOSED: 6,
    _P.CANCELED: 6,
}
PROJECT_STATES: Mapping[str, str] = {
    _R.NEW: "New",
    _R.IN_PROGRESS: "Processing",
    _R.CLOSED: "Closed",
    _R.CANCELED: "Closed",
}
CLOSED, CANCELED = "closed", "canceled"
LONGEST_TITLE, LONGEST_TEXT = 250, 60_000
MARK = re.compile(r"\n?\[(csi[^\]\s]*)( canceled)?\]\s*\Z")
NUMBERED = re.compile(r"\((\d+)\)\s*\Z")
"""How the historical ends what it tells of a record that is chosen from a list."""
SHOWN = {"get_hateoas": "false", "expand_dropdowns": "false"}


def field_of(name: str, value: object) -> str:
    """A column as people read it, without the key."""
    if name == "title":
        return text_of(value).strip()
    text = html_of(value)
    return MARK.sub("", text).strip() if name == "description" else text


def state_of(status: str) -> str:
    """What a status means; itself where it means nothing."""
    return next((str(state) for state, one in STATUSES.items() if str(one) == status), status)


def root_of(url: str) -> str:
    """The address that people use."""
    return url.removesuffix("/apirest.php").removesuffix("/api.php/v1")


def held(values: Mapping[str, str]) -> Mapping[str, str]:
    """Names in one line, other texts with plain line ends, both cut."""
    return {
        name: kept_line(text_of(one), LONGEST_TITLE)
        if name == "title"
        else kept_text(text_of(one), LONGEST_TEXT)
        for name, one in values.items()
    }


def told_of(name: str, value: object) -> str:
    """A value of the historical as a record shows it, as far as it was not cut."""
    if name == STATE:
        return state_of(str(value))
    return MARK.sub("", html_of(value)) if name != "title" else text_of(value).strip()


def cells_of(kind: PushKind, values: Mapping[str, str]) -> dict[str, str]:
    """Values as they are written, by column."""
    columns = COLUMNS[kind]
    return {
        columns[name]: one if name == "title" else html_of_text(one) for name, one in values.items()
    }
