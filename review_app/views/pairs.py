"""Pairs of records that look like one incident, side by side, field by field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from itsm.access import Sight
from itsm.fields import FieldSpec, FieldType, fields_of
from itsm.pairs import PairState
from itsm.states import RecordKind
from reports.lookup import words
from reports.numbers import local_time
from reports.text import clean
from review_app.addresses import safe_address
from review_app.listing import Columns, Filter, Listing, Part, filter_of, part_of
from review_app.pairs import Record, SeenPair, pair_id, seen_pairs
from review_app.parts import ReviewParts
from store.unit_of_work import Store

PER_PAGE = 10
COLUMNS = Columns(path="/pairs", names=("likeness",))
FILTERS = ("q", "show", "source")
PEOPLE = ("caller", "assignee", "opened_by", "resolved_by")
"""Fields with names: it is told whether they agree, and never who it is."""
_LEFT_OUT = frozenset({"source", "number", "title", "restricted", *PEOPLE[1:]})
_TEXTS = {"description": 600, "resolution_notes": 300}
_NOT_SHOWN = "Not shown: one of the records is restricted"
_TOLD = {
    PairState.PROPOSED: "waits for a word",
    PairState.JOINED: "one incident, as the systems say",
    PairState.ACCEPTED: "one incident",
    PairState.REJECTED: "two incidents",
}
_SHOWS = {
    "": (PairState.PROPOSED,),
    "decided": (PairState.ACCEPTED, PairState.REJECTED),
    "all": tuple(PairState),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSide:
    """One of two records: its name, its title, where it is opened."""

    source: str
    number: str
    address: str | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """A field of both."""

    name: str
    one: str
    other: str
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCard:
    """A pair with what speaks for and against it, and what was said of it."""

    name: str
    sides: tuple[PairSide, ...]
    rows: tuple[PairRow, ...]
    why: str
    state: str
    told: str
    said: str
    is_open: bool
    is_withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsView:
    """The queue of pairs for a reader."""

    asked: Listing
    filters: tuple[Filter, ...]
    part: Part
    n_open: int
    clear: str


def pairs_view(parts: ReviewParts, store: Store, sight: Sight, asked: Listing) -> PairsView:
    """What the queue shows; the most alike first."""
    with store.look() as uow:
        seen = list(seen_pairs(uow, sight, *_SHOWS.get(asked["show"], _SHOWS[""])))
        n_open = sum(1 for _ in seen_pairs(uow, sight, PairState.PROPOSED))
    cards = [_card(parts, one) for one in seen]
    wanted = asked["q"].casefold().split()
    found = [
        card
        for card in cards
        if (not asked["source"] or asked["source"] in {side.source for side in card.sides})
        and all(word in _words(card) for word in wanted)
    ]
    return PairsView(
        asked=asked,
        filters=_filters(cards, asked),
        part=part_of(found, asked, len(cards), PER_PAGE, "in the queue"),
        n_open=n_open,
        clear=asked.without_filters().address,
    )


def _filters(cards: Sequence[PairCard], asked: Listing) -> tuple[Filter, ...]:
    sources = {"": "All"} | {side.source: side.source for card in cards for side in card.sides}
    shows = {"": "Waiting", "decided": "Decided by people", "all": "All"}
    return filter_of(asked, "show", "Show", shows), filter_of(asked, "source", "System", sources)


def _words(card: PairCard) -> str:
    told = [text for side in card.sides for text in (side.source, side.number, side.title)]
    return " ".join(told).casefold()


def _card(parts: ReviewParts, seen: SeenPair) -> PairCard:
    pair = seen.pair
    sides = tuple(
        _side(parts, ref.source, ref.number, record, is_shown=seen.is_shown)
        for ref, record in zip(pair.refs, seen.records, strict=True)
    )
    return PairCard(
        name=pair_id(pair),
        sides=sides,
        rows=tuple(_rows(parts, seen.records)) if seen.is_shown else (),
        why=clean(pair.said, 300) if seen.is_shown else _NOT_SHOWN,
        state=pair.state.value,
        told=_TOLD[pair.state],
        said=_said(parts, seen),
        is_open=pair.state is PairState.PROPOSED,
        is_withheld=not seen.is_shown,
    )


def _said(parts: ReviewParts, seen: SeenPair) -> str:
    pair = seen.pair
    if not pair.actor:
        return ""
    who = clean(parts.works.name(pair.actor), 60)
    why = f": {clean(pair.reason, 300)}" if pair.reason and seen.is_shown else ""
    return f"{_TOLD[pair.state].capitalize()}, says {who}{why}"


def _side(
    parts: ReviewParts, source: str, number: str, record: Record | None, *, is_shown: bool
) -> PairSide:
    if not is_shown:
        return PairSide(source=clean(source, 60), number="", address=None, title="")
    link = parts.links.get(source)
    title = "Deleted in its tool" if record is None else _title(parts, record)
    return PairSide(
        source=clean(source, 60),
        number=clean(number, 80),
        address=safe_address(link(number)) if link else None,
        title=title or "No title given",
    )


def _title(parts: ReviewParts, record: Record) -> str:
    title = record["title"]
    return clean(parts.redact(str(title), _people(record)), 200) if title else ""


def _rows(parts: ReviewParts, records: tuple[Record | None, Record | None]) -> Iterator[PairRow]:
    one, other = records
    if one is None or other is None:
        return
    for spec in fields_of(RecordKind.INCIDENT):
        name = spec.name
        is_plain = spec.type is not FieldType.FLAG or one[name] != other[name]
        if name in _LEFT_OUT or not is_plain or (one[name] is None and other[name] is None):
            continue
        if name == "caller":
            yield _caller(one[name], other[name])
            continue
        told = [_value(parts, spec, side) for side in (one, other)]
        same = one[name] == other[name]
        yield PairRow(name=words(name), one=told[0], other=told[1], is_same=same)


def _caller(one: object, other: object) -> PairRow:
    """Whether both were reported by the same person; never by whom."""
    same = one == other
    first, second = ("told" if value is not None else "–" for value in (one, other))
    if one is not None and other is not None:
        second = "the same person" if same else "somebody else"
    return PairRow(name=words("caller"), one=first, other=second, is_same=same)


def _value(parts: ReviewParts, spec: FieldSpec, record: Record) -> str:
    name, value = spec.name, record[spec.name]
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return local_time(value, parts.zone).partition(" (")[0]
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = words(str(value)) if spec.enum else str(value)
    if name in _TEXTS:
        return clean(parts.redact(text, _people(record)), _TEXTS[name])
    return clean(text, 200)


def _people(record: Record) -> tuple[str, ...]:
    return tuple(str(record[name]) for name in PEOPLE if record[name])
