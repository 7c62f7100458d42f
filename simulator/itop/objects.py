"""What the practice iTop holds: a desk whose records are objects, each with its attributes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from itsm.states import RecordKind
from simulator.desk.desk import Desk
from simulator.desk.making import BESIDE, made_desk
from simulator.desk.records import Event, Held, Value
from simulator.faults import Chances, FaultName
from simulator.itop.people import People
from simulator.itop.words import (
    CLASSES,
    LEVELS,
    SATISFACTION,
    ZONE,
    Class,
    code_of,
    final_class,
)

K = RecordKind
FORM = "%Y-%m-%d %H:%M:%S"
LISTS = frozenset({"private_log", "public_log", "functionalcis_list"})
_CLOCKS = {"tto": "response", "ttr": "resolution"}
_NAMED_BY = {"team_id": "team", "agent_id": "assignee", "service_id": "service"}


@dataclass(slots=True)
class Base:
    """Objects of one estate."""

    desk: Desk
    login: str
    people: People = field(default_factory=People)

    @property
    def chances(self) -> Chances:
        """What goes wrong."""
        return self.desk.chances

    @chances.setter
    def chances(self, chances: Chances) -> None:
        self.desk.chances = chances

    def now(self) -> datetime:
        """What time it is there."""
        return self.desk.now()

    def make(self) -> None:
        """Enter the estate."""
        made_desk(self.desk, BESIDE)
        self.people.enter(self.desk.of(K.INCIDENT), self.desk.of(K.SERVICE_REQUEST))

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the server."""
        fault = self.desk.chances.faults.first(FaultName.USER_ZONE)
        return ZoneInfo(fault.text if fault is not None else ZONE)

    def stamp(self, at: int | None) -> str:
        """A time as iTop writes it: on the server's clock, without a zone; "" for none."""
        if at is None:
            return ""
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone).strftime(FORM)

    def instant(self, text: str) -> int:
        """A time on the server's clock; what is none is the year 1, and a zone is passed over."""
        try:
            naive = datetime.fromisoformat(text[:19])
        except ValueError:
            return -(2**40)
        return int(naive.replace(tzinfo=self.zone).astimezone(UTC).timestamp())

    def reference(self, record: Held) -> str:
        """What people know an object by."""
        form = CLASSES[record.kind].ref
        return form.format(record.id) if form else record.text("name") or record.number

    def named(self, name: str) -> int:
        """The id of a team or service, or of a person, who is entered if need be."""
        for kind in (K.TEAM, K.SERVICE):
            found = self.desk.numbered(kind, name)
            if found is not None:
                return found.id
        return self.people.id_of(name)

    def attributes(self, record: Held) -> "Attributes":
        """What an object says of itself."""
        return Attributes(self, record, CLASSES[record.kind])

    def find(self, key: int) -> Held | None:
        """An object by its id."""
        for kind in CLASSES:
            found = self.desk.of(kind).get(key)
            if found is not None:
                return found
        return None


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of an object."""

    base: Base
    record: Held
    cls: Class

    @property
    def final(self) -> str:
        """The class it is of."""
        return final_class(self.record.kind, self.record.text("type"))

    def names(self) -> Iterator[str]:
        """All it has."""
        yield from ("id", "finalclass", "friendlyname")
        yield from (*self.cls.texts, *self.cls.times, *self.cls.links)
        if self.cls.ref:
            yield from ("ref", "status", *LISTS, "team_id", "agent_id", "org_id", "caller_id")
        if self.record.kind in {K.INCIDENT, K.SERVICE_REQUEST, K.PROBLEM}:
            yield from ("service_id", "servicesubcategory_name")
        if self.record.kind in {K.INCIDENT, K.SERVICE_REQUEST}:
            yield from ("user_satisfaction", "user_comment", "assignment_date")
            yield from ("parent_problem_id", "tto", "ttr")
            for clock in _CLOCKS:
                yield from (f"{clock}_escalation_deadline", f"sla_{clock}_passed",
                            f"sla_{clock}_over")  # fmt: skip
        if self.cls.name in {"WorkOrder", "Service", "FunctionalCI"}:
            yield "status"
        if self.record.kind is K.CHANGE:
            yield from ("approval_date", "approval_comment")

    def shown(self, name: str) -> Any:  # noqa: ANN401  # JSON
        """One attribute as it is sent."""
        made: Mapping[str, Callable[[], Any]] = {
            "private_log": lambda: self._log(is_internal=True),
            "public_log": lambda: self._log(is_internal=False),
            "functionalcis_list": self._items,
        }
        if name in made:
            return made[name]()
        value = self.plain(name)
        if name in self.cls.html and value:
            return f"<p>{escape(str(value), quote=False)}</p>".replace("\n", "<br>")
        return value

    def plain(self, name: str) -> str:
        """One attribute as text."""
        record = self.record
        if name in self.cls.times:
            return self.base.stamp(self.moment(name))
        if name in self.cls.texts and name != "finalclass":
            return _text(record.values.get(self.cls.texts[name]), name)
        if name in self.cls.links:
            other = self.linked(name)
            return "" if other is None else self.base.reference(other)
        own = self._own(name)
        return own if own is not None else _text(record.values.get(name), name)

    def moment(self, name: str) -> int | None:
        """A time."""
        own = self.cls.times[name]
        return self.record.time(own) if own else self.record.updated

    def linked(self, name: str) -> Held | None:
        """The other end of a link."""
        own, kind = self.cls.links[name]
        return self.base.desk.numbered(kind, self.record.text(own))

    def value(self, name: str) -> Value:
        """One attribute, as conditions compare it."""
        if name == "id":
            return self.record.id
        if name in self.cls.times:
            return self.moment(name)
        return self.plain(name)

    def _own(self, name: str) -> str | None:
        record, base = self.record, self.base
        if name in {"id", "ref", "friendlyname"}:
            return str(record.id) if name == "id" else base.reference(record)
        if name == "finalclass":
            return record.text("ci_class") if self.cls.name == "FunctionalCI" else self.final
        if name == "status":
            return self._status()
        if name == "servicesubcategory_name":
            levels = (record.text("category"), record.text("subcategory"))
            return LEVELS.join(filter(None, levels))
        if name == "location_name":
            return record.text("location")
        key = self._pointed(name)
        return self._measured(name) if key is None else str(key)

    def _pointed(self, name: str) -> int | None:
        """The id that an external key holds, 0 where it is empty; None: it is no such key."""
        if name in _NAMED_BY:
            who = self.record.text(_NAMED_BY[name])
            return self.base.named(who) if who else 0
        if name == "caller_id":
            return self.base.people.caller(self.record)
        if name == "parent_problem_id":
            is_there = "parent_problem_ref" in self.cls.links
            other = self.linked("parent_problem_ref") if is_there else None
            return 0 if other is None else other.id
        return None

    def _status(self) -> str:
        if self.cls.name == "FunctionalCI":
            return "obsolete" if self.record.values.get("is_retired") else "production"
        if self.cls.name == "Service":
            return "production"
        return code_of(self.record.kind, self.record.text("state"))

    def _measured(self, name: str) -> str | None:
        """Clocks, satisfaction, approvals."""
        for clock, target in _CLOCKS.items():
            if name in {clock, f"{clock}_escalation_deadline", f"sla_{clock}_passed",
                        f"sla_{clock}_over"}:  # fmt: skip
                return self._clock(target, name)
        if name == "assignment_date":
            begun = [one.at for one in self.record.events if one.field in {"assignee", "state"}]
            return self.base.stamp(begun[0] if begun else None)
        if name in {"user_satisfaction", "user_comment"}:
            return self._rated(name)
        return self._approved(name) if name.startswith("approval_") else None

    def _rated(self, name: str) -> str:
        """What a customer answered; 1, the best, is what nobody answered, too."""
        told = [one for one in self.record.beside.get(K.SURVEY_RESPONSE, ()) if one["score"]]
        if not told:
            return "1" if name == "user_satisfaction" else ""
        score = SATISFACTION[round(float(str(told[-1]["score"])))]
        return score if name == "user_satisfaction" else str(told[-1]["text"] or "")

    def _approved(self, name: str) -> str:
        steps = [one for one in self.record.beside.get(K.APPROVAL, ()) if one["decided_at"]]
        if not steps:
            return ""
        at = steps[-1]["decided_at"]
        is_date = name == "approval_date" and isinstance(at, int)
        return self.base.stamp(int(str(at))) if is_date else str(steps[-1]["step"] or "")

    def _clock(self, target: str, name: str) -> str:
        for one in self.record.beside.get(K.SLA_CLOCK, ()):
            if one["type"] == "sla" and one["target"] == target:
                if name.endswith("_deadline"):
                    due = one["due_at"]
                    return self.base.stamp(due if isinstance(due, int) else None)
                if name.endswith("_passed"):
                    return "yes" if one["is_breached"] else "no"
                return str(round(float(str(one["elapsed_h"] or 0)) * 3600))
        return ""

    def _log(self, *, is_internal: bool) -> dict[str, list[dict[str, str]]]:
        found = [one for one in self.record.remarks if one.is_internal == is_internal]
        return {
            "entries": [
                {"date": self.base.stamp(one.at), "user_login": one.author, "user_id": "0",
                 "message": one.text, "message_html": f"<p>{escape(one.text, quote=False)}</p>"}
                for one in found
            ]
        }  # fmt: skip

    def _items(self) -> list[dict[str, str]]:
        name = self.record.text("ci")
        item = self.base.desk.numbered(K.CONFIGURATION_ITEM, name)
        key = "0" if item is None else str(item.id)
        linked = {"functionalci_id": key, "functionalci_name": name, "impact_code": "manual"}
        return [linked] if name else []


def changed_of(base: Base, record: Held, event: Event) -> dict[str, str] | None:
    """A change as the log of changes tells it; None where nothing changed in iTop's words."""
    old, new = event.old or "", event.new or ""
    if event.field == "state":
        both = [code_of(record.kind, one) if one else "" for one in (old, new)]
        return None if both[0] == both[1] else {"oldvalue": both[0], "newvalue": both[1]}
    if event.field == "problem":
        others = [base.desk.numbered(K.PROBLEM, one) for one in (old, new)]
        ids = [str(one.id) if one is not None else "0" for one in others]
        return {"oldvalue": ids[0], "newvalue": ids[1]}
    if event.field in {"team", "assignee", "service"}:
        both = [str(base.named(one)) if one else "0" for one in (old, new)]
        return {"oldvalue": both[0], "newvalue": both[1]}
    return {"oldvalue": _text(old, event.field), "newvalue": _text(new, event.field)}


def _text(value: Value, name: str) -> str:
    if value is None:
        return ""
    if name == "priority" and str(value) == "5":
        return "4"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
