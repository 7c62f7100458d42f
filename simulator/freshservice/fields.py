"""The fields of a practice Freshservice that can be written, and what they become on its desk."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.freshservice.account import Account
from simulator.freshservice.answers import invalid
from simulator.freshservice.words import LEVELS, PRIORITIES

K = RecordKind
_STATUSES = {K.PROBLEM: (1, 2, 3)}
_TICKET_STATUSES = (2, 3, 4, 5, 6, 7)
_ANALYSIS = {"problem_cause": "root_cause", "problem_symptom": "symptom",
             "problem_impact": "impact_text"}  # fmt: skip
_TAG = re.compile(r"<[^<>]*>")
_OWN = {"csi_key": "csi_key", "workaround": "workaround"}
_PLAIN = {"subject": "title", "category": "category",
          "known_error": "is_known_error"}  # fmt: skip


@dataclass(slots=True)
class Fields:
    """Sets fields of tickets and problems."""

    account: Account

    def set(self, record: Held, given: Mapping[str, Any]) -> None:
        """Set what is given; what is not allowed is refused, and then nothing is set."""
        values = self._choices(record, given)
        values |= {_PLAIN[name]: given[name] for name in _PLAIN.keys() & given.keys()}
        values |= self._analysis(given)
        if "description" in given:
            values["description_html"] = given["description"]
            values["description"] = _TAG.sub("", str(given["description"] or ""))
        for name, value in (given.get("custom_fields") or {}).items():
            if name not in _OWN:
                raise invalid(name, "Unexpected/invalid field in request", "invalid_field")
            values[_OWN[name]] = value
        record.values.update(values)

    def _choices(self, record: Held, given: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if "status" in given:
            allowed = _STATUSES.get(record.kind, _TICKET_STATUSES)
            if given["status"] not in allowed:
                told = ",".join(map(str, allowed))
                raise invalid("status", f"It should be one of these values: '{told}'")
            values["status_code"] = given["status"]
        for name, table in (("priority", PRIORITIES), ("impact", LEVELS)):
            if name in given:
                values[name] = next((k for k, v in table.items() if v == given[name]), None)
        if "group_id" in given:
            team = self.account.desk.of(K.TEAM).get(int(given["group_id"] or 0))
            values["team"] = team.number if team is not None else None
        return values

    def _analysis(self, given: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if given.get("due_by"):
            values["due_at"] = int(datetime.fromisoformat(given["due_by"]).timestamp())
        for name, part in (given.get("analysis_fields") or {}).items():
            if name in _ANALYSIS and isinstance(part, dict):
                values[_ANALYSIS[name]] = part.get("description")
        return values
