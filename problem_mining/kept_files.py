"""What a run left to the next, as files: plain arrays, each by the hash of its bytes.

The list of them is written last and in one step, so a run that is killed leaves what was there
before. What cannot be read to the last byte, or was left by another version, is not used: then
everything is mined anew, and a line says why.
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from itsm.errors import MiningError
from problem_mining.basis import Basis
from problem_mining.block_format import packed, unpacked
from problem_mining.doubts import GroupDoubts, Parting
from problem_mining.doubts import Near as NearMiss
from problem_mining.nearest import Near
from problem_mining.night import History
from problem_mining.night_groups import Linkage
from problem_mining.night_lists import Lists
from problem_mining.night_scores import Scored
from problem_mining.pipeline import Known
from problem_mining.scoring import GroupTerms
from problem_mining.text_groups import LinkedBefore
from problem_mining.texts import TextTable
from problem_mining.versions import CURRENT

LIST = "known.json"
REST = "rest"
Array = NDArray[Any]


class Shelf(Protocol):
    """Where files are kept, by name."""

    def read(self, path: str) -> bytes | None:
        """What a file holds; None where there is none."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Write a file, whole or not at all."""
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


def keep(shelf: Shelf, folder: str, known: Known, until: str) -> None:
    """Keep what a run left, instead of what was kept before.

    Args:
        shelf: where.
        folder: in which folder of it.
        known: from `mine_beside`.
        until: the moment the run was true for, in a form that sorts.
    """
    files: dict[str, str] = {}
    before = set(shelf.names(folder))
    for name, data in _as_files(known):
        files[name] = sha256(data).hexdigest()
        if files[name] not in before:
            shelf.write(f"{folder}/{files[name]}", data)
    told = {"format": _format(), "version": CURRENT.name, "until": until, "files": files}
    shelf.write(f"{folder}/{LIST}", json.dumps(told, indent=1).encode())
    for name in sorted(before - {LIST, *files.values()}):
        shelf.remove(f"{folder}/{name}")


def recall(shelf: Shelf, folder: str, until: str) -> Recalled:
    """What was kept, if it can be used by a run that is true for a moment.

    Args:
        shelf: where it was kept.
        folder: in which folder.
        until: the moment; a run of the past goes on from nothing that came after it.
    """
    data = shelf.read(f"{folder}/{LIST}")
    if data is None:
        return Recalled(None)
    try:
        return _read(shelf, folder, json.loads(data), until)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, MiningError) as error:
        return Recalled(None, f"what the run before left cannot be read: {error}")


def _read(shelf: Shelf, folder: str, told: Mapping[str, Any], until: str) -> Recalled:
    if (told["format"], told["version"]) != (_format(), CURRENT.name):
        return Recalled(None, f"the run before was of mining version {told['version']}")
    if str(told["until"]) > until:
        return Recalled(None, f"what is kept is of a later run, {told['until']}", is_later=True)
    arrays: dict[str, Array] = {}
    rest: Any = None
    for name, wanted in told["files"].items():
        data = shelf.read(f"{folder}/{wanted}")
        if data is None or sha256(data).hexdigest() != wanted:
            return Recalled(None, f"what the run before left is damaged: {folder}/{wanted}")
        if name == REST:
            rest = unpacked(data)
        else:
            arrays[name] = _as_array(data)
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
    return sha256(told.encode()).hexdigest()[:12]


def _as_files(known: Known) -> Iterator[tuple[str, bytes]]:
    rest, arrays = _apart(known)
    yield REST, packed(rest)
    for name, array in arrays.items():
        yield name, _as_bytes(np.ascontiguousarray(array))


def _as_bytes(array: Array) -> bytes:
    """An array as the bytes of a .npy file, copied once: it may be a gigabyte."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
    return b"".join([head.getvalue(), array.reshape(-1).view(np.uint8).data])


def _as_array(data: bytes) -> Array:
    """The array of such bytes, where they are; it cannot be written to."""
    head = io.BytesIO(data)
    np.lib.format.read_magic(head)
    shape, _, kind = np.lib.format.read_array_header_1_0(head)
    return np.frombuffer(data, dtype=kind, offset=head.tell()).reshape(shape)


def _apart(known: Known) -> tuple[Known, dict[str, Array]]:
    """The large arrays by name, and the rest with nothing in their place."""
    if known.linked is None:
        return known, {}
    history = known.linked.history
    arrays: dict[str, Array] = {
        "pairs": history.scored.pairs.astype(np.int32),
        "odds": history.scored.odds,
        "told": history.scored.told,
        "p": np.rint(history.scored.p * 2**20).astype(np.int32),
    }
    arrays |= dict(_listed(history.lists))
    none = np.empty(0, dtype=np.float32)
    scored = Scored(np.empty((0, 2), dtype=np.int64), none, none[:, None], none.astype(np.float64))
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
    pairs, odds, told, p = (kinds[name][""] for name in ("pairs", "odds", "told", "p"))
    scored = Scored(pairs.astype(np.int64), odds, told, p.astype(np.float64) / 2**20)
    linked: LinkedBefore = rest.linked
    history = replace(linked.history, lists=lists, scored=scored)
    doubts = {int(group): each for group, each in linked.doubts.items()}
    return replace(rest, linked=replace(linked, history=history, doubts=doubts))
