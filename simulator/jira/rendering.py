"""Issues and what belongs to them as the site answers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from simulator.jira.fields import FIELDS, Shape
from simulator.jira.people import account_id, shown, user_name
from simulator.jira.site import Cycle, Entry, Issue, Remark, Site
from simulator.jira.words import (
    CATEGORIES,
    PRIORITIES,
    PROJECTS,
    STATUSES,
    SUBTASKS,
    TYPES,
    UNKNOWN_STATUS,
)

Json = dict[str, object]
EMBEDDED = 20
"""Comments and changes that Cloud puts into an issue at most."""
WORKSPACE = "7c2f6a3e-practice"
"""The workspace of Assets."""


def document(text: str) -> Json:
    """A text as Atlassian Document Format: a paragraph per blank line, breaks within."""
    paragraphs = []
    for part in text.split("\n\n"):
        content: list[Json] = []
        for place, line in enumerate(part.split("\n")):
            if place:
                content.append({"type": "hardBreak"})
            if line:
                content.append({"type": "text", "text": line})
        paragraphs.append({"type": "paragraph", "content": content})
    return {"version": 1, "type": "doc", "content": paragraphs}


@dataclass(frozen=True)
class Renderer:
    """Shows issues to the user who asks.

    Attributes:
        base: scheme and host that links begin with.
        version: 3 for documents, 2 for wiki text.
    """

    site: Site
    base: str
    version: int

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return ZoneInfo(self.site.zone)

    @property
    def root(self) -> str:
        """Where the platform's API is."""
        return f"{self.base}/rest/api/{self.version}"

    def time(self, ms: int | None) -> str | None:
        """A time in the user's zone."""
        if ms is None:
            return None
        at = datetime.fromtimestamp(ms // 1000, UTC).astimezone(self.zone)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}{at:%z}"

    def moment(self, ms: int) -> Json:
        """A time as the service desk's API shows it."""
        at = datetime.fromtimestamp(ms // 1000, UTC).astimezone(self.zone)
        return {
            "iso8601": f"{at:%Y-%m-%dT%H:%M:%S%z}",
            "jira": self.time(ms),
            "friendly": f"{at:%d/%b/%y} {at:%I:%M %p}",
            "epochMillis": ms,
        }

    def person(self, name: str) -> Json | None:
        """A person."""
        return shown(self.site, name, self.base)

    def text(self, text: str) -> object:
        """A text with format: a document, or wiki text."""
        if not text:
            return None
        return document(text) if self.version == 3 else text

    def status(self, name: str) -> Json:
        """A status."""
        key, category = STATUSES.get(name, STATUSES[UNKNOWN_STATUS])
        number, label, color = CATEGORIES[category]
        return {
            "self": f"{self.root}/status/{key}",
            "description": "",
            "iconUrl": f"{self.base}/images/icons/status_generic.gif",
            "name": name,
            "id": key,
            "statusCategory": {
                "self": f"{self.root}/statuscategory/{number}",
                "id": number,
                "key": category,
                "colorName": color,
                "name": label,
            },
        }

    def issue_type(self, name: str) -> Json:
        """An issue type."""
        return {
            "self": f"{self.root}/issuetype/{TYPES[name]}",
            "id": TYPES[name],
            "description": "",
            "iconUrl": f"{self.base}/images/icons/issuetypes/{TYPES[name]}.png",
            "name": name,
            "subtask": name in SUBTASKS,
        }

    def priority(self, name: str) -> Json | None:
        """A priority."""
        if not name:
            return None
        key = PRIORITIES[name]
        icon = f"{self.base}/images/icons/priorities/{name.lower()}.svg"
        return {"self": f"{self.root}/priority/{key}", "iconUrl": icon, "name": name, "id": key}

    def project(self, key: str) -> Json:
        """A project."""
        place = list(PROJECTS).index(key)
        number = str(10_000 + place)
        return {
            "self": f"{self.root}/project/{number}",
            "id": number,
            "key": key,
            "name": PROJECTS[key],
            "projectTypeKey": "service_desk",
            "simplified": False,
        }

    def changelog(self, issue: Issue) -> Json:
        """The changes of an issue; Cloud shows no more than the newest twenty here."""
        entries = issue.history[-EMBEDDED:] if self.site.is_cloud else issue.history
        return {
            "startAt": 0,
            "maxResults": len(entries),
            "total": len(issue.history),
            "histories": [self.entry(one) for one in entries],
        }

    def entry(self, entry: Entry, *, epoch: bool = False) -> Json:
        """What somebody changed; bulk answers have its time in seconds since 1970."""
        items = [
            {
                "field": change.field,
                "fieldtype": "custom" if change.field_id.startswith("custom") else "jira",
                "fieldId": change.field_id,
                "from": None if change.old is None else self._side(change.field_id, change.old),
                "fromString": None if change.old is None else change.old[1],
                "to": None if change.new is None else self._side(change.field_id, change.new),
                "toString": None if change.new is None else change.new[1],
            }
            for change in entry.changes
        ]
        told: Json = {
            "id": str(entry.id),
            "created": entry.created // 1000 if epoch else self.time(entry.created),
            "items": items,
        }
        if entry.author != "system":
            told["author"] = self.person(entry.author)
        return told

    def comment(self, remark: Remark, issue: Issue) -> Json:
        """A comment."""
        by = self.person(remark.author)
        return {
            "self": f"{self.root}/issue/{issue.id}/comment/{remark.id}",
            "id": str(remark.id),
            "author": by,
            "body": self.text(remark.text),
            "updateAuthor": by,
            "created": self.time(remark.created),
            "updated": self.time(remark.created),
            "jsdPublic": not remark.is_internal,
        }

    def clock(self, name: str, issue: Issue) -> Json | None:
        """A service level metric of an issue; None where it does not apply."""
        cycles = issue.clocks.get(name)
        if not cycles:
            return None
        place = list(_clock_names()).index(name) + 1
        told: Json = {
            "id": str(place),
            "name": name,
            "_links": {"self": f"{self.base}/rest/servicedeskapi/request/{issue.id}/sla/{place}"},
            "slaDisplayFormat": "NEW_SLA_FORMAT",
            "completedCycles": [self._cycle(one) for one in cycles if one.stop is not None],
        }
        running = [one for one in cycles if one.stop is None]
        if running:
            told["ongoingCycle"] = {
                **self._cycle(running[0]),
                "paused": False,
                "withinCalendarHours": True,
            }
        return told

    def _cycle(self, cycle: Cycle) -> Json:
        told: Json = {
            "startTime": self.moment(cycle.start),
            "breachTime": self.moment(cycle.breach),
            "breached": cycle.is_breached,
            "goalDuration": _lasting(cycle.goal),
            "elapsedTime": _lasting(cycle.elapsed),
            "remainingTime": _lasting(cycle.goal - cycle.elapsed),
        }
        if cycle.stop is not None:
            told["stopTime"] = self.moment(cycle.stop)
        return told

    def _side(self, field: str, side: tuple[str, str]) -> str:
        if field != "assignee":
            return side[0]
        return account_id(side[1]) if self.site.is_cloud else user_name(side[1])


def _clock_names() -> list[str]:
    return [field.name for field in FIELDS if field.shape is Shape.CLOCK]


def _lasting(ms: int) -> Json:
    sign, minutes = "-" if ms < 0 else "", abs(ms) // 60_000
    hours, left = divmod(minutes, 60)
    friendly = f"{sign}{hours}h {left}m" if hours else f"{sign}{left}m"
    return {"millis": ms, "friendly": friendly}
