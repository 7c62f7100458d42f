"""What a run left to the next, as files: plain arrays, each by the hash of its bytes.

The list of them is written last and in one step, so a run that is killed leaves what was there
before. What cannot be read to the last byte, or was left by another version, is not used: then
everything is mined anew, and a line says why.
"""

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from mmap import mmap
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from itsm.errors import MiningError
from problem_mining.basis import Basis
from problem_mining.block_format import packed, unpacked
from problem_mining.chunks import in_order, parts_of
from problem_mining.doubts import GroupDoubts, Parting
from problem_mining.doubts import Near as NearMiss
from problem_mining.kept_groups import (
    doubts_apart,
    doubts_together,
    terms_apart,
    terms_together,
)
from problem_mining.mapped_arrays import Array, Held, as_array, as_file, hash_of, name_of
from problem_mining.nearest import Near
from problem_mining.night import History
from problem_mining.night_groups import Linkage
from problem_mining.night_lists import Lists
from problem_mining.night_scores import Scored
from problem_mining.pair_rows import NO_PAIRS
from problem_mining.pipeline import Known
from problem_mining.scoring import GroupTerms
from problem_mining.text_groups import LinkedBefore
from problem_mining.texts import TextTable
from problem_mining.versions import CURRENT

LIST = "known.json"
REST = "rest"
NOTHING: Mapping[str, str] = MappingProxyType({})
LAYOUT = 3
"""How arrays lie in files, where their names do not tell it."""


class Shelf(Protocol):
    """Where files are kept, by name."""

    def read(self, path: str) -> bytes | None:
        """What a file holds; None where there is none."""
        ...

    def mapped(self, path: str) -> Held | None:
        """The same, brought into memory as far as it is read where that is possible."""
        ...

    def write(self, path: str, *data: bytes | memoryview) -> None:
        """Write a file of some pieces, whole or not at all."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file; one that is not there is left alone."""
        ...

    def names(self, path: str) -> tuple[str, ...]:
        """What lies in a folder."""
        ...


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was kept, and what a person is told of it; `known` is None where nothing can be used.

    `is_later`: it is there, but of a later moment than the run that asks.
    """

    known: Known | None
    said: str = ""
    is_later: bool = False


def keep_texts(shelf: Shelf, folder: str, texts: TextTable, history: History) -> dict[str, str]:
    """Keep what a run found of texts and their pairs, before its groups are known.

    Until `keep` lists them, these files are nobody's: the next `keep` removes them.

    Args:
        shelf: where.
        folder: in which folder of it.
        texts: what was read of texts.
        history: what was found of them.

    Returns:
        The file of each array by its name, for `keep`.
    """
    arrays = {**_of_texts(texts), **_of_history(history)}
    return _written(shelf, folder, arrays, set(shelf.names(folder)))


def keep(
    shelf: Shelf, folder: str, known: Known, until: str, written: Mapping[str, str] = NOTHING
) -> None:
    """Keep what a run left, instead of what was kept before.

    Args:
        shelf: where.
        folder: in which folder of it.
        known: from `mine_beside`.
        until: the moment the run was true for, in a form that sorts.
        written: from `keep_texts`, of the same run.
    """
    before = set(shelf.names(folder))
    rest, arrays = _apart(known)
    data = packed(rest)
    files = {REST: sha256(data).hexdigest(), **{n: f for n, f in written.items() if n in arrays}}
    if files[REST] not in before:
        shelf.write(f"{folder}/{files[REST]}", data)
    del data
    left = {name: array for name, array in arrays.items() if name not in files}
    files |= _written(shelf, folder, left, before)
    told = {"format": _format(), "version": CURRENT.name, "until": until, "files": files}
    shelf.write(f"{folder}/{LIST}", json.dumps(told, indent=1).encode())
    for name in sorted(before - {LIST, *files.values()}):
        shelf.remove(f"{folder}/{name}")


def _written(
    shelf: Shelf, folder: str, arrays: Mapping[str, Array], before: Set[str]
) -> dict[str, str]:
    """Writes what is not there, and tells the file of each array."""
    whole = [np.ascontiguousarray(array) for array in arrays.values()]
    hashes = in_order(lambda one: name_of(whole[one.start]), parts_of(len(whole), 1))
    for array, wanted in zip(whole, hashes, strict=True):
        if wanted not in before:
            shelf.write(f"{folder}/{wanted}", *as_file(array))
    return dict(zip(arrays, hashes, strict=True))


def hashes_of(shelf: Shelf, folder: str) -> dict[str, str]:
    """The hash of what each file holds that was kept, by its name: this can be found beforehand.

    Nothing where files do not lie on this machine, as all of them would be read twice.
    """
    names = [name for name in shelf.names(folder) if name != LIST]
    held = {name: shelf.mapped(f"{folder}/{name}") for name in names[:1]}
    if not all(isinstance(one, mmap) for one in held.values()):
        return {}
    held |= {name: shelf.mapped(f"{folder}/{name}") for name in names[1:]}
    return _hashed({name: one for name, one in held.items() if one is not None})


def _hashed(data: Mapping[str, Held]) -> dict[str, str]:
    """The hash of each, on all processors."""
    names = list(data)
    hashes = in_order(lambda one: hash_of(data[names[one.start]]), parts_of(len(names), 1))
    return dict(zip(names, hashes, strict=True))


def recall(shelf: Shelf, folder: str, until: str, hashes: Mapping[str, str] = NOTHING) -> Recalled:
    """What was kept, if it can be used by a run that is true for a moment.

    Args:
        shelf: where it was kept.
        folder: in which folder.
        until: the moment; a run of the past goes on from nothing that came after it.
        hashes: from `hashes_of`, where that is known already.
    """
    data = shelf.read(f"{folder}/{LIST}")
    if data is None:
        return Recalled(None)
    try:
        return _read(shelf, folder, json.loads(data), until, hashes)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, MiningError) as error:
        return Recalled(None, f"what the run before left cannot be read: {error}")


def _read(
    shelf: Shelf, folder: str, told: Mapping[str, Any], until: str, hashes: Mapping[str, str]
) -> Recalled:
    if (told["format"], told["version"]) != (_format(), CURRENT.name):
        return Recalled(None, f"the run before was of mining version {told['version']}")
    if str(told["until"]) > until:
        return Recalled(None, f"what is kept is of a later run, {told['until']}", is_later=True)
    files, data = dict[str, str](told["files"]), dict[str, Held]()
    for name, wanted in files.items():
        found = shelf.mapped(f"{folder}/{wanted}")
        if found is None:
            return Recalled(None, f"what the run before left is damaged: {folder}/{wanted}")
        data[name] = found
    now = _hashed({name: one for name, one in data.items() if files[name] not in hashes})
    for name, wanted in files.items():
        if now.get(name, hashes.get(wanted)) != wanted:
            return Recalled(None, f"what the run before left is damaged: {folder}/{wanted}")
    rest: Any = unpacked(bytes(data.pop(REST)))
    arrays = {name: as_array(each) for name, each in data.items()}
    return Recalled(_together(rest, arrays))


def _format() -> str:
    """What is kept, by name: another form of it is another format."""
    kinds = (
        Known,
        TextTable,
        LinkedBefore,
        Linkage,
        History,
        Basis,
        GroupTerms,
        GroupDoubts,
        NearMiss,
        Parting,
    )
    told = "; ".join(f"{kind.__name__}: {[one.name for one in fields(kind)]}" for kind in kinds)
    told = f"{told}; layout {LAYOUT}"
    return sha256(told.encode()).hexdigest()[:12]


def _apart(known: Known) -> tuple[Known, dict[str, Array]]:
    """The large arrays by name, and the rest with nothing in their place."""
    arrays = _of_texts(known.texts)
    gone: dict[str, Any] = {name.partition("-")[2]: value[:0] for name, value in arrays.items()}
    lean_texts = replace(known.texts, **gone)
    if known.linked is None:
        return replace(known, texts=lean_texts), arrays
    history = known.linked.history
    arrays |= _of_history(history)
    arrays |= {f"terms-{name}": one for name, one in terms_apart(known.linked.terms).items()}
    arrays |= {f"doubts-{name}": one for name, one in doubts_apart(known.linked.doubts).items()}
    none = np.empty(0, dtype=np.float32)
    scored = Scored(NO_PAIRS, none, none[:, None], none)
    lean = replace(history, lists=Lists({}, {}, {}), scored=scored)
    linked = replace(known.linked, history=lean, terms=(), doubts={})
    return replace(known, texts=lean_texts, linked=linked), arrays


def _of_texts(texts: TextTable) -> dict[str, Array]:
    named = {f"texts-{one.name}": getattr(texts, one.name) for one in fields(TextTable)}
    return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}


def _of_history(history: History) -> dict[str, Array]:
    found = history.scored
    pairs = {"pairs": found.pairs, "odds": found.odds, "told": found.told, "p": found.p}
    return {**pairs, **dict(_listed(history.lists))}


def _listed(lists: Lists) -> Iterator[tuple[str, Array]]:
    for name, vectors in lists.vectors.items():
        yield f"vectors-{name}", vectors
    for name, cells in lists.cells.items():
        yield f"cells-{name}", cells
    for name, near in lists.near.items():
        yield f"ids-{name}", near.ids
        yield f"scores-{name}", near.scores


def _together(rest: Known, arrays: Mapping[str, Array]) -> Known:
    kinds: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        kind, _, of = name.partition("-")
        kinds.setdefault(kind, {})[of] = array
    texts: dict[str, Any] = dict(kinds["texts"])
    known = replace(rest, texts=replace(rest.texts, **texts))
    if known.linked is None:
        return known
    near = {name: Near(ids, kinds["scores"][name]) for name, ids in kinds["ids"].items()}
    lists = Lists(kinds["vectors"], kinds["cells"], near)
    pairs, odds, told, p = (kinds[name][""] for name in ("pairs", "odds", "told", "p"))
    scored = Scored(pairs, odds, told, p)
    linked = replace(
        known.linked,
        history=replace(known.linked.history, lists=lists, scored=scored),
        terms=terms_together(kinds["terms"]),
        doubts=doubts_together(kinds["doubts"]),
    )
    return replace(known, linked=linked)
