"""Arrays, plain values and dataclasses of this room as bytes, and back: for blocks that travel.

Nothing that is read can run: an array is numbers, and a dataclass one of this room.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from math import prod
from typing import Any

import numpy as np
import scipy.sparse as sp

from itsm.errors import MiningError
from problem_mining.blocks import ROOM

MAGIC = b"csi-block 3\n"
Arrays = list[np.ndarray[Any, Any]]
_PLAIN = (str, int, float, bool)
Told = list["Told"] | dict[str, object] | str | int | float | bool | None
"""A value as JSON; what is no plain value is a list that begins with its kind."""


def packed(value: object) -> bytes:
    """A value as bytes; the same value gives the same bytes.

    Raises:
        MiningError: there is something in it that cannot travel.
    """
    arrays: Arrays = []
    told = json.dumps(_told(value, arrays), separators=(",", ":")).encode()
    head = MAGIC + len(told).to_bytes(8, "little") + told
    return b"".join([head, *(array.tobytes() for array in arrays)])


def unpacked(data: bytes) -> object:
    """The value of some bytes.

    Raises:
        MiningError: they were not written by `packed` of this version.
    """
    stream = io.BytesIO(data)
    if stream.read(len(MAGIC)) != MAGIC:
        raise MiningError("a block cannot be read: it was written by another version, or not whole")
    told: Told = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    return _Reading(stream).value(told)


def _told(value: object, arrays: Arrays) -> Told:
    """A value as JSON; arrays are put aside in the order they are met."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise MiningError("an array of objects cannot be sent to another process")
        arrays.append(value)
        return ["array", value.dtype.str, *value.shape]
    if isinstance(value, sp.csr_array):
        parts = (value.data, value.indices, value.indptr)
        return ["csr", *value.shape, *(_told(part, arrays) for part in parts)]
    if isinstance(value, (tuple, list, Mapping)):
        return _told_many(value, arrays)
    if is_dataclass(value) and type(value).__module__.startswith(ROOM):
        name = f"{type(value).__module__}:{type(value).__qualname__}"
        return ["made", name, *(_told(getattr(value, f.name), arrays) for f in fields(value))]
    raise MiningError(f"{type(value).__name__} cannot be sent to another process")


def _told_many(value: Sequence[object] | Mapping[Any, object], arrays: Arrays) -> Told:
    """Several values as JSON; very many words or numbers are left to JSON itself."""
    if isinstance(value, Mapping):
        if all(type(one) in _PLAIN for one in value.values()):
            return ["plain", {str(key): one for key, one in value.items()}]
        return ["mapping", *(_told((str(k), one), arrays) for k, one in value.items())]
    if isinstance(value, tuple) and all(type(one) is str for one in value):
        return ["words", *value]
    return [type(value).__name__, *(_told(one, arrays) for one in value)]


@dataclass(slots=True)
class _Reading:
    """Values of JSON, with their arrays in the order they were put aside."""

    stream: io.BytesIO

    def value(self, told: Told) -> object:
        """The value of some JSON."""
        if not isinstance(told, list):
            return told
        kind, *rest = told
        makers = {
            "array": self._array,
            "csr": self._csr,
            "tuple": lambda given: tuple(self._each(given)),
            "list": lambda given: list(self._each(given)),
            "mapping": self._mapping,
            "words": tuple,
            "plain": lambda given: given[0],
            "made": self._made,
        }
        return makers[str(kind)](rest)

    def _each(self, told: list[Told]) -> Iterator[object]:
        return (self.value(one) for one in told)

    def _array(self, told: list[Told]) -> object:
        kind = np.dtype(str(told[0]))
        shape = [int(str(size)) for size in told[1:]]
        data = bytearray(self.stream.read(prod(shape) * kind.itemsize))
        return np.frombuffer(data, dtype=kind).reshape(shape)

    def _csr(self, told: list[Told]) -> object:
        high, wide, *parts = told
        data, indices, indptr = (np.asarray(one) for one in self._each(parts))
        return sp.csr_array((data, indices, indptr), shape=(int(str(high)), int(str(wide))))

    def _mapping(self, told: list[Told]) -> object:
        pairs = (self.value(one) for one in told)
        return {one[0]: one[1] for one in pairs if isinstance(one, tuple)}

    def _made(self, told: list[Told]) -> object:
        module, _, kind = str(told[0]).partition(":")
        found = getattr(import_module(module), kind, None) if module.startswith(ROOM) else None
        if not (isinstance(found, type) and is_dataclass(found)):
            raise MiningError(f"a block holds {told[0]}, which this version does not know")
        return found(*self._each(told[1:]))
