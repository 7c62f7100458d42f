"""Pack: measure the week, freeze the pack in the store, and write its documents."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from checks.page import render_page
from flows.artefacts import share_documents
from flows.declarations import note_declarations
from flows.files import write_whole
from flows.keeping import send_head
from flows.retaining import frozen_since, told_removed
from flows.stage_watch import stage
from flows.stages.editions import Editions, Occasion
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import RenderError
from itsm.figures import FigureResult
from reports.decision_page import decision_pages
from reports.editions import Choice, EditionKind
from reports.moved import moved
from reports.pack import Pack, comparable, pack_from_json, pack_to_json
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


@stage("pack")
def pack_week(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    run_id: str | None,
    missing: Mapping[str, str],
    *,
    has_pdf: bool = True,
) -> PackFiles:
    """Measure the week, freeze its pack, and write its documents to the output folder.

    The same figures give the same pack version, with the bytes it was first made of.

    Args:
        parts: from `flows.wiring`.
        week: the reporting week.
        cutoff_at: the moment the pack is true for.
        run_id: the mining run its candidates come from; None where nothing was mined.
        missing: what the pack has to do without, with the reason.
        has_pdf: whether the PDF is laid out, which takes most of the time.
    """
    parts.say("pack   measuring")
    missing = {**missing, **told_removed(parts, week)}
    occasion = Occasion(period=week, cutoff_at=cutoff_at, run_id=run_id, missing=missing)
    editions = Editions(parts, occasion)
    pack, snapshot = frozen(parts, editions, Choice())
    send_head(parts)
    quality = render_page(editions.facts.checks.reports, editions.facts.quarantine)
    figures = editions.of(Choice())[1]
    files = _write(parts, pack, snapshot, quality, figures, has_pdf=has_pdf)
    share_documents(parts, week.label, [one for one in files.folder.iterdir() if one.is_file()])
    return files


def frozen(parts: Parts, editions: Editions, choice: Choice) -> tuple[Pack, PackSnapshot]:
    """An edition as the store keeps it: the one first made of the same figures, or this one.

    A pack that takes the place of another says what moved; that is no part of what makes two packs
    the same.

    Args:
        parts: from `flows.wiring`.
        editions: of the occasion.
        choice: which edition, about what, in which language.

    Raises:
        ConfigError: there is no such service, team or vendor.
        NotThereError: its records were removed by retention, and no pack was made before.
    """
    with parts.store.look() as uow:
        stays = frozen_since(parts, uow, editions.period, choice.key)
    if stays is not None:
        return pack_from_json(stays.content), stays
    pack = editions.pack(choice)
    content_hash = hashlib.sha256(pack_to_json(comparable(pack))).hexdigest()
    with parts.store.begin() as uow:
        before = uow.packs.get(pack.week, pack.edition)
    changes: tuple[str, ...] = ()
    if before is not None and before.content_hash != content_hash:
        earlier = pack_from_json(before.content)
        pack = editions.pack(choice, restated(earlier, pack))
        changes = moved(earlier, pack)
    with parts.store.begin() as uow:
        note_declarations(uow, parts)
        if pack.run_id:
            pack = replace(pack, journal_head=str(uow.journal.head()))
        kept = uow.packs.save(_snapshot(pack, content_hash, changes))
        if choice.kind is EditionKind.FULL:
            uow.figure_values.save(pack.week, editions.of(choice)[1])
        uow.commit()
    return pack_from_json(kept.content), kept


def _snapshot(pack: Pack, content_hash: str, changes: tuple[str, ...]) -> PackSnapshot:
    return PackSnapshot(
        week=pack.week,
        edition=pack.edition,
        content=pack_to_json(pack),
        content_hash=content_hash,
        made_at=pack.made_at,
        moved=changes,
    )


def _write(
    parts: Parts,
    pack: Pack,
    snapshot: PackSnapshot,
    quality: str,
    figures: tuple[FigureResult, ...],
    *,
    has_pdf: bool,
) -> PackFiles:
    """All documents of a pack; without the PDF where its library cannot work."""
    folder = parts.out / "packs" / snapshot.week
    told, html = render_html(pack).encode(), folder / "pack.html"
    is_other = not html.exists() or html.read_bytes() != told
    write_whole(html, told)
    candidates = write_whole(folder / "candidates.csv", candidates_csv(pack).encode())
    register = write_whole(folder / "register.csv", register_csv(pack).encode())
    evidence = write_whole(folder / "evidence.csv", evidence_csv(pack).encode())
    page = write_whole(folder / "quality.html", quality.encode())
    for name, text in decision_pages(pack):
        write_whole(folder / name, text.encode())
    pdf = folder / "pack.pdf"
    no_pdf = _no_pdf(parts, pack, pdf) if has_pdf else "it was not asked for"
    if no_pdf is not None and (has_pdf or is_other):
        pdf.unlink(missing_ok=True)  # of another version, perhaps
    return PackFiles(
        folder=folder,
        version=snapshot.version,
        html=html,
        pdf=pdf if no_pdf is None else None,
        no_pdf=no_pdf,
        candidates=candidates,
        register=register,
        evidence=evidence,
        quality=page,
        figures=figures,
    )


def _no_pdf(parts: Parts, pack: Pack, file: Path) -> str | None:
    """Lay out the PDF of a pack; why there is none, None where it was written."""
    parts.say("pack   HTML and tables are written; laying out the PDF, 10 to 20 s")
    try:
        write_whole(file, render_pdf(pack))
    except RenderError as error:
        parts.say(f"pack   {error}")
        return str(error)
    parts.say("pack   PDF is written")
    return None
