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

NAMES = {
    REVIEWER: "Ada Lund",
    MANAGER: "Mara Quist",
    APPROVER: "Dora Feld",
    "ben": "Ben Oster",
    "cleo": "Cleo Marsh",
    "emil": "Emil Roth",
}
"""What ServiceNow calls everybody."""
_ROLES = {MANAGER: "manager", APPROVER: "approver"}
"""Everybody else is a coordinator."""

PUSH = """
[sources.practice.push]
mode = "full"
instance = "practice"
on_closed = true
cap = 2000
settle_s = 0

[push]
max_links = 30
"""
"""How far the story writes to the practice ServiceNow: all the way."""

_REST = """
[mining]
learns = false

[cost]
handling_h = 1.2
lost_h_per_user = 0.4
rate_per_h = 55

[improvement]
mirrors = ["practice"]

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


def configured() -> str:
    """What the story's `csi.toml` says beside its source: people of every role, costs, targets.

    Mining does not learn: on so few decisions it gains nothing, and takes half of the time.
    """
    people = (
        f'[people.{name}]\nroles = ["{_ROLES.get(name, "coordinator")}"]\nfull_name = "{full}"\n'
        for name, full in NAMES.items()
    )
    return PUSH + _REST + "\n" + "".join(people)


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
