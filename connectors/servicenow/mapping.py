"""Raw records of an instance into records: pure, in order, nothing lost."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from connectors.core.mapping.cells import Asked, Batch
from connectors.core.mapping.columns import ColumnMapper
from connectors.core.mapping.preset import KindPreset, Side
from connectors.core.mapping.readers import Reader, Values
from connectors.core.source import Mapped
from connectors.servicenow.events import ADDED, ANSWERS, AuditReader, MetricReader, StateWords
from connectors.servicenow.tables import KindTable, Tables
from itsm.records import RawRecord
from itsm.states import RecordKind, VendorCaseState

_ADDED = frozenset(ADDED.values())
_SYSTEM = ("sys_id", "sys_mod_count")
_OF_AUDIT = b'"documentkey":'


class KindMapping:
    """Maps the raw records of one kind."""

    def __init__(self, source: str, table: KindTable, tables: Tables) -> None:
        self._table = table
        self._tables = tables
        self._mapper = ColumnMapper(
            source, table.preset, tables.codes, own=_own_readers(table, tables)
        )
        self._of_metrics = ColumnMapper(
            source,
            tables.metric.preset,
            tables.codes,
            own=[MetricReader(StateWords.of(tables))],
        )

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns to ask for, sorted."""
        return _columns(self._mapper, self._table)

    @cached_property
    def metric_columns(self) -> tuple[str, ...]:
        """The columns to ask metric_instance for, sorted."""
        return _columns(self._of_metrics, self._tables.metric)

    @cached_property
    def version(self) -> str:
        """One word that changes whenever the same raw records would map to other records."""
        codes = sorted((name, sorted(table.items())) for name, table in self._tables.codes.items())
        way = (self._table.preset, self._table.is_derived, self._tables.metric.preset, codes)
        return hashlib.sha256(repr(way).encode()).hexdigest()[:32]

    def map(self, raw: Sequence[RawRecord]) -> Mapped:
        """Every raw record, mapped or set aside with its reason; order kept."""
        if self._table.kind is not RecordKind.HISTORY:
            return self._mapper.map(raw)
        audited = [_OF_AUDIT in record.payload for record in raw]
        if all(audited):
            return self._mapper.map(raw)
        return _in_order(
            raw,
            self._mapper.map([one for one, is_so in zip(raw, audited, strict=True) if is_so]),
            self._of_metrics.map(
                [one for one, is_so in zip(raw, audited, strict=True) if not is_so]
            ),
        )


class KnownErrorReader:
    """Leaves out problems that are not known errors, should the instance give them too."""

    asks: Iterable[Asked] = (("known_error", Side.VALUE),)

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """No field of its own."""
        flags = batch.column("known_error", Side.VALUE)
        batch.no_records.update(row for row, flag in enumerate(flags) if flag == "false")
        return {}


class VendorCaseReader:
    """Reads where a vendor's case stands out of the times the incident has for it."""

    def __init__(self, preset: KindPreset) -> None:
        columns = {rule.field: rule.columns for rule in preset.rules}
        self._ticket = columns["vendor_reference"]
        self._resolved = columns["resolved_at"]
        self._closed = columns["closed_at"]

    @property
    def asks(self) -> Iterable[Asked]:
        """The ticket, and the times that tell the state."""
        yield from ((name, Side.LABEL) for name in self._ticket)
        yield from ((name, Side.VALUE) for name in (*self._resolved, *self._closed))

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """The state; incidents without a ticket of a vendor are no cases."""
        tickets = batch.first_of(self._ticket, Side.LABEL)
        batch.no_records.update(row for row, ticket in enumerate(tickets) if not ticket)
        resolved = batch.first_of(self._resolved, Side.VALUE)
        closed = batch.first_of(self._closed, Side.VALUE)
        states = [_vendor_state(*cells) for cells in zip(resolved, closed, strict=True)]
        return {"state": states, "state_code": [state.value for state in states]}


def _vendor_state(resolved: str, closed: str) -> VendorCaseState:
    if closed:
        return VendorCaseState.CLOSED
    return VendorCaseState.RESOLVED if resolved else VendorCaseState.WITH_VENDOR


def _own_readers(table: KindTable, tables: Tables) -> Sequence[Reader]:
    """Readers of what no rule can say."""
    if table.kind is RecordKind.HISTORY:
        return [AuditReader(StateWords.of(tables))]
    if not table.is_derived:
        return []
    if table.kind is RecordKind.KNOWN_ERROR:
        return [KnownErrorReader()]
    return [VendorCaseReader(table.preset)]


def _columns(mapper: ColumnMapper, table: KindTable) -> tuple[str, ...]:
    """The columns of the fields, and those every row is known by."""
    asked = {*mapper.columns, table.updated, *_SYSTEM}
    return tuple(
        sorted(name for name in asked if name not in _ADDED and not name.startswith(ANSWERS))
    )


def _in_order(raw: Sequence[RawRecord], *parts: Mapped) -> Mapped:
    """Mappings of parts of the raw records as one, in the order of these."""
    mapped = {item.key: item for part in parts for item in part.mapped}
    quarantined = tuple(item for part in parts for item in part.quarantined)
    unmapped = sum((Counter(part.unmapped_codes) for part in parts), Counter[tuple[str, str]]())
    kept = tuple(mapped[record.key] for record in raw if record.key in mapped)
    return Mapped(kept, quarantined, unmapped)
