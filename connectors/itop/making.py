"""What is made of objects: raw records, with texts as people see them and times in UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.core.mapping.html_text import plain_of
from connectors.core.mapping.raw import Cells, cell, raw_of
from connectors.itop.api import Fields, ItopApi
from connectors.itop.pointing import Pointed
from itsm.records import RawRecord
from itsm.states import RecordKind

K = RecordKind
TIMES = frozenset(
    {"start_date", "end_date", "last_update", "resolution_date", "close_date", "creation_date",
     "approval_date", "assignment_date", "date"}
)  # fmt: skip
HTML = frozenset({"description", "solution", "workaround", "root_cause", "symptom"})
CLOCKS: Mapping[str, str] = {"tto": "assignment_date", "ttr": "resolution_date"}
"""The stop-watches, and when each ends."""
LOGS: Mapping[str, str] = {"private_log": "true", "public_log": "false"}
"""The logs of comments, and whether each is seen by agents only."""
_NAMED = {"team_id": "Team", "agent_id": "Person"}


@dataclass(frozen=True, slots=True)
class ObjectMaker:
    """Makes a raw record of each object."""

    api: ItopApi
    kind: RecordKind
    columns: tuple[str, ...]
    pointed: Pointed

    def __call__(self, rows: Sequence[Fields]) -> Sequence[RawRecord]:
        """A raw record per object."""
        self.pointed.look_up(rows)
        return [self._made(row) for row in rows]

    def _made(self, row: Fields) -> RawRecord:
        told = cells_of(self.api, row, self.columns) | _cells(**self.pointed.cells(row))
        return raw_of(self.api.name, self.kind, str(row["id"]), told)


@dataclass(frozen=True, slots=True)
class ClockMaker:
    """Makes raw records of the stop-watches of tickets."""

    api: ItopApi
    owner: RecordKind

    fields = (
        *("ref", "start_date", "last_update", "assignment_date", "resolution_date"),
        *("tto", "tto_escalation_deadline", "sla_tto_passed"),
        *("ttr", "ttr_escalation_deadline", "sla_ttr_passed"),
    )

    def __call__(self, rows: Sequence[Fields]) -> Sequence[RawRecord]:
        """A raw record per watch that has a deadline."""
        found = []
        for row in rows:
            for clock, end in CLOCKS.items():
                due = time_of(self.api, row.get(f"{clock}_escalation_deadline"))
                if due:
                    key = f"{row['id']}-{clock}"
                    told = cells_of(self.api, row, ("ref", "start_date", "last_update"))
                    told |= _cells(
                        key=key, kind=self.owner.value, clock=clock, deadline=due,
                        ended=time_of(self.api, row.get(end)),
                        passed=str(row.get(f"sla_{clock}_passed") or ""),
                        spent=str(row.get(clock) or ""),
                    )  # fmt: skip
                    found.append(raw_of(self.api.name, K.SLA_CLOCK, key, told))
        return found


@dataclass(frozen=True, slots=True)
class CommentMaker:
    """Makes raw records of the entries of logs."""

    api: ItopApi
    owner: RecordKind

    fields = ("ref", "last_update", *LOGS)

    def __call__(self, rows: Sequence[Fields]) -> Sequence[RawRecord]:
        """A raw record per entry; they are only ever added to."""
        found = []
        for row in rows:
            for log, internal in LOGS.items():
                for place, entry in enumerate(_entries(row.get(log))):
                    text = str(entry.get("message") or "")
                    if not text.strip():
                        continue
                    key = f"{row['id']}-{log}-{place}"
                    told = _cells(
                        key=key, kind=self.owner.value, ref=str(row.get("ref") or ""),
                        date=time_of(self.api, entry.get("date")), message=plain_of(text),
                        author=str(entry.get("user_login") or ""), internal=internal,
                    )  # fmt: skip
                    found.append(raw_of(self.api.name, K.COMMENT, key, told))
        return found


@dataclass(frozen=True, slots=True)
class RatingMaker:
    """Makes raw records of what customers answered.

    Nobody who did not answer is told from one who was very satisfied, but by a comment.
    """

    api: ItopApi
    owner: RecordKind

    fields = ("ref", "last_update", "user_satisfaction", "user_comment")

    def __call__(self, rows: Sequence[Fields]) -> Sequence[RawRecord]:
        """A raw record per answer."""
        found = []
        for row in rows:
            if str(row.get("user_comment") or "").strip():
                key = str(row["id"])
                told = cells_of(self.api, row, self.fields)
                told |= _cells(key=key, kind=self.owner.value)
                found.append(raw_of(self.api.name, K.SURVEY_RESPONSE, key, told))
        return found


@dataclass(frozen=True, slots=True)
class ChangeMaker:
    """Makes raw records of changes, with the names of teams and people."""

    api: ItopApi
    owner: RecordKind

    fields = ("date", "objkey", "attcode", "oldvalue", "newvalue", "userinfo")

    def __call__(self, rows: Sequence[Fields]) -> Sequence[RawRecord]:
        """A raw record per change."""
        names: Mapping[str, str] = {}
        for attribute, cls in _NAMED.items():
            keys = [
                str(row.get(side) or "")
                for row in rows
                if row.get("attcode") == attribute
                for side in ("oldvalue", "newvalue")
            ]
            names = self.api.names_of(cls, keys)
        return [self._made(row, names) for row in rows]

    def _made(self, row: Fields, names: Mapping[str, str]) -> RawRecord:
        key, attribute = str(row["id"]), str(row.get("attcode") or "")
        both = [str(row.get(side) or "") for side in ("oldvalue", "newvalue")]
        if attribute in _NAMED:
            both = ["" if one in {"", "0"} else names.get(one, one) for one in both]
        told = _cells(
            key=key, kind=self.owner.value, objkey=str(row.get("objkey") or ""), field=attribute,
            date=time_of(self.api, row.get("date")), userinfo=str(row.get("userinfo") or ""),
        )  # fmt: skip
        told |= _cells(**{"from": both[0], "to": both[1]})
        return raw_of(self.api.name, K.HISTORY, key, told)


def cells_of(api: ItopApi, row: Fields, columns: Sequence[str]) -> Cells:
    """The cells of an object; an attribute without anything has none."""
    found = {"id": str(row["id"])}
    for name in columns:
        value = row.get(name)
        if name in TIMES:
            found[name] = time_of(api, value)
        elif isinstance(value, list):
            found[name] = _first_of(value)
        elif isinstance(value, str | int):
            found[name] = plain_of(str(value)) if name in HTML else str(value)
    return _cells(**found)


def time_of(api: ItopApi, value: object) -> str:
    """A time of the server's clock, in UTC; "" for none."""
    at = api.times.read(str(value)) if value else None
    return "" if at is None else at.isoformat()[:19]


def _first_of(links: Sequence[object]) -> str:
    """The name of the first item of a list of links."""
    for link in links:
        if isinstance(link, dict):
            for key in ("functionalci_name", "functionalci_id_friendlyname", "friendlyname"):
                if link.get(key):
                    return str(link[key])
    return ""


def _entries(log: object) -> Sequence[Mapping[str, object]]:
    entries = log.get("entries") if isinstance(log, dict) else None
    return [one for one in entries or () if isinstance(one, dict)]


def _cells(**told: str) -> Cells:
    return {name: cell(value) for name, value in told.items() if value}
