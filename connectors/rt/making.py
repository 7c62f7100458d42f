"""What is made of tickets and transactions: raw records, with what has to be asked for besides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.core.mapping.raw import Cells, cell, raw_of
from connectors.rt.api import Item, RtApi, either, moment, parts_of
from connectors.rt.cells import TicketForm, custom_of, links_of, person, unzoned
from itsm.records import RawRecord
from itsm.states import RecordKind

KindOf = Callable[[str], RecordKind | None]
"""The kind of the tickets of a queue."""
_FIRST = "ObjectType = 'RT::Ticket' AND Type = 'Create'"
_REMEMBERED = 200_000


@dataclass(slots=True)
class TicketMaker:
    """Makes a raw record of each ticket or asset, with its text and the kinds of what it links to.

    Attributes:
        api: the tracker.
        kind: of the records.
        form: of the tickets.
        kind_of: the kind of a queue's tickets.
        only_with: a custom field without which a ticket is no record; "" for all tickets.
    """

    api: RtApi
    kind: RecordKind
    form: TicketForm
    kind_of: KindOf
    only_with: str = ""
    _kinds: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, items: Sequence[Item]) -> Sequence[RawRecord]:
        """A raw record per ticket."""
        if self.only_with:
            name = self.only_with.casefold()
            items = [one for one in items if custom_of(one).get(name)]
        texts = first_texts(self.api, items) if self.form.has_text and items else {}
        kinds = self._linked(items) if self.form.has_links else {}
        return [
            raw_of(
                self.api.name,
                self.kind,
                str(one["id"]),
                self.form.cells(one, texts.get(str(one["id"]), ""), kinds),
            )
            for one in items
        ]

    def _linked(self, items: Sequence[Item]) -> Mapping[str, str]:
        """The kinds of the tickets that some are linked with, by id; "" for others."""
        wanted = {key for item in items for _, key in links_of(item)}
        new = sorted(wanted - self._kinds.keys())
        if len(self._kinds) > _REMEMBERED:
            self._kinds.clear()
            new = sorted(wanted)
        params = {"fields": "Queue", "fields[Queue]": "Name"}
        for some in parts_of(new):
            told = {}
            for query in (either("id", some), f"Type = 'approval' AND {either('id', some)}"):
                for one in self.api.some("tickets", query, params):
                    told[str(one["id"])] = str(one["Queue"].get("Name", ""))
                if len(told) == len(some):
                    break
            self._kinds |= {key: self.kind_of(told.get(key, "")) or "" for key in some}
        return self._kinds


def first_texts(api: RtApi, items: Sequence[Item]) -> dict[str, str]:
    """The text of each ticket's first transaction, by the ticket's id."""
    keys = [str(one["id"]) for one in items]
    first: dict[str, str] = {}
    for some in parts_of(keys):
        query = f"{_FIRST} AND {either('ObjectId', some)}"
        for one in api.some("transactions", query, {"fields": "ObjectId"}):
            first[str(one["ObjectId"])] = str(one["id"])
    texts = api.texts(list(first.values()))
    return {ticket: texts.get(key, "") for ticket, key in first.items()}


@dataclass(frozen=True, slots=True)
class ChangeMaker:
    """Makes a raw record of each transaction that changed a field."""

    api: RtApi
    kind: RecordKind

    def __call__(self, items: Sequence[Item]) -> Sequence[RawRecord]:
        """A raw record per change."""
        return [
            raw_of(self.api.name, RecordKind.HISTORY, str(one["id"]), self._cells(one))
            for one in items
        ]

    def _cells(self, item: Item) -> Cells:
        name, old, new = (str(item.get(key) or "") for key in ("Field", "OldValue", "NewValue"))
        if item.get("Type") == "CustomField":
            name = self.api.field_name(name)
        elif name == "Owner":
            old, new = (self.api.user_name(one) if one else "" for one in (old, new))
        elif name == "Queue":
            old, new = self.api.queue_name(old), self.api.queue_name(new)
        told = {"field": name, "from": old, "to": new}
        return happened(item, self.kind) | {key: cell(one) for key, one in told.items() if one}


@dataclass(frozen=True, slots=True)
class CommentMaker:
    """Makes a raw record of each comment and reply."""

    api: RtApi
    kind: RecordKind

    def __call__(self, items: Sequence[Item]) -> Sequence[RawRecord]:
        """A raw record per comment that has a text."""
        texts = self.api.texts([str(one["id"]) for one in items]) if items else {}
        found = []
        for one in items:
            key = str(one["id"])
            if texts.get(key, "").strip():
                internal = "true" if one.get("Type") == "Comment" else "false"
                cells = {"text": cell(texts[key]), "internal": cell(internal)}
                told = happened(one, self.kind) | cells
                found.append(raw_of(self.api.name, RecordKind.COMMENT, key, told))
        return found


@dataclass(frozen=True, slots=True)
class HangingMaker:
    """Makes raw records of what tickets say of a clock or a survey.

    Attributes:
        api: the tracker.
        kind: of the records.
        form: of the tickets.
        kind_of: the kind of a queue's tickets.
    """

    api: RtApi
    kind: RecordKind
    form: TicketForm
    kind_of: KindOf

    def __call__(self, items: Sequence[Item]) -> Sequence[RawRecord]:
        """A raw record per ticket that has one."""
        found = []
        for one in items:
            owner = self.kind_of(str((one.get("Queue") or {}).get("Name", "")))
            if owner is None:
                continue
            key = str(one["id"])
            cells = self.form.cells(one, "", {})
            cells |= {"kind": cell(owner), "record": cell(key), "key": cell(key)}
            if self.kind is RecordKind.SLA_CLOCK:
                cells |= _breach(one)
            found.append(raw_of(self.api.name, self.kind, key, cells))
        return found


def _breach(item: Item) -> Cells:
    """Whether a resolution came too late; of what is not resolved RT does not say it."""
    due, resolved = moment(item.get("Due")), moment(item.get("Resolved"))
    if due is None or resolved is None:
        return {}
    return {"breached": cell("true" if resolved > due else "false")}


def happened(item: Item, kind: RecordKind) -> Cells:
    """What all transactions tell."""
    told = {
        "key": str(item["id"]),
        "kind": kind.value,
        "record": str(item.get("ObjectId", "")),
        "at": unzoned(str(item.get("Created", ""))),
        "actor": person(item.get("Creator")),
    }
    return {name: cell(value) for name, value in told.items() if value}
