"""What feeds are given and what they give: proposals of a week, and what cannot be had."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from flows.comment_themes import CommentTheme
from flows.feeds.thresholds import Pilot, Thresholds
from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.figures import Figure, FigureResult, NotAvailable
from itsm.register import Origin, RegisterEntry
from itsm.register_parts import Dimension
from itsm.register_roles import PIPELINE
from reports.measures.data import MeasureData
from reports.measures.tags import Tag

MAX_EVIDENCE = 50
"""So many references of an entry are kept; the hash is of all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything a feed may look at.

    Attributes:
        week: the reporting week.
        cutoff_at: the moment it is told for.
        data: the records of the store.
        figures: the results of the week that feeds ask for.
        candidates: of the week; None where it was not mined.
        register: the register as it is.
        thresholds: from when on something is proposed.
        pilots: that are declared.
        continuity: the tag of continuity tests; None where none is declared.
        comments: themes of the comments in low survey answers; None where there are no answers.
    """

    week: ReportingWeek
    cutoff_at: datetime
    data: MeasureData
    figures: Sequence[FigureResult] = ()
    candidates: Sequence[ProblemCandidate] | None = None
    register: Sequence[RegisterEntry] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    pilots: Sequence[Pilot] = ()
    continuity: Tag | None = None
    comments: Sequence[CommentTheme] | None = None

    def slices(self, figure_id: str) -> list[Figure]:
        """The results of a figure that are told for a slice."""
        return [
            one
            for one in self.figures
            if isinstance(one, Figure) and one.figure_id == figure_id and one.dimensions
        ]

    def lacks(self, figure_id: str) -> str:
        """Why a figure is not there, "" where it is."""
        for one in self.figures:
            if one.figure_id == figure_id:
                return str(one) if isinstance(one, NotAvailable) else ""
        return f"{figure_id} was not computed"

    @property
    def today(self) -> date:
        """The day after the last of the week."""
        return self.week.shifted(1).first_day

    @property
    def quarter(self) -> str:
        """The quarter of the week, by which what recurs is asked again."""
        day = self.week.first_day
        return f"{day.year}-Q{(day.month + 2) // 3}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A feed that could not be asked, and why."""

    feed: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a feed proposes: `key` stands for the evidence, and is proposed once, ever."""

    key: tuple[str, ...]
    title: str
    description: str
    origin: Origin
    origin_record: str
    evidence: tuple[str, ...]
    service: str | None = None
    measure_id: str | None = None
    base_value: float | None = None
    dimension: Dimension | None = None
    more: Mapping[str, str] = field(default_factory=dict)


Given = Iterable[Proposed] | Missing


def entry_of(feed: str, one: Proposed, material: Material) -> RegisterEntry:
    """A proposal as an entry; its number follows from feed and key alone."""
    key = "\n".join((feed, *one.key))
    evidence = tuple(sorted(set(one.evidence)))
    return RegisterEntry(
        number=f"CSI-{feed}-{hashlib.sha256(key.encode()).hexdigest()[:8]}",
        title=one.title,
        description=one.description,
        origin=one.origin,
        origin_record=one.origin_record,
        evidence_hash=hashlib.sha256("\n".join(evidence).encode()).hexdigest(),
        evidence=evidence[:MAX_EVIDENCE],
        raised_at=material.cutoff_at,
        raised_by=PIPELINE.name,
        state_since_at=material.cutoff_at,
        justification=f"{len(evidence)} records as evidence, up to {material.week.label}",
        service=one.service,
        measure_id=one.measure_id,
        base_value=one.base_value,
        dimension=one.dimension,
        expected_benefit=one.more.get("expected_benefit"),
    )
