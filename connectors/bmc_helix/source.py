"""A BMC Helix ITSM as a source."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from connectors.bmc_helix.api import ArApi, Asked, is_missing
from connectors.bmc_helix.config import BmcHelixConfig
from connectors.bmc_helix.examine import Examination
from connectors.bmc_helix.links import LINKED, Links
from connectors.bmc_helix.reading import FormRows, LinkedReader
from connectors.bmc_helix.tables import (
    SEVERAL,
    filter_of,
    form_fields,
    owner_field,
    owner_of,
    tables_of,
)
from connectors.core.field_form import KIND, FieldForm
from connectors.core.kind_source import KindReader, KindSource
from connectors.core.many_reader import IfThere, ManyReader
from connectors.core.mapping.differences import MADE_FOR, events_between
from connectors.core.named_kinds import NamedKind
from connectors.core.row_reader import RowReader, Span
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.core.told_history import DIFFERENCES, ToldHistory
from itsm.errors import FatalSourceError
from itsm.records import HistoryEvent, Record
from itsm.states import RecordKind

K = RecordKind
_KEYS_AT_ONCE = 2_000


class BmcHelixSource(KindSource[BmcHelixConfig]):
    """A source that is read over the AR System's REST API, as `BmcHelixConfig` says."""

    def __init__(
        self, name: str, config: BmcHelixConfig, around: Surroundings | None = None
    ) -> None:
        """Takes the settings; nothing is sent yet.

        Raises:
            ConfigError: a kind has no form, or a code table or meaning does not exist.
        """
        self._tables = tables_of(config)
        mappings = self._tables.mappings(name)
        super().__init__(name, config, around, self._tables.kinds, mappings)
        self._columns = {kind: mapping.columns for kind, mapping in mappings.items()}
        self._api = ArApi(name, config, self._around)
        self._audit = ToldHistory(name, config.history, "audit", self._is_audited, is_missing)
        self._readers: dict[RecordKind, KindReader] = {}

    @property
    def by_key(self) -> frozenset[RecordKind]:
        """History names what it happened to by the id of its entry."""
        return frozenset() if self._audit.known == DIFFERENCES else frozenset({K.HISTORY})

    @property
    def makes_history_of(self) -> frozenset[RecordKind]:
        """The kinds history is made for: none if the forms for it may be read."""
        return MADE_FOR & set(self.kinds) if self._audit.mode() == DIFFERENCES else frozenset()

    def differences(
        self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
    ) -> Sequence[tuple[HistoryEvent, ...]]:
        """What happened between two states of records, or up to their first one; pure."""
        return events_between(kind, before, after)

    @property
    def swept(self) -> frozenset[RecordKind]:
        """Nobody tells what was deleted; ids do, of what is read entry by entry."""
        return frozenset(self.kinds) - SEVERAL

    def close(self) -> None:
        """Give the token back, which holds a licence."""
        self._api.close()

    def _for(self, config: BmcHelixConfig) -> "BmcHelixSource":
        return BmcHelixSource(self._name, config, self._around)

    def _findings(self) -> Iterator[Finding]:
        try:
            yield from Examination(self._api, self._tables, self._reader, self.map).findings()
        finally:
            self.close()

    def _is_missing(self, error: FatalSourceError) -> bool:
        """Whether the server has no such form, or not for this user."""
        return super()._is_missing(error) or is_missing(error)

    def _is_audited(self) -> bool:
        """Whether the first form for history may be read, and holds anything."""
        if K.HISTORY not in self._tables.kinds:
            return False
        form = self._tables.kinds[K.HISTORY].names[0]
        asked = Asked(form, (form_fields(self._config, form).key,))
        return bool(self._api.first(asked, 1).entries)

    def _reader(self, kind: RecordKind) -> KindReader | None:
        if kind is K.HISTORY and self._audit.mode() == DIFFERENCES:
            return None
        if kind not in self._readers:
            self._readers[kind] = self._made(self._tables.kinds[kind])
        return self._readers[kind]

    def _made(self, table: NamedKind) -> KindReader:
        if table.kind not in SEVERAL and len(table.names) == 1:
            return self._one(table, table.names[0], "")
        forms = [form for form in table.names if owner_of(form) in {"", *self._kinds}]
        one = {form: self._one(table, form, f"{form}|") for form in forms}
        return ManyReader({form: IfThere(it, self._is_missing) for form, it in one.items()})

    def _one(self, table: NamedKind, form: str, prefix: str) -> RowReader[dict[str, object]]:
        own, given = form_fields(self._config, form), table.given
        fixed = {KIND: owner_of(form)} if owner_of(form) else {}
        linked = given.get("links", {})
        made = {"record": {"of": owner_field(form)}} if owner_field(form) else {}
        rows = FormRows(
            self._api,
            table.kind,
            form,
            own,
            FieldForm(self._columns[table.kind], {**given.get("made", {}), **made}, fixed, LINKED),
            tuple(filter(None, filter_of(self._config, table))),
            self._links(linked) if linked else None,
            table.preset.key[0] if table.preset.key else "",
            prefix,
        )
        span = Span(
            page_size=self._config.page_size,
            keys_at_once=_KEYS_AT_ONCE,
            overlap=timedelta(seconds=self._config.overlap_s),
            since=None if given.get("whole") else self._config.since,
            until=None if given.get("whole") else self._config.until,
        )
        make = LinkedReader if linked else RowReader
        return make(self._name, table.kind, rows, span)

    def _links(self, given: dict[str, str]) -> Links:
        own = form_fields(self._config, given["form"])
        return Links(
            self._api,
            given["form"],
            own.key,
            own.updated,
            given.get("from", ""),
            given.get("to", ""),
        )
