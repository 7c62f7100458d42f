"""The weekly pack: from a week's figures, candidates and register to finished plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek, zone_of
from itsm.codec import from_bytes, to_bytes
from itsm.figures import Figure, FigureResult
from itsm.quality import GateReport, QuarantineCount
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from reports.definitions import definitions_of, in_pack
from reports.layout import OTHER, PLANS, SERVICE_HEALTH
from reports.lookup import FigureSet, dimension_text, evidence_anchor, evidence_of
from reports.measures.targets import Judged
from reports.model import EvidenceList, Missing, Pack, RunInfo, Section
from reports.numbers import local_time, week_name
from reports.sections.brief import brief
from reports.sections.candidates import candidate_rows, candidate_section
from reports.sections.figures import figure_section
from reports.sections.missing import missing_list
from reports.sections.quality import quality_section
from reports.sections.register import register_rows, register_section
from reports.sections.service_health import service_health_section
from reports.text import clean

__all__ = [
    "Missing",
    "Pack",
    "PackInput",
    "RunInfo",
    "build_pack",
    "comparable",
    "pack_from_json",
    "pack_to_json",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CANDIDATES_AFTER = "major-incidents"
_REGISTER_AFTER = "forecast"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackInput:
    """Everything a pack is made from, ready computed.

    `member_titles` are redacted titles by (source, number); a restricted record has none.
    `is_mined` is False where no mining run stands behind the candidates. `n_records` are the
    records used, by kind. `restatements` say which earlier figures moved; `targets` are those that
    were declared, held against their figures.
    """

    week: ReportingWeek
    cutoff_at: datetime
    figures: Sequence[FigureResult]
    run: RunInfo
    candidates: Sequence[ProblemCandidate] = ()
    register: Sequence[RegisterEntry] = ()
    checks: GateReport = field(default_factory=lambda: GateReport(reports=()))
    quarantine: Sequence[QuarantineCount] = ()
    missing: Sequence[Missing] = ()
    member_titles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    n_records: Mapping[RecordKind, int] = field(default_factory=dict)
    restatements: Sequence[str] = ()
    targets: Sequence[Judged] = ()
    is_mined: bool = True
    organisation: str = "IT services"
    edition: str = "full"
    language: str = "en"


def build_pack(given: PackInput) -> Pack:
    """A pack as plain data: every sentence, table and chart of the edition."""
    figures = FigureSet(in_pack(given.figures), given.targets)
    zone = zone_of(given.week.zone)
    missing = missing_list(given.missing, figures)
    return Pack(
        organisation=clean(given.organisation, 80),
        edition=clean(given.edition, 40),
        language=given.language,
        week=given.week.label,
        period=week_name(given.week),
        cutoff=local_time(given.cutoff_at, zone),
        brief=brief(figures, given.candidates, given.checks, given.quarantine, missing, zone),
        sections=_sections(given, figures),
        missing=missing,
        definitions=definitions_of(dict.fromkeys(f.figure_id for f in figures.figures)),
        evidence=_evidence(figures),
        provenance=_provenance(given),
        run_id=given.run.run_id,
        made_at=given.run.made_at,
        candidate_rows=candidate_rows(given.candidates),
        register_rows=register_rows(given.register),
        journal_head=given.run.journal_head,
    )


def pack_to_json(pack: Pack) -> bytes:
    """A pack as canonical JSON; equal packs give equal bytes."""
    return to_bytes(pack)


def pack_from_json(data: bytes) -> Pack:
    """The pack that `pack_to_json` made these bytes from.

    Raises:
        ValueError: not the JSON of a pack.
    """
    return from_bytes(Pack, data)


def comparable(pack: Pack) -> Pack:
    """The pack without what differs between equal runs: run id, time made, head of the journal."""
    return replace(pack, run_id="", made_at=_EPOCH, journal_head="")


def _sections(given: PackInput, figures: FigureSet) -> tuple[Section, ...]:
    zone = zone_of(given.week.zone)
    last_day = given.week.monday + timedelta(days=6)
    found: list[Section | None] = []
    for plan in (*PLANS, OTHER):
        if plan is SERVICE_HEALTH:
            found.append(service_health_section(figures))
        else:
            found.append(figure_section(plan, figures))
        if plan.id == _CANDIDATES_AFTER:
            found.append(
                candidate_section(
                    given.candidates, given.member_titles, zone, is_mined=given.is_mined
                )
            )
        if plan.id == _REGISTER_AFTER:
            found.append(register_section(given.register, last_day))
    found.append(
        quality_section(given.checks, given.quarantine, given.n_records, given.restatements)
    )
    return tuple(section for section in found if section)


def _evidence(figures: FigureSet) -> tuple[EvidenceList, ...]:
    return tuple(_evidence_list(figure) for figure in figures.figures if evidence_of(figure))


def _evidence_list(figure: Figure) -> EvidenceList:
    return EvidenceList(
        figure_id=figure.figure_id,
        anchor=evidence_anchor(figure),
        title=figure.title,
        dimension=dimension_text(figure.dimensions),
        period=figure.period,
        rows=tuple(clean(row, 80) for row in figure.rows),
        base_rows=tuple(clean(row, 80) for row in figure.base_rows),
    )


def _provenance(given: PackInput) -> tuple[tuple[str, str], ...]:
    versions = [(name, str(version)) for name, version in sorted(given.run.versions.items())]
    return (
        ("Sources", ", ".join(clean(source, 80) for source in given.run.sources) or "none"),
        ("Week", f"{given.week.label} ({given.week.zone})"),
        ("Known up to", local_time(given.cutoff_at, zone_of(given.week.zone))),
        *((f"Version of {clean(name, 40)}", clean(version, 80)) for name, version in versions),
    )
