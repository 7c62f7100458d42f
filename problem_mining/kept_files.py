"""What a run left to the next, as files beside the database: plain arrays, each with its hash.

A folder is written whole under another name and then renamed, so a run that is killed leaves what
was there before. What cannot be read to the last byte, or was left by another version, is not used:
everything is then mined anew, and a line says why.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from itsm.errors import MiningError
from problem_mining.block_format import packed, unpacked
from problem_mining.nearest import Near
from problem_mining.night_lists import Lists
from problem_mining.night_scores import Scored
from problem_mining.pipeline import Known
from problem_mining.text_groups import LinkedBefore
from problem_mining.versions import CURRENT

FORMAT = 1
MANIFEST = "manifest.json"
PLAIN = "plain.bin"
READ_AT_ONCE = 1 << 22
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was kept, and what a person is told of it; `known` is None where nothing can be used."""

    known: Known | None
    said: str = ""


def keep(folder: Path, known: Known, until: str) -> None:
    """Keep what a run left.

    Args:
        folder: where; what it holds is replaced once everything is written.
        known: from `mine_beside`.
        until: the moment the run was true for, in a form that sorts.
    """
    fresh, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    rest, arrays = _apart(known)
    hashes = {}
    for name, array in arrays.items():
        hashes[f"{name}.npy"] = _written(fresh / f"{name}.npy", array)
    plain = packed(rest)
    (fresh / PLAIN).write_bytes(plain)
    hashes[PLAIN] = sha256(plain).hexdigest()
    told = {"format": FORMAT, "version": CURRENT.name, "until": until, "files": hashes}
    (fresh / MANIFEST).write_text(json.dumps(told, indent=1))
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def recall(folder: Path, until: str) -> Recalled:
    """What was kept, if it can be used by a run that is true for a moment.

    Args:
        folder: where it was kept.
        until: the moment; a run of the past goes on from nothing that came after it.
    """
    old = folder.with_name(f"{folder.name}.old")
    if not folder.exists() and old.exists():
        old.rename(folder)  # killed between the two renames of `keep`
    if not (folder / MANIFEST).exists():
        return Recalled(None)
    try:
        return _read(folder, until)
    except (OSError, ValueError, KeyError, TypeError, EOFError, MiningError) as error:
        return Recalled(None, f"what the run before left cannot be read ({error})")


def _read(folder: Path, until: str) -> Recalled:
    told = json.loads((folder / MANIFEST).read_text())
    if (told["format"], told["version"]) != (FORMAT, CURRENT.name):
        return Recalled(None, f"the run before was of version {told['version']}")
    if str(told["until"]) > until:
        return Recalled(None, f"what is kept is of a later run, until {told['until']}")
    for name, wanted in told["files"].items():
        if _hash(folder / name) != wanted:
            return Recalled(None, f"what the run before left is damaged: {folder / name}")
    names = [name.removesuffix(".npy") for name in told["files"] if name != PLAIN]
    arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
    return Recalled(_together(unpacked((folder / PLAIN).read_bytes()), arrays))


def _written(path: Path, array: Array) -> str:
    with path.open("wb") as stream:
        np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
    return _hash(path)


def _hash(path: Path) -> str:
    found = sha256()
    with path.open("rb") as stream:
        while part := stream.read(READ_AT_ONCE):
            found.update(part)
    return found.hexdigest()


def _apart(known: Known) -> tuple[Known, dict[str, Array]]:
    """The large arrays by name, and the rest with nothing in their place."""
    if known.linked is None:
        return known, {}
    history = known.linked.history
    arrays: dict[str, Array] = {
        "pairs": history.scored.pairs.astype(np.int32),
        "odds": history.scored.odds,
        "p": np.rint(history.scored.p * 2**20).astype(np.int32),
    }
    arrays |= dict(_listed(history.lists))
    none = np.empty(0)
    scored = Scored(np.empty((0, 2), dtype=np.int64), none.astype(np.float32), none)
    lean = replace(history, lists=Lists({}, {}, {}), scored=scored)
    return replace(known, linked=replace(known.linked, history=lean)), arrays


def _listed(lists: Lists) -> Iterator[tuple[str, Array]]:
    for name, vectors in lists.vectors.items():
        yield f"vectors-{name}", vectors
    for name, cells in lists.cells.items():
        yield f"cells-{name}", cells
    for name, near in lists.near.items():
        yield f"ids-{name}", near.ids
        yield f"scores-{name}", near.scores


def _together(rest: Known, arrays: Mapping[str, Array]) -> Known:
    if rest.linked is None:
        return rest
    kinds: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        kind, _, of = name.partition("-")
        kinds.setdefault(kind, {})[of] = array
    near = {name: Near(ids, kinds["scores"][name]) for name, ids in kinds["ids"].items()}
    lists = Lists(kinds["vectors"], kinds["cells"], near)
    pairs, odds, p = (kinds[name][""] for name in ("pairs", "odds", "p"))
    scored = Scored(pairs.astype(np.int64), odds, p.astype(np.float64) / 2**20)
    linked: LinkedBefore = rest.linked
    history = replace(linked.history, lists=lists, scored=scored)
    doubts = {int(group): each for group, each in linked.doubts.items()}
    return replace(rest, linked=replace(linked, history=history, doubts=doubts))
