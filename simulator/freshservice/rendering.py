"""How a practice Freshservice writes its records: times in UTC, numbers for choices."""

from typing import Any

from itsm.states import RecordKind
from simulator.desk.records import Event, Held, Remark
from simulator.freshservice.account import Account
from simulator.freshservice.shown import html, told
from simulator.freshservice.words import (
    APPROVALS,
    ASSET_TYPES,
    CHANGE_TYPES,
    LEVELS,
    PRIORITIES,
    PRIORITY_NAMES,
    RISKS,
    SERVICE_TYPE,
    SOURCES,
    STATES,
    STATUS_NAMES,
    UNKNOWN_STATUS,
    VENDOR_TICKET,
)

K = RecordKind
Json = dict[str, Any]
WORKSPACE = 2


class Show:
    """Writes the records of an account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def ticket(self, record: Held, include: frozenset[str] = frozenset()) -> Json:
        """A ticket, with what it is to include."""
        text, account = record.text, self.account
        usual = STATES[K.INCIDENT].get(text("state"), UNKNOWN_STATUS)
        state = record.values.get("status_code", usual)
        caller, description = text("caller"), text("description")
        shown: Json = {
            "id": record.id,
            "workspace_id": WORKSPACE,
            "subject": text("title"),
            "description": text("description_html") or html(description),
            "description_text": description,
            "type": "Incident" if record.kind is K.INCIDENT else "Service Request",
            "status": state,
            "priority": PRIORITIES.get(text("priority"), 1),
            "urgency": LEVELS.get(text("urgency"), 1),
            "impact": LEVELS.get(text("impact"), 1),
            "source": SOURCES.get(text("channel"), 2),
            "category": text("category") or text("catalogue_item") or None,
            "sub_category": text("subcategory") or None,
            "item_category": None,
            "requester_id": account.person(caller),
            "requested_for_id": account.person(caller),
            "responder_id": account.agent(text("assignee")),
            "group_id": account.number(K.TEAM, text("team")),
            "department_id": None,
            "tags": text("tags").split(",") if text("tags") else [],
            "deleted": record.id in account.trash,
            "spam": record.id in account.spam,
            "resolution_notes": text("close_notes") or None,
            "resolution_notes_html": html(text("close_notes")) or None,
            **self._deadlines(record),
            "custom_fields": self._own(record),
            "attachments": [],
            "created_at": told(record.created),
            "updated_at": told(record.updated),
        }
        for name in include:
            if name in _EMBEDDED:
                shown[name] = getattr(self, f"_{name}")(record)
        return shown

    def _deadlines(self, record: Held) -> Json:
        """When a ticket is due, and whether that is over."""
        return {
            "is_escalated": self._is_late(record, "resolution"),
            "fr_escalated": self._is_late(record, "response"),
            "due_by": told(self._clock(record, "resolution", "due_at") or record.time("due_at")),
            "fr_due_by": told(self._clock(record, "response", "due_at")),
        }

    def _own(self, record: Held) -> Json:
        """The company's own fields of a ticket."""
        text = record.text
        case = self._case(record) if text("vendor") else None
        return {
            "vendor": text("vendor") or None,
            VENDOR_TICKET: case.text("vendor_reference") if case is not None else None,
            "closure_code": text("close_code") or None,
            "location": text("location") or None,
            "major_incident": bool(record.values.get("is_major")),
            "test_record": bool(record.values.get("is_test")),
            "csi_key": text("csi_key") or None,
        }

    def _case(self, record: Held) -> Held | None:
        """The vendor's case of an incident."""
        cases = self.account.desk.of(K.VENDOR_CASE).values()
        return next((one for one in cases if one.text("incident") == record.number), None)

    def _clock(self, record: Held, target: str, name: str) -> int | None:
        for one in record.beside.get(K.SLA_CLOCK, ()):
            value = one.get(name)
            if one["type"] == "sla" and one["target"] == target and isinstance(value, int):
                return value
        return None

    def _is_late(self, record: Held, target: str) -> bool:
        return any(bool(one["is_breached"]) for one in record.beside.get(K.SLA_CLOCK, ())
                   if one["type"] == "sla" and one["target"] == target)  # fmt: skip

    def _stats(self, record: Held) -> Json:
        responded = self._clock(record, "response", "ended_at")
        return {
            "ticket_id": record.id,
            "opened_at": None,
            "created_at": told(record.created),
            "updated_at": told(record.updated),
            "group_escalated": False,
            "status_updated_at": told(record.updated),
            "pending_since": None,
            "resolved_at": told(record.time("resolved_at")),
            "closed_at": told(record.time("closed_at")),
            "first_assigned_at": None,
            "assigned_at": None,
            "first_responded_at": told(responded),
            "agent_responded_at": told(responded),
            "requester_responded_at": None,
        }

    def _requester(self, record: Held) -> Json | None:
        name = record.text("caller")
        return {**self.account.shown_person(name), "name": name} if name else None

    def _requested_for(self, record: Held) -> Json | None:
        return self._requester(record)

    def _problem(self, record: Held) -> Json | None:
        key = self.account.number(K.PROBLEM, record.text("problem"))
        if key is None:
            return None
        found = self.account.desk.of(K.PROBLEM)[key]
        return {"id": key, "display_id": key, "subject": found.text("title")}

    def _change(self, record: Held) -> Json | None:
        key = self.account.number(K.CHANGE, record.text("caused_by_change"))
        return None if key is None else {"change_initiating_ticket": {"display_id": key}}

    def _related_tickets(self, record: Held) -> Json:
        parent = self.account.number(K.INCIDENT, record.text("parent_incident"))
        return {"parent": {"id": parent} if parent else None, "children": []}

    def _assets(self, record: Held) -> list[Json]:
        keys = [self.account.number(K.SERVICE, record.text("service")),
                self.account.number(K.CONFIGURATION_ITEM, record.text("ci"))]  # fmt: skip
        names = (record.text("service"), record.text("ci"))
        return [{"display_id": key, "name": name, "asset_type_id": self._asset_type(key)}
                for key, name in zip(keys, names, strict=True) if key is not None]  # fmt: skip

    def _asset_type(self, key: int) -> int:
        if key in self.account.desk.of(K.SERVICE):
            return SERVICE_TYPE
        found = self.account.desk.of(K.CONFIGURATION_ITEM)[key]
        return ASSET_TYPES[found.text("ci_class")][0]

    def _conversations(self, record: Held) -> list[Json]:
        return [self.conversation(one) for one in record.remarks[:10]]

    def conversation(self, one: Remark) -> Json:
        """A reply, or a note that only agents see."""
        at = told(one.at)
        return {"id": one.id, "user_id": self.account.person(one.author), "body": html(one.text),
                "body_text": one.text, "private": one.is_internal,
                "incoming": one.author not in self.account.agents, "source": 2,
                "created_at": at, "updated_at": at}  # fmt: skip

    def activity(self, one: Event) -> Json | None:
        """What happened, in the account's language; None for what it says nothing of."""
        content = self._said(one)
        if content is None:
            return None
        actor = self.account.person(one.actor) if one.actor != "system" else None
        name = one.actor if actor is not None else "System"
        return {"actor": {"id": actor, "name": name}, "content": content, "sub_contents": [],
                "created_at": told(one.at)}  # fmt: skip

    def _said(self, one: Event) -> str | None:
        if one.field == "state":
            old, new = (STATES[K.INCIDENT].get(side) if side else None
                        for side in (one.old, one.new))  # fmt: skip
            if new is None or old == new:
                return None
            return f" set Status as {STATUS_NAMES[new]}"
        if one.field == "priority" and one.new:
            old_p, new_p = PRIORITIES.get(one.old or ""), PRIORITIES[one.new]
            return None if old_p == new_p else f" set Priority as {PRIORITY_NAMES[new_p]}"
        if one.field == "problem":
            return f" associated the problem {one.new}" if one.new else " took the problem away"
        if one.field == "team":
            return f" set Group as {one.new or 'none'}"
        return f" set Agent as {one.new or 'none'}" if one.field == "assignee" else None

    def problem(self, record: Held) -> Json:
        """A problem."""
        shown = self._work(record)
        cause, symptom, impact = (html(record.text(name)) for name in
                                  ("root_cause", "symptom", "impact_text"))  # fmt: skip
        known = bool(record.values.get("is_known_error"))
        return {
            **shown,
            "known_error": known,
            "associated_change": None,
            "analysis_fields": {
                name: {"description": text, "attachment_ids": []}
                for name, text in (("problem_cause", cause), ("problem_symptom", symptom),
                                   ("problem_impact", impact)) if text
            },
            "due_by": told(record.time("due_at")),
            "custom_fields": {"workaround": record.text("workaround") or None,
                              "csi_key": record.text("csi_key") or None},
        }  # fmt: skip

    def change(self, record: Held) -> Json:
        """A change."""
        approvals = record.beside.get(K.APPROVAL, ())
        states = [APPROVALS.get(str(one["state"]), 1) for one in approvals]
        return {
            **self._work(record),
            "change_type": CHANGE_TYPES.get(record.text("type"), 1),
            "risk": RISKS.get(record.text("risk"), 1),
            "approval_status": max(states) if states else 4,
            "planned_start_date": told(record.time("planned_start_at")),
            "planned_end_date": told(record.time("planned_end_at")),
            "custom_fields": {"result": record.text("outcome") or None,
                              "implemented": told(record.time("implemented_at")),
                              "closed": told(record.time("closed_at"))},
        }  # fmt: skip

    def _work(self, record: Held) -> Json:
        text = record.text
        state = record.values.get("status_code", STATES[record.kind].get(text("state"), 1))
        return {
            "id": record.id,
            "workspace_id": WORKSPACE,
            "subject": text("title"),
            "description": text("description_html") or html(text("description")),
            "description_text": text("description"),
            "status": state,
            "priority": PRIORITIES.get(text("priority"), 1),
            "impact": LEVELS.get(text("impact"), 1),
            "agent_id": None,
            "group_id": self.account.number(K.TEAM, text("team")),
            "requester_id": self.account.person(text("requester") or "Service Desk"),
            "department_id": None,
            "category": text("category") or None,
            **dict.fromkeys(("sub_category", "item_category", "planned_effort")),
            "assets": [{"display_id": one["display_id"]} for one in self._assets(record)],
            "created_at": told(record.created),
            "updated_at": told(record.updated),
        }

    def task(self, record: Held) -> Json:
        """A task of a problem."""
        return {
            "id": record.id,
            "title": record.text("title"),
            "description": "",
            "status": STATES[K.PROBLEM_TASK][record.text("state")],
            "group_id": self.account.number(K.TEAM, record.text("team")),
            "agent_id": None,
            "due_date": told(record.time("due_at")),
            "closed_at": told(record.time("closed_at")),
            "created_at": told(record.created),
            "updated_at": told(record.updated),
        }

    def rating(self, record: Held) -> Json | None:
        """What a customer answered to a ticket."""
        for one in record.beside.get(K.SURVEY_RESPONSE, ()):
            at, score = one["answered_at"], one["score"]
            if isinstance(at, int) and isinstance(score, float | int):
                question = {"question": {"question_text": "Anything to add?"},
                            "answers": [{"answer_text": one["text"]}]}  # fmt: skip
                return {"id": record.id, "overall_rating": round(score),
                        "overall_rating_text": "", "created_at": told(at), "updated_at": told(at),
                        "score": {"acquired_score": round(score) * 2, "total_score": 10},
                        "questionnaire_responses": [question] if one["text"] else []}  # fmt: skip
        return None


_EMBEDDED = frozenset({"stats", "requester", "requested_for", "problem", "change",
                       "related_tickets", "assets", "conversations"})  # fmt: skip
