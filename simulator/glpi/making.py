"""A GLPI out of an estate: tickets, problems and changes with all that hangs on them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from itsm.states import RecordKind
from simulator.desk.making import rows_of
from simulator.estate import iter_blocks
from simulator.glpi.damage import damage
from simulator.glpi.database import Database, Row
from simulator.glpi.logs import log_rows
from simulator.glpi.numbers import index_of
from simulator.glpi.options import ASSIGNED, REQUESTER
from simulator.glpi.people import Names
from simulator.glpi.reference import Reference
from simulator.glpi.schema import ITEMTYPES, SERVICES
from simulator.glpi.words import LEVELS, PRIORITIES, STATES

K = RecordKind
Cells = dict[str, Any]
_HOUR_S = 3600
REQUESTS_FROM = 5_000_000
"""Requests are tickets, too: their ids begin here."""
_ITEM_LINKS = {"Ticket": "Item_Ticket", "Problem": "Item_Problem", "Change": "Change_Item"}
_GROUP_LINKS = {"Ticket": "Group_Ticket", "Problem": "Group_Problem", "Change": "Change_Group"}


@dataclass(slots=True)
class Maker:
    """Enters the blocks of an estate into a database."""

    database: Database
    names: Names
    _links: list[tuple[str, int, int]] = field(default_factory=list)

    def all(self) -> None:
        """Everything there is in the estate that a GLPI can hold."""
        for place, name in enumerate(("New", "Processing", "Closed"), 1):
            self.database.put(
                "ProjectState", {"id": place, "name": name, "is_finished": place // 3}
            )
        self.database.put("Entity", {"id": 0, "name": "Root entity", "completename": "Root entity"})
        for block in iter_blocks(self.database.desk.settings):
            enter = self._ways.get(block.kind)
            if block.n and enter is not None:
                enter(rows_of(block))
        self._connect()
        damage(self.database)

    @property
    def _ways(self) -> dict[RecordKind, Callable[[list[Cells]], None]]:
        reference = Reference(self.database, self.names)
        return {
            K.TEAM: reference.teams, K.VENDOR: reference.vendors, K.CONTRACT: reference.contracts,
            K.SERVICE: reference.services, K.CONFIGURATION_ITEM: reference.items,
            K.CI_RELATION: reference.relations, K.KNOWLEDGE_ARTICLE: reference.articles,
            K.INCIDENT: self._incidents, K.SERVICE_REQUEST: self._requests,
            K.PROBLEM: self._problems, K.CHANGE: self._changes, K.PROBLEM_TASK: self._tasks,
            K.APPROVAL: self._approvals, K.HISTORY: self._history, K.COMMENT: self._comments,
            K.SLA_CLOCK: self._clocks, K.SURVEY_RESPONSE: self._answers,
        }  # fmt: skip

    def _incidents(self, rows: list[Cells]) -> None:
        self.database.fill(
            "Ticket", (self._ticket(one, 1, index_of(one["number"])) for one in rows)
        )
        for one in rows:
            key = index_of(one["number"])
            self._around("Ticket", key, one)
            for column, link in (("parent_incident", 3), ("duplicate_of", 2)):
                if one.get(column):
                    other = index_of(one[column])
                    made = {"tickets_id_1": key, "tickets_id_2": other, "link": link}
                    self.database.put("Ticket_Ticket", made)
            if one.get("problem"):
                self._links.append(("Problem_Ticket", index_of(one["problem"]), key))
            if one.get("caused_by_change"):
                self._links.append(("Change_Ticket", index_of(one["caused_by_change"]), key))
            self._solved(key, one)
            if one.get("vendor"):
                supplier = self.names.of("Supplier", one["vendor"])
                self.database.put("Supplier_Ticket", {"tickets_id": key, "suppliers_id": supplier,
                                                      "type": ASSIGNED})  # fmt: skip

    def _solved(self, key: int, one: Cells) -> None:
        """How a ticket was solved."""
        if one.get("close_notes") or one.get("close_code"):
            kind = self.names.of("SolutionType", one.get("close_code") or "")
            at = one.get("resolved_at") or one["updated_at"]
            self.database.put("ITILSolution", {
                "itemtype": "Ticket", "items_id": key, "solutiontypes_id": kind, "status": 3,
                "content": _html(one.get("close_notes") or ""), "users_id": 0,
                "date_creation": at, "date_mod": at})  # fmt: skip

    def _requests(self, rows: list[Cells]) -> None:
        keys = [REQUESTS_FROM + index_of(one["number"]) for one in rows]
        made = [self._ticket({**one, "category": one["catalogue_item"]}, 2, key)
                for key, one in zip(keys, rows, strict=True)]  # fmt: skip
        self.database.fill("Ticket", made)
        for key, one in zip(keys, rows, strict=True):
            self._around("Ticket", key, one)

    def _ticket(self, one: Cells, kind: int, key: int) -> Row:
        row = self._itil("Ticket", one, key)
        row["type"] = kind
        row["status"] = STATES[K.INCIDENT][one["state"]]
        row["requesttypes_id"] = self.names.of("RequestType", one.get("channel") or "")
        row["locations_id"] = self.names.of("Location", one.get("location") or "")
        row["time_to_resolve"] = one.get("due_at")
        row["global_validation"] = 1
        return row

    def _itil(self, itemtype: str, one: Cells, key: int) -> Row:
        blank = {column: (0 if form == "int" else "" if form in {"text", "html"} else None)
                 for column, form in ITEMTYPES[itemtype].columns.items()}  # fmt: skip
        opened, updated = one["opened_at"], one.get("updated_at") or one["opened_at"]
        described = one.get("description") or ""
        return {
            **blank,
            "id": key,
            "name": one.get("title") or "",
            "content": _html(described),
            "urgency": LEVELS.get(str(one.get("urgency")), 3),
            "impact": LEVELS.get(str(one.get("impact")), 3),
            "priority": PRIORITIES.get(str(one.get("priority")), 3),
            "date": opened,
            "date_creation": opened,
            "date_mod": updated,
            "solvedate": one.get("resolved_at"),
            "closedate": one.get("closed_at"),
            "users_id_recipient": self.names.user(one.get("opened_by") or ""),
            "itilcategories_id": self.names.category(one.get("category"), one.get("subcategory")),
        }

    def _around(self, itemtype: str, key: int, one: Cells) -> None:
        """The actors and items of something that work is done on."""
        of = f"{itemtype.lower()}s_id"
        put = self.database.put
        if one.get("team"):
            put(_GROUP_LINKS[itemtype], {of: key, "type": ASSIGNED,
                                         "groups_id": self.names.group(one["team"])})  # fmt: skip
        for column, role in (("caller", REQUESTER), ("assignee", ASSIGNED)):
            if one.get(column):
                user = self.names.user(one[column])
                put("Ticket_User", {of: key, "users_id": user, "type": role})
        named = [(SERVICES, self.names.of(SERVICES, one["service"]))] if one.get("service") else []
        if one.get("ci") in self.names.known_items:
            named.append(self.names.known_items[one["ci"]])
        for kind, item in named:
            put(_ITEM_LINKS[itemtype], {"itemtype": kind, "items_id": item, of: key})

    def _problems(self, rows: list[Cells]) -> None:
        for one in rows:
            key = index_of(one["number"])
            row = self._itil("Problem", one, key)
            row["status"] = STATES[K.PROBLEM][one["state"]]
            row["causecontent"], row["symptomcontent"] = one["root_cause"] or "", ""
            row["impactcontent"] = one["workaround"] or ""
            self.database.put("Problem", row)
            self._around("Problem", key, one)

    def _changes(self, rows: list[Cells]) -> None:
        for one in rows:
            key = index_of(one["number"])
            row = self._itil("Change", one, key)
            row["status"] = STATES[K.CHANGE][one["state"]]
            row["solvedate"] = one.get("implemented_at")
            self.database.put("Change", row)
            self._around("Change", key, one)

    def _tasks(self, rows: list[Cells]) -> None:
        for one in rows:
            team = self.names.group(one["team"]) if one["team"] else 0
            self.database.put("ProblemTask", {
                "problems_id": index_of(one["problem"]), "content": _html(one["title"]),
                "state": STATES[K.PROBLEM_TASK][one["state"]], "groups_id_tech": team,
                "users_id": 0, "users_id_tech": 0, "actiontime": 0, "is_private": 0,
                "date": one["opened_at"], "date_creation": one["opened_at"], "begin": None,
                "end": one["due_at"], "date_mod": one.get("updated_at")})  # fmt: skip

    def _approvals(self, rows: list[Cells]) -> None:
        for one in rows:
            approver = self.names.user(one["approver"] or "")
            self.database.put("ChangeValidation", {
                "changes_id": index_of(one["change"]), "users_id": 0, "users_id_validate": approver,
                "comment_submission": one["step"] or "", "comment_validation": "",
                "status": STATES[K.APPROVAL][one["state"]], "submission_date": one["requested_at"],
                "validation_date": one["decided_at"]})  # fmt: skip

    def _history(self, rows: list[Cells]) -> None:
        self.database.fill("Log", log_rows(rows, self.names, self._key))

    def _comments(self, rows: list[Cells]) -> None:
        self.database.fill("ITILFollowup", ({
            "itemtype": "Ticket", "items_id": self._key(one), "date": one["at"],
            "date_creation": one["at"], "date_mod": one.get("updated_at") or one["at"],
            "users_id": self.names.user(one["author"] or ""), "requesttypes_id": 0,
            "content": _html(one["text"]), "is_private": int(bool(one["is_work_note"])),
        } for one in rows))  # fmt: skip

    def _clocks(self, rows: list[Cells]) -> None:
        """What a ticket has columns for: two of the SLA, one of the OLA; not those of contracts."""
        tickets = self.database.table("Ticket").rows
        for one in rows:
            if one["record_kind"] not in {K.INCIDENT.value, K.SERVICE_REQUEST.value}:
                continue
            row = tickets[self._key(one)]
            is_sla = one["type"] == "sla"
            ends, level = ("ttr", 0) if one["target"] == "resolution" else ("tto", 1)
            if not is_sla and level == 1:
                continue
            kind, word = ("SLA", "slas") if is_sla else ("OLA", "olas")
            row[f"{word}_id_{ends}"] = self.names.level(kind, one["agreement"] or kind, level)
            column = "time_to_resolve" if ends == "ttr" else "time_to_own"
            row[column if is_sla else f"internal_{column}"] = one["due_at"]
            paused = round((one["paused_h"] or 0) * _HOUR_S)
            if ends == "tto" and one["ended_at"]:
                row["takeintoaccountdate"] = one["ended_at"]
                row["takeintoaccount_delay_stat"] = one["ended_at"] - row["date"]
            elif is_sla:
                row["sla_waiting_duration"] = paused
            else:
                row["ola_ttr_begin_date"], row["ola_waiting_duration"] = one["started_at"], paused

    def _answers(self, rows: list[Cells]) -> None:
        for one in rows:
            score = one["score"]
            self.database.put("TicketSatisfaction", {
                "tickets_id": self._key(one), "type": 1, "date_begin": one["sent_at"],
                "date_answered": one["answered_at"], "comment": one["text"] or "",
                "satisfaction": None if score is None else round(score)})  # fmt: skip

    def _key(self, one: Cells) -> int:
        index = index_of(one["record"])
        is_request = one["record_kind"] == K.SERVICE_REQUEST.value
        return REQUESTS_FROM + index if is_request else index

    def _connect(self) -> None:
        """Problems and changes of tickets, now that all are there."""
        for link, above, ticket in self._links:
            column = "problems_id" if link == "Problem_Ticket" else "changes_id"
            self.database.put(link, {column: above, "tickets_id": ticket})


def _html(text: str) -> str:
    """A text as the editor writes it."""
    return f"<p>{escape(text, quote=False)}</p>".replace("\n", "<br>") if text else ""
