"""The tables of the server: those of the file exports, completed, and those around them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from simulator.exports_servicenow import EXPORT
from simulator.servicenow.choices import CHOICES
from simulator.servicenow.classes import CLASSES, descends_from
from simulator.servicenow.fields import Field, FieldType, column, columns_of
from simulator.sheets import Sheet

_TASK = """active:flag=true; correlation_id; correlation_display; company>core_company;
    parent>task; sla_due:time; due_date:time; comments:journal; work_notes:journal"""
_EXTRA = {
    "incident": f"""{_TASK}; made_sla:flag=true; closed_by>sys_user; rfc>change_request;
        service_offering>cmdb_ci_service; reopened_time:time; reopened_by>sys_user; vendor_ticket;
        vendor_point_of_contact; vendor_opened_at:time; vendor_resolved_at:time;
        vendor_closed_at:time""",
    "problem": f"""{_TASK}; assigned_to>sys_user; opened_by>sys_user; impact:number; urgency:number;
        major_problem:flag=false; fix_notes; close_notes; resolution_code; duplicate_of>problem;
        first_reported_by_task>task; related_incidents:number=0; reopen_count:number=0;
        reassignment_count:number=0; rfc>change_request; service_offering>cmdb_ci_service""",
    "problem_task": f"{_TASK}; assigned_to>sys_user; description; priority:number=4",
    "change_request": f"""{_TASK}; assigned_to>sys_user; requested_by>sys_user; work_start:time;
        priority:number=4; impact:number=3; close_notes; on_hold:flag=false; on_hold_reason;
        reason""",
    "sc_req_item": f"{_TASK}; description; cmdb_ci>cmdb_ci; opened_by>sys_user",
    "sc_task": f"""{_TASK}; number; request_item>sc_req_item; state:number=1; short_description;
        description; assignment_group>sys_user_group; assigned_to>sys_user; opened_at:time;
        closed_at:time; priority:number=4; cmdb_ci>cmdb_ci""",
    "u_vendor_case": f"{_TASK}; assigned_to>sys_user",
    "u_known_error": "active:flag=true; correlation_id",
    "u_post_incident_review": "active:flag=true; correlation_id",
    "u_review_action": "active:flag=true; correlation_id; comments:journal; work_notes:journal",
    "sn_cim_register": f"""{_TASK}; number; short_description; description; state:number=1;
        priority:number=4; cim_estimate; benefit; assigned_to>sys_user; type; target_date_time:time;
        business_service>cmdb_ci_service; source_id; opened_at:time; closed_at:time;
        assignment_group>sys_user_group; cmdb_ci>cmdb_ci""",
    "sn_cim_inbound_m2m": "cim_register>sn_cim_register; source_table; source_id",
    "sys_user_group": "active:flag=true; manager>sys_user; email; type; description",
    "sys_user": """user_name; name; email; active:flag=true; time_zone; date_format; time_format;
        title; department; company>core_company; web_service_access_only:flag=false""",
    "cmdb_ci": """operational_status:number=1; environment; company>core_company;
        vendor>core_company; owned_by>sys_user; managed_by>sys_user; correlation_id;
        short_description""",
    "cmdb_ci_service": """service_classification; operational_status:number=1;
        install_status:number=1; support_group>sys_user_group; managed_by>sys_user;
        correlation_id; short_description; sys_class_name:class""",
    "cmdb_rel_type": "name; parent_descriptor; child_descriptor",
    "core_company": "vendor_type; stock_symbol; customer:flag=false; primary:flag=false",
    "cmn_location": "name; city; country",
    "sc_cat_item": "name; short_description; active:flag=true",
    "ast_contract": "state=active; contract_model; vendor_contract; active:flag=true",
    "kb_knowledge": "active:flag=true; text; topic; published:time",
    "contract_sla": """name; type; target; duration:duration; active:flag=true;
        collection=incident; vendor>core_company""",
    "task_sla": """task>task; sla>contract_sla; active:flag; duration:duration;
        time_left:duration; business_time_left:duration; percentage:number;
        business_percentage:number; pause_time:time""",
    "sys_audit": "reason; internal_checkpoint; sys_created_by",
    "sys_audit_delete": "tablename; documentkey; display_value; user; payload",
    "asmt_assessment_instance": """metric_type>asmt_metric_type; user>sys_user; state; task_id>task;
        due_date:time; expiration_date:time; percent_answered:number""",
    "asmt_metric_type": "name; evaluation_method=survey; active:flag=true",
    "asmt_metric": "name; question; metric_type>asmt_metric_type; datatype; order:number",
    "asmt_assessment_instance_question": """instance>asmt_assessment_instance; metric>asmt_metric;
        category; value:number; string_value; source_table; source_id""",
    "asmt_metric_result": """instance>asmt_assessment_instance; metric>asmt_metric; user>sys_user;
        instance_question>asmt_assessment_instance_question; actual_value:number;
        normalized_value:number; scaled_value:number; string_value""",
    "metric_definition": "name; table; field; type; active:flag=true; description",
    "metric_instance": """id; table; definition>metric_definition; field; value; start:time;
        end:time; duration:duration; calculation_complete:flag=true""",
    "sys_choice": """name; element; value; label; sequence:number; language=en;
        inactive:flag=false""",
    "sys_dictionary": """name; element; internal_type; reference; column_label; attributes;
        max_length:number=255; mandatory:flag=false; read_only:flag=false; active:flag=true""",
    "sys_db_object": "name; label; super_class>sys_db_object; is_extendable:flag=true",
    "sys_properties": "name; value; type=string; description",
    "sys_rate_limit_rules": """name; table; method; request_limit_per_hour:number;
        active:flag=true""",
}
_SHARED = frozenset(
    """sys_id number short_description description state priority impact urgency assigned_to
    assignment_group opened_at closed_at cmdb_ci business_service active correlation_id
    correlation_display company parent sla_due due_date comments work_notes sys_created_on
    sys_created_by sys_updated_on sys_updated_by sys_mod_count sys_class_name""".split()
)
"""What `task` shows of every kind of work."""
_CREATED_ONLY = frozenset({"sys_audit", "sys_journal_field"})
"""Logs: their rows never change."""
_PREFIXES = {
    "incident": "INC",
    "problem": "PRB",
    "problem_task": "PTASK",
    "change_request": "CHG",
    "sc_req_item": "RITM",
    "sc_task": "SCTASK",
    "sn_cim_register": "CIM",
    "u_vendor_case": "VCS",
    "u_known_error": "KE",
    "u_post_incident_review": "PIR",
    "u_review_action": "PIRA",
    "kb_knowledge": "KB",
    "ast_contract": "CNTR",
    "asmt_assessment_instance": "SRV",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table as clients see it.

    `stored_in` is the stored table its rows lie in; a class keeps those of its own and of the
    classes below it. `by_name` finds its fields.
    """

    name: str
    stored_in: str
    fields: tuple[Field, ...]
    prefix: str = ""

    @property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return _by_name(self)

    @property
    def is_task(self) -> bool:
        """Whether its records are work of somebody, with number, state and journal."""
        return descends_from(self.name, "task")

    @property
    def display(self) -> str:
        """The field that stands for a record."""
        names = self.by_name
        return next((name for name in ("number", "name", "label") if name in names), "sys_id")


@cache
def _by_name(table: Table) -> Mapping[str, Field]:
    return MappingProxyType({field.name: field for field in table.fields})


def _system(name: str) -> tuple[Field, ...]:
    made = (Field("sys_id", FieldType.GUID), Field("sys_created_on", FieldType.TIME))
    by = Field("sys_created_by")
    if name in _CREATED_ONLY:
        return (*made, by)
    changed = (Field("sys_updated_on", FieldType.TIME), Field("sys_updated_by"))
    counted = Field("sys_mod_count", FieldType.NUMBER, preset="0")
    kind = (Field("sys_class_name", FieldType.CLASS, preset=name),) if name in CLASSES else ()
    return (*made, by, *changed, counted, *kind)


def _of_sheet(name: str, sheet: Sheet) -> tuple[Field, ...]:
    """The columns of a file export, without those that reach into another table."""
    found = [column(name, header, field, form) for header, field, form in sheet.columns]
    return tuple(field for field in found if "." not in field.name)


def _joined(*parts: tuple[Field, ...]) -> tuple[Field, ...]:
    """Fields in order; the first of a name stays, system fields are those that are filled."""
    found: dict[str, Field] = {}
    for field in (field for part in parts for field in part):
        found.setdefault(field.name, field)
    return tuple(found.values())


def _stored() -> dict[str, Table]:
    sheets = {sheet.file.removesuffix(".csv"): sheet for sheet in EXPORT.sheets}
    tables = {}
    for name in sorted({*sheets, *_EXTRA} - {"cmdb_ci_service"}):
        own = _of_sheet(name, sheets[name]) if name in sheets else ()
        if name == "cmdb_ci":
            own = (*own, *_of_sheet("cmdb_ci_service", sheets["cmdb_ci_service"]))
            own = (*own, *columns_of(_EXTRA["cmdb_ci_service"]))
        extra = columns_of(_EXTRA[name]) if name in _EXTRA else ()
        fields = _joined((Field("sys_id", FieldType.GUID),), own, extra, _system(name))
        tables[name] = Table(name, name, fields, _PREFIXES.get(name, ""))
    return tables


def _views(stored: Mapping[str, Table]) -> dict[str, Table]:
    """Classes of items and services, which lie in `cmdb_ci`, and `task` over all work."""
    items = stored["cmdb_ci"]
    services = {field.name for field in _service_fields()}
    found = {}
    for name in CLASSES:
        if not descends_from(name, "cmdb_ci") or name == "cmdb_ci":
            continue
        fields = items.fields
        if not descends_from(name, "cmdb_ci_service"):
            fields = tuple(field for field in fields if field.name not in services)
        found[name] = Table(name, "cmdb_ci", fields)
    fields = tuple(field for field in stored["incident"].fields if field.name in _SHARED)
    found["task"] = Table("task", "task", fields)
    return found


def _service_fields() -> tuple[Field, ...]:
    names = ("busines_criticality", "u_users", "u_service_hours", "service_classification")
    return tuple(Field(name) for name in names)


STORED: Mapping[str, Table] = MappingProxyType(_stored())
"""The tables that are stored, by name."""
TABLES: Mapping[str, Table] = MappingProxyType({**STORED, **_views(STORED)})
"""Every table that can be asked for, by name."""


_PARTS = tuple(
    sorted((one for one in STORED if STORED[one].is_task), key=lambda one: one != "incident")
)


def parts_of(table: Table) -> tuple[str, ...]:
    """The stored tables that a table's rows lie in, the fullest first."""
    return _PARTS if table.name == "task" else (table.stored_in,)


@cache
def labels_of(table: str, field: str) -> Mapping[str, str]:
    """The labels of a choice field by code, inherited from above; empty for other fields."""
    name = table
    while name:
        if (name, field) in CHOICES:
            return CHOICES[name, field]
        name = CLASSES.get(name, "")
    return MappingProxyType({})
