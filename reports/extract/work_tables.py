"""The facts of the daily work, as data: incidents and what hangs on them, changes, vendor cases."""

from reports.extract.schema import (
    ColumnType,
    ExtractColumn,
    ExtractTable,
    day_and_week,
    flag,
    integer,
    key_to,
    number,
    text,
    time,
)

_OPENED = "in which the incident was opened"
_NUMBER = text("number", "What people call the record; null for a restricted one.")
_SOURCE = key_to("source", "The source of the record.")


def _key(name: str, description: str) -> ExtractColumn:
    return ExtractColumn(name, ColumnType.INTEGER, description, None, True)


def _incident(*, is_required: bool = True) -> ExtractColumn:
    return ExtractColumn(
        "incident_key",
        ColumnType.INTEGER,
        "The incident." if is_required else "The incident; null where it is about none.",
        "fact_incident",
        is_required,
    )


INCIDENT = ExtractTable(
    name="fact_incident",
    title="Incidents",
    description="One row per incident opened by the cut-off, as it was known then. Test records "
    "and duplicates are there, with is_counted false: figures leave them out.",
    by_week=_OPENED,
    key=("incident_key",),
    columns=(
        _key("incident_key", "Surrogate key: the same for the same incident in every extract."),
        _SOURCE,
        _NUMBER,
        key_to("service", "The service."),
        key_to("team", "The team that has it, or had it last."),
        key_to("ci", "The configuration item; not given for a restricted record."),
        key_to("category", "Category and subcategory."),
        key_to("priority", "The priority."),
        key_to("state", "The state."),
        key_to("channel", "How it came in."),
        key_to("location", "Where the caller is."),
        key_to("close_code", "How it was closed."),
        key_to("vendor", "The vendor it names."),
        time("opened_at", "When it was opened.", is_required=True),
        *day_and_week("opened", "it was opened in", is_required=True),
        time("resolved_at", "When it was resolved for the last time; null while it is open."),
        *day_and_week("resolved", "it was resolved in for the last time"),
        integer("impact", "Impact as the source rates it."),
        integer("urgency", "Urgency as the source rates it."),
        number("response_h", "Hours from the opening to the first action of a person."),
        number("resolution_h", "Hours from the opening to the last resolution."),
        number("handling_h", "Hours of work noted on it."),
        integer("reopenings", "How often it was reopened; 0 where history tells of none."),
        integer("hand_offs", "Moves from one team to another; null where no history tells."),
        integer("affected_users", "People affected, as noted on it."),
        flag("is_counted", "Neither a test nor a duplicate.", is_required=True),
        flag("is_test", "A test record.", is_required=True),
        flag("is_duplicate", "A duplicate of another record.", is_required=True),
        flag("is_restricted", "Restricted: number and item are not told.", is_required=True),
        flag("is_major", "A major incident.", is_required=True),
        flag("is_first_contact", "Resolved at the first contact, as the source marks it."),
        flag("is_sla_met", "Met its SLA, as the source marks it on the record."),
        flag("has_problem", "Names a problem.", is_required=True),
        flag("has_article", "Names a knowledge article.", is_required=True),
        flag("is_caused_by_change", "Names the change that caused it.", is_required=True),
    ),
)
EVENT = ExtractTable(
    name="fact_incident_event",
    title="Events of incidents",
    description="What happened to counted incidents, as the figures opened, resolved, reopened "
    "and canceled count it: their sum over the rows with is_counted is the pack's figure of the "
    "week. Backlog at the end of a week is the running sum of backlog_change.",
    by_week=_OPENED,
    key=("incident_key", "sequence"),
    columns=(
        _incident(),
        integer("sequence", "Counts the events of an incident from 1.", is_required=True),
        text("event", "opened, resolved, reopened or canceled.", is_required=True),
        time("event_at", "When it happened.", is_required=True),
        *day_and_week("event", "it happened in", is_required=True),
        _SOURCE,
        key_to("service", "The service of the incident."),
        key_to("team", "The team of the incident."),
        key_to("category", "The category of the incident."),
        key_to("priority", "The priority of the incident."),
        flag(
            "is_counted",
            "False where the incident was opened and canceled within one week: such an opening "
            "and its cancellation count in no figure.",
            is_required=True,
        ),
        integer(
            "backlog_change",
            "1 for what opens, -1 for what ends, 0 where it is not counted.",
            is_required=True,
        ),
        number("hours_from_opening", "Hours since the incident was opened."),
        number("hours_to_reopening", "Of a resolution: hours until it was reopened, if it was."),
    ),
)
HANDOFF = ExtractTable(
    name="fact_handoff",
    title="Hand-offs between teams",
    description="One row per move of an incident from one team to another, with the wait until "
    "the receiving team's first action or until it moved on. It is about paths between teams, "
    "never about persons: a path from or to a team known to have fewer than 5 people names "
    "neither team nor wait.",
    by_week=_OPENED,
    key=("incident_key", "sequence"),
    columns=(
        _incident(),
        integer("sequence", "Counts the moves of an incident from 1.", is_required=True),
        _SOURCE,
        key_to("team", "The team it left.", name="from_team_key"),
        key_to("team", "The team it came to.", name="to_team_key"),
        key_to("service", "The service of the incident."),
        key_to("priority", "The priority of the incident."),
        time("moved_at", "When it moved.", is_required=True),
        time("ended_at", "When the wait ended; null while it goes on."),
        *day_and_week("ended", "the wait ended in"),
        number("wait_h", "Hours of waiting."),
        flag("is_suppressed", "The path of a small team: not told.", is_required=True),
    ),
)
CLOCK = ExtractTable(
    name="fact_clock",
    title="Clocks of agreements",
    description="One row per clock of an SLA, an OLA or an underpinning contract. Compliance of "
    "a week is the share of is_met among clocks that ended in it, with is_counted true, by type "
    "and target.",
    by_week="in which the clock started",
    key=("clock_key",),
    columns=(
        _key("clock_key", "Surrogate key: the same for the same clock in every extract."),
        _SOURCE,
        text("record_kind", "What kind of record it runs on.", is_required=True),
        _incident(is_required=False),
        text("type", "sla, ola or contract.", is_required=True),
        text("target", "response or resolution.", is_required=True),
        key_to("service", "The service of the incident it runs on."),
        key_to("priority", "The priority of the incident it runs on."),
        key_to("vendor", "Who has to keep it, for a contract."),
        key_to("team", "Who has to keep it, for an OLA."),
        time("started_at", "When it started.", is_required=True),
        time("due_at", "When it is due."),
        time("ended_at", "When it ended; null while it runs."),
        *day_and_week("ended", "it ended in"),
        number("target_h", "Hours it allows."),
        number("elapsed_h", "Hours that passed, as its source counts them."),
        number("paused_h", "Hours it stood still."),
        flag("is_met", "Met, of an ended clock; null while it runs, or where nobody can tell."),
        flag(
            "is_computed",
            "Whether is_met is told from due and end, as the source does not mark it.",
            is_required=True,
        ),
        flag("is_counted", "Neither canceled nor of a test or duplicate.", is_required=True),
    ),
)
CHANGE = ExtractTable(
    name="fact_change",
    title="Changes",
    description="One row per change.",
    by_week="in which the change was opened",
    key=("change_key",),
    columns=(
        _key("change_key", "Surrogate key: the same for the same change in every extract."),
        _SOURCE,
        _NUMBER,
        text("type", "standard, normal or emergency.", is_required=True),
        text("outcome", "successful, with_issues, backed_out, unsuccessful; null before its end."),
        key_to("state", "The state."),
        key_to("service", "The service."),
        key_to("team", "The team."),
        key_to("ci", "The configuration item; not given for a restricted record."),
        key_to("category", "The category."),
        integer("risk", "Risk as the source rates it."),
        time("opened_at", "When it was opened.", is_required=True),
        *day_and_week("opened", "it was opened in", is_required=True),
        time("planned_start_at", "When its work was planned to start."),
        time("planned_end_at", "When its work was planned to end."),
        time("implemented_at", "When it was implemented."),
        time("closed_at", "When it was closed."),
        *day_and_week("closed", "it was closed in"),
        flag("is_canceled", "Canceled: counts in no figure.", is_required=True),
    ),
)
VENDOR_CASE = ExtractTable(
    name="fact_vendor_case",
    title="Vendor cases",
    description="One row per case raised with a vendor.",
    by_week="in which the case was opened",
    key=("vendor_case_key",),
    columns=(
        _key("vendor_case_key", "Surrogate key: the same for the same case in every extract."),
        _SOURCE,
        _NUMBER,
        key_to("vendor", "The vendor."),
        key_to("service", "The service."),
        key_to("state", "The state."),
        _incident(is_required=False),
        integer("severity", "1 is the highest."),
        time("opened_at", "When it was opened.", is_required=True),
        *day_and_week("opened", "it was opened in", is_required=True),
        time("response_due_at", "When the vendor's response is due."),
        time("responded_at", "When the vendor responded."),
        time("resolution_due_at", "When the resolution is due."),
        time("resolved_at", "When it was resolved."),
        *day_and_week("resolved", "it was resolved in"),
        number("response_h", "Hours until the vendor responded."),
        number("resolution_h", "Hours until it was resolved."),
        number("waiting_on_us_h", "Hours it waited for us."),
        flag("is_response_late", "Responded late, or not yet and due before the cut-off."),
        flag("is_resolution_late", "Resolved late, or not yet and due before the cut-off."),
    ),
)
