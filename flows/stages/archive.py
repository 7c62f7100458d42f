"""Archive: the files of a pack are rendered once, kept by their hash, and taken from there."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from flows.artefacts import archive_of
from flows.files import write_whole
from flows.wiring import Parts
from itsm.errors import StoreError
from itsm.packs import ArchivedFile
from reports.archive import Archive
from reports.formats import Format, RenderedFile, render
from reports.pack import pack_from_json


def archive_pack(parts: Parts, pack_id: str, formats: Sequence[str]) -> tuple[ArchivedFile, ...]:
    """Render what is not yet archived of a pack, and archive it.

    What is archived is never rendered again, also by a newer program.

    Returns:
        All files of these formats.

    Raises:
        StoreError: there is no such pack.
        RenderError: a format cannot be rendered here.
        PublishError: the archive cannot be written.
    """
    with parts.store.look() as uow:
        snapshot, have = uow.packs.by_id(pack_id), uow.packs.files(pack_id)
    lacking = [one for one in formats if one not in {file.format for file in have}]
    if lacking:
        pack, archive = pack_from_json(snapshot.content), archive_of(parts)
        made: list[ArchivedFile] = []
        for one in lacking:
            parts.say(f"archive {pack_id} as {one}")
            made += keep(archive, pack_id, one, render(pack, Format(one)))
        with parts.store.begin() as uow:
            uow.packs.keep_files(made)
            have = uow.packs.files(pack_id)
            uow.commit()
    return tuple(one for one in have if one.format in formats)


def keep(
    archive: Archive, item: str, kind: str, files: Sequence[RenderedFile]
) -> list[ArchivedFile]:
    """Put files into the archive; what the store is to keep of them."""
    now = datetime.now(UTC)
    return [
        ArchivedFile(
            item=item,
            name=file.name,
            position=place,
            format=kind,
            media_type=file.media_type,
            content_id=file.content_id,
            sha256=archive.put(file.data),
            size=len(file.data),
            made_at=now,
            made_with=version("csi-pipeline"),
        )
        for place, file in enumerate(files)
    ]


def archived(archive: Archive, files: Sequence[ArchivedFile]) -> tuple[RenderedFile, ...]:
    """The files with their bytes, each held against its hash.

    Raises:
        PublishError: one is missing or damaged.
    """
    return tuple(
        RenderedFile(
            name=one.name,
            media_type=one.media_type,
            data=archive.get(one.sha256),
            content_id=one.content_id,
        )
        for one in files
    )


def reissue(
    parts: Parts, pack_id: str, folder: Path, formats: Sequence[str] = ()
) -> tuple[Path, ...]:
    """Write the archived files of a pack once more, byte for byte; nothing is rendered.

    Args:
        parts: from `flows.wiring`.
        pack_id: which pack.
        folder: where to.
        formats: only these; empty for all that were ever made.

    Raises:
        StoreError: there is no such pack, or nothing of it was archived in these formats.
        PublishError: a file is missing or damaged.
    """
    with parts.store.look() as uow:
        uow.packs.by_id(pack_id)
        files = uow.packs.files(pack_id)
    chosen = [one for one in files if not formats or one.format in formats]
    if not chosen:
        there = ", ".join(sorted({one.format for one in files})) or "nothing"
        raise StoreError(
            f"{pack_id}: {there} is archived of it; `csi packs archive` renders another format"
        )
    made = archived(archive_of(parts), chosen)
    return tuple(
        write_whole(folder / _path(one, chosen), file.data)
        for one, file in zip(chosen, made, strict=True)
    )


def _path(one: ArchivedFile, files: Sequence[ArchivedFile]) -> str:
    """Its name; with its format as a folder where two formats have a file of that name."""
    is_double = [other.name for other in files].count(one.name) > 1
    return f"{one.format}/{one.name}" if is_double else one.name


@dataclass(frozen=True, slots=True)
class Flaw:
    """An archived file that is not as it was; `is_mended` says that it is now."""

    file: ArchivedFile
    said: str
    is_mended: bool = False


def check_archive(parts: Parts, *, mend: bool = False) -> tuple[int, tuple[Flaw, ...]]:
    """Hold every file that was ever archived against its hash.

    Args:
        parts: from `flows.wiring`.
        mend: render what is gone from its snapshot; it is kept only if its hash is the same.

    Returns:
        How many files there are, and what is wrong with which.
    """
    archive = archive_of(parts)
    with parts.store.look() as uow:
        gone = uow.packs.withdrawals()
        files = [one for one in uow.packs.all_files() if one.item not in gone]
    flaws = []
    for one in files:
        held = archive.look(one.sha256)
        if not held.is_whole:
            is_mended = mend and _mended(parts, archive, one)
            flaws.append(Flaw(one, held.said, is_mended))
    return len(files), tuple(flaws)


def _mended(parts: Parts, archive: Archive, lost: ArchivedFile) -> bool:
    """Whether rendering the snapshot anew gives the very bytes that were lost."""
    try:
        with parts.store.look() as uow:
            snapshot = uow.packs.by_id(lost.item)
    except StoreError:
        return False  # a letter has no snapshot
    for file in render(pack_from_json(snapshot.content), Format(lost.format)):
        if hashlib.sha256(file.data).hexdigest() == lost.sha256:
            return archive.put(file.data) == lost.sha256
    return False


def sizes_told(files: Sequence[ArchivedFile]) -> Iterator[str]:
    """A line for every file: name, size, hash."""
    for one in files:
        yield f"{one.format:9} {one.name:48} {one.size:>12,} bytes  sha256 {one.sha256}"
