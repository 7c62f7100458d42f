"""Into which forms, fields and labels is written, a company's own over the usual ones; pure."""

from collections.abc import Mapping
from types import MappingProxyType

from connectors.bmc_helix.config import BmcHelixConfig
from connectors.core.write_words import WriteWords
from itsm.pushing import PushKind
from itsm.register import RegisterState
from itsm.states import ProblemState

_P = ProblemState
INCIDENTS, PROBLEMS = "HPD:Help Desk", "PBM:Problem Investigation"
CREATES, CHANGES = "PBM:ProblemInterface_Create", "PBM:ProblemInterface"
LOGS: Mapping[PushKind, tuple[str, str]] = MappingProxyType(
    {
        PushKind.INCIDENT: ("HPD:WorkLog", "Incident Number"),
        PushKind.PROBLEM: ("PBM:Investigation WorkLog", "Problem Investigation ID"),
    }
)
"""The work log of a kind, and its field with the number of the record."""
_AUDITS: Mapping[PushKind, str] = MappingProxyType(
    {
        PushKind.INCIDENT: "HPD:HelpDesk_AuditLogSystem",
        PushKind.PROBLEM: "PBM:Investigation_AuditLogSystem",
    }
)
_STATES = {
    _P.NEW.value: "Draft",
    _P.ASSESS.value: "Under Review",
    _P.ROOT_CAUSE_ANALYSIS.value: "Under Investigation",
    _P.FIX_IN_PROGRESS.value: "Pending",
    _P.RESOLVED.value: "Completed",
    _P.CLOSED.value: "Closed",
    _P.CANCELED.value: "Cancelled",
}
_IMPACTS = {"1": "1-Extensive/Widespread", "2": "2-Significant/Large", "3": "3-Moderate/Limited",
            "4": "4-Minor/Localized"}  # fmt: skip
_URGENCIES = {"1": "1-Critical", "2": "2-High", "3": "3-Medium", "4": "4-Low"}
_PROBLEM = {
    "title": "Description", "description": "Detailed Decription", "impact": "Impact",
    "urgency": "Urgency", "service": "ServiceCI", "team": "Assigned Group Pblm Mgr",
    "root_cause": "Root Cause", "workaround": "Temporary Workaround",
}  # fmt: skip
_REGISTER = {
    "title": "Short Description", "description": "Description", "priority": "Priority",
    "service": "ServiceCI", "team": "Assigned Group", "coordinator": "Owner",
    "expected_benefit": "Expected Benefit", "origin_record": "Origin Record",
}  # fmt: skip
_LONGEST = {"title": 100, "root_cause": 250, "service": 250, "team": 60}


def write_words(config: BmcHelixConfig) -> dict[PushKind, WriteWords]:
    """What is written to, as the settings say."""
    own = config.push.columns
    found = {
        PushKind.INCIDENT: WriteWords(
            PushKind.INCIDENT, INCIDENTS, "Incident Number", "Status", {},
            {"closed": "Closed", "canceled": "Cancelled"},
        ),
        PushKind.PROBLEM: WriteWords(
            PushKind.PROBLEM, PROBLEMS, "Problem Investigation ID", "Investigation Status",
            {**_PROBLEM, **own.get(PushKind.PROBLEM, {})}, _STATES,
            {"impact": _IMPACTS, "urgency": _URGENCIES}, _LONGEST,
            {"Status": "state", "Assigned Group": "team"},
        ),
    }  # fmt: skip
    if config.push.register_form is not None:
        states = {one.value: one.value.replace("_", " ").title() for one in RegisterState}
        found[PushKind.REGISTER_ENTRY] = WriteWords(
            PushKind.REGISTER_ENTRY, config.push.register_form, "Register ID", "Status",
            {**_REGISTER, **own.get(PushKind.REGISTER_ENTRY, {})}, states, {}, _LONGEST,
        )  # fmt: skip
    return found


def audit_form(config: BmcHelixConfig, kind: PushKind) -> str | None:
    """The form that tells what was changed; None if there is none."""
    return config.push.register_audit if kind is PushKind.REGISTER_ENTRY else _AUDITS[kind]


def creation_values(config: BmcHelixConfig) -> dict[str, str]:
    """What the form for new problems asks for besides."""
    own = config.push
    given = {
        "z1D_Action": "PROBLEM",
        "Status": "Draft",
        "Investigation Driver": "High Impact Incident",
        "Company": own.company,
        "First Name": own.first_name,
        "Last Name": own.last_name,
        "Support Company Pblm Mgr": own.company,
        "Support Organization Pblm Mgr": own.support_organization,
    }
    return {name: value for name, value in given.items() if value}
