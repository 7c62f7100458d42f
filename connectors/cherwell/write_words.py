"""Into which objects, fields and labels is written, a company's own over the usual ones; pure."""

from connectors.cherwell.config import CherwellConfig
from connectors.core.write_words import WriteWords
from itsm.pushing import PROBLEM, PushKind
from itsm.register import RegisterState
from itsm.states import ProblemState, RecordKind

_P = ProblemState
_STATES = {
    _P.NEW.value: "New",
    _P.ASSESS.value: "Assessment",
    _P.ROOT_CAUSE_ANALYSIS.value: "Investigation",
    _P.FIX_IN_PROGRESS.value: "Fix in Progress",
    _P.RESOLVED.value: "Resolved",
    _P.CLOSED.value: "Closed",
    _P.CANCELED.value: "Cancelled",
}
_PROBLEM = {
    "title": "ShortDescription", "description": "Description", "impact": "Impact",
    "urgency": "Urgency", "service": "Service", "ci": "ConfigItemDisplayName",
    "team": "OwnedByTeam", "root_cause": "RootCause", "workaround": "Workaround",
}  # fmt: skip
_REGISTER = {
    "title": "Title", "description": "Description", "priority": "Priority", "service": "Service",
    "team": "OwnedByTeam", "coordinator": "Coordinator", "expected_benefit": "ExpectedBenefit",
    "origin_record": "OriginRecord",
}  # fmt: skip
_LONGEST = {"title": 200, "service": 200, "team": 100, "ci": 200}


def write_words(config: CherwellConfig) -> dict[PushKind, WriteWords]:
    """What is written to, as the settings say."""
    own = config.push.columns
    incident = config.objects.get(RecordKind.INCIDENT, "Incident")
    problem = config.objects.get(RecordKind.PROBLEM, "Problem")
    found = {
        PushKind.INCIDENT: WriteWords(
            PushKind.INCIDENT, _first(incident), "IncidentID", "Status", {PROBLEM: "ProblemID"},
            {"closed": "Closed"}, {}, {PROBLEM: 50},
        ),
        PushKind.PROBLEM: WriteWords(
            PushKind.PROBLEM, _first(problem), "ProblemID", "Status",
            {**_PROBLEM, **own.get(PushKind.PROBLEM, {})}, _STATES, {}, _LONGEST,
        ),
    }  # fmt: skip
    if config.push.register_object is not None:
        states = {one.value: one.value.replace("_", " ").title() for one in RegisterState}
        name = config.push.register_object
        found[PushKind.REGISTER_ENTRY] = WriteWords(
            PushKind.REGISTER_ENTRY, name, f"{name}ID", "Status",
            {**_REGISTER, **own.get(PushKind.REGISTER_ENTRY, {})}, states, {}, _LONGEST,
        )  # fmt: skip
    return found


def _first(names: str | tuple[str, ...]) -> str:
    return names if isinstance(names, str) else names[0]
