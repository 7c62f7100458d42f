"""What stands around a candidate: impact, changes, vendors, hand-offs, fixes, look-alikes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from itsm.access import Sight
from itsm.candidates import EvidenceLink
from itsm.states import RecordKind
from reports.lookup import words
from reports.numbers import local_day, number
from reports.text import clean
from reports.words import noun, plural
from review_app.addresses import safe_address
from review_app.asked import Asked
from review_app.board import Board, statement_of
from review_app.parts import ReviewParts
from review_app.queue import Entry
from review_app.views.queue_lines import state_words
from review_app.views.timeline import change_time
from review_app.wording import WITHHELD
from store.reviewed import Impact

KINDS = {
    "problem": RecordKind.PROBLEM,
    "change": RecordKind.CHANGE,
    "known_error": RecordKind.KNOWN_ERROR,
    "knowledge": RecordKind.KNOWLEDGE_ARTICLE,
    "vendor_case": RecordKind.VENDOR_CASE,
}
ALIKE_AT = 0.35
"""Candidates that share this part of their terms resemble each other."""
N_ALIKE = 5

Records = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Records by kind of link and number, as they are held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something known, with the record it is about and where that can be opened."""

    text: str
    record: str = ""
    address: str | None = None
    is_inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A heading with what is known under it, and what is to be known of it."""

    id: str
    title: str
    items: tuple[Item, ...]
    none: str
    note: str = ""


def linked_records(parts: ReviewParts, entry: Entry) -> Records:
    """The records that a candidate's links name, as they are held now."""
    reads, sources = parts.reviewing, entry.sources
    found = {}
    for name, kind in KINDS.items():
        numbers = [link.record for link in entry.candidate.links if link.kind == name]
        found[name] = reads.records(kind, sources, numbers) if numbers else {}
    return found


def around(
    parts: ReviewParts,
    board: Board,
    entry: Entry,
    impact: Impact,
    records: Records,
    sight: Sight,
) -> tuple[Block, ...]:
    """Everything around a candidate, in the order a reviewer asks for it."""
    links: dict[str, list[EvidenceLink]] = {}
    for link in entry.candidate.links:
        links.setdefault(link.kind, []).append(link)
    return (
        *_whom_and_when(parts, entry, impact, links, records),
        *_how_and_like(parts, entry, impact, links, records),
        Block(
            id="alike",
            title="What resembles it",
            items=(
                *_told(parts, entry, links.get("problem", ()), records["problem"], "problem"),
                *(Item(text=clean(link.text, 300)) for link in links.get("rejected", ())),
                *alike(parts, board, entry, sight),
            ),
            none="No problem, rejected or other candidate resembles it.",
        ),
    )


Links = Mapping[str, Sequence[EvidenceLink]]


def _whom_and_when(
    parts: ReviewParts, entry: Entry, impact: Impact, links: Links, records: Records
) -> tuple[Block, ...]:
    return (
        Block(
            id="impact",
            title="Whom it hits",
            items=_impact(parts, entry, impact),
            none="The records say nothing of it.",
        ),
        Block(
            id="changes",
            title="Changes near its onset",
            items=_told(parts, entry, links.get("change", ()), records["change"], "change"),
            none="No change on its configuration item or service in the 7 days before.",
            note="A change may stand there by chance; the share says how often one would.",
        ),
        Block(
            id="vendors",
            title="Vendor cases",
            items=_cases(parts, entry, links.get("vendor_case", ()), records["vendor_case"]),
            none="No vendor case was raised for its incidents.",
        ),
    )


def _how_and_like(
    parts: ReviewParts, entry: Entry, impact: Impact, links: Links, records: Records
) -> tuple[Block, ...]:
    return (
        Block(
            id="handoffs",
            title="Hand-offs",
            items=_handoffs(entry, impact),
            none="The records do not say how often they were passed on.",
        ),
        Block(
            id="knowledge",
            title="What is known of the fix",
            items=_knowledge(parts, entry, links, records),
            none="No article or known error is worded like it, and no fix repeats.",
        ),
    )


def _impact(parts: ReviewParts, entry: Entry, impact: Impact) -> tuple[Item, ...]:
    """Services by criticality, users, breaches, majors: each with how many records say so."""
    services = [p.value for p in entry.candidate.purity if p.field == "service"]
    ranks = parts.reviewing.criticality(services)
    found = [
        f"{clean(name, 60)}: criticality {ranks[name]} of 1 (highest) to 4"
        if name in ranks
        else f"{clean(name, 60)}: nobody has said how critical it is"
        for name in services
    ]
    if impact.n_users:
        found.append(f"{number(impact.users)} affected users in {_of(impact.n_users, impact)}")
    if impact.n_sla:
        found.append(
            f"{number(impact.n_breached)} of {number(impact.n_sla)} broke the agreed time (SLA)"
        )
    if impact.n_major or impact.n_urgent:
        found.append(
            f"{number(impact.n_major)} major, {number(impact.n_urgent)} of priority 1 or 2"
        )
    if impact.n_resolved:
        mean = impact.resolution_h / impact.n_resolved
        found.append(f"{number(mean, 1)} hours from opening to resolution, on average")
    if impact.n_reopen and impact.n_reopened:
        found.append(f"{number(impact.n_reopened)} of {number(impact.n_reopen)} were reopened")
    return tuple(Item(text=text) for text in found)


def _of(n: int, impact: Impact) -> str:
    return f"the {number(n)} of {number(impact.n)} {noun(impact.n, 'incident')} that say so"


def _handoffs(entry: Entry, impact: Impact) -> tuple[Item, ...]:
    """How often they were passed on, as their records count it; teams, never persons."""
    if not impact.n_passed:
        return ()
    mean = impact.passes / impact.n_passed
    found = [f"Passed on {number(impact.passes)} times in all, {number(mean, 1)} times each"]
    if entry.team:
        share = next((p.share for p in entry.candidate.purity if p.field == "team"), 0.0)
        found.append(f"{number(share * 100)}% are with {clean(entry.team, 60)} now")
    if impact.n_vendor:
        found.append(f"{number(impact.n_vendor)} of {number(impact.n)} went to a vendor")
    return tuple(Item(text=text) for text in found)


def _knowledge(
    parts: ReviewParts, entry: Entry, links: Mapping[str, Sequence[EvidenceLink]], records: Records
) -> tuple[Item, ...]:
    articles = _told(parts, entry, links.get("knowledge", ()), records["knowledge"], "knowledge")
    errors = _told(
        parts, entry, links.get("known_error", ()), records["known_error"], "known_error"
    )
    plain = (*links.get("fix", ()), *links.get("knowledge_gap", ()))
    return (*errors, *articles, *(Item(text=clean(link.text, 300)) for link in plain))


def _cases(
    parts: ReviewParts,
    entry: Entry,
    links: Sequence[EvidenceLink],
    records: Mapping[str, Mapping[str, Any]],
) -> tuple[Item, ...]:
    """Vendor cases with the clocks that run on them."""
    found = []
    for item, link in zip(_told(parts, entry, links, {}, "vendor_case"), links, strict=True):
        case = records.get(link.record)
        clock = case_clock(case, parts.zone) if case else "not held here any more"
        found.append(Item(text=f"{item.text}; {clock}", record=item.record, address=item.address))
    return tuple(found)


def case_clock(case: Mapping[str, Any], zone: ZoneInfo) -> str:
    """A vendor case: whose it is, where it stands, and the clock that ran, or runs."""
    said = [f"{clean(case['vendor'], 60)}, {words(str(case['state']))}"]
    opened, ended = case["opened_at"], case["resolved_at"] or case["closed_at"]
    said.append(f"opened {local_day(opened, zone)}")
    due = case["resolution_due_at"]
    if isinstance(ended, datetime):
        said.append(f"ended after {plural((ended - opened).days, 'day')}")
    if isinstance(due, datetime):
        is_late = isinstance(ended, datetime) and ended > due
        said.append(f"due {local_day(due, zone)}{', late' if is_late else ''}")
    if case["waiting_on_us_h"]:
        said.append(f"{number(case['waiting_on_us_h'])} hours of it waited for us")
    return ", ".join(said)


def _told(
    parts: ReviewParts,
    entry: Entry,
    links: Sequence[EvidenceLink],
    records: Mapping[str, Mapping[str, Any]],
    kind: str,
) -> tuple[Item, ...]:
    """Links in words, each with its record as it stands now."""
    found = []
    for link in links:
        held = records.get(link.record)
        when = change_time(held) if held is not None and kind == "change" else None
        text = f"{link.text}; {local_day(when, parts.zone)}" if when else link.text
        source = str(held["source"]) if held else next(iter(entry.sources), "")
        found.append(
            Item(
                text=clean(text, 300),
                record=clean(link.record, 60),
                address=record_address(parts, source, KINDS[kind], link.record),
            )
        )
    return tuple(found)


def record_address(parts: ReviewParts, source: str, kind: RecordKind, number_: str) -> str | None:
    """Where a record can be opened in its tool; None where that is not known."""
    link = parts.record_links.get(source)
    return safe_address(link(kind, number_)) if link and number_ else None


def alike(parts: ReviewParts, board: Board, entry: Entry, sight: Sight) -> tuple[Item, ...]:
    """Other candidates of the week that share many of its terms, the most alike first."""
    found = []
    for name, both in board.derived.sharing(entry.terms).items():
        other = board.derived.by_id[name]
        share = both / (len(other.terms) + len(entry.terms) - both)
        if both >= 2 and share >= ALIKE_AT and other is not entry:
            found.append((share, other))
    found = sorted(found, key=lambda item: (-item[0], item[1].rank))[:N_ALIKE]
    ids = [other.candidate.candidate_id for _, other in found]
    assert board.run is not None, "a candidate has a run"
    is_shown = sight.restricted or not ids
    withheld = frozenset() if is_shown else parts.reviewing.restricted(board.run.run_id, ids)
    return tuple(_alike_item(board, share, other, withheld) for share, other in found)


def _alike_item(board: Board, share: float, other: Entry, withheld: Collection[str]) -> Item:
    name = other.candidate.candidate_id
    now = board.now(name)
    said = WITHHELD if name in withheld else clean(statement_of(other.candidate, now), 120)
    members = plural(other.n_members, "incident")
    return Item(
        text=f"{number(share * 100)}% of the words: {said} ({members}, {state_words(other, now)})",
        record=clean(name, 60),
        address=Asked().of_candidate(name),
        is_inside=True,
    )
