"""The records a figure of a pack was counted from, each with where it opens."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsm.access import Hidden
from itsm.errors import NotThereError
from itsm.states import RecordKind
from reports.lookup import words
from reports.model import EvidenceList
from reports.numbers import local_time, number
from reports.text import clean
from review_app.addresses import safe_address
from review_app.identity.actors import Actor
from review_app.listing import Columns, Listing, Part, part_of
from review_app.pack_access import Opened, opened
from review_app.parts import ReviewParts
from review_app.views.packs import pack_address
from store.evidence_reads import EvidenceReads, EvidenceRecord
from store.unit_of_work import Store

PER_PAGE = 100
HIDDEN = {
    Hidden.RESTRICTED: "Restricted: not shown",
    Hidden.OTHER_SERVICE: "Of another service: not shown",
}
GONE = "No longer held, or known here by another name"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A record; `note` stands where it is not shown."""

    number: str
    address: str | None
    kind: str
    source: str
    title: str
    state: str
    service: str
    opened: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsView:
    """The records behind a figure."""

    pack_id: str
    back: str
    title: str
    about: str
    formula: str
    part: Part
    n_base: str
    several_sources: bool


def rows_view(
    parts: ReviewParts, store: Store, pack_id: str, anchor: str, who: Actor, asked: Listing
) -> RowsView:
    """The records behind a figure of a pack.

    Raises:
        NotThereError: there is no such pack or figure for this reader.
    """
    with store.look() as uow:
        one = opened(uow, pack_id, who.sight)
    item = next((e for e in one.pack.evidence if e.anchor == anchor), None)
    if item is None:
        raise NotThereError(f"the pack {pack_id} has no figure with the records {anchor[:60]!r}")
    whole = part_of(item.rows, asked, len(item.rows), PER_PAGE, "records")
    found = EvidenceReads.of(store).records([_bare(name) for name in whole.rows])
    lines = tuple(_line(name, found, who, parts) for name in whole.rows)
    return RowsView(
        pack_id=one.line.pack_id,
        back=f"{pack_address(pack_id)}#figures",
        title=clean(item.title, 160),
        about=_about(item),
        formula=_formula(one, item.figure_id),
        part=Part(rows=lines, shown=whole.shown, before=whole.before, after=whole.after),
        n_base=number(len(item.base_rows)) if item.base_rows else "",
        several_sources=len({record.source for record in found}) > 1,
    )


def columns_of(pack_id: str, anchor: str) -> Columns:
    """The address of a list of records."""
    return Columns(path=f"{pack_address(pack_id)}/rows/{anchor}", names=("number",))


def _about(item: EvidenceList) -> str:
    said = (item.dimension, item.period, f"{number(len(item.rows))} records")
    return ", ".join(clean(part, 120) for part in said if part)


def _formula(one: Opened, figure_id: str) -> str:
    found = next((d for d in one.pack.definitions if d.figure_id == figure_id), None)
    return "" if found is None else f"{clean(found.formula, 400)} (version {found.version})"


def _bare(name: str) -> str:
    """The number of a record; what stands before a slash is its source."""
    return name.rpartition("/")[2]


def _line(name: str, found: Sequence[EvidenceRecord], who: Actor, parts: ReviewParts) -> RecordLine:
    source, _, named = name.rpartition("/")
    fitting = [r for r in found if r.number == named and source in ("", r.source)]
    if len(fitting) != 1:
        note = GONE if not fitting else "Several sources have a record of this number"
        return _bare_line(name, note)
    record = fitting[0]
    hidden = who.sight.hides(service=record.service or None, restricted=record.restricted)
    if hidden is not None:
        return _bare_line("", HIDDEN[hidden])
    return RecordLine(
        number=clean(record.number, 80),
        address=safe_address(_address(record, parts)),
        kind=words(record.kind),
        source=clean(record.source, 60),
        title=clean(parts.redact(record.title, record.people), 160) if record.title else "",
        state=words(clean(record.state, 40)),
        service=clean(record.service, 60),
        opened=local_time(record.opened_at, parts.zone).partition(" (")[0]
        if record.opened_at
        else "",
    )


def _address(record: EvidenceRecord, parts: ReviewParts) -> str | None:
    if record.kind is RecordKind.INCIDENT:
        link = parts.links.get(record.source)
        return link(record.number) if link else None
    by_kind = parts.record_links.get(record.source)
    return by_kind(record.kind, record.number) if by_kind else None


def _bare_line(name: str, note: str) -> RecordLine:
    return RecordLine(
        number=clean(name, 80), address=None, kind="", source="", title="", state="", service="",
        opened="", note=note,
    )  # fmt: skip
