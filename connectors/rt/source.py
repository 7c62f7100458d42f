"""A Request Tracker as a source."""

from collections.abc import Iterator

from connectors.core.kind_source import KindReader, KindSource
from connectors.core.many_reader import ManyReader
from connectors.core.named_kinds import NamedKind
from connectors.core.source import DeletionPage, Finding
from connectors.core.surroundings import Surroundings
from connectors.rt.api import RtApi, either, is_missing
from connectors.rt.cells import TicketForm
from connectors.rt.config import RtConfig
from connectors.rt.deletes import DeletionReader
from connectors.rt.examine import Examination
from connectors.rt.making import ChangeMaker, CommentMaker, HangingMaker, TicketMaker
from connectors.rt.reading import RtReader, Wanted
from connectors.rt.tables import ASSETS, is_on_incident, kinds_by_queue, tables_of, work_queues
from itsm.errors import FatalSourceError
from itsm.states import RecordKind

K = RecordKind
_TOLD = "ObjectType = 'RT::Ticket' AND "
_CHANGES = ("Status", "Set", "CustomField", "Take", "Untake", "Give", "Steal", "Force")
_SAID = ("Comment", "Correspond")
_EVENT = {"fields": "Type,Field,OldValue,NewValue,Creator,Created,ObjectId",
          "fields[Creator]": "Name,RealName"}  # fmt: skip


class RtSource(KindSource[RtConfig]):
    """A source that is read over REST 2, as `RtConfig` says."""

    def __init__(self, name: str, config: RtConfig, around: Surroundings | None = None) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind has no queue, or a code table or meaning does not exist.
        """
        self._tables = tables_of(config)
        mappings = self._tables.mappings(name)
        super().__init__(name, config, around, self._tables.kinds, mappings)
        self._api = RtApi(name, config, self._around)
        self._queues = kinds_by_queue(self._tables)
        self._forms = {kind: TicketForm(one.columns) for kind, one in mappings.items()}

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """None: a ticket's number is its key."""
        return frozenset()

    @property
    def swept(self) -> frozenset[RecordKind]:
        """Tickets and assets: where the user does not see all, there is no total to compare."""
        tables = self._tables.kinds.items()
        held = {kind for kind, one in tables if one.names and not is_on_incident(one)}
        return frozenset(held)

    def deletions(self, cursor: str | None) -> Iterator[DeletionPage]:
        """What was deleted or merged since a cursor.

        Raises:
            TransientSourceError, FatalSourceError: as `pages`.
        """
        names = tuple(
            name
            for kind, one in self._tables.kinds.items()
            if kind not in ASSETS
            for name in one.names
        )
        if names:
            yield from DeletionReader(self._api, self._queues, names).pages(cursor)

    def _for(self, config: RtConfig) -> "RtSource":
        return RtSource(self._name, config, self._around)

    def _findings(self) -> Iterator[Finding]:
        return Examination(self._api, self._tables, self._reader, self.map).findings()

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether the tracker has nothing there, or not for this user."""
        return super()._is_missing(error) or is_missing(error)

    def _reader(self, kind: RecordKind) -> KindReader | None:
        if kind in (K.HISTORY, K.COMMENT):
            return ManyReader({one.kind.value: self._told(kind, one) for one in self._tables.work})
        if kind in (K.SLA_CLOCK, K.SURVEY_RESPONSE):
            return self._hanging(kind)
        table, form = self._tables.kinds[kind], self._forms[kind]
        path = "assets" if kind in ASSETS else "tickets"
        where = either("Catalog" if kind in ASSETS else "Queue", table.names)
        typed = table.given.get("type")
        condition = f"Type = '{typed}' AND {where}" if typed else where
        only_with = table.preset.key[0] if is_on_incident(table) else ""
        make = TicketMaker(self._api, kind, form, self._kind_of, only_with)
        wanted = Wanted(kind, path, condition, form.params, counts=not only_with,
                        is_whole=kind in ASSETS)  # fmt: skip
        return RtReader(self._api, wanted, make)

    def _told(self, kind: RecordKind, of: NamedKind) -> RtReader:
        """What reads the transactions of one kind of tickets."""
        types = _CHANGES if kind is K.HISTORY else _SAID
        where = f"{_TOLD}{either('TicketQueue', of.names)} AND {either('Type', types)}"
        make = ChangeMaker if kind is K.HISTORY else CommentMaker
        wanted = Wanted(kind, "transactions", where, _EVENT, "Created", counts=False)
        return RtReader(self._api, wanted, make(self._api, of.kind))

    def _hanging(self, kind: RecordKind) -> RtReader | None:
        """What reads clocks and ratings out of tickets."""
        queues, form = work_queues(self._tables), self._forms[kind]
        if not queues:
            return None
        filled = "Due > '1970-01-03 00:00:00'"
        if kind is K.SURVEY_RESPONSE:
            rating = next(r.columns for r in self._kinds[kind].preset.rules if r.field == "score")
            filled = " OR ".join(f"CF.{{{name}}} IS NOT NULL" for name in rating)
        condition = f"{either('Queue', tuple(queues))} AND ({filled})"
        params = form.params
        params["fields"] = f"{params['fields']},Queue"
        params["fields[Queue]"] = "Name"
        wanted = Wanted(kind, "tickets", condition, params, counts=False)
        return RtReader(self._api, wanted, HangingMaker(self._api, kind, form, self._kind_of))

    def _kind_of(self, queue: str) -> RecordKind | None:
        return self._queues.get(queue.casefold())
