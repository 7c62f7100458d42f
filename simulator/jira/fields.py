"""The fields of issues: ids, schemas, and what shape their values have."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

_DESK = "com.atlassian.servicedesk"
_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes"


class Shape(Enum):
    """What the values of a field look like."""

    TEXT = ("string", "textfield")
    DOC = ("string", "textarea")
    OPTION = ("option", "select")
    OPTIONS = ("array", "multicheckboxes")
    NUMBER = ("number", "float")
    TIME = ("datetime", "datetime")
    DATE = ("date", "datepicker")
    USER = ("user", "userpicker")
    NAMED = ("named", "")
    SERVICES = ("array", "service-entity-field-cftype")
    ASSETS = ("array", "cmdb-object-cftype")
    REQUEST_TYPE = ("sd-customerrequesttype", "vp-origin")
    CLOCK = ("sd-servicelevelagreement", "sd-sla-field")
    FEEDBACK = ("sd-feedback", "sd-request-feedback")
    FEEDBACK_AT = ("datetime", "sd-request-feedback-date")
    LINKS = ("issuelinks", "")
    PARENT = ("issuelink", "")
    COMMENTS = ("comments-page", "")
    LABELS = ("array", "labels")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its id, the name people see, its shape."""

    id: str
    name: str
    shape: Shape

    @property
    def is_custom(self) -> bool:
        """Whether it is not one of Jira's own."""
        return self.id.startswith("customfield_")

    @property
    def described(self) -> Mapping[str, object]:
        """The field as `GET field` lists it."""
        kind, custom = self.shape.value
        schema: dict[str, object] = {"type": _SYSTEM_TYPES.get(self.id, kind)}
        if kind == "array":
            schema["items"] = "string" if self.shape is Shape.LABELS else "option"
        if self.is_custom:
            schema["custom"] = _custom_key(self.shape, custom)
            schema["customId"] = int(self.id.removeprefix("customfield_"))
        else:
            schema["system"] = self.id
        names = [self.name] if not self.is_custom else [f"cf[{schema['customId']}]", self.name]
        return {
            "id": self.id,
            "key": self.id,
            "name": self.name,
            "custom": self.is_custom,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": names,
            "schema": schema,
        }


def _custom_key(shape: Shape, custom: str) -> str:
    if shape is Shape.ASSETS:
        return f"com.atlassian.jira.plugins.cmdb:{custom}"
    if shape is Shape.SERVICES:
        return f"com.atlassian.jira.plugins.service-entity:{custom}"
    is_desk = shape.value[0].startswith("sd-") or shape is Shape.FEEDBACK_AT
    return f"{_DESK if is_desk else _TYPES}:{custom}"


_SYSTEM_TYPES = {
    "status": "status",
    "priority": "priority",
    "resolution": "resolution",
    "issuetype": "issuetype",
    "project": "project",
}
_SYSTEM = (
    ("summary", "Summary", Shape.TEXT),
    ("description", "Description", Shape.DOC),
    ("issuetype", "Issue Type", Shape.NAMED),
    ("project", "Project", Shape.NAMED),
    ("status", "Status", Shape.NAMED),
    ("priority", "Priority", Shape.NAMED),
    ("resolution", "Resolution", Shape.NAMED),
    ("created", "Created", Shape.TIME),
    ("updated", "Updated", Shape.TIME),
    ("resolutiondate", "Resolved", Shape.TIME),
    ("duedate", "Due date", Shape.DATE),
    ("assignee", "Assignee", Shape.USER),
    ("reporter", "Reporter", Shape.USER),
    ("creator", "Creator", Shape.USER),
    ("issuelinks", "Linked Issues", Shape.LINKS),
    ("parent", "Parent", Shape.PARENT),
    ("comment", "Comment", Shape.COMMENTS),
    ("labels", "Labels", Shape.LABELS),
    ("timespent", "Time Spent", Shape.NUMBER),
)
CLOCKS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("sla", "response"): "Time to first response",
        ("sla", "resolution"): "Time to resolution",
        ("ola", "resolution"): "OLA time to resolution",
        ("contract", "response"): "Vendor time to first response",
        ("contract", "resolution"): "Vendor time to resolution",
    }
)
"""The service level metrics by what they measure; the last three are a company's own."""
_CUSTOM = (
    ("Impact", Shape.OPTION),
    ("Urgency", Shape.OPTION),
    ("Affected services", Shape.SERVICES),
    ("Affected hardware", Shape.ASSETS),
    ("Operational categorization", Shape.OPTION),
    ("Product categorization", Shape.OPTION),
    ("Location", Shape.TEXT),
    ("Team", Shape.OPTION),
    ("Source", Shape.OPTION),
    ("Major incident", Shape.OPTIONS),
    ("Major incident declared", Shape.TIME),
    ("Resolution notes", Shape.DOC),
    ("Vendor", Shape.OPTION),
    ("Vendor ticket", Shape.TEXT),
    ("Severity", Shape.OPTION),
    ("Knowledge article", Shape.TEXT),
    ("Test record", Shape.OPTIONS),
    ("Restricted", Shape.OPTIONS),
    ("Change type", Shape.OPTION),
    ("Change risk", Shape.OPTION),
    ("Change reason", Shape.OPTION),
    ("Planned start", Shape.TIME),
    ("Planned end", Shape.TIME),
    ("Implemented", Shape.TIME),
    ("Root cause", Shape.DOC),
    ("Workaround", Shape.DOC),
    ("Request Type", Shape.REQUEST_TYPE),
    ("Target date", Shape.TIME),
    ("Restored", Shape.TIME),
    ("Satisfaction", Shape.FEEDBACK),
    ("Satisfaction date", Shape.FEEDBACK_AT),
    *((name, Shape.CLOCK) for name in CLOCKS.values()),
)
_FIRST_ID = 10_030
FIELDS: tuple[Field, ...] = (
    *(Field(*one) for one in _SYSTEM),
    *(
        Field(f"customfield_{_FIRST_ID + place}", name, shape)
        for place, (name, shape) in enumerate(_CUSTOM)
    ),
)
"""Every field, Jira's own first."""
BY_ID: Mapping[str, Field] = MappingProxyType({field.id: field for field in FIELDS})
"""The fields by id."""
BY_NAME: Mapping[str, Field] = MappingProxyType({field.name: field for field in FIELDS})
"""The fields by the name people see."""
