"""The pack: from a period's figures, candidates and register to the plain data of an edition."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from itsm.candidates import ProblemCandidate
from itsm.codec import from_bytes, to_bytes
from itsm.figures import Figure, FigureResult
from itsm.meetings import carried
from itsm.periods import period_of
from reports.definitions import definitions_of
from reports.editions import Choice, EditionKind
from reports.language import _, known, speaking
from reports.language import told as said
from reports.layout import OTHER, PLANS, SectionPlan, plan_of
from reports.lookup import FigureSet, dimension_text, evidence_anchor, evidence_of
from reports.model import Ask, Brief, EvidenceList, Missing, Pack, RunInfo, Section, Table
from reports.numbers import day, local_time, period_name
from reports.pack_input import PackInput
from reports.sections.actions import actions_section
from reports.sections.asking import Terms, asks
from reports.sections.brief import brief
from reports.sections.candidates import MAX_ASKS, candidate_rows, candidate_section
from reports.sections.confession import Confessed, Gaps, confessed, confession_table
from reports.sections.executive import executive_brief, programme_line
from reports.sections.fallen_back import Asking, answered_by, asked_of
from reports.sections.figures import figure_section
from reports.sections.lists import ahead_table, availability_table, risk_table
from reports.sections.missing import missing_list, said_missing
from reports.sections.quality import quality_section
from reports.sections.register import register_rows, register_section
from reports.sections.tables import glance_table
from reports.text import clean

__all__ = [
    "Choice",
    "Missing",
    "Pack",
    "PackInput",
    "RunInfo",
    "build_pack",
    "comparable",
    "pack_from_json",
    "pack_to_json",
]

DAILY = frozenset({"sla_at_risk", "no_progress"})
"""Figures that no pack of a period tells."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS_TO_DECIDE = 5
"""A decision is asked for by the Friday after the period: so many days after its last Sunday."""


def build_pack(given: PackInput) -> Pack:
    """A pack as plain data: every sentence, table and chart of the edition, in its language.

    Raises:
        ConfigError: there is no catalogue of the language.
    """
    with speaking(given.choice.language):
        return with_checksum(_built(given))


def _built(given: PackInput) -> Pack:
    figures = FigureSet(_of_edition(given), given.targets, given.figures)
    missing = (*missing_list(given.missing, figures), *said_missing(given.late))
    gaps = confessed(_gaps(given, figures, missing))
    head = _brief(given, figures, missing, gaps)
    is_short = head.is_short
    shown = {ask.key for ask in head.asks}
    candidates = [one for one in given.candidates if not is_short or one.candidate_id in shown]
    kept = [f for f in figures.figures if not is_short or evidence_of(f) in head.change_anchors]
    rows = candidate_rows(candidates) if _holds(given, "candidates") or is_short else ()
    return replace(
        empty_pack(given, head),
        sections=tuple(_sections(given, figures, gaps)),
        missing=missing,
        definitions=definitions_of(dict.fromkeys(figure.figure_id for figure in kept)),
        evidence=tuple(_evidence_list(figure) for figure in kept if evidence_of(figure)),
        candidate_rows=rows,
        register_rows=register_rows(given.register) if _holds(given, "register") else (),
    )


def _brief(
    given: PackInput, figures: FigureSet, missing: Sequence[Missing], gaps: Sequence[Confessed]
) -> Brief:
    is_short = given.choice.kind is EditionKind.EXECUTIVE
    asked = _asked(given)
    if is_short:
        return executive_brief(figures, asked, missing, gaps, given.brought)
    moved = given.candidates if _holds(given, "candidates") else None
    head = brief(figures, asked, moved, given.checks, missing, gaps)
    return replace(head, programme=programme_line(given.brought) if given.brought else "")


def _asked(given: PackInput) -> tuple[Ask, ...]:
    """The decisions that the edition's sections ask for: what fell back first, then the dearest."""
    is_short, terms = given.choice.kind is EditionKind.EXECUTIVE, _terms(given)
    back: tuple[Ask, ...] = ()
    if is_short or _holds(given, "register"):
        held = Asking(due=terms.due, page=terms.page)
        back = asked_of(given.register, given.candidates, held)
    if not is_short and not _holds(given, "candidates"):
        return back
    told = {ask.key for ask in back}
    answered = answered_by([one for one in given.register if one.number in told])
    left = [one for one in given.candidates if one.candidate_id not in answered]
    return (*back, *asks(left, terms))[:MAX_ASKS]


def empty_pack(given: PackInput, head: Brief) -> Pack:
    """A pack with its brief and all that says where it comes from, and no section yet."""
    return Pack(
        organisation=clean(given.organisation, 80),
        edition=given.choice.key,
        kind=given.choice.kind.value,
        title=given.choice.title(),
        about=clean(given.choice.name, 120),
        zone=given.reader_zone.key,
        language=given.choice.language,
        week=given.week.label,
        period=period_name(given.week),
        cutoff=local_time(given.cutoff_at, given.reader_zone),
        brief=head,
        sections=(),
        missing=(),
        definitions=(),
        evidence=(),
        provenance=_provenance(given),
        run_id=given.run.run_id,
        made_at=given.run.made_at,
        journal_head=given.run.journal_head,
        comments=tuple(given.comments),
    )


def with_checksum(pack: Pack) -> Pack:
    """The pack with the checksum of all it says; what differs between equal runs is left out."""
    content = to_bytes(comparable(replace(pack, checksum="")))
    return replace(pack, checksum=hashlib.sha256(content).hexdigest())


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


def _holds(given: PackInput, section: str) -> bool:
    return section in given.choice.edition.sections


def _of_edition(given: PackInput) -> Iterator[FigureResult]:
    """The figures that the edition's sections show; the executive edition may draw on all.

    What is to be done today stands in the daily watch list: a week later it is no news.
    """
    held = given.choice.edition.sections
    is_all = given.choice.kind in (EditionKind.EXECUTIVE, EditionKind.FULL)
    for result in given.figures:
        if result.figure_id in DAILY:
            continue
        if is_all or plan_of(result.figure_id).id in held:
            yield result


def _terms(given: PackInput) -> Terms:
    return Terms(
        zone=given.reader_zone,
        owner=given.decides,
        due=given.last_day + timedelta(days=_DAYS_TO_DECIDE),
        page=given.decision_page,
        titles=given.member_titles,
    )


def _earlier(given: PackInput) -> Pack | None:
    """The pack before; its decisions as this one's readers write them if it spoke otherwise."""
    pack = given.earlier
    if pack is None or pack.language == given.choice.language:
        return pack
    last = period_of(pack.week, given.week.zone).shifted(1).first_day - timedelta(days=1)
    due = day(last + timedelta(days=_DAYS_TO_DECIDE))
    asked = (replace(ask, owner=known(given.decides), due=due) for ask in pack.brief.asks)
    return replace(pack, brief=replace(pack.brief, asks=tuple(asked)))


def _gaps(given: PackInput, figures: FigureSet, missing: Sequence[Missing]) -> Gaps:
    held = {EditionKind.EXECUTIVE, EditionKind.FULL}
    is_whole = given.choice.kind in held
    candidates = given.candidates if is_whole or _holds(given, "candidates") else ()
    register = given.register if is_whole or _holds(given, "register") else ()
    return Gaps(
        missing=missing,
        late=said_missing(given.late),
        restatements=given.restatements,
        candidates=candidates,
        register=register,
        quarantine=given.quarantine,
        figures=figures,
        n_restricted=_untold_titles(given, candidates),
    )


def _untold_titles(given: PackInput, candidates: Sequence[ProblemCandidate]) -> int:
    """The members of candidates whose title is not shown."""
    members = {(m.source, m.number) for one in candidates for m in one.members}
    return len(members - given.member_titles.keys()) if given.member_titles else 0


def _sections(given: PackInput, figures: FigureSet, gaps: Sequence[Confessed]) -> Iterator[Section]:
    for plan in PLANS:
        if _holds(given, plan.id):
            yield _section(plan, given, figures, gaps)
    if given.choice.kind is EditionKind.FULL and any(plan_of(i) is OTHER for i in figures.ids):
        yield figure_section(OTHER, figures)


def _section(
    plan: SectionPlan, given: PackInput, figures: FigureSet, gaps: Sequence[Confessed]
) -> Section:
    base = figure_section(plan, figures)
    if plan.id in _ADDED:
        return replace(base, tables=(*_ADDED[plan.id](figures), *base.tables))
    if plan.id == "actions":
        return actions_section(
            base,
            figures,
            _earlier(given),
            given.candidates,
            given.register,
            carried(given.meeting, given.week.label),
            given.last_day,
        )
    if plan.id == "candidates":
        titles, zone = given.member_titles, given.reader_zone
        return candidate_section(base, given.candidates, titles, zone, is_mined=given.is_mined)
    if plan.id == "register":
        return register_section(base, given.register, given.last_day)
    if plan.id == "data-quality":
        told, restated = confession_table(gaps), given.restatements
        return quality_section(
            base, given.checks, given.quarantine, given.n_records, told, restated
        )
    return base


_ADDED: Mapping[str, Callable[[FigureSet], list[Table]]] = {
    "service-health": lambda figures: [*glance_table(figures), *availability_table(figures)],
    "changes": risk_table,
    "forecast": ahead_table,
}
"""Tables that sections put before those of their figures."""


def _evidence_list(figure: Figure) -> EvidenceList:
    return EvidenceList(
        figure_id=figure.figure_id,
        anchor=evidence_anchor(figure),
        title=said(figure.title),
        dimension=dimension_text(figure.dimensions),
        period=figure.period,
        rows=tuple(clean(row, 80) for row in figure.rows),
        base_rows=tuple(clean(row, 80) for row in figure.base_rows),
    )


def _provenance(given: PackInput) -> tuple[tuple[str, str], ...]:
    versions = [(name, str(version)) for name, version in sorted(given.run.versions.items())]
    sources = ", ".join(clean(source, 80) for source in given.run.sources)
    return (
        (_("Sources"), sources or _("none")),
        (_("Period"), f"{given.week.label} ({given.week.zone})"),
        (_("Known up to"), local_time(given.cutoff_at, given.reader_zone)),
        *(
            (_("Version of {name}", name=known(clean(name, 40))), clean(version, 80))
            for name, version in versions
        ),
    )
