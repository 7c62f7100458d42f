"""The itemtypes of a practice GLPI: their columns, and how each is kept.

Source:
    GLPI 10, `apirest.md` and the tables of its database, as far as a service desk uses them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TEXT, HTML, INT, TIME = "text", "html", "int", "time"
_ITIL = """name content:html entities_id:int is_deleted:int status:int urgency:int impact:int
    priority:int date:time date_creation:time date_mod:time solvedate:time closedate:time
    time_to_resolve:time users_id_recipient:int users_id_lastupdater:int itilcategories_id:int
    actiontime:int begin_waiting_date:time waiting_duration:int close_delay_stat:int
    solve_delay_stat:int"""
_ASSET = """name entities_id:int is_deleted:int is_template:int groups_id_tech:int states_id:int
    comment serial date_creation:time date_mod:time"""
_TASK = """content:html date:time date_creation:time date_mod:time state:int users_id:int
    users_id_tech:int groups_id_tech:int begin:time end:time actiontime:int is_private:int"""
_VALIDATION = """users_id:int users_id_validate:int comment_submission comment_validation
    status:int submission_date:time validation_date:time"""
_NAMED = "name completename comment entities_id:int date_mod:time date_creation:time"
_SUPPLY = "name entities_id:int is_deleted:int comment date_mod:time date_creation:time"
_LEVEL = "name type:int number_time:int definition_time slms_id:int date_mod:time"

ASSETS = ("Computer", "NetworkEquipment", "Peripheral", "Printer", "Software", "Cluster",
          "DatabaseInstance")  # fmt: skip
"""The itemtypes of configuration items."""
SERVICES = "Appliance"
"""The itemtype of services."""
ITIL = ("Ticket", "Problem", "Change")
"""The itemtypes that work is done on."""

_COLUMNS: Mapping[str, str] = {
    "Ticket": _ITIL + """ type:int requesttypes_id:int locations_id:int global_validation:int
        takeintoaccountdate:time takeintoaccount_delay_stat:int time_to_own:time slas_id_ttr:int
        slas_id_tto:int olas_id_ttr:int olas_id_tto:int ola_ttr_begin_date:time
        internal_time_to_resolve:time internal_time_to_own:time sla_waiting_duration:int
        ola_waiting_duration:int""",
    "Problem": _ITIL + " impactcontent:html causecontent:html symptomcontent:html",
    "Change": _ITIL + """ impactcontent:html controlistcontent:html rolloutplancontent:html
        backoutplancontent:html checklistcontent:html global_validation:int""",
    "ProblemTask": "problems_id:int " + _TASK,
    "ITILFollowup": """itemtype items_id:int date:time date_creation:time date_mod:time
        users_id:int content:html is_private:int requesttypes_id:int""",
    "SolutionType": "name",
    "ITILSolution": """itemtype items_id:int solutiontypes_id:int content:html
        status:int users_id:int date_creation:time date_mod:time""",
    "Ticket_User": "tickets_id:int users_id:int type:int",
    "Group_Ticket": "tickets_id:int groups_id:int type:int",
    "Supplier_Ticket": "tickets_id:int suppliers_id:int type:int",
    "Group_Problem": "problems_id:int groups_id:int type:int",
    "Problem_User": "problems_id:int users_id:int type:int",
    "Change_Group": "changes_id:int groups_id:int type:int",
    "Item_Ticket": "itemtype items_id:int tickets_id:int",
    "Item_Problem": "itemtype items_id:int problems_id:int",
    "Change_Item": "itemtype items_id:int changes_id:int",
    "Ticket_Ticket": "tickets_id_1:int tickets_id_2:int link:int",
    "Problem_Ticket": "problems_id:int tickets_id:int",
    "Change_Ticket": "changes_id:int tickets_id:int",
    "Change_Problem": "changes_id:int problems_id:int",
    "ChangeValidation": "changes_id:int " + _VALIDATION,
    "TicketSatisfaction": """tickets_id:int type:int date_begin:time date_answered:time
        satisfaction:int comment""",
    "Log": """itemtype items_id:int itemtype_link linked_action:int user_name date_mod:time
        id_search_option:int old_value new_value""",
    "User": """name realname firstname is_active:int is_deleted:int date_mod:time
        date_creation:time""",
    "Group": _NAMED + " is_assign:int",
    "Supplier": _SUPPLY + " is_active:int",
    "Contract": _SUPPLY + " num begin_date:time duration:int",
    "Contract_Supplier": "contracts_id:int suppliers_id:int",
    "ITILCategory": _NAMED + " itilcategories_id:int",
    "Location": _NAMED,
    "RequestType": "name",
    "State": _NAMED,
    "Entity": "name completename",
    "SLA": _LEVEL,
    "OLA": _LEVEL,
    "Appliance": _ASSET,
    **dict.fromkeys(ASSETS, _ASSET),
    "ImpactRelation": "itemtype_source items_id_source:int itemtype_impacted items_id_impacted:int",
    "KnowbaseItem": """name answer:html users_id:int view:int knowbaseitemcategories_id:int
        date_creation:time date_mod:time""",
    "KnowbaseItemCategory": _NAMED,
    "Project": """name code content:html priority:int projectstates_id:int percent_done:int
        plan_start_date:time plan_end_date:time date:time date_creation:time date_mod:time
        projects_id:int is_deleted:int entities_id:int""",
    "ProjectState": "name is_finished:int",
    "ProblemTemplateMandatoryField": "problemtemplates_id:int num:int",
    "Itil_Project": "projects_id:int itemtype items_id:int",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ItemType:
    """An itemtype: the form of each column."""

    name: str
    columns: Mapping[str, str]

    @property
    def has_trash(self) -> bool:
        """Whether what is deleted stays, marked as such."""
        return "is_deleted" in self.columns

    @property
    def stamp(self) -> str:
        """The column with the time of change, "" where there is none."""
        return "date_mod" if "date_mod" in self.columns else ""


def _itemtype(name: str, written: str) -> ItemType:
    parts = [one.partition(":") for one in written.split()]
    return ItemType(name, {"id": INT, **{column: form or TEXT for column, _, form in parts}})


ITEMTYPES: Mapping[str, ItemType] = {
    name: _itemtype(name, written) for name, written in _COLUMNS.items()
}
"""The itemtypes by name."""


def key_to(itemtype: str) -> str:
    """The column by which others name an item of a type: `problems_id` for Problem."""
    special = {"ITILCategory": "itilcategories_id", "KnowbaseItemCategory":
               "knowbaseitemcategories_id", "SLA": "slas_id", "OLA": "olas_id",
               "Entity": "entities_id"}  # fmt: skip
    return special.get(itemtype, f"{itemtype.lower()}s_id")


def table_of(itemtype: str) -> str:
    """The table of a type, as search options name it: `glpi_tickets`."""
    special = {
        "ITILCategory": "glpi_itilcategories",
        "KnowbaseItemCategory": "glpi_knowbaseitemcategories",
        "Ticket_User": "glpi_tickets_users",
        "Group_Ticket": "glpi_groups_tickets",
        "Item_Ticket": "glpi_items_tickets",
        "TicketSatisfaction": "glpi_ticketsatisfactions",
        "ITILSolution": "glpi_itilsolutions",
        "SLA": "glpi_slas",
        "OLA": "glpi_olas",
        "Entity": "glpi_entities",
    }
    return special.get(itemtype, f"glpi_{itemtype.lower()}s")
