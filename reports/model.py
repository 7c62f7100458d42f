"""The weekly pack as plain, frozen data: what it says, before anything says how it looks.

Texts are finished sentences and formatted values; charts keep their numbers. Everything in it came
from elsewhere ready to print: no renderer computes, cleans or decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reports.model_blocks import (
    BarChart,
    CandidateCard,
    Card,
    ChartMark,
    Column,
    ControlChart,
    HandOffMap,
    HandOffPath,
    MemberLine,
    Opening,
    Reason,
    Table,
)

__all__ = [
    "Ask",
    "BarChart",
    "Brief",
    "CandidateCard",
    "CandidateRow",
    "Card",
    "ChartMark",
    "Column",
    "Comment",
    "ControlChart",
    "Definition",
    "EvidenceList",
    "HandOffMap",
    "HandOffPath",
    "MemberLine",
    "Missing",
    "Opening",
    "Pack",
    "Reason",
    "RegisterRow",
    "RunInfo",
    "Section",
    "Table",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something a reader could expect and does not find, why, and what would bring it."""

    what: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """The run a pack came from; `run_id`, `made_at` and `journal_head` differ between equal packs.

    `journal_head` is where the journal ended when the pack was made, as sequence:hash.
    """

    run_id: str
    made_at: datetime
    sources: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    journal_head: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A decision asked of the reader: by whom, until when, and what waiting costs.

    `key` is what is decided on, such as a candidate's id. `href` leads to a page with just this
    decision: an address where the review pages have one, else the file beside the pack, which is
    made of `card`, or of `facts` where the decision is about a register entry.
    """

    title: str
    reason: str
    cost: str
    anchor: str | None = None
    key: str = ""
    owner: str = ""
    due: str = ""
    href: str = ""
    card: CandidateCard | None = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What a person says of a section before release: shown as their words, with their name.

    `section_id` is "brief" for the first page. `at` is told in words, in the reader's zone.
    """

    section_id: str
    text: str
    by: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the pack; a renderer shows its blocks in the order of the fields.

    `number` is its place in the full pack, 1 to 14; 0 is the brief.
    """

    id: str
    title: str
    opening: Opening
    number: int = 0
    cards: tuple[Card, ...] = ()
    charts: tuple[ControlChart, ...] = ()
    bars: tuple[BarChart, ...] = ()
    maps: tuple[HandOffMap, ...] = ()
    candidates: tuple[CandidateCard, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The first page: what is asked, what changed, what is missing.

    `programme` is the running line on what the programme has brought. `change_anchors` name the
    evidence of the first lines of `changes`, one each. `is_short` says that it is
    the whole of what a reader gets, as in the executive edition: no cards, no lists.
    `charts` are those of the headline figures, for slides and mails that have no other.
    """

    headline: str
    asks: tuple[Ask, ...]
    changes: tuple[str, ...]
    gaps: tuple[str, ...]
    cards: tuple[Card, ...]
    programme: str = ""
    change_anchors: tuple[str | None, ...] = ()
    is_short: bool = False
    charts: tuple[ControlChart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceList:
    """The record numbers a figure was counted from."""

    figure_id: str
    anchor: str
    title: str
    dimension: str
    period: str
    rows: tuple[str, ...]
    base_rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a figure means, in words."""

    figure_id: str
    title: str
    version: int
    formula: str
    counted: str
    excluded: str
    owner: str
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """One candidate as a line of the candidate list (CSV)."""

    candidate_id: str
    statement: str
    n_members: int
    life: str
    movement: str
    decision: str
    first_seen_at: datetime
    last_seen_at: datetime
    avoidable_hours: float
    avoidable_low: float
    avoidable_high: float
    assumed: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """One register entry as a line of the register list (CSV)."""

    number: str
    title: str
    state: str
    origin: str
    origin_record: str
    service: str
    coordinator: str
    next_review_on: str
    score: float | None
    gaps: str
    expected_benefit: str
    not_yet_reason: str
    raised_at: datetime
    raised_by: str
    place: int | None = None
    why: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A finished pack of one week, month or quarter, and of one edition.

    `edition` is the key it is kept under: "full", "service-owner-e-mail-de"; `kind` is what kind of
    edition it is. `title` and `about` say it to a reader. `week` is the label of the period,
    whatever its length: 2026-W34, 2026-08.
    """

    organisation: str
    edition: str
    language: str
    week: str
    period: str
    cutoff: str
    brief: Brief
    sections: tuple[Section, ...]
    missing: tuple[Missing, ...]
    definitions: tuple[Definition, ...]
    evidence: tuple[EvidenceList, ...]
    provenance: tuple[tuple[str, str], ...]
    run_id: str
    made_at: datetime
    candidate_rows: tuple[CandidateRow, ...] = ()
    register_rows: tuple[RegisterRow, ...] = ()
    journal_head: str = ""
    kind: str = "full"
    title: str = ""
    about: str = ""
    zone: str = ""
    checksum: str = ""
    comments: tuple[Comment, ...] = ()
