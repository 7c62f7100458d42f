"""A Freshservice account as a source."""

from collections.abc import Iterator, Sequence

from connectors.core.kind_source import KindReader, KindSource
from connectors.core.mapping.differences import MADE_FOR, events_between
from connectors.core.named_kinds import NamedKind
from connectors.core.source import DeletionPage, Finding
from connectors.core.surroundings import Surroundings
from connectors.freshservice.api import FreshserviceApi, Row, is_missing
from connectors.freshservice.config import FreshserviceConfig
from connectors.freshservice.deletes import DeletionReader
from connectors.freshservice.examine import Examination
from connectors.freshservice.listing import WholeReader
from connectors.freshservice.making import (
    ActivityMaker,
    ClockMaker,
    RatingMaker,
    RecordMaker,
    SubMaker,
    owner_of,
    problem_of,
)
from connectors.freshservice.names import Names
from connectors.freshservice.reading import ListReader, Make, Wanted
from connectors.freshservice.rows import RecordForm
from connectors.freshservice.tables import (
    HANGING,
    TICKET_TYPES,
    activities,
    services_of,
    tables_of,
)
from itsm.errors import FatalSourceError
from itsm.records import HistoryEvent, Record
from itsm.states import RecordKind

K = RecordKind
_BY_KEY = HANGING - {K.APPROVAL, K.PROBLEM_TASK, K.KNOWN_ERROR}
_ONE_BY_ONE = 25
"""Tickets at a time where each is asked for by itself, so that a pull goes on close to its end."""
_INCLUDED = "stats,requester"


class FreshserviceSource(KindSource[FreshserviceConfig]):
    """A source that is read over the REST API, as `FreshserviceConfig` says."""

    def __init__(
        self, name: str, config: FreshserviceConfig, around: Surroundings | None = None
    ) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind is not there, a code table or meaning does not exist, or a pattern
                is none.
        """
        self._tables = tables_of(config)
        mappings = self._tables.mappings(name)
        super().__init__(name, config, around, self._tables.kinds, mappings)
        self._api = FreshserviceApi(name, config, self._around)
        self._columns = {kind: mapping.columns for kind, mapping in mappings.items()}
        self._names = Names(self._api, services_of(config))
        self._patterns = activities(config)

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """What hangs on tickets names them by id."""
        return _BY_KEY - ({K.HISTORY} if self.makes_history_of else set())

    @property
    def swept(self) -> frozenset[RecordKind]:
        """What was deleted for good shows by ids alone, of what has an id of its own."""
        return frozenset(self.kinds) - HANGING - {K.VENDOR_CASE}

    @property
    def lists_keys(self) -> bool:
        """A list holds a hundred tickets, a question one."""
        return True

    def deletions(self, cursor: str | None) -> Iterator[DeletionPage]:
        """What was put into the trash since a cursor.

        Raises:
            TransientSourceError, FatalSourceError: as `pages`.
        """
        yield from DeletionReader(self._api, self._tables).pages(cursor)

    @property
    def makes_history_of(self) -> frozenset[RecordKind]:
        """The kinds history is made for: problems and changes tell none, tickets if set so."""
        told = {K.INCIDENT, K.SERVICE_REQUEST} if self.config.history == "activities" else set()
        return (MADE_FOR & set(self.kinds)) - told if K.HISTORY in self.kinds else frozenset()

    def differences(
        self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
    ) -> Sequence[tuple[HistoryEvent, ...]]:
        """What happened between two states of records, or up to their first one; pure."""
        return events_between(kind, before, after)

    def _for(self, config: FreshserviceConfig) -> "FreshserviceSource":
        return FreshserviceSource(self._name, config, self._around)

    def _findings(self) -> Iterator[Finding]:
        examination = Examination(self._api, self._tables, self._reader, self.map)
        return examination.with_activities(self._patterns).findings()

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether the account has no such thing, or not for this agent."""
        return super()._is_missing(error) or is_missing(error)

    def _reader(self, kind: RecordKind) -> KindReader | None:
        table = self._tables.kinds[kind]
        if kind is K.HISTORY and self.config.history == "differences":
            return None
        if kind in {K.SERVICE, K.CONFIGURATION_ITEM}:
            return WholeReader(self._api, kind, "assets", self._form(table), kind is K.SERVICE)
        if kind in {K.TEAM, K.VENDOR, K.CONTRACT, K.KNOWLEDGE_ARTICLE}:
            return WholeReader(self._api, kind, table.names[0], self._form(table))
        if kind in {K.PROBLEM, K.PROBLEM_TASK, K.KNOWN_ERROR}:
            return self._listed(kind, "problems", self._of_problems(table))
        if kind in {K.CHANGE, K.APPROVAL}:
            suffix = ".approval" if kind is K.APPROVAL else ""
            maker = RecordMaker(self._api, kind, self._form(table, "CHN-"), suffix=suffix)
            return self._listed(kind, "changes", maker)
        return self._tickets(table)

    def _form(self, table: NamedKind, prefix: str = "") -> RecordForm:
        given = str(table.given.get("prefix", prefix))
        return RecordForm(self._names, self._columns[table.kind], given)

    def _listed(self, kind: RecordKind, path: str, make: Make) -> ListReader:
        return ListReader(self._api, Wanted(kind, path, path), make)

    def _of_problems(self, table: NamedKind) -> Make:
        kind, form = table.kind, self._form(table)
        if kind is K.PROBLEM_TASK:
            return SubMaker(self._api, kind, form, "problems/{id}/tasks", "tasks", problem_of)
        if kind is K.KNOWN_ERROR:
            return RecordMaker(self._api, kind, form, suffix=".known", is_meant=_is_known)
        return RecordMaker(self._api, kind, form)

    def _tickets(self, table: NamedKind) -> ListReader:
        kind, with_details = table.kind, self.config.details
        more, size = {"include": _INCLUDED}, _ONE_BY_ONE
        if kind in TICKET_TYPES:
            more["type"] = TICKET_TYPES[kind]
            size = _ONE_BY_ONE if with_details else 100
        if kind in {K.HISTORY, K.COMMENT}:
            more = {}
        if kind is K.SLA_CLOCK:
            size = 100
        pulled = {TICKET_TYPES[one] for one in TICKET_TYPES if one in self._tables.kinds}
        if kind in HANGING and len(pulled) == 1:
            more["type"] = pulled.pop()
        wanted = Wanted(kind, "tickets", "tickets", more, size)
        return ListReader(self._api, wanted, self._of_tickets(table))

    def _of_tickets(self, table: NamedKind) -> Make:
        kind, form = table.kind, self._form(table)
        if kind is K.HISTORY:
            return ActivityMaker(self._api, self._names, self._patterns)
        if kind is K.COMMENT:
            path = "tickets/{id}/conversations"
            return SubMaker(self._api, kind, form, path, "conversations", owner_of)
        if kind is K.SLA_CLOCK:
            return ClockMaker(self._api)
        if kind is K.SURVEY_RESPONSE:
            return RatingMaker(self._api)
        if kind is K.VENDOR_CASE:
            return RecordMaker(self._api, kind, form, suffix=".case", is_meant=self._has_case)
        return RecordMaker(self._api, kind, form, self.config.details)

    def _has_case(self, row: Row) -> bool:
        """Whether a ticket has a supplier's ticket number."""
        rules = self._tables.kinds[K.VENDOR_CASE].preset.rules
        form = RecordForm(self._names, [name for rule in rules if rule.field == "vendor_reference"
                                        for name in rule.columns])  # fmt: skip
        return bool(form.cells(row))


def _is_known(row: Row) -> bool:
    """Whether a problem is a known error."""
    return bool(row.get("known_error"))
