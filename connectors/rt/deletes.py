"""What the tracker says was deleted: tickets set to deleted, and tickets merged into another."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.core.places import cursor_of
from connectors.core.source import Deletion, DeletionPage
from connectors.rt.api import Item, RtApi, either, moment
from connectors.rt.reading import RtReader, Wanted
from itsm.errors import ForbiddenError
from itsm.states import RecordKind

_GONE = "(Type = 'Status' AND NewValue = 'deleted')"
_MERGED = "(Type = 'AddLink' AND Field = 'MergedInto')"


@dataclass(slots=True)
class DeletionReader:
    """Reads the transactions that hid a ticket; each ticket is looked at once more.

    Attributes:
        api: the tracker.
        queues: the kinds of tickets, by the folded names of their queues.
        names: of the queues.
    """

    api: RtApi
    queues: dict[str, RecordKind]
    names: tuple[str, ...]

    def pages(self, cursor: str | None) -> Iterator[DeletionPage]:
        """Deletions from a cursor on, in the order they happened."""
        queues = either("TicketQueue", self.names)
        condition = f"ObjectType = 'RT::Ticket' AND ({_GONE} OR {_MERGED}) AND {queues}"
        params = {"fields": "ObjectId,Created"}
        wanted = Wanted(RecordKind.INCIDENT, "transactions", condition, params, "Created",
                        is_whole=True)  # fmt: skip
        reader = RtReader(self.api, wanted, lambda _: ())
        for items, keyset in reader.walked(cursor):
            found = [one for item in items for one in self._deletion(item)]
            yield DeletionPage(found, cursor_of(reader.way, keyset))

    def _deletion(self, item: Item) -> Iterator[Deletion]:
        key, at = str(item["ObjectId"]), moment(item.get("Created"))
        try:
            told = self.api.one(f"ticket/{key}")
        except ForbiddenError:
            return
        is_merged = told is not None and str(told.get("id")) != key
        if at is None or told is None or not (is_merged or told.get("Status") == "deleted"):
            return
        queue = self.api.queue_name(str(told["Queue"]["id"]))
        kind = self.queues.get(queue.casefold())
        if kind is not None:
            yield Deletion(source=self.api.name, kind=kind, key=key, deleted_at=at)
