"""Erasing a person everywhere: the database, packs that showed them, the archive, written files.

First the database, in one transaction with its row in the journal; then files. Whoever is killed
between the two asks again: what is gone stays gone, and the files are looked at anew.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows import checked_before, mined_before
from flows.erasing_files import FilesGone, clean_files
from flows.wiring import Parts
from itsm.deliveries import GONE_OUT
from itsm.errors import ConfigError
from itsm.journal import JournalNote
from itsm.packs import REISSUED, Withdrawal
from reports.pack import comparable, pack_from_json, pack_to_json
from store.erasing import ERASED, Erased
from store.erasing_names import pattern_of
from store.runs import PackSnapshot
from store.unit_of_work import UnitOfWork

WHY = "a person was erased"
"""Why a pack is re-issued, and what stands for its bytes; it names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacksErased:
    """What became of the packs that named a person.

    Attributes:
        withdrawn: those whose bytes were removed.
        made: their new versions.
        n_copies: how many copies of them lie with readers, who have to be asked to delete them.
    """

    withdrawn: tuple[str, ...]
    made: tuple[str, ...]
    n_copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an erasure did; `backups` may hold the person until they are gone."""

    rows: Erased
    packs: PacksErased
    files: FilesGone
    backups: tuple[Path, ...]


def erase_rows(
    uow: UnitOfWork, names: Sequence[str], note: JournalNote
) -> tuple[Erased, PacksErased]:
    """Erase a person from the database; the caller commits.

    Raises:
        OnHoldError: a legal hold forbids it.
    """
    uow.holds.require_free(names)  # before packs are re-issued for nothing
    packs = _packs(uow, pattern_of(names), note)
    return uow.erasing.person(names, note, withdrawn=packs.withdrawn), packs


def erase_files(parts: Parts, names: Sequence[str]) -> tuple[FilesGone, tuple[Path, ...]]:
    """Erase a person from files, once the database is done; and the backups that may hold them."""
    parts.store.compact()
    mined_before.forget(parts)
    checked_before.forget(parts)
    backups = parts.base / parts.settings.backup.folder
    kept = sorted(backups.iterdir()) if backups.is_dir() else []
    return clean_files(parts, pattern_of(names)), tuple(path for path in kept if path.is_file())


def require_unnamed(config: Path, names: Sequence[str]) -> None:
    """See that the configuration does not name the person, or the next run brings them back.

    Raises:
        ConfigError: it does; says in which lines, and not how.
    """
    found = pattern_of(names)
    lines = config.read_text(encoding="utf-8").splitlines()
    if named := [str(n) for n, line in enumerate(lines, 1) if found.search(line)]:
        raise ConfigError(
            f"{config} names the person in line {', '.join(named)}; take that out first, or the "
            "next run brings the name back"
        )


def _packs(uow: UnitOfWork, found: re.Pattern[str], note: JournalNote) -> PacksErased:
    """Re-issue the packs that name a person, and remove the bytes of the versions that do."""
    kept = uow.packs.list()
    newest = {(one.week, one.edition): one for one in kept}
    named = [one for one in kept if found.search(one.content.decode())]
    instead: dict[tuple[str, str], str] = {}
    made: list[str] = []
    for key in sorted({(one.week, one.edition) for one in named}):
        last = newest[key]
        instead[key] = last.pack_id
        if last in named:
            instead[key] = uow.packs.save(_without(last, found, note)).pack_id
            made.append(instead[key])
    for one in named:
        by = instead[one.week, one.edition]
        uow.packs.withdraw(Withdrawal(pack_id=one.pack_id, why=WHY, replaced_by=by, at=note.at))
    gone = tuple(one.pack_id for one in named)
    return PacksErased(withdrawn=gone, made=tuple(made), n_copies=sum(_copies(uow, gone)))


def _without(pack: PackSnapshot, found: re.Pattern[str], note: JournalNote) -> PackSnapshot:
    """A pack without a person; every figure is what it was."""
    content = found.sub(ERASED, pack.content.decode()).encode()
    told = pack_from_json(content)
    return PackSnapshot(
        week=pack.week,
        edition=pack.edition,
        content=pack_to_json(told),
        content_hash=hashlib.sha256(pack_to_json(comparable(told))).hexdigest(),
        made_at=note.at,
        moved=(REISSUED,),
    )


def _copies(uow: UnitOfWork, packs: Sequence[str]) -> Iterator[int]:
    for one in packs:
        yield sum(delivery.state in GONE_OUT for delivery in uow.deliveries.list(item=one))


def told(done: tuple[Erased, PacksErased]) -> Iterator[str]:
    """What an erasure takes out of the database, in words."""
    gone, packs = done
    yield (
        f"{gone.keys} pseudonyms of the journal and {gone.people} of records have no key any more; "
        f"the name is out of {gone.records} records, {gone.payloads} raw payloads, {gone.texts} "
        f"texts of the journal, {gone.decisions} decisions, {gone.versions} versions of entries, "
        f"{gone.notes} notes, {gone.pushes} rows of the outbox, {gone.given_out} of what was given "
        f"out and {gone.rest} other rows"
    )
    if packs.withdrawn:
        yield f"bytes removed, hashes kept: {', '.join(packs.withdrawn)}"
        yield f"re-issued, no figure moved: {', '.join(packs.made) or 'nothing'}"
    if packs.n_copies:
        yield (
            f"{packs.n_copies} copies of them were sent: those lie with their readers and cannot "
            "be called back; ask the readers to delete them"
        )
    if gone.in_keys:
        yield (
            f"the name is part of keys, which stay because records hang on them: "
            f"{', '.join(gone.in_keys)}; rename the record in its tool"
        )


def told_of_files(files: FilesGone, backups: Sequence[Path]) -> Iterator[str]:
    """What an erasure took out of files, in words."""
    yield (
        f"files: {files.n_objects} objects of the archive removed, {len(files.rewritten)} written "
        f"files rewritten, {len(files.removed)} removed"
    )
    for path in files.removed:
        yield f"  removed {path}; the next run, or csi packs reissue, writes it without the person"
    if backups:
        yield (
            f"{len(backups)} backups from before may hold the person until they are removed: "
            f"{backups[0].parent}; make a new one (csi db backup) and remove the older ones, or "
            "erase again after a restore"
        )
