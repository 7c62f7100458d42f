"""Into which tables, columns and codes is written, with a company's own over the usual ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.tables import tables_of
from itsm.errors import ConfigError
from itsm.pushed import Remote
from itsm.pushing import PROBLEM, PushKind
from itsm.register import RegisterState
from itsm.states import ProblemState, RecordKind

CANCELED = ProblemState.CANCELED.value
ENDED = frozenset({CANCELED, ProblemState.CLOSED.value})
"""States that are the end of a record."""
REFERENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "assigned_to": ("sys_user", "name"),
        "assignment_group": ("sys_user_group", "name"),
        "business_service": ("cmdb_ci_service", "name"),
        "cmdb_ci": ("cmdb_ci", "name"),
        "problem_id": ("problem", "number"),
    }
)
"""Columns that hold the id of another record: its table, and the column people know it by."""
LONGEST: Mapping[str, int] = MappingProxyType({"short_description": 160})
"""Columns that hold fewer than 4,000 characters."""
_COLUMNS: Mapping[PushKind, Mapping[str, str]] = MappingProxyType(
    {
        PushKind.INCIDENT: {PROBLEM: "problem_id"},
        PushKind.PROBLEM: {
            "title": "short_description",
            "description": "description",
            "impact": "impact",
            "urgency": "urgency",
            "service": "business_service",
            "ci": "cmdb_ci",
            "team": "assignment_group",
            "root_cause": "cause_notes",
            "workaround": "workaround",
        },
        PushKind.REGISTER_ENTRY: {
            "title": "short_description",
            "description": "description",
            "priority": "priority",
            "service": "business_service",
            "team": "assignment_group",
            "coordinator": "assigned_to",
            "expected_benefit": "benefit",
            "origin_record": "source_id",
        },
    }
)
_P, _R = ProblemState, RegisterState
_PROBLEM_STATES = {
    _P.NEW.value: "101",
    _P.ASSESS.value: "102",
    _P.ROOT_CAUSE_ANALYSIS.value: "103",
    _P.FIX_IN_PROGRESS.value: "104",
    _P.RESOLVED.value: "106",
    _P.CLOSED.value: "107",
}
_REGISTER_STATES = {
    state.value: str(place)
    for place, state in enumerate(
        (_R.NEW, _R.ACCEPTED, _R.ASSESS, _R.APPROVED, _R.IN_PROGRESS, _R.ON_HOLD, _R.REVIEW), 1
    )
} | {_R.CLOSED.value: "8", _R.CANCELED.value: "9"}
"""Assumed where the settings do not say: the codes of the plugin are not published."""


@dataclass(frozen=True, slots=True)
class WriteTable:
    """One kind: its table, its columns by field, the codes of its states."""

    kind: PushKind
    table: str
    columns: Mapping[str, str]
    codes: Mapping[str, str]
    meanings: Mapping[str, str]

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields by column."""
        return {column: name for name, column in self.columns.items()}

    @property
    def states(self) -> tuple[str, ...]:
        """The states a record can be moved to."""
        more = (CANCELED,) if self.kind is PushKind.PROBLEM else ()
        return (*self.codes, *(one for one in more if one not in self.codes))

    def state_of(self, code: str, resolution: str = "") -> str:
        """What a code of the state means; a canceled problem is a closed one."""
        if self.kind is PushKind.PROBLEM and resolution == CANCELED and self._is_end(code):
            return CANCELED
        return self.meanings.get(code, code)

    def _is_end(self, code: str) -> bool:
        return self.meanings.get(code) == ProblemState.CLOSED


def write_tables(config: ServiceNowConfig) -> Mapping[PushKind, WriteTable]:
    """What is written to, as the settings say.

    Raises:
        ConfigError: a state is named that there is not.
    """
    tables = tables_of(config)
    own = config.push
    found = {}
    for kind, columns in _COLUMNS.items():
        usual = {PushKind.PROBLEM: _PROBLEM_STATES, PushKind.REGISTER_ENTRY: _REGISTER_STATES}
        codes = {**usual.get(kind, {}), **_own_states(kind, config)}
        table = {
            PushKind.INCIDENT: config.tables.get(RecordKind.INCIDENT),
            PushKind.PROBLEM: config.tables.get(RecordKind.PROBLEM),
        }.get(kind)
        name = own.register_table if kind is PushKind.REGISTER_ENTRY else kind.value
        meanings = {code: state for state, code in codes.items()}
        if kind is not PushKind.REGISTER_ENTRY:
            meanings = {**tables.codes.get(f"{kind.value}_state", {}), **meanings}
        found[kind] = WriteTable(
            kind=kind,
            table=table.table if table is not None and table.table else name,
            columns={**columns, **own.columns.get(kind, {})},
            codes=codes,
            meanings=meanings,
        )
    return found


def move_values(table: WriteTable, before: Remote, state: str, text: str) -> dict[str, str]:
    """What is patched to move a record: the code, and what the state asks for."""
    if table.kind is not PushKind.PROBLEM:
        return {"state": table.codes[state]} | ({"work_notes": text} if text else {})
    if state == CANCELED and CANCELED not in table.codes:
        ended = {"state": table.codes[ProblemState.CLOSED.value], "resolution_code": CANCELED}
        return ended | {"close_notes": text or "Taken back."}
    wanted = {"state": table.codes[state]}
    if state in (ProblemState.RESOLVED, ProblemState.CLOSED):
        cause = before.fields.get("root_cause") or text
        notes = {"fix_notes": text, "cause_notes": cause}
        return wanted | {"resolution_code": "fix_applied"} | {k: v for k, v in notes.items() if v}
    return wanted | ({"work_notes": text} if text else {})


def _own_states(kind: PushKind, config: ServiceNowConfig) -> dict[str, str]:
    allowed = {
        PushKind.PROBLEM: {one.value for one in ProblemState},
        PushKind.REGISTER_ENTRY: {one.value for one in RegisterState},
    }
    own = dict(config.push.states.get(kind, {}))
    for name in own:
        if name not in allowed.get(kind, set()):
            known = ", ".join(sorted(allowed.get(kind, set()))) or "none"
            raise ConfigError(f"push.states.{kind}: no state {name!r}; choose from {known}")
    return own
