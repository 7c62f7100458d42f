"""Pack: measure the week, freeze the pack in the store, and write its documents."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from checks.gate import gate
from checks.page import render_page
from checks.privacy import redact
from flows.declarations import note_declarations
from flows.figures import all_figures, measure_data
from flows.files import write_whole
from flows.keeping import send_head
from flows.stages.mine import people
from flows.wiring import Parts
from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.errors import RenderError
from itsm.figures import FigureResult
from itsm.quality import GateReport, QuarantineCount
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from reports.measures.data import MeasureData
from reports.measures.target_list import judge_targets
from reports.pack import (
    Missing,
    Pack,
    PackInput,
    RunInfo,
    build_pack,
    comparable,
    pack_from_json,
    pack_to_json,
)
from reports.pdf import render_pdf
from reports.render import render_html
from reports.restated import restated
from reports.tables_csv import candidates_csv, evidence_csv, register_csv
from store.runs import PackSnapshot


@dataclass(frozen=True, slots=True)
class PackFiles:
    """Where the documents of a pack are; `pdf` is None where `no_pdf` says why."""

    folder: Path
    version: int
    html: Path
    pdf: Path | None
    no_pdf: str | None
    candidates: Path
    register: Path
    evidence: Path
    quality: Path
    figures: tuple[FigureResult, ...]


def pack_week(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    run_id: str | None,
    missing: Mapping[str, str],
) -> PackFiles:
    """Measure the week, freeze its pack, and write its documents to the output folder.

    The same figures give the same pack version, with the bytes it was first made of.

    Args:
        parts: from `flows.wiring`.
        week: the reporting week.
        cutoff_at: the moment the pack is true for.
        run_id: the mining run its candidates come from; None where nothing was mined.
        missing: what the pack has to do without, with the reason.
    """
    parts.say("pack   measuring")
    facts = _facts(parts, week, run_id)
    candidates = facts.candidates if run_id else None
    data = measure_data(parts, week, cutoff_at, candidates, facts.register)
    figures = all_figures(data, week, cutoff_at)
    pack, snapshot = _frozen(parts, _input(parts, week, cutoff_at, facts, figures, data, missing))
    send_head(parts)
    quality = render_page(facts.checks.reports, facts.quarantine)
    return _write(parts, pack, snapshot, quality, tuple(figures))


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the store holds for a pack."""

    run_id: str | None
    candidates: tuple[ProblemCandidate, ...]
    register: tuple[RegisterEntry, ...]
    checks: GateReport
    quarantine: tuple[QuarantineCount, ...]


def _facts(parts: Parts, week: ReportingWeek, run_id: str | None) -> _Facts:
    with parts.store.begin() as uow:
        candidates = uow.mining.candidates(run_id) if run_id else ()
        register = uow.register.list()
        reports = uow.checks.list(week.label)
    quarantine = parts.store.queries.quarantine_counts()
    return _Facts(run_id, candidates, register, gate(reports), quarantine)


def _input(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    facts: _Facts,
    figures: Sequence[FigureResult],
    data: MeasureData,
    missing: Mapping[str, str],
) -> PackInput:
    return PackInput(
        organisation=parts.settings.organisation,
        week=week,
        cutoff_at=cutoff_at,
        figures=tuple(figures),
        targets=judge_targets(data, week, cutoff_at),
        candidates=facts.candidates,
        register=facts.register,
        checks=facts.checks,
        quarantine=facts.quarantine,
        missing=tuple(_missing(missing)),
        is_mined=facts.run_id is not None,
        member_titles=_titles(data.frames.get(RecordKind.INCIDENT), facts.candidates),
        n_records={kind: len(rows) for kind, rows in data.frames.items()},
        run=RunInfo(
            run_id=facts.run_id or "none",
            made_at=datetime.now(UTC),
            sources=tuple(sorted(parts.sources)),
            versions={"csi-pipeline": version("csi-pipeline")},
        ),
    )


def _missing(missing: Mapping[str, str]) -> list[Missing]:
    remedy = "see the reason; run the week again when it is mended"
    return [Missing(what=what, why=why, remedy=remedy) for what, why in sorted(missing.items())]


def _titles(
    incidents: pd.DataFrame | None, candidates: Sequence[ProblemCandidate]
) -> dict[tuple[str, str], str]:
    """The redacted titles of candidates' members; restricted records have none."""
    wanted = {(m.source, m.number) for candidate in candidates for m in candidate.members}
    if incidents is None or not wanted:
        return {}
    names = people(incidents)
    shown = incidents[~incidents["restricted"] & incidents["title"].notna()]
    keys = zip(shown["source"], shown["number"], strict=True)
    return {
        key: redact(title, known_names=names).text
        for key, title in zip(keys, shown["title"], strict=True)
        if key in wanted
    }


def _frozen(parts: Parts, given: PackInput) -> tuple[Pack, PackSnapshot]:
    """The pack as the store keeps it: the one first made of the same figures, or this one.

    A pack that takes the place of another says what moved; that is no part of what makes two packs
    the same.
    """
    with parts.store.begin() as uow:
        note_declarations(uow, parts)
        head = str(uow.journal.head())
        given = replace(given, run=replace(given.run, journal_head=head))
        pack = build_pack(given)
        content_hash = hashlib.sha256(pack_to_json(comparable(pack))).hexdigest()
        before = uow.packs.get(pack.week, pack.edition)
        if before is not None and before.content_hash != content_hash:
            moved = restated(pack_from_json(before.content), pack)
            pack = build_pack(replace(given, restatements=moved))
        snapshot = PackSnapshot(
            week=pack.week,
            edition=pack.edition,
            content=pack_to_json(pack),
            content_hash=content_hash,
            made_at=pack.made_at,
        )
        kept = uow.packs.save(snapshot)
        uow.figure_values.save(pack.week, given.figures)
        uow.commit()
    return pack_from_json(kept.content), kept


def _write(
    parts: Parts,
    pack: Pack,
    snapshot: PackSnapshot,
    quality: str,
    figures: tuple[FigureResult, ...],
) -> PackFiles:
    """All documents of a pack; without the PDF where its library cannot work."""
    folder = parts.out / "packs" / snapshot.week
    html = write_whole(folder / "pack.html", render_html(pack).encode())
    candidates = write_whole(folder / "candidates.csv", candidates_csv(pack).encode())
    register = write_whole(folder / "register.csv", register_csv(pack).encode())
    evidence = write_whole(folder / "evidence.csv", evidence_csv(pack).encode())
    page = write_whole(folder / "quality.html", quality.encode())
    parts.say("pack   HTML and tables are written; laying out the PDF, 10 to 20 s")
    pdf, no_pdf = None, None
    try:
        pdf = write_whole(folder / "pack.pdf", render_pdf(pack))
        parts.say("pack   PDF is written")
    except RenderError as error:
        no_pdf = str(error)
        (folder / "pack.pdf").unlink(missing_ok=True)  # of another version, perhaps
        parts.say(f"pack   {error}")
    return PackFiles(
        folder=folder,
        version=snapshot.version,
        html=html,
        pdf=pdf,
        no_pdf=no_pdf,
        candidates=candidates,
        register=register,
        evidence=evidence,
        quality=page,
        figures=figures,
    )
