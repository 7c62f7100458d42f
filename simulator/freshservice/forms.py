"""The forms of a practice Freshservice: their fields, what they demand, what they offer."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.faults import FaultName
from simulator.freshservice.account import Account
from simulator.freshservice.words import PRIORITY_NAMES, STATUS_NAMES
from simulator.web import Answer, Request, json_answer

Places = Mapping[str, str]


@dataclass(slots=True)
class Forms:
    """Handlers of forms."""

    account: Account

    def tickets(self, _request: Request, _: Places) -> Answer:
        """`GET /ticket_form_fields`."""
        choices: Mapping[str, Mapping[int, str]] = {
            "status": STATUS_NAMES,
            "priority": PRIORITY_NAMES,
        }
        shown = [
            {"id": place, "name": name, "label": name.capitalize(), "field_type": f"default_{name}",
             "choices": [{"id": key, "value": word} for key, word in words.items()]}
            for place, (name, words) in enumerate(choices.items(), 1)
        ]  # fmt: skip
        return json_answer({"ticket_fields": shown})

    def problems(self, _request: Request, _: Places) -> Answer:
        """`GET /problem_form_fields`: the fields of the form for problems."""
        policies = self.account.chances.faults.of(FaultName.FIELD_MANDATORY)
        demanded = {word for one in policies if one.concerns("problems")
                    for word in one.text.split()}  # fmt: skip
        needed = {"subject", "requester", "description", "status", "priority", "impact"}
        choices: Mapping[str, Mapping[int, str]] = {
            "status": {1: "Open", 2: "Change Requested", 3: "Closed"},
            "priority": PRIORITY_NAMES,
            "impact": {1: "Low", 2: "Medium", 3: "High"},
        }
        shown = [
            {"id": place, "name": name, "label": name.capitalize(),
             "required_for_agents": name in needed | demanded, "required_for_closure": False,
             "choices": [{"id": key, "value": word} for key, word in
                         choices.get(name, {}).items()]}
            for place, name in enumerate(sorted(needed | {"category", "group", "csi_key"}), 1)
        ]  # fmt: skip
        return json_answer({"problem_fields": shown})
