"""What was told of groups before, by a mark of all that it was told from: most of it is as it was.

What is told depends on its mark alone: what was told the night before under a mark is what would be
told under it now, to the last byte.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from hashlib import blake2b, sha256
from importlib import resources
from importlib.metadata import version
from typing import TypeVar

import msgspec

from itsm.codec import to_bytes
from itsm.ready_json import Json
from problem_mining.side_by_side import mapped

TOLD_TOGETHER = 1_000
"""From so many groups to tell on half of them are told by a second process."""

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tellings:
    """What was told before, and what is told now, as JSON (`itsm.codec`) by its mark."""

    before: Mapping[bytes, Json] = field(default_factory=dict)
    now: dict[bytes, Json] = field(default_factory=dict)
    _noted: dict[tuple[type, str], tuple[object, Json]] = field(default_factory=dict)

    def told(
        self, kind: type[T], tell: Callable[[S], T], asked: Sequence[S], marks: Sequence[bytes]
    ) -> list[T]:
        """What tell says of each, in order.

        Args:
            kind: of what it says: a dataclass.
            tell: says the same under the same mark.
            asked: what it is asked of.
            marks: of what is asked.
        """
        known = [self.before.get(mark) for mark in marks]
        todo = [one for one, data in zip(asked, known, strict=True) if data is None]
        made = iter(mapped(lambda one: _told(tell(one)), todo, least=TOLD_TOGETHER))
        read = msgspec.json.Decoder(kind).decode
        both = [(read(data), data) if data is not None else next(made) for data in known]
        self.now.update(zip(marks, (data for _, data in both), strict=True))
        return [one for one, _ in both]

    def note(self, name: str, one: object, mark: bytes, *path: str) -> None:
        """Note what was told of a candidate under a mark, or some part of that, by its name."""
        self._noted[type(one), name] = (one, reduce(_part, path, self.now[mark]))

    def ready(self, name: str, now: object) -> Mapping[str, Json]:
        """The fields of what is to be kept of a candidate that are as they were told, as JSON."""
        told, data = self._noted.get((type(now), name), (None, b"{}"))
        return {
            field: raw
            for field, raw in _parts(data).items()
            if getattr(now, field) is getattr(told, field)
        }


def _told(one: T) -> tuple[T, Json]:
    return one, to_bytes(one)


def _parts(data: Json) -> dict[str, Json]:
    parts = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    return {name: memoryview(part) for name, part in parts.items()}


def _part(data: Json, name: str) -> Json:
    return _parts(data)[name]


def mark_of(*told: bytes) -> bytes:
    """A mark of some bytes, each apart from the others."""
    mark = blake2b(digest_size=16)
    for each in told:
        mark.update(len(each).to_bytes(8, "little"))
        mark.update(each)
    return mark.digest()


@cache
def program() -> bytes:
    """The program that tells, by its text and by the libraries it asks."""
    files = {file.name: file for file in resources.files("problem_mining").iterdir()}
    files |= {name: resources.files("itsm").joinpath(name) for name in _VOCABULARY}
    texts = [file.read_bytes() for name, file in sorted(files.items()) if name.endswith(".py")]
    libraries = [version(name) for name in ("numba", "numpy", "scipy")]
    return sha256(b"\0".join(texts) + repr(libraries).encode()).digest()


_VOCABULARY = ("candidates.py", "clocks.py", "codec.py", "doubts.py", "statistics.py")
