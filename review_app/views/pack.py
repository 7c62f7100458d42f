"""The page of a pack: versions, what moved, release, remarks, files, figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsm.deliveries import GONE_OUT, Delivery, DeliveryState
from itsm.packs import REISSUED, ArchivedFile, ReleaseState, SectionComment
from itsm.register_roles import MAY, Deed
from reports.lookup import words
from reports.model import Pack
from reports.numbers import local_time, number
from reports.text import clean
from reports.words import plural
from review_app.identity.actors import Actor
from review_app.pack_access import Opened, opened
from review_app.parts import ReviewParts
from review_app.views.packs import OVERTAKEN, STATES, pack_address, size_words
from store.publishing import PackLine
from store.unit_of_work import Store, UnitOfWork

MAX_MOVED = 200
MAX_OTHERS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version of a pack."""

    version: int
    address: str
    made: str
    n_moved: int
    is_gone: bool
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """A figure of a section, with the address of the records it was counted from."""

    title: str
    value: str
    verdict: str
    address: str | None
    n_rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkLine:
    """A signed remark on a section."""

    comment_id: str
    text: str
    who: str
    at: str
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLine:
    """A section of a pack, as it is walked."""

    id: str
    title: str
    sentence: str
    ask: str
    figures: tuple[FigureLine, ...]
    remarks: tuple[RemarkLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A file of the archive."""

    name: str
    format: str
    size: str
    sha256: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """To whom a pack was sent, and where that stands."""

    delivery_id: str
    to: str
    how: str
    stands: str
    said: str
    can_arrive: bool
    can_go_again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PackView:
    """A pack as its page shows it."""

    pack_id: str
    address: str
    title: str
    period: str
    facts: tuple[tuple[str, str, str], ...]
    moved: tuple[str, ...]
    versions: tuple[VersionLine, ...]
    standing: str
    reason: str
    is_newest: bool
    can_release: bool
    can_hold: bool
    can_remark: bool
    why_not: str
    sections: tuple[SectionLine, ...]
    others: tuple[FigureLine, ...]
    files: tuple[FileLine, ...]
    deliveries: tuple[DeliveryLine, ...]
    journal_head: str


def pack_view(parts: ReviewParts, store: Store, pack_id: str, who: Actor) -> PackView:
    """What the page of a pack shows.

    Raises:
        NotThereError: there is none for this reader.
    """
    with store.look() as uow:
        one = opened(uow, pack_id, who.sight)
        every = uow.packs.lines(one.line.week)
        deliveries = uow.deliveries.list(item=pack_id)
        files = uow.packs.files(pack_id)
        remarks = remarks_of(uow, one)
    versions = [line for line in every if line.edition == one.line.edition]
    line, is_newest = one.line, one.line.version == max(v.version for v in versions)
    has_gone = any(d.state in GONE_OUT for d in deliveries)
    may = who.is_known and bool(who.person.roles & MAY[Deed.PUBLISH])
    return PackView(
        pack_id=line.pack_id,
        address=pack_address(line.pack_id),
        title=clean(one.pack.title, 120) or words(one.pack.kind).capitalize(),
        period=clean(one.pack.period, 120),
        facts=_facts(one, parts),
        moved=tuple(clean(text, 400) for text in line.moved[:MAX_MOVED]),
        versions=tuple(_version(v, line, parts) for v in reversed(versions)),
        standing=_standing(line, parts, is_newest=is_newest),
        reason=clean(line.release.reason, 400) if line.release else "",
        is_newest=is_newest,
        can_release=may and is_newest and line.state is not ReleaseState.RELEASED,
        can_hold=may and is_newest and line.state is not ReleaseState.HELD and not has_gone,
        can_remark=may,
        why_not="" if may else "It takes a problem manager to release it.",
        sections=section_lines(one, remarks, who, parts),
        others=_others(one),
        files=tuple(_file(f, one.line.pack_id) for f in files),
        deliveries=tuple(_delivery(d, parts, may=may) for d in deliveries),
        journal_head=clean(one.pack.journal_head, 120),
    )


def remarks_of(uow: UnitOfWork, one: Opened) -> tuple[SectionComment, ...]:
    """The remarks that hold for a pack."""
    is_outside = one.pack.kind == "vendor"
    return uow.section_comments.of_pack(one.line.week, one.line.edition, leaves_house=is_outside)


def section_lines(
    one: Opened, remarks: Sequence[SectionComment], who: Actor, parts: ReviewParts
) -> tuple[SectionLine, ...]:
    """The sections of a pack with their figures and remarks; the brief first."""
    pack, at = one.pack, pack_address(one.line.pack_id)
    brief = SectionLine(
        id="brief",
        title="Brief",
        sentence=clean(pack.brief.headline, 600),
        ask="; ".join(clean(ask.title, 200) for ask in pack.brief.asks[:5]),
        figures=_figures(pack, at, pack.brief.cards),
        remarks=_remarks(remarks, "brief", who, parts),
    )
    return (
        brief,
        *(
            SectionLine(
                id=section.id,
                title=clean(section.title, 120),
                sentence=clean(section.opening.sentence, 600),
                ask=clean(section.opening.ask, 400),
                figures=_figures(pack, at, section.cards),
                remarks=_remarks(remarks, section.id, who, parts),
            )
            for section in pack.sections
        ),
    )


def _others(one: Opened) -> tuple[FigureLine, ...]:
    """The figures with records that are on no card: those of tables, bars and charts."""
    carded = {card.anchor for section in one.pack.sections for card in section.cards}
    at = pack_address(one.line.pack_id)
    return tuple(
        FigureLine(
            title=clean(", ".join(filter(None, (item.title, item.dimension))), 160),
            value=clean(item.period, 40),
            verdict="",
            address=f"{at}/rows/{item.anchor}",
            n_rows=plural(len(item.rows), "record"),
        )
        for item in one.pack.evidence
        if item.anchor not in carded
    )[:MAX_OTHERS]


def _facts(one: Opened, parts: ReviewParts) -> tuple[tuple[str, str, str], ...]:
    return (
        ("Made", local_time(one.line.made_at, parts.zone).partition(" (")[0], "frozen since"),
        ("Cut-off", clean(one.pack.cutoff, 80), "what it is true for"),
        ("Missing", number(len(one.pack.missing)), "named in the pack"),
        ("Content", one.line.content_hash[:12], "SHA-256 of what it says"),
    )


def _version(line: PackLine, this: PackLine, parts: ReviewParts) -> VersionLine:
    return VersionLine(
        version=line.version,
        address=pack_address(line.pack_id),
        made=local_time(line.made_at, parts.zone).partition(" (")[0],
        n_moved=sum(one != REISSUED for one in line.moved),
        is_gone=line.withdrawal is not None,
        is_this=line.pack_id == this.pack_id,
    )


def _standing(line: PackLine, parts: ReviewParts, *, is_newest: bool) -> str:
    if not is_newest:
        return OVERTAKEN
    if line.release is None:
        return STATES[ReleaseState.WAITING]
    who = clean(parts.works.name(line.release.actor), 60) if line.release.actor else "the timer"
    at = local_time(line.release.at, parts.zone).partition(" (")[0]
    return f"{STATES[line.state]} by {who}, {at}"


def _figures(pack: Pack, at: str, cards: Sequence[object]) -> tuple[FigureLine, ...]:
    known = {item.anchor: len(item.rows) for item in pack.evidence}
    lines = []
    for card in cards:
        anchor = getattr(card, "anchor", None)
        n = known.get(anchor or "", 0)
        lines.append(
            FigureLine(
                title=clean(getattr(card, "title", ""), 120),
                value=clean(getattr(card, "value", ""), 40),
                verdict=clean(getattr(card, "verdict", ""), 120),
                address=f"{at}/rows/{anchor}" if anchor in known else None,
                n_rows=plural(n, "record") if n else "",
            )
        )
    return tuple(lines)


def _remarks(
    remarks: Sequence[SectionComment], section: str, who: Actor, parts: ReviewParts
) -> tuple[RemarkLine, ...]:
    return tuple(
        RemarkLine(
            comment_id=one.comment_id,
            text=clean(one.text, 2_000),
            who=clean(one.signed or parts.works.name(one.actor), 80),
            at=local_time(one.at, parts.zone).partition(" (")[0],
            is_mine=who.is_known and one.actor == who.name,
        )
        for one in remarks
        if one.section == section
    )


def _file(one: ArchivedFile, pack_id: str) -> FileLine:
    return FileLine(
        name=clean(one.name, 120),
        format=words(one.format),
        size=size_words(one.size),
        sha256=one.sha256[:12],
        address=f"{pack_address(pack_id)}/files/{one.sha256}",
    )


def _delivery(one: Delivery, parts: ReviewParts, *, may: bool) -> DeliveryLine:
    """A delivery; addresses and what was said are for those who send."""
    at = local_time(one.changed_at, parts.zone).partition(" (")[0]
    return DeliveryLine(
        delivery_id=one.delivery_id,
        to=clean(one.name, 80) or (clean(one.recipient, 80) if may else "a recipient"),
        how=words(one.channel),
        stands=f"{words(one.state)}, {at}",
        said=clean(one.said, 300) if may else "",
        can_arrive=may and one.state is DeliveryState.UNCLEAR,
        can_go_again=may and one.state in _AGAIN,
    )


_AGAIN = frozenset({DeliveryState.UNCLEAR, DeliveryState.REFUSED, DeliveryState.GIVEN_UP})
