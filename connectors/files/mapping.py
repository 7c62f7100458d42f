"""Raw records of a source into records: pure, in order, nothing lost."""

from collections.abc import Mapping, Sequence

import orjson

from connectors.core.mapping.preset import KindPreset
from connectors.core.source import Mapped, MappedRecord
from connectors.files.events import EventMapper
from connectors.files.formats import TORN
from connectors.files.journal import audited, comments_in
from connectors.files.rows import Reading, RowMapper, Unmapped
from itsm.errors import MappingError
from itsm.records import Quarantined, RawRecord, Record
from itsm.states import RecordKind


class KindMapping:
    """Maps the raw records of one kind; rows of the kinds in `also_in` are left to these."""

    def __init__(
        self,
        preset: KindPreset,
        reading: Reading,
        day_first: bool | None,
        also_in: frozenset[RecordKind] = frozenset(),
    ) -> None:
        self._preset = preset
        self._mappers = {order: RowMapper(preset, reading, order) for order in (None, True, False)}
        self._day_first = day_first
        self._also_in = also_in

    def map(self, raw: Sequence[RawRecord]) -> Mapped:
        """Every raw record, mapped or set aside with its reason."""
        mapped: list[MappedRecord] = []
        quarantined: list[Quarantined] = []
        unmapped = Unmapped()
        for record in raw:
            own = Unmapped()
            try:
                mapped.append(MappedRecord(record.key, self._records(record, own)))
            except MappingError as error:
                quarantined.append(self._set_aside(record, error))
            else:
                unmapped.update(own)
        return Mapped(tuple(mapped), tuple(quarantined), unmapped)

    def _records(self, raw: RawRecord, unmapped: Unmapped) -> tuple[Record, ...]:
        payload = orjson.loads(raw.payload)
        rows: list[Mapping[str, str]] = payload["rows"]
        mapper = self._mappers[self._order(payload)]
        for row in rows:
            if TORN in row:
                raise MappingError(raw.key, "row", row[TORN], "export the file again")
        cells = [mapper.cells(row) for row in rows]
        number = mapper.number(cells[0])
        if number is None:
            raise _no_number(raw, self._preset)
        if (kind := mapper.kind_of(cells[0])) is not self._preset.kind:
            return self._left_to(kind, number)
        if self._preset.events is not None:
            return EventMapper(mapper, self._preset.events).records(cells, number, unmapped)
        if self._preset.kind is RecordKind.HISTORY:
            return audited(mapper, cells[0], number, unmapped)
        record = mapper.record(cells[0], number, unmapped)
        return (record, *comments_in(mapper, record, rows[0]))

    def _order(self, payload: Mapping[str, bool | None]) -> bool | None:
        """Whether days come first: as configured, else as the file's dates told."""
        return payload.get("day_first") if self._day_first is None else self._day_first

    def _left_to(self, kind: RecordKind, number: str) -> tuple[Record, ...]:
        """Nothing, if the files of another kind hold the row as well.

        Raises:
            MappingError: no files of that kind are read, so the row would be lost.
        """
        if kind in self._also_in:
            return ()
        raise MappingError(
            number,
            "record_kind",
            f"the row says it is a {kind}, not a {self._preset.kind}",
            f"name the file under `files.{kind}` as well, or export {self._preset.kind}s alone",
        )

    def _set_aside(self, raw: RawRecord, error: MappingError) -> Quarantined:
        return Quarantined(
            source=raw.source,
            kind=raw.kind,
            key=raw.key,
            field=error.field,
            reason=error.problem,
            remedy=error.remedy,
            rule="mapping",
        )


def _no_number(raw: RawRecord, preset: KindPreset) -> MappingError:
    columns = " or ".join(preset.key_columns)
    return MappingError(
        raw.key,
        "number",
        f"no value in column {columns}",
        "give the row its number in the export, or name the column under `fields`",
    )
