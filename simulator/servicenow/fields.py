"""What the columns of ServiceNow tables are: names, types, references."""

from dataclasses import dataclass
from enum import StrEnum

from simulator.exports_servicenow import FORMS
from simulator.sheets import Form


class FieldType(StrEnum):
    """Types as `sys_dictionary` calls them."""

    GUID = "GUID"
    TEXT = "string"
    NUMBER = "integer"
    FLAG = "boolean"
    TIME = "glide_date_time"
    DURATION = "glide_duration"
    REFERENCE = "reference"
    CLASS = "sys_class_name"
    JOURNAL = "journal_input"


@dataclass(frozen=True, slots=True)
class Field:
    """A column.

    Attributes:
        name: as in the table.
        type: what its raw values are.
        target: the table a reference leads to, otherwise "".
        estate: the estate's field it is filled from, otherwise "".
        form: how the estate's values are written; None for the words as they are.
        preset: the raw value where nothing fills it.
    """

    name: str
    type: FieldType = FieldType.TEXT
    target: str = ""
    estate: str = ""
    form: Form | None = None
    preset: str = ""

    @property
    def folds_case(self) -> bool:
        """Whether comparisons ignore upper and lower case."""
        return self.type in (FieldType.TEXT, FieldType.CLASS)


_TYPES = {
    FORMS["at"]: FieldType.TIME,
    FORMS["hours"]: FieldType.DURATION,
    FORMS["flag"]: FieldType.FLAG,
    FORMS["yes"]: FieldType.FLAG,
    FORMS["level"]: FieldType.NUMBER,
    FORMS["priority"]: FieldType.NUMBER,
    FORMS["risk"]: FieldType.NUMBER,
}
_NUMBERS = frozenset(
    """reopen_count reassignment_count use_count u_users u_size u_line severity record_checkpoint
    state hold_reason yearly_cost u_credit_share u_score u_nps sys_mod_count
    """.split()
)
_WORDS = frozenset({("sysapproval_approver", "state"), ("u_vendor_case", "state"),
                    ("u_review_action", "state")})  # fmt: skip
_TARGETS = {
    "sys_user": """assigned_to caller_id opened_by resolved_by closed_by requested_for approver
        owned_by u_owner author reopened_by""",
    "sys_user_group": "assignment_group support_group",
    "cmdb_ci": "cmdb_ci",
    "cmdb_ci_service": "business_service u_service",
    "core_company": "vendor company",
    "cmn_location": "location",
    "problem": "problem_id problem",
    "incident": "parent_incident u_duplicate_of incident task_number",
    "change_request": "caused_by rfc sysapproval",
    "kb_knowledge": "u_knowledge_article",
    "ast_contract": "contract",
    "sc_cat_item": "cat_item",
    "task": "task parent",
    "contract_sla": "sla",
}
_TARGET_OF = {name: table for table, names in _TARGETS.items() for name in names.split()}
_OWN_TARGETS = {
    ("core_company", "vendor"): "",
    ("cmdb_rel_ci", "parent"): "cmdb_ci",
    ("cmdb_rel_ci", "child"): "cmdb_ci",
    ("cmdb_rel_ci", "type"): "cmdb_rel_type",
    ("u_review_action", "parent"): "u_post_incident_review",
}


_PLAIN = {
    "text": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "flag": FieldType.FLAG,
    "time": FieldType.TIME,
    "duration": FieldType.DURATION,
    "class": FieldType.CLASS,
    "journal": FieldType.JOURNAL,
}


def columns_of(spec: str) -> tuple[Field, ...]:
    """Columns the estate does not fill, from "name; name:type; name>table; name:flag=true"."""
    found = []
    for part in " ".join(spec.split()).split(";"):
        head, _, preset = part.strip().partition("=")
        name, _, target = head.partition(">")
        name, _, kind = name.partition(":")
        own = FieldType.REFERENCE if target else _PLAIN[kind or "text"]
        found.append(Field(name, own, target, preset=preset))
    return tuple(found)


def column(table: str, name: str, estate: str = "", form: Form | None = None) -> Field:
    """A column that the estate fills, with the type that its name and form imply."""
    target = _OWN_TARGETS.get((table, name), _TARGET_OF.get(name, ""))
    if target:
        return Field(name, FieldType.REFERENCE, target, estate, form)
    if name == "sys_class_name":
        return Field(name, FieldType.CLASS, estate=estate, form=form)
    kind = _TYPES.get(form, FieldType.TEXT) if form is not None else FieldType.TEXT
    if name in _NUMBERS and (table, name) not in _WORDS:
        kind = FieldType.NUMBER
    return Field(name, kind, "", estate, form)
