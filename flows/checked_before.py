"""What was found of parts of the records before, among the artefacts: a night judges what is new.

Each part is a file by the hash of its bytes; the list of them is written in one step after each
kind, so a check that is killed leaves what it has judged so far. What cannot be read to the last
byte is not used, and a line says so. A run of the past uses what still holds, and leaves nothing.
"""

import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import datetime
from hashlib import sha256

from checks.context import microseconds
from checks.judged import Judged
from checks.judged_bytes import form, from_bytes, to_bytes
from flows.artefacts import address_of
from flows.wiring import Parts
from itsm.errors import CheckError
from reports.places import Place

FOLDER = "checks"
LIST = "judged.json"


@dataclass(frozen=True, slots=True)
class Begun:
    """When the last record that had begun did, and when the next will: None where there is none."""

    last: int | None = None
    next: int | None = None

    def holds(self, cutoff_at: datetime) -> bool:
        """Whether the same records have begun at a cut-off."""
        at = microseconds(cutoff_at)
        return (self.last is None or self.last < at) and (self.next is None or at <= self.next)


@dataclass(frozen=True, slots=True)
class Known:
    """What a part is known by, each another word wherever something else may be found.

    Attributes:
        whole: of the portion it is a part of.
        own: of its own records.
        line: that parts it from the others of its portion; None: it is all of it.
        is_all: whether nothing lies beyond the line.
    """

    whole: str
    own: str
    line: tuple[int, int] | None = None
    is_all: bool = True


@dataclass(frozen=True, slots=True)
class _Kept:
    """A part in the list: what it is known by, its file, and who had begun."""

    known: Known
    file: str
    begun: Begun


@dataclass(frozen=True, slots=True)
class Taken:
    """What was found of some parts, by their names, and what could not be used of before."""

    n_judged: int
    now: Mapping[str, _Kept]
    lost: Mapping[str, Known]


@dataclass(slots=True)
class CheckedBefore:
    """What was found of parts before, by their names.

    Args:
        parts: of the installation.
        cutoff_at: what the check is true for.
    """

    parts: Parts
    cutoff_at: datetime
    n_judged: int = 0
    _shelf: Place = field(init=False)
    _before: dict[str, _Kept] = field(init=False)
    _now: dict[str, _Kept] = field(init=False, default_factory=dict)
    _lost: dict[str, Known] = field(init=False, default_factory=dict)
    _is_newest: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        self._shelf = _shelf(self.parts)
        self._before = self._listed()

    def apart(self, say: Callable[[str], None]) -> "CheckedBefore":
        """The same for some parts that are checked by themselves, be it by another process.

        Args:
            say: tells people what cannot be used.
        """
        other = copy(self)
        other.parts = replace(self.parts, say=say)
        other.n_judged, other._before, other._now, other._lost = 0, dict(self._before), {}, {}
        return other

    def taken(self) -> Taken:
        """What was found of the parts that were looked at."""
        return Taken(self.n_judged, self._now, self._lost)

    def take(self, found: Taken) -> None:
        """Take up what was found of parts that were looked at apart."""
        self.n_judged += found.n_judged
        self._now.update(found.now)
        for name, known in found.lost.items():
            self._before.pop(name, None)
            self._lost[name] = known

    @property
    def is_there(self) -> bool:
        """Whether anything is kept from before."""
        return bool(self._before)

    def known(self, name: str) -> Known | None:
        """What a part was known by when it was kept."""
        kept = self._now.get(name) or self._before.get(name)
        return self._lost.get(name) if kept is None else kept.known

    def found(self, name: str, *, whole: str = "", own: str = "") -> Judged | None:
        """What was found of a part, if it is kept for these records and circumstances.

        Args:
            name: of the part.
            whole: what its portion has to be known by, or
            own: what its own records have to be known by.
        """
        kept = self._now.get(name) or self._before.get(name)
        if kept is None or not kept.begun.holds(self.cutoff_at):
            return None
        if (whole or own) != (kept.known.whole if whole else kept.known.own):
            return None
        data = self._shelf.read(f"{FOLDER}/{kept.file}")
        if data is not None and sha256(data).hexdigest() == kept.file:
            try:
                judged = from_bytes(data)
            except CheckError as error:
                self._lose(name)
                self.parts.say(f"check  {name}: {error}; it is judged anew")
                return None
            self._now[name] = kept
            return judged
        self._lose(name)
        self.parts.say(
            f"check  {name}: what was found before is damaged or gone ({FOLDER}/{kept.file}); it "
            "is judged anew"
        )
        return None

    def keep_on(self, name: str, known: Known) -> None:
        """Keep what was found of a part beside which others have changed."""
        if self._is_newest:
            self._now[name] = replace(self._now[name], known=known)

    def keep(self, name: str, known: Known, judged: Judged, begun: Begun) -> None:
        """Keep what was found of a part for the next check; one of the past keeps nothing."""
        self.n_judged += 1
        if not self._is_newest:
            return
        data = to_bytes(judged)
        file = sha256(data).hexdigest()
        self._shelf.write(f"{FOLDER}/{file}", data)
        self._now[name] = _Kept(known, file, begun)

    def save(self) -> None:
        """Let the next check find what was judged so far, even if this one is killed."""
        if self._is_newest:
            self._write({**self._before, **self._now})

    def close(self) -> None:
        """Leave the parts of this check, and nothing of what was before."""
        if not self._is_newest:
            return
        self._write(self._now)
        files = {one.file for one in self._now.values()}
        for name in self._shelf.names(FOLDER):
            if name not in files and name != LIST:
                self._shelf.remove(f"{FOLDER}/{name}")

    def _lose(self, name: str) -> None:
        """Forget what cannot be read, but for what it was known by."""
        kept = self._before.pop(name, None)
        if kept is not None:
            self._lost[name] = kept.known

    def _write(self, kept: Mapping[str, _Kept]) -> None:
        told = {
            "form": _form(),
            "until": self.cutoff_at.isoformat(),
            "parts": {
                name: [astuple(one.known), one.file, one.begun.last, one.begun.next]
                for name, one in sorted(kept.items())
            },
        }
        self._shelf.write(f"{FOLDER}/{LIST}", json.dumps(told, indent=1).encode())

    def _listed(self) -> dict[str, _Kept]:
        data = self._shelf.read(f"{FOLDER}/{LIST}")
        if data is None:
            return {}
        try:
            told = json.loads(data)
            if told["form"] != _form():
                return {}
            self._is_newest = datetime.fromisoformat(told["until"]) <= self.cutoff_at
            return {
                str(name): _Kept(_known(*known), str(file), Begun(last, after))
                for name, (known, file, last, after) in told["parts"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self.parts.say(
                f"check  what was found before cannot be read ({FOLDER}/{LIST}: {error}); all "
                "records are judged anew"
            )
            return {}


def _form() -> str:
    """The form of the list and of the files."""
    return f"{form()} {' '.join(one.name for one in fields(Known))}"


def _known(whole: str, own: str, line: list[int] | None, is_all: bool) -> Known:
    return Known(whole, own, None if line is None else (line[0], line[1]), is_all)


def forget(parts: Parts) -> None:
    """Remove what is kept: it holds numbers of records and hashes of what they say."""
    _shelf(parts).remove(FOLDER)


def _shelf(parts: Parts) -> Place:
    return Place(address_of(parts.settings, parts.base), setting="artefacts.address")
