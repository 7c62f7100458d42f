"""Pull: raw records first, then mapping and checks, then good records or quarantine."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from checks.checking import check_rows, failing
from checks.context import CheckContext
from connectors.core.source import Mapped, MappedRecord, Source
from flows.frames import frame_of_records
from flows.progress import Throttled
from flows.wiring import Parts
from itsm.fields import kind_of
from itsm.quality import ExpectationResult, Severity
from itsm.records import Quarantined, RawRecord, Record
from itsm.states import RecordKind

LAND_BATCH = 10_000
"""Raw records that are mapped, checked and landed in one transaction."""


@dataclass(frozen=True, slots=True)
class PullCount:
    """What a pull of one source read, landed and set aside.

    `unmapped` counts codes without a meaning by (field, code).
    """

    source: str
    read: Mapping[RecordKind, int] = field(default_factory=dict)
    landed: int = 0
    quarantined: int = 0
    unmapped: Mapping[tuple[str, str], int] = field(default_factory=dict)


def pull(parts: Parts, name: str, cutoff_at: datetime) -> PullCount:
    """Read what is new in a source and land it.

    Raises:
        TransientSourceError: trying again may help; what was read stays.
        FatalSourceError: it does not.
    """
    source = parts.sources[name]
    read = {kind: _read(parts, source, kind) for kind in source.kinds}
    landed, quarantined, unmapped = 0, 0, Counter[tuple[str, str]]()
    for kind in source.kinds:
        tell = Throttled(parts.say)
        _note_mapping(parts, source, kind)
        for batch in _pending(parts, name, kind):
            tell(f"land   {name} {kind}: {landed:,} so far")
            good, bad, codes = _land(parts, source, kind, batch, cutoff_at)
            landed, quarantined = landed + good, quarantined + bad
            unmapped.update(codes)
        parts.say(f"land   {name} {kind}: {read[kind]:,} new or changed")
    return PullCount(name, read, landed, quarantined, unmapped)


def _read(parts: Parts, source: Source, kind: RecordKind) -> int:
    """Raw records of a kind into the store, page by page with the watermark."""
    with parts.store.begin() as uow:
        cursor = uow.watermarks.get(source.name, kind)
    tell, n = Throttled(parts.say), 0
    for page in source.pages(kind, cursor):
        with parts.store.begin() as uow:
            now = datetime.now(UTC)
            uow.raw.save(page.records, now)
            uow.watermarks.set(source.name, kind, page.cursor, now)
            uow.commit()
        n += len(page.records)
        tell(f"pull   {source.name} {kind}: {n:,} records so far")
    parts.say(f"pull   {source.name} {kind}: {n:,} records")
    return n


def _note_mapping(parts: Parts, source: Source, kind: RecordKind) -> None:
    """Let all records of a kind land again when they would be mapped otherwise than before."""
    with parts.store.begin() as uow:
        if uow.raw.map_by(source.name, kind, source.mapping_version(kind)):
            parts.say(f"land   {source.name} {kind}: the mapping has changed, all are mapped again")
        uow.commit()


def _pending(parts: Parts, name: str, kind: RecordKind) -> Iterator[list[RawRecord]]:
    """Raw records that wait to be landed, in batches by key."""
    after: str | None = None
    while True:
        with parts.store.begin() as uow:
            batch = uow.raw.pending(name, kind, after_key=after, limit=LAND_BATCH)
        if not batch:
            return
        after = batch[-1].key
        yield batch


def _land(
    parts: Parts, source: Source, kind: RecordKind, raw: Sequence[RawRecord], cutoff_at: datetime
) -> tuple[int, int, Mapping[tuple[str, str], int]]:
    """Map and check a batch, then land the good and set the bad aside, in one transaction."""
    mapped = source.map(kind, raw)
    failed = _failed(parts, source.name, mapped, cutoff_at)
    good, bad = _sorted_out(source.name, kind, mapped, failed)
    with parts.store.begin() as uow:
        uow.records.save([record for item in good for record in item.records])
        uow.quarantine.clear(source.name, kind, [item.key for item in good])
        uow.quarantine.put(bad, datetime.now(UTC))
        uow.raw.mark_landed(raw)
        uow.commit()
    return len(good), len(bad), mapped.unmapped_codes


Failures = Mapping[RecordKind, Mapping[str, ExpectationResult]]
"""The failed expectation of each failing record number, by kind."""


def _failed(parts: Parts, source: str, mapped: Mapped, cutoff_at: datetime) -> Failures:
    """The records of a batch that no one can use, each with the expectation it failed."""
    by_kind: dict[RecordKind, list[Record]] = {}
    for item in mapped.mapped:
        for record in item.records:
            by_kind.setdefault(kind_of(record), []).append(record)
    context = CheckContext(
        source=source,
        cutoff_at=cutoff_at,
        read_at=max(cutoff_at, datetime.now(UTC)),
        settings=parts.settings.checks,
    )
    return {
        kind: failing(
            check_rows(kind, frame_of_records(kind, records), context, only=Severity.QUARANTINE)
        )
        for kind, records in by_kind.items()
    }


def _sorted_out(
    source: str, kind: RecordKind, mapped: Mapped, failed: Failures
) -> tuple[list[MappedRecord], list[Quarantined]]:
    """Mapped records without and with a failed expectation among their records."""
    good: list[MappedRecord] = []
    bad = list(mapped.quarantined)
    for item in mapped.mapped:
        hit = next(filter(None, (_failure(record, failed) for record in item.records)), None)
        if hit is None:
            good.append(item)
        else:
            bad.append(_set_aside(source, kind, item.key, hit))
    return good, bad


def _failure(record: Record, failed: Failures) -> ExpectationResult | None:
    of_kind = failed.get(kind_of(record))
    return of_kind.get(record.number) if of_kind else None


def _set_aside(source: str, kind: RecordKind, key: str, hit: ExpectationResult) -> Quarantined:
    return Quarantined(
        source=source,
        kind=kind,
        key=key,
        field=hit.field or "record",
        reason=f'fails "{hit.title}"',
        remedy=hit.remedy or "mend the record in the source; it is checked again at the next pull",
        rule=hit.rule,
    )
