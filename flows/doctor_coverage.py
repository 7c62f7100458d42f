"""Which share of a source's records holds each field, after mapping, and what each gap costs.

Told of all stored records of a kind; before the first pull, of the first page the system gives.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.core.source import Finding, Level, Source
from flows.doctor_access import some_of
from flows.doctor_costs import cost_of
from flows.progress import Say
from itsm.errors import ConfigError, CsiError
from itsm.fields import FieldSpec, FieldType, by_kind
from itsm.records import HistoryEvent, Record
from itsm.states import UNMAPPED, HistoryField, RecordKind
from store.coverage import Held, fields_told
from store.queries import Queries

FEW = 0.1
"""Below this share, figures that need the field tell of few of the records."""
SAMPLED = 500
"""Records of a kind that are looked at where none is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many records hold a field.

    Attributes:
        source: of which source.
        kind: of which records.
        field: which field; "" for the records themselves, of a kind that the source has none of.
        held: how many hold it; of history, how many events tell of it.
        looked_at: of how many.
        is_stored: whether these are all that are stored; else a sample of the system's.
        is_flag: whether it is a flag that is always told: held where it is set.
        gone: the figures that are not available from this source without it.
        other: the figures that are told of fewer records, or otherwise.
    """

    source: str
    kind: RecordKind
    field: str
    held: int
    looked_at: int
    is_stored: bool
    is_flag: bool = False
    gone: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share that holds it."""
        return self.held / self.looked_at if self.looked_at else 0.0


def coverages(
    names: Iterable[str],
    make: Callable[[str], Source],
    queries: Queries | None,
    found: Sequence[Finding],
    say: Say,
) -> tuple[list[Coverage], list[Finding]]:
    """What the records of each source hold, and a finding on each.

    Args:
        names: of the sources.
        make: makes one of them.
        queries: of the store; None where there is none yet.
        found: what the examination found; a source that cannot be used is not asked again.
        say: tells what is looked at.
    """
    rows: list[Coverage] = []
    told: list[Finding] = []
    for name in names:
        failed = [one for one in found if one.level is Level.FAILURE and _is_about(one, name)]
        say(f"counting what the records of {name} hold")
        try:
            own = tuple(coverage(make(name), queries, is_reached=not failed))
        except ConfigError:
            continue  # said of the source already
        rows += own
        told += [finding(own)] if own else []
    return rows, told


def _is_about(one: Finding, name: str) -> bool:
    return one.subject.partition(" ")[0] == name or one.check == "settings"


def coverage(source: Source, queries: Queries | None, *, is_reached: bool) -> Iterator[Coverage]:
    """Every field of every kind that a source has, and the kinds that it has none of.

    Args:
        source: the source.
        queries: of the store; None where there is none yet.
        is_reached: whether the system may be asked for a sample.
    """
    for kind in RecordKind:
        stored = _stored(source, queries, kind)
        there = stored
        if stored is None and kind in source.kinds:
            there = _sampled(source, kind) if is_reached else None
            if there is None:
                continue  # nothing is known: the examination says why
        if there is None or not there.n:
            yield _none(source.name, kind)
        else:
            yield from _fields(source.name, kind, there, is_stored=stored is not None)


def finding(rows: Sequence[Coverage]) -> Finding:
    """What a person should know of the gaps of a source."""
    gaps = [one for one in rows if not one.held and (one.gone or one.other)]
    gone = tuple(dict.fromkeys(name for one in gaps for name in one.gone))
    other = tuple(name for name in dict.fromkeys(n for one in gaps for n in one.other)
                  if name not in gone)  # fmt: skip
    source = rows[0].source if rows else ""
    if not gaps:
        said = "every field that a figure needs is held by some record"
        return Finding(check="coverage", level=Level.OK, subject=source, said=said)
    fields, kinds = [one for one in gaps if one.field], [one for one in gaps if not one.field]
    said = (
        f"{len(kinds)} kinds of records are not there, and {len(fields)} fields are held by no "
        f"record: {len(gone)} figures are not available from it, {len(other)} are told otherwise"
    )
    named = [one for one in fields if one.kind is not RecordKind.HISTORY]
    return Finding(
        check="coverage",
        level=Level.WARNING,
        subject=source,
        said=said,
        remedy="see the table; map a field of your own, or say it in reference data",
        line=f'[sources.{source}.fields.{named[0].kind}]\n{named[0].field} = "..."'
        if named
        else None,
    )


def table(rows: Sequence[Coverage], *, every: bool) -> Iterator[str]:
    """The table of what is held, with what each gap costs.

    Args:
        rows: of all sources.
        every: every field; else what costs figures.
    """
    shown = [one for one in rows if every or _told(one)]
    if not shown:
        return
    wide = max(len(_name(one)) for one in shown)
    yield "what is held, of how many records, and what each gap costs:"
    for one in shown:
        of = f"{one.share:>4.0%} of {one.looked_at:>9,}" if one.field else "none".rjust(17)
        sampled = "" if one.is_stored else " (sample)"
        yield f"  {_name(one):<{wide}}  {of}{sampled}  {_told(one)}".rstrip()


def _name(one: Coverage) -> str:
    return f"{one.source} {one.kind}.{one.field}".removesuffix(".")


def _told(one: Coverage) -> str:
    """What a gap costs; "" where it is none, or costs nothing."""
    if one.share >= FEW or (one.held and one.is_flag):
        return ""
    whole, partly = "not available", "told of these records only"
    parts = [f"{whole if not one.held else partly}: {some_of(one.gone)}"] if one.gone else []
    if one.other:
        parts.append(f"told otherwise: {some_of(one.other)}")
    return "; ".join(parts)


def _stored(source: Source, queries: Queries | None, kind: RecordKind) -> Held | None:
    """What is stored of a kind; None where nothing is."""
    there = queries.held(source.name, kind) if queries is not None else None
    return there if there is not None and there.n else None


def _sampled(source: Source, kind: RecordKind) -> Held | None:
    """What the first page holds; None where it cannot be read, which the examination says."""
    try:
        page = next(iter(source.pages(kind, None)), None)
        raw = page.records[:SAMPLED] if page is not None else ()
        mapped = source.map(kind, raw).mapped
    except CsiError:
        return None
    records = by_kind(record for one in mapped for record in one.records).get(kind, [])
    if kind is RecordKind.HISTORY:
        events = Counter(one.field.value for one in records if isinstance(one, HistoryEvent))
        return Held(events.total(), events)
    told = {
        spec.name: sum(_holds(record, spec) for record in records) for spec in fields_told(kind)
    }
    return Held(len(records), told)


def _holds(record: Record, spec: FieldSpec) -> bool:
    """Whether a record holds a field, as `store.coverage` counts it."""
    value = getattr(record, spec.name)
    if spec.type is FieldType.FLAG and spec.is_required:
        return value is True
    return value not in {None, "", UNMAPPED}


def _fields(source: str, kind: RecordKind, there: Held, *, is_stored: bool) -> Iterator[Coverage]:
    if kind is RecordKind.HISTORY:
        named = [(field.value, False) for field in HistoryField]
    else:
        named = [
            (one.name, one.type is FieldType.FLAG and one.is_required) for one in fields_told(kind)
        ]
    for name, is_flag in named:
        cost = cost_of(kind, name)
        yield Coverage(
            source=source, kind=kind, field=name, held=there.by_field.get(name, 0),
            looked_at=there.n, is_stored=is_stored, is_flag=is_flag, gone=cost.gone,
            other=cost.other,
        )  # fmt: skip


def _none(source: str, kind: RecordKind) -> Coverage:
    """A kind that the source has no record of."""
    cost = cost_of(kind)
    return Coverage(
        source=source, kind=kind, field="", held=0, looked_at=0, is_stored=True, gone=cost.gone,
        other=cost.other,
    )  # fmt: skip
