"""Which issues, fields and statuses are written, with a company's own over the usual ones; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.jira.adf import is_document, plain_text
from connectors.jira.config import JiraConfig
from connectors.jira.tables import tables_of
from itsm.errors import ConfigError
from itsm.pushing import PushKind
from itsm.register import RegisterState
from itsm.states import ProblemState

_LONGEST_SUMMARY = 250
_LONGEST_TEXT = 32_000
_TYPES = {
    PushKind.INCIDENT: "[System] Incident",
    PushKind.PROBLEM: "[System] Problem",
    PushKind.REGISTER_ENTRY: "Improvement",
}
_FIELDS: Mapping[PushKind, Mapping[str, str]] = {
    PushKind.INCIDENT: {},
    PushKind.PROBLEM: {
        "title": "summary",
        "description": "description",
        "root_cause": "Root cause",
        "workaround": "Workaround",
    },
    PushKind.REGISTER_ENTRY: {"title": "summary", "description": "description"},
}
_R = RegisterState
_REGISTER_STATES: Mapping[str, str] = {
    "Open": _R.NEW,
    "New": _R.NEW,
    "To Do": _R.NEW,
    "Accepted": _R.ACCEPTED,
    "Assess": _R.ASSESS,
    "Under review": _R.ASSESS,
    "Approved": _R.APPROVED,
    "In Progress": _R.IN_PROGRESS,
    "Work in progress": _R.IN_PROGRESS,
    "On Hold": _R.ON_HOLD,
    "Pending": _R.ON_HOLD,
    "Review": _R.REVIEW,
    "Closed": _R.CLOSED,
    "Done": _R.CLOSED,
    "Canceled": _R.CANCELED,
    "Cancelled": _R.CANCELED,
}


@dataclass(frozen=True, slots=True)
class WriteIssue:
    """One kind: its project, its type, its Jira fields by ours, what its statuses mean."""

    kind: PushKind
    project: str
    type: str
    fields: Mapping[str, str]
    meanings: Mapping[str, str]

    @property
    def states(self) -> frozenset[str]:
        """The states that a status stands for."""
        return frozenset(self.meanings.values())

    def state_of(self, status: str) -> str:
        """What a status means, in whatever case it is written; itself where nobody says."""
        folded = {name.casefold(): meaning for name, meaning in self.meanings.items()}
        return folded.get(status.casefold(), status)

    def rank(self, status: str, state: str) -> int:
        """How usual a status is for a state, the company's own first."""
        names = [name.casefold() for name, one in self.meanings.items() if one == state]
        return names.index(status.casefold()) if status.casefold() in names else len(names)


def write_issues(config: JiraConfig) -> Mapping[PushKind, WriteIssue]:
    """What is written to, as the settings say.

    Raises:
        ConfigError: a state is named that there is not.
    """
    codes, push = tables_of(config).codes, config.push
    usual: dict[PushKind, Mapping[str, str]] = {
        PushKind.INCIDENT: codes.get("incident_state", {}),
        PushKind.PROBLEM: codes.get("problem_state", {}),
        PushKind.REGISTER_ENTRY: _REGISTER_STATES,
    }
    return {
        kind: WriteIssue(
            kind=kind,
            project=push.projects.get(kind, ""),
            type=push.issue_types.get(kind, _TYPES[kind]),
            fields={**_FIELDS[kind], **push.fields.get(kind, {})},
            meanings={**_own_states(kind, config), **usual[kind]},
        )
        for kind in PushKind
    }


def plain(value: object) -> str:
    """A value of a field as plain text: a document, an option, a name, or text."""
    if is_document(value) and isinstance(value, Mapping):
        return plain_text(value)
    if isinstance(value, Mapping):
        return str(value.get("value") or value.get("name") or "")
    return "" if value is None else str(value)


def said(text: str) -> str:
    """A text with plain line ends and no more than one blank line, cut to Jira's length."""
    plain_ends = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    lines = [line.rstrip() for line in plain_ends[: 2 * _LONGEST_TEXT].split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept)[:_LONGEST_TEXT].strip()


def short(text: str) -> str:
    """A summary: one line."""
    return " ".join(text.replace("\x00", "").split())[:_LONGEST_SUMMARY].strip()


def _own_states(kind: PushKind, config: JiraConfig) -> dict[str, str]:
    allowed = {
        PushKind.PROBLEM: {one.value for one in ProblemState},
        PushKind.REGISTER_ENTRY: {one.value for one in RegisterState},
    }.get(kind, set())
    own = config.push.states.get(kind, {})
    for state in own:
        if state not in allowed:
            known = ", ".join(sorted(allowed)) or "none"
            raise ConfigError(f"push.states.{kind}: no state {state!r}; choose from {known}")
    return {name: state for state, name in own.items()}
