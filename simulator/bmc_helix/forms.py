"""The forms of the practice system: their fields, and the estate's behind each."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from itsm.states import RecordKind
from simulator.bmc_helix.words import FORMS as VALUES
from simulator.bmc_helix.words import STATES
from simulator.desk.records import Event, Remark
from simulator.desk.tables import Form, Table, columns_of, words

K = RecordKind
_BY_ID: Mapping[str, str] = MappingProxyType(
    {
        "2": "Submitter", "3": "Submit Date", "5": "Last Modified By", "7": "Status",
        "179": "InstanceId", "1000000161": "Incident Number", "1000000000": "Description",
        "1000000151": "Detailed Decription",
    }
)  # fmt: skip
_STAMPS = "Last Modified By=modified_by; Submitter=opened_by; InstanceId=@number"
_AUDIT = """Request ID=@id:entry; Original Request ID=@owner:owner; Field=@field:audited;
    Old Value=@old:shown; New Value=@new:shown; User=@actor; Audit Date=@at:at;
    Modified Date=@updated:at"""
_LOG = """Work Log ID=@id:entry; {owner}=number:key; Description=@text; Detailed Description=@text;
    Work Log Type=; View Access=@is_internal:view; Secure Work Log=; Submitter=@author;
    Work Log Submit Date=@at:at; Last Modified Date=@updated:at"""
_LINK = """Associations ID=@id:entry; Request ID01=; Request Type01=; Request Description01=;
    Request ID02=; Form Name01=; Form Name02=; Association Type01=; Lookup Keyword=;
    Submitter=; Modified Date=@updated:at"""


def padded(prefix: str = "") -> Callable[[int], str]:
    """Entry ids of fifteen places."""
    return lambda n: f"{prefix}{n:0{15 - len(prefix)}d}"


OWNERS: Mapping[RecordKind, str] = MappingProxyType(
    {K.INCIDENT: "INC", K.PROBLEM: "PBI", K.CHANGE: "CRQ", K.SERVICE_REQUEST: "REQ"}
)
"""What entry ids begin with, of kinds that others hang on."""
_SPECS: tuple[tuple[str, RecordKind, str, type[Event] | type[Remark] | None], ...] = (
    (
        "HPD:Help Desk",
        K.INCIDENT,
        """Entry ID=@id:entry; Incident Number=number:key; Description=title;
        Detailed Decription=description; Status=state:state; Stastus_Reason=state:reason;
        Impact=impact:impact; Urgency=urgency:urgency; Priority=priority:priority;
        Priority Weight=; Service Type=; Reported Source=channel; Company=;
        Categorization Tier 1=category; Categorization Tier 2=subcategory;
        Categorization Tier 3=; Product Categorization Tier 1=; Product Categorization Tier 2=;
        Product Categorization Tier 3=; ServiceCI=service; ServiceCI_ReconID=; HPD_CI=ci;
        HPD_CI_ReconID=; Site=location; Assigned Support Company=;
        Assigned Support Organization=; Assigned Group=team; Assignee=assignee;
        First Name=caller:first; Last Name=caller:last; Submit Date=@created:at;
        Reported Date=opened_at:at; Responded Date=; Last Resolved Date=resolved_at:at;
        Closed Date=closed_at:at; Re-Opened Date=reopened:at; Resolution=close_notes;
        Resolution Category=close_code; Group Transfers=reassignment_count:count;
        Total Transfers=reassignment_count:count; Original Incident Number=duplicate_of:key;
        Vendor Name=vendor; Vendor Organization=vendor; Vendor Group=; Vendor Group ID=;
        Vendor Ticket Number=vendor_ticket; Broker Vendor Name=;
        Last Modified Date=@updated:at;"""
        + _STAMPS,
        None,
    ),
    (
        "PBM:Problem Investigation",
        K.PROBLEM,
        """Request ID=@id:entry; Problem Investigation ID=number:key; Description=title;
        Detailed Decription=description; Investigation Status=state:problem_state;
        Invesitgation Status Reason=; Investigation Driver=; Investigation Justification=;
        Root Cause=root_cause; Temporary Workaround=workaround; Impact=impact:impact;
        Urgency=urgency:urgency; Priority=priority:priority; Company=; First Name=; Last Name=;
        ServiceCI=service; PBM_CI=ci; Categorization Tier 1=category; Assignee Pblm Mgr=;
        Assigned Group Pblm Mgr=team; Support Company Pblm Mgr=;
        Support Organization Pblm Mgr=; Target Resolution Date=; Workaround Determined On=;
        Known Error Created=is_known_error:listed; Vendor Name=; Vendor Ticket Number=;
        Vendor Contact=; Vendor Phone=; Vendor Responded On=; Submit Date=opened_at:at;
        Completed Date=resolved_at:at; Closed Date=closed_at:at; External Key=;
        Last Modified Date=@updated:at;"""
        + _STAMPS,
        None,
    ),
    (
        "PBM:Known Error",
        K.KNOWN_ERROR,
        """Request ID=@id:entry; Known Error ID=number:key; Description=title;
        Temporary Workaround=workaround; ServiceCI=service; PBM_CI=ci; Submit Date=opened_at:at;
        Last Completed Date=resolved_at:at; Last Modified Date=@updated:at""",
        None,
    ),
    (
        "TMS:Task",
        K.PROBLEM_TASK,
        """Request ID=@id:entry; Task ID=number:key; Summary=title; Status=state:task_state;
        RootRequestID=problem:key; RootRequestFormName=problem:problem_form;
        Assignee Group=team; Create Date=opened_at:at; Scheduled End Date=due_at:at;
        Actual End Date=closed_at:at; Modified Date=@updated:at""",
        None,
    ),
    (
        "CHG:Infrastructure Change",
        K.CHANGE,
        """Request ID=@id:entry; Infrastructure Change ID=number:key; Description=title;
        Detailed Description=description; Change Request Status=state:change_state;
        Change Timing=type:change_type; Risk Level=risk:risk; Status Reason=outcome:outcome;
        ServiceCI=service; CI Name=ci; Categorization Tier 1=category; ASGRP=team;
        Submit Date=opened_at:at; Scheduled Start Date=planned_start_at:at;
        Scheduled End Date=planned_end_at:at; Actual End Date=implemented_at:at;
        Closed Date=closed_at:at; Last Modified Date=@updated:at;"""
        + _STAMPS,
        None,
    ),
    (
        "AP:Detail-Signature",
        K.APPROVAL,
        """Signature ID=@id:entry; Request=change:key; Approval Status=state:approval;
        Process=step; Approvers=approver; Create-Date-Sig=requested_at:at;
        Signature Date=decided_at:at; Modified Date=@updated:at""",
        None,
    ),
    (
        "SRM:Request",
        K.SERVICE_REQUEST,
        """Request ID=@id:entry; Request Number=number:key; Summary=title;
        Status=state:request_state; Status Reason=; Status_Reason=state:reason;
        Service Request Title=catalogue_item; ServiceCI=service; Assigned Group=team;
        Assignee=assignee; Customer First Name=caller:first; Customer Last Name=caller:last;
        Source=channel; Priority=priority:priority; Submit Date=opened_at:at;
        Date Required=due_at:at; Completion Date=resolved_at:at; Closed Date=closed_at:at;
        Last Modified Date=@updated:at""",
        None,
    ),
    (
        "SLM:Measurement",
        K.SLA_CLOCK,
        """Request ID=@id:entry; InstanceID=number; ApplicationUserFriendlyID=record:key;
        SVTTitle=agreement; SVTName=agreement; GoalCategoryChar=target:goal;
        MeasurementStatus=is_breached:met; MetMissedAmount=; OverallStartTime=started_at:at;
        OverallStopTime=ended_at:at; OverallElapsedTime=elapsed_h:seconds; SVTDueDate=due_at:at;
        GoalSchedGoalTime=target_h:seconds; UpStatus=; Modified Date=@updated:at""",
        None,
    ),
    (
        "SRM:Survey",
        K.SURVEY_RESPONSE,
        """Survey ID=@id:entry; Request Number=record:key; Date Sent=sent_at:at;
        Date Answered=answered_at:at; Rating=score:count; Comments=text;
        Modified Date=@updated:at""",
        None,
    ),
    (
        "BMC.CORE:BMC_BaseElement",
        K.CONFIGURATION_ITEM,
        """Request ID=@id:entry; Name=name; ClassId=ci_class; Service=service;
        Supported By=team; DatasetId=name:dataset; MarkAsDeleted=is_retired:listed;
        InstanceId=@number; ModifiedDate=@updated:at""",
        None,
    ),
    (
        "BMC.CORE:BMC_BusinessService",
        K.SERVICE,
        """Request ID=@id:entry; Name=name; OwnerName=owner; DatasetId=name:dataset;
        MarkAsDeleted=; InstanceId=@number; ModifiedDate=@updated:at""",
        None,
    ),
    (
        "CTM:Support Group",
        K.TEAM,
        """Support Group ID=@id:entry; Support Group Name=name; Support Organization=; Company=;
        Status=; Last Modified Date=@updated:at""",
        None,
    ),
    (
        "COM:Company",
        K.VENDOR,
        """Company Entry ID=@id:entry; Company=name; Company Type=name:vendor_company;
        Modified Date=@updated:at""",
        None,
    ),
    ("HPD:HelpDesk_AuditLogSystem", K.INCIDENT, _AUDIT, Event),
    ("SRM:Request_AuditLogSystem", K.SERVICE_REQUEST, _AUDIT, Event),
    ("PBM:Investigation_AuditLogSystem", K.PROBLEM, _AUDIT, Event),
    ("CHG:ChangeRequest_AuditLogSystem", K.CHANGE, _AUDIT, Event),
    ("HPD:WorkLog", K.INCIDENT, _LOG.format(owner="Incident Number"), Remark),
    ("PBM:Investigation WorkLog", K.PROBLEM, _LOG.format(owner="Problem Investigation ID"), Remark),
    ("CHG:WorkLog", K.CHANGE, _LOG.format(owner="Infrastructure Change ID"), Remark),
    ("HPD:Associations", K.INCIDENT, _LINK, None),
    ("PBM:Investigation Associations", K.PROBLEM, _LINK, None),
    ("CSI:Register_AuditLogSystem", K.REVIEW_ACTION, _AUDIT, Event),
    (
        "CSI:Register",
        K.REVIEW_ACTION,
        """Request ID=@id:entry; Register ID=number; Short Description=title; Description=;
        Status=state; Priority=; ServiceCI=; Assigned Group=; Owner=; Expected Benefit=;
        Origin Record=; External Key=; Submitter=; Modified Date=@updated:at""",
        None,
    ),
)

_LINKED = frozenset({"HPD:Associations", "PBM:Investigation Associations", "CSI:Register",
                     "CSI:Register_AuditLogSystem"})  # fmt: skip


def _table(
    name: str, kind: RecordKind, spec: str, told: type[Event] | type[Remark] | None
) -> Table:
    owner = padded(OWNERS.get(kind, "")) if name not in _LINKED else padded()
    key = padded() if told is not None else owner
    own = {
        "entry": Form(make=lambda value: key(int(value or 0))),
        "owner": Form(make=lambda value: owner(int(value or 0))),
        "shown": words(STATES.get(kind, {})),
    }
    return Table(name, kind, columns_of(spec, {**VALUES, **own}), told, key)


BY_NAME: Mapping[str, Table] = MappingProxyType({spec[0]: _table(*spec) for spec in _SPECS})
"""All forms."""
BESIDE_ESTATE = _LINKED
"""Forms whose entries are none of the estate's records: links, and a form of one's own."""
INTERFACES: Mapping[str, str] = MappingProxyType(
    {
        "HPD:IncidentInterface": "HPD:Help Desk",
        "HPD:IncidentInterface_Create": "HPD:Help Desk",
        "PBM:ProblemInterface": "PBM:Problem Investigation",
        "PBM:ProblemInterface_Create": "PBM:Problem Investigation",
    }
)
"""Forms through which others are written: joins, with ids as INC…|INC…, and forms for creation."""


def field_of(table: Table, name: str) -> str | None:
    """The field that a name or an id means."""
    if not name.isdecimal():
        return table.column(name)
    if name == "1":
        return next(iter(table.columns))
    if name == "6":
        return next((one for one, it in table.columns.items() if it.field == "@updated"), None)
    return table.column(_BY_ID.get(name, ""))
