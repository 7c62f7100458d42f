"""Erasing a person from files: the archive, and what runs wrote to the output folder."""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from flows.artefacts import archive_of
from flows.files import write_whole
from flows.wiring import Parts
from store.erasing import ERASED

_TEXTS = frozenset({".csv", ".eml", ".htm", ".html", ".json", ".md", ".svg", ".txt", ".toml"})
_ZIPS = frozenset({".pptx", ".xlsx", ".zip", ".docx"})
_UNREADABLE = frozenset({".pdf", ".hyper", ".parquet", ".png"})
"""What cannot be searched: it goes where a text beside it names the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesGone:
    """What became of files that named a person."""

    n_objects: int
    rewritten: tuple[Path, ...]
    removed: tuple[Path, ...]


def clean_files(parts: Parts, found: re.Pattern[str]) -> FilesGone:
    """Remove the archived files of withdrawn packs, and take a person out of written files."""
    n_objects = remove_withdrawn(parts)
    rewritten: list[Path] = []
    removed: list[Path] = []
    folders: set[Path] = set()
    files = sorted(path for path in parts.out.rglob("*") if path.is_file())
    for path in files:
        if path.suffix in _TEXTS and _rewrite(path, found):
            rewritten.append(path)
            folders.add(path.parent)
        elif path.suffix in _ZIPS and _is_in_zip(path.read_bytes(), found):
            removed.append(path)
            folders.add(path.parent)
    removed += [path for path in files if path.suffix in _UNREADABLE and path.parent in folders]
    for path in removed:
        path.unlink(missing_ok=True)
    return FilesGone(n_objects=n_objects, rewritten=tuple(rewritten), removed=tuple(removed))


def remove_withdrawn(parts: Parts) -> int:
    """Remove the archived files of packs whose bytes were removed; returns how many went now."""
    with parts.store.look() as uow:
        gone, files = uow.packs.withdrawals(), uow.packs.all_files()
    if not gone:
        return 0
    needed = {one.sha256 for one in files if one.item not in gone}
    wanted = {one.sha256 for one in files if one.item in gone} - needed
    archive = archive_of(parts)
    return sum(archive.remove(one) for one in sorted(wanted))


def _rewrite(path: Path, found: re.Pattern[str]) -> bool:
    before = path.read_bytes().decode(errors="surrogateescape")
    after = found.sub(ERASED, before)
    if after == before:
        return False
    write_whole(path, after.encode(errors="surrogateescape"))
    return True


def _is_in_zip(data: bytes, found: re.Pattern[str]) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            texts = (packed.read(name).decode(errors="replace") for name in packed.namelist())
            return any(found.search(text) for text in texts)
    except zipfile.BadZipFile:
        return True
