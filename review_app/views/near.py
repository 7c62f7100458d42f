"""Near misses: incidents at the same place and time with some of the same words, and no members."""

from dataclasses import dataclass

from itsm.access import Sight
from itsm.deciding import CLEAR_SHARE
from itsm.decisions import IncidentRef
from reports.numbers import local_time, number
from reports.text import clean
from review_app.addresses import safe_address
from review_app.asked import Asked
from review_app.board import Boards, statement_of
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts
from review_app.queue import Entry
from review_app.views.members import HIDDEN
from review_app.visit import Visit
from review_app.wishes import ref_text
from review_app.wording import WITHHELD
from store.around_reads import N_NEAR, NEAR_DAYS
from store.reviewed import NearMiss

NOTHING_APART = "nothing that its record tells"


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLine:
    """A near miss, with what it shares and what keeps it apart, as far as can be told here."""

    ref: str
    number: str
    address: str | None
    title: str
    note: str
    shares: str
    apart: str
    opened: str
    inside: str
    inside_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """A near miss that mining kept: its fit, and what kept it out."""

    number: str
    address: str | None
    score: str
    why: str
    inside: str
    inside_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NearView:
    """The near misses of a candidate, and how they were looked for."""

    candidate_id: str
    statement: str
    back: str
    base: str
    query: str
    how: str
    kept: tuple[KeptLine, ...]
    lines: tuple[NearLine, ...]
    can_decide: bool
    run_id: str
    seen: int


def near_view(
    parts: ReviewParts, boards: Boards, candidate_id: str, visit: Visit
) -> NearView | None:
    """The near misses of a candidate; None where somebody sees no such candidate."""
    actor, asked = visit.actor, visit.asked
    board = boards.of(actor, asked.week)
    run, entry = board.run, board.entry(candidate_id)
    if run is None or entry is None:
        return None
    item, place = entry.candidate, place_of(entry)
    seen = (item.first_seen_at, item.last_seen_at)
    found = parts.reviewing.near(run.run_id, candidate_id, place, item.terms, seen)
    withheld = parts.reviewing.restricted(run.run_id, [candidate_id])
    is_withheld = bool(withheld) and not actor.sight.restricted
    said = WITHHELD if is_withheld else clean(statement_of(item, board.now(candidate_id)), 220)
    shown = () if is_withheld else found
    return NearView(
        candidate_id=clean(candidate_id, 60),
        statement=said,
        back=asked.of_candidate(candidate_id),
        base=Asked().of_candidate(candidate_id),
        query=asked.query,
        how=_how(entry),
        kept=() if is_withheld else _kept(parts, run.run_id, candidate_id, actor.sight),
        lines=tuple(_line(one, entry, parts, actor) for one in shown),
        can_decide=visit.can_decide and board.is_newest,
        run_id=run.run_id,
        seen=board.seen,
    )


def _kept(parts: ReviewParts, run_id: str, candidate_id: str, sight: Sight) -> tuple[KeptLine, ...]:
    """The near misses that mining kept; of one that is hidden, its fit alone."""
    doubts = parts.reviewing.doubts(run_id, candidate_id)
    near = doubts.near if doubts is not None else ()
    found = parts.reviewing.seen_by([(one.source, one.number) for one in near])
    lines = []
    for one in near:
        service, restricted = found.get((one.source, one.number), (None, False))
        hidden = sight.hides(service=service, restricted=restricted)
        link = parts.links.get(one.source)
        lines.append(
            KeptLine(
                number="" if hidden else clean(one.number, 80),
                address=safe_address(link(one.number)) if link and not hidden else None,
                score=number(one.score, 2),
                why=HIDDEN[hidden] if hidden else clean(one.why, 200),
                inside=clean(one.candidate_id, 60),
                inside_address=Asked().of_candidate(one.candidate_id) if one.candidate_id else "",
            )
        )
    return tuple(lines)


def place_of(entry: Entry) -> dict[str, str]:
    """The service and configuration item that most members share."""
    clear = {p.field: p.value for p in entry.candidate.purity if p.share >= CLEAR_SHARE}
    return {name: clear[name] for name in ("service", "ci") if name in clear}


def _how(entry: Entry) -> str:
    place = place_of(entry)
    if not place or len(entry.candidate.terms) < 2:
        return (
            "Its incidents share neither a service nor a configuration item, or too few words, so "
            "near misses cannot be looked for here."
        )
    where = " or ".join(clean(value, 60) for value in place.values())
    return (
        f"Looked for on this page, not kept by mining: up to {N_NEAR} incidents on {where}, opened "
        f"within {NEAR_DAYS} days of its own, whose titles hold two or more of its words."
    )


def _line(one: NearMiss, entry: Entry, parts: ReviewParts, actor: Actor) -> NearLine:
    hidden = actor.sight.hides(service=one.service, restricted=one.restricted)
    title = "" if hidden or not one.title else clean(parts.redact(one.title, one.people), 160)
    held = (one.title or "").casefold()
    shared = [term for term in entry.candidate.terms if term.casefold() in held]
    link = parts.links.get(one.source)
    inside = one.candidate_id or ""
    return NearLine(
        ref="" if hidden else ref_text(IncidentRef(source=one.source, number=one.number)),
        number="" if hidden else clean(one.number, 80),
        address=safe_address(link(one.number)) if link and not hidden else None,
        title=title,
        note=HIDDEN[hidden] if hidden else "" if title else "No title given",
        shares="" if hidden else clean(", ".join(shared), 160),
        apart=_apart(one, entry, len(shared)),
        opened=local_time(one.opened_at, parts.zone).partition(" (")[0] if one.opened_at else "",
        inside=clean(inside, 60),
        inside_address=Asked().of_candidate(inside) if inside else "",
    )


def _apart(one: NearMiss, entry: Entry, n_shared: int) -> str:
    """What is different, of what can be told from the record."""
    place = place_of(entry)
    differs = [
        named
        for name, named, value in (
            ("service", "service", one.service),
            ("ci", "configuration item", one.ci),
        )
        if name in place and value is not None and value != place[name]
    ]
    missing = len(entry.candidate.terms) - n_shared
    said = [f"another {' and '.join(differs)}"] if differs else []
    if missing:
        said.append(f"lacks {number(missing)} of {number(len(entry.candidate.terms))} words")
    return "; ".join(said) or NOTHING_APART
