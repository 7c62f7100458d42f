"""Lists of the tracker: queries, pages and totals as RT gives them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from itsm.states import RecordKind
from simulator.desk.conditions import Condition, Get, Reader
from simulator.desk.records import Held, Remark, Value
from simulator.rt.asked import Asked
from simulator.rt.rendering import Show, Shown
from simulator.rt.tracker import Tracker
from simulator.rt.words import BY_NAME, FIELD_IDS, QUEUES
from simulator.web import Answer, Request, json_answer

TICKET_FIELDS: Mapping[str, str] = {
    "id": "int", "Queue": "text", "Status": "text", "Type": "text", "Subject": "text",
    "Owner": "text", "SLA": "text", "Priority": "text", "Created": "time",
    "LastUpdated": "time", "Resolved": "time", "Due": "time", "Starts": "time", "Started": "time",
}  # fmt: skip
TRANSACTION_FIELDS: Mapping[str, str] = {
    "id": "int", "ObjectType": "text", "ObjectId": "int", "TicketQueue": "text", "Type": "text",
    "Field": "text", "OldValue": "text", "NewValue": "text", "Creator": "text", "Created": "time",
}  # fmt: skip
_STAMPS = frozenset({"LastUpdated", "Created"})


@dataclass(frozen=True, slots=True)
class Found:
    """Records that a query finds, in the order that was asked for; hidden ones are marked.

    Attributes:
        rows: what makes each of them visible; None for one that the user may not see.
        total: how many there are; None where the user may not see all.
    """

    rows: Sequence[Callable[[], Shown] | None]
    total: int | None


@dataclass(slots=True)
class Lists:
    """Answers requests for lists."""

    tracker: Tracker
    _places: dict[str, Any] = field(default_factory=dict)

    def tickets(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`GET` or `POST /tickets`."""
        asked = Asked.of(request)
        try:
            condition = self._reader(TICKET_FIELDS).read(asked.query or "id = 0")
        except ValueError as error:
            return json_answer({"message": f"{error} at Tickets.pm line 3187.\n"}, 400)
        show, is_hidden = Show(self.tracker, asked.base), self.tracker.chances.hidden("tickets")
        rows = [
            None if is_hidden(str(one.id)) else partial(show.ticket, one, asked.fields, asked.more)
            for one in self._met(condition, asked)
        ]
        return self._page(asked, Found(rows, self._total(len(rows))))

    def transactions(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`GET /transactions`, in the order of ids, which is that of time."""
        asked = Asked.of(request)
        try:
            query = self._reader(TRANSACTION_FIELDS).read(asked.query or "id = 0")
        except ValueError as error:
            return json_answer({"message": f"{error} at Transactions.pm line 918.\n"}, 400)
        found = self._happened(query, asked, Show(self.tracker, asked.base))
        return self._page(asked, Found(found, None))

    def history(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`GET /ticket/{id}/history`."""
        asked = Asked.of(request)
        reader = self._reader(TRANSACTION_FIELDS)
        show = Show(self.tracker, asked.base)
        return self._page(
            asked,
            Found(self._happened(reader.read(f"ObjectId = {places['id']}"), asked, show), None),
        )

    def attachments(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`POST /attachments` with conditions as JSON, or those of one ticket."""
        asked = Asked.of(request)
        if "Parent" in asked.fields:
            return Answer(500, b"")
        show, entries = Show(self.tracker, asked.base), self.tracker.desk.entries
        if "id" in places:
            record = self.tracker.ticket(int(places["id"]))
            keys = [] if record is None else [record.entry, *(one.id for one in record.remarks)]
        else:
            keys = sorted(set(asked.numbers("TransactionId")) & entries.keys())
        is_hidden = self.tracker.chances.hidden("tickets")
        rows: list[Callable[[], Shown] | None] = []
        for key in keys:
            record, told = entries[key]
            if told is None or isinstance(told, Remark):
                hidden = is_hidden(str(record.id))
                rows.append(None if hidden else partial(show.attachment, key, record, told))
        return self._page(asked, Found(rows, None))

    def assets(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`GET /assets` by catalog and id."""
        asked, fields = Asked.of(request), {"id": "int", "Catalog": "text", "Status": "text"}
        try:
            query = self._reader(fields).read(asked.query or "id = 0")
        except ValueError as error:
            return json_answer({"message": str(error)}, 400)
        show = Show(self.tracker, asked.base)
        names = ("Name", "Catalog", "Status")
        rows: list[Callable[[], Shown] | None] = []
        for one in self.tracker.assets():
            shown = show.asset(one, names)
            plain = {"id": one.id, "Catalog": shown["Catalog"]["Name"], "Status": shown["Status"]}
            if query.test(plain.get):
                rows.append(partial(show.asset, one, asked.fields))
        return self._page(asked, Found(rows, len(rows)))

    def queues(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`GET /queues/all`; that of approvals is disabled, as in the product, and not told."""
        named = [(one.id, {"Name": one.name}) for kind, one in QUEUES.items() if one.id > 2]
        return self._named(request, "queue", named)

    def fields(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`GET /customfields`."""
        named = [(key, {"Name": name}) for name, key in FIELD_IDS.items()]
        return self._named(request, "customfield", named)

    def users(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`GET` or `POST /users`: names in lists, never numbers."""
        named = [(login, {"Name": login}) for login in self.tracker.users]
        return self._named(request, "user", named)

    def _reader(self, fields: Mapping[str, str]) -> Reader:
        """Reads queries as Debian's 5.0.3 does: times in the user's zone, whatever zone they name.

        What is no time is 1970, and behind a T the time of day is not read.
        """
        zone = ZoneInfo(self.tracker.desk.zone)
        return Reader(fields, partial(_instant, zone), _STAMPS, means_a_day=True)

    def _named(self, request: Request, what: str, named: Sequence[tuple[Any, Shown]]) -> Answer:
        asked = Asked.of(request)
        show = Show(self.tracker, asked.base)
        rows = [partial(lambda key, one: show.ref(what, key) | one, key, one) for key, one in named]
        return self._page(asked, Found(rows, len(rows)))

    def _met(self, condition: Condition, asked: Asked) -> list[Held]:
        """Tickets that meet a condition; approvals only where their type is asked for."""
        words = condition.words.get("Queue")
        is_typed = "Type" in condition.words
        kinds = [BY_NAME[word] for word in words or BY_NAME if word in BY_NAME]
        if not is_typed:
            kinds = [kind for kind in kinds if QUEUES[kind].id > 2]
        wanted = condition.words.get("id")
        show = Show(self.tracker, asked.base)
        if wanted is not None:
            found = [self.tracker.ticket(int(key)) for key in wanted]
            rows = [one for one in found if one is not None and one.id not in self.tracker.deleted]
            rows = [one for one in rows if one.kind in kinds]
        else:
            rows = list(self.tracker.tickets(frozenset(kinds), condition.since))
        met = [one for one in rows if condition.test(partial(_value, show, one))]
        return asked.ordered(met)

    def _happened(
        self, condition: Condition, asked: Asked, show: Show
    ) -> list[Callable[[], Shown] | None]:
        """Transactions that meet a condition, of tickets that the user sees."""
        is_hidden = self.tracker.chances.hidden("tickets")
        found: list[Callable[[], Shown] | None] = []
        for key, record, told in self._entries(condition):
            if record.kind not in QUEUES:
                continue
            shown = show.transaction(key, record, told, asked.more.get("Creator", ()))
            if shown is None or not condition.test(_transaction(shown, record)):
                continue
            kept = {name: shown[name] for name in (*asked.fields, "type", "id", "_url")
                    if name in shown}  # fmt: skip
            found.append(None if is_hidden(str(record.id)) else partial(lambda one: one, kept))
            if len(found) > asked.end:
                break
        return found

    def _entries(self, condition: Condition) -> Iterator[tuple[int, Held, Any]]:
        desk, wanted = self.tracker.desk, condition.words.get("ObjectId")
        if wanted is None:
            return desk.entries_since(condition.since or 0, condition.after)
        records = [self.tracker.ticket(int(key)) for key in wanted]
        keys = sorted(key for one in records if one is not None for key in one.entries)
        return ((key, *desk.entries[key]) for key in keys)

    def _total(self, n: int) -> int | None:
        return None if self.tracker.chances.hides_rows else n

    def _page(self, asked: Asked, found: Found) -> Answer:
        begin = asked.per_page * (asked.page - 1)
        some = found.rows[begin : begin + asked.per_page]
        items = [show() for show in some if show is not None]
        total = found.total
        pages = None if total is None else -(-total // asked.per_page)
        told: Shown = {"count": len(items), "page": asked.page, "pages": pages,
                       "per_page": asked.per_page, "total": total, "items": items}  # fmt: skip
        if len(found.rows) > begin + asked.per_page:
            told["next_page"] = asked.at_page(asked.page + 1)
        if asked.page > 1:
            told["prev_page"] = asked.at_page(asked.page - 1)
        return json_answer(told)


def _value(show: Show, record: Held, name: str) -> Value:
    """A field of a ticket, as conditions compare it."""
    if name == "id":
        return record.id
    if name == "Queue":
        return QUEUES[record.kind].name
    if TICKET_FIELDS.get(name) == "time":
        return show.moment(record, name)
    if name.startswith("CF.{"):
        own = QUEUES[record.kind].fields.get(name[4:-1], "")
        return show.tracker.value(record, own) if own else None
    shown = show.field(record, name)
    return str(shown["id"]) if isinstance(shown, dict) else shown


def _transaction(shown: Shown, record: Held) -> Get:
    plain: dict[str, Value] = {name: shown.get(name) for name in TRANSACTION_FIELDS}
    kind: RecordKind = record.kind
    plain |= {"id": int(shown["id"]), "TicketQueue": QUEUES[kind].name, "Creator": None}
    return lambda name: _created(shown) if name == "Created" else plain.get(name)


def _created(shown: Shown) -> int:
    return int(datetime.fromisoformat(shown["Created"]).timestamp())


def _instant(zone: ZoneInfo, text: str) -> int:
    try:
        naive = datetime.fromisoformat(text[:19].strip())
    except ValueError:
        return 0
    if "T" in text[:19]:
        naive = naive.replace(hour=0, minute=0, second=0)
    return int(naive.replace(tzinfo=zone).astimezone(UTC).timestamp())
