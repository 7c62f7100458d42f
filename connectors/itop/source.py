"""An iTop as a source."""

import logging
from collections.abc import Iterator, Sequence

from connectors.core.kind_source import KindReader, KindSource
from connectors.core.many_reader import ManyReader
from connectors.core.mapping.differences import MADE_FOR, events_between
from connectors.core.named_kinds import NamedKind
from connectors.core.places import cursor_of
from connectors.core.source import Deletion, DeletionPage, Finding
from connectors.core.surroundings import Surroundings
from connectors.itop.api import ItopApi
from connectors.itop.config import ItopConfig
from connectors.itop.examine import Examination
from connectors.itop.making import (
    ChangeMaker,
    ClockMaker,
    CommentMaker,
    ObjectMaker,
    RatingMaker,
)
from connectors.itop.pointing import Pointed, attributes_of
from connectors.itop.reading import ItopReader, Wanted
from connectors.itop.tables import LOGGED, MEASURED, of_kinds, tables_of
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.records import HistoryEvent, Record
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

K = RecordKind
LOG = "CMDBChangeOpSetAttributeScalar"
DELETED = "CMDBChangeOpDelete"
_NEVER_ASKED = frozenset({"id", "key"})


class ItopSource(KindSource[ItopConfig]):
    """A source that is read over REST/JSON, as `ItopConfig` says."""

    def __init__(self, name: str, config: ItopConfig, around: Surroundings | None = None) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind has no class, or a code table, meaning or zone does not exist.
        """
        self._tables = tables_of(config)
        self._mappings = self._tables.mappings(name)
        super().__init__(name, config, around, self._tables.kinds, self._mappings)
        self._api = ItopApi(name, config, self._around)
        self._tells_log: bool | None = None

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """The log of changes names what it hangs on by its id."""
        return frozenset({K.HISTORY})

    @property
    def makes_history_of(self) -> frozenset[RecordKind]:
        """The kinds history is made for: none if iTop tells it."""
        is_told = self.is_log_told() or K.HISTORY not in self._kinds
        return frozenset() if is_told else MADE_FOR & set(self.kinds)

    def differences(
        self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
    ) -> Sequence[tuple[HistoryEvent, ...]]:
        """What happened between two states of records, or up to their first one; pure."""
        return events_between(kind, before, after)

    def is_log_told(self) -> bool:
        """Whether the log of changes is read; iTop is asked once, and then only."""
        if self._config.history != "auto":
            return self._config.history == "log"
        if self._tells_log is None:
            try:
                self._api.again(LOG, f"SELECT {LOG} WHERE id = 1", ("date",), 1)
                self._tells_log = True
            except ForbiddenError:
                LOGGER.warning(
                    "%s: the user may not read %s: history is made of what differs between pulls",
                    self._name,
                    LOG,
                )
                self._tells_log = False
        return self._tells_log

    def deletions(self, cursor: str | None) -> Iterator[DeletionPage]:
        """What the log of deletions tells since a cursor.

        Raises:
            TransientSourceError, FatalSourceError: as `pages`.
        """
        kinds = {name: one.kind for one in self._tables.kinds.values() for name in one.names
                 if one.given.get("stamp")}  # fmt: skip
        names = "','".join(sorted(kinds))
        fields = ("date", "objkey", "fclass")
        wanted = Wanted(K.INCIDENT, DELETED, fields, f"o.fclass IN ('{names}')", "date")
        reader = ItopReader(self._api, wanted, lambda _: ())
        try:
            for rows, keyset in reader.walked(cursor):
                found = [
                    Deletion(
                        source=self._name,
                        kind=kinds[str(row["fclass"])],
                        key=str(row["objkey"]),
                        deleted_at=at,
                    )
                    for row in rows
                    if row.get("fclass") in kinds
                    and (at := self._api.times.read(str(row.get("date")))) is not None
                ]
                yield DeletionPage(found, cursor_of(reader.way, keyset))
        except ForbiddenError:
            LOGGER.warning(
                "%s: the user may not read %s, so deletions are found by comparing ids only",
                self._name,
                DELETED,
            )

    def _for(self, config: ItopConfig) -> "ItopSource":
        return ItopSource(self._name, config, self._around)

    def _findings(self) -> Iterator[Finding]:
        told = self.is_log_told
        return Examination(self._api, self._tables, self._reader, self.map, told).findings()

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether iTop has no such class, or not for this user."""
        return super()._is_missing(error) or "not a valid class" in error.message

    def _reader(self, kind: RecordKind) -> KindReader | None:
        if kind is K.HISTORY and not self.is_log_told():
            return None
        if kind in (K.HISTORY, K.COMMENT):
            owners = of_kinds(self._tables, LOGGED)
            return ManyReader({one.kind.value: self._hanging(kind, one) for one in owners})
        if kind in (K.SLA_CLOCK, K.SURVEY_RESPONSE):
            owners = of_kinds(self._tables, MEASURED)
            return ManyReader({one.kind.value: self._hanging(kind, one) for one in owners})
        table = self._tables.kinds[kind]
        columns = self._mappings[kind].columns
        asked = attributes_of(name for name in columns if name not in _NEVER_ASKED)
        condition = " AND ".join(filter(None, self._conditions(table)))
        stamp = str(table.given.get("stamp", ""))
        if table.preset.key == ("vendor_ref",) or (
            kind is K.VENDOR_CASE and not self._joins(table)
        ):
            stamp = "last_update"
        wanted = Wanted(kind, table.names[0], asked, condition, stamp, self._joins(table))
        pointed = Pointed(self._api, columns)
        return ItopReader(self._api, wanted, ObjectMaker(self._api, kind, columns, pointed))

    def _joins(self, table: NamedKind) -> tuple[str, str]:
        is_usual = not table.is_asked_for and table.preset.key == ("id",)
        join = str(table.given.get("join", ""))
        if table.kind is K.VENDOR:
            return join, str(table.given["by"])
        return (join, "ticket_id") if join and is_usual else ("", "")

    def _conditions(self, table: NamedKind) -> Iterator[str]:
        own = self._config.filters.get(table.kind)
        usual = table.given.get("condition")
        yield f"({own})" if own else ""
        yield f"o.{usual}" if usual else ""
        if table.kind is K.VENDOR_CASE and table.preset.key != ("id",):
            reference = next(r for r in table.preset.rules if r.field == "vendor_reference")
            yield f"o.{reference.columns[0]} != ''"

    def _hanging(self, kind: RecordKind, of: NamedKind) -> ItopReader:
        """What reads what hangs on the tickets of one kind."""
        cls = of.names[0]
        if kind is K.HISTORY:
            classes = [cls] if of.kind is not K.CHANGE else [
                "Change", "RoutineChange", "NormalChange", "EmergencyChange"
            ]  # fmt: skip
            told = "','".join(classes)
            attributes = "','".join(self._tables.codes["history_field"])
            where = f"o.objclass IN ('{told}') AND o.attcode IN ('{attributes}')"
            wanted = Wanted(kind, LOG, ChangeMaker.fields, where, "date", counts=False)
            return ItopReader(self._api, wanted, ChangeMaker(self._api, of.kind))
        if kind is K.COMMENT:
            wanted = Wanted(kind, cls, CommentMaker.fields, counts=False)
            return ItopReader(self._api, wanted, CommentMaker(self._api, of.kind))
        if kind is K.SLA_CLOCK:
            wanted = Wanted(kind, cls, ClockMaker.fields, counts=False)
            return ItopReader(self._api, wanted, ClockMaker(self._api, of.kind))
        where = "o.user_comment != '' AND o.status = 'closed'"
        wanted = Wanted(kind, cls, RatingMaker.fields, where, counts=False)
        return ItopReader(self._api, wanted, RatingMaker(self._api, of.kind))
