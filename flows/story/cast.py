"""Who acts in the story, and what their installation is configured to."""

from dataclasses import dataclass
from datetime import datetime

from flows.people_settings import person_of
from flows.registering import act_of
from flows.wiring import Parts
from itsm.register_rules import Act

REVIEWER = "ada"
MANAGER = "mara"
APPROVER = "dora"
OWNERS = ("ben", "cleo", "emil")

PEOPLE = """
[mining]
learns = false

[people.ada]
roles = ["proposer"]
full_name = "Ada Lund"
[people.mara]
roles = ["manager"]
full_name = "Mara Quist"
[people.dora]
roles = ["approver"]
full_name = "Dora Feld"
[people.ben]
roles = ["coordinator"]
full_name = "Ben Oster"
[people.cleo]
roles = ["coordinator"]
full_name = "Cleo Marsh"
[people.emil]
roles = ["coordinator"]
full_name = "Emil Roth"

[cost]
handling_h = 1.2
lost_h_per_user = 0.4
rate_per_h = 55

[improvement.cost]
version = "2026"
rate_per_day = 620

[[figures.targets]]
figure = "resolution_time"
value = 30
owner = "service desk lead"

[[figures.targets]]
figure = "sla_compliance"
value = 0.9
owner = "service level manager"
slice = { target = "resolution" }
"""
"""What the story's `csi.toml` says beside its source: people of every role, costs, two targets.

Mining does not learn: on so few decisions it gains nothing, and takes half of the time."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """The weekly meeting: when it is held, and in which week of the story, counted from 0."""

    parts: Parts
    number: int
    at: datetime

    def act(self, name: str, reason: str) -> Act:
        """An act of somebody of the cast in this meeting."""
        person = person_of(self.parts.settings.people, name)
        assert person is not None, "the cast is in the settings"
        return act_of(self.parts, person, reason, self.at)
