"""How groups were told the run before, among the artefacts: what is as it was is not told again."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from flows.artefacts import address_of
from flows.wiring import Parts
from itsm.errors import MiningError
from itsm.ready_json import Json
from problem_mining.block_format import packed, unpacked
from problem_mining.tellings import Tellings
from reports.places import Place

FOLDER = "told"
_FILE = f"{FOLDER}/groups"
_MARK = 16
"""Bytes of a mark."""


def recall(parts: Parts) -> Tellings:
    """How groups were told before; nothing where that is not whole, or of another version."""
    data = _shelf(parts).read(_FILE)
    if data is None or sha256(data[32:]).digest() != data[:32]:
        return Tellings()
    try:
        told: Any = unpacked(data[32:])
        marks, ends, texts = told
    except (MiningError, ValueError):
        return Tellings()
    return Tellings(_parted(bytes(marks), ends.tolist(), memoryview(texts)))


def _parted(marks: bytes, ends: list[int], texts: memoryview) -> Mapping[bytes, Json]:
    """What was told, by its mark."""
    starts = [0, *ends[:-1]]
    return {
        marks[n * _MARK : (n + 1) * _MARK]: texts[start:end]
        for n, (start, end) in enumerate(zip(starts, ends, strict=False))
    }


def keep(parts: Parts, tellings: Tellings) -> None:
    """Leave to the next run how groups were told in this one."""
    marks = np.frombuffer(b"".join(tellings.now), dtype=np.uint8)
    ends = np.cumsum([len(text) for text in tellings.now.values()], dtype=np.int64)
    texts = np.frombuffer(b"".join(tellings.now.values()), dtype=np.uint8)
    data = packed((marks, ends, texts))
    _shelf(parts).write(_FILE, sha256(data).digest() + data)


def forget(parts: Parts) -> None:
    """Remove how groups were told; the next run tells all of them."""
    _shelf(parts).remove(FOLDER)


def _shelf(parts: Parts) -> Place:
    return Place(address_of(parts.settings, parts.base), setting="artefacts.address")
