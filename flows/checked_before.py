"""What was found of parts of the records before, among the artefacts: a night judges what is new.

Each part is a file by the hash of its bytes; the list of them is written in one step after each
kind, so a check that is killed leaves what it has judged so far. What cannot be read to the last
byte is not used, and a line says so. A run of the past uses what still holds, and leaves nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
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
class _Kept:
    """A part in the list: of which records and circumstances it is, its file, and who had begun."""

    mark: str
    file: str
    begun: Begun


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
    _is_newest: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        self._shelf = _shelf(self.parts)
        self._before = self._listed()

    @property
    def is_there(self) -> bool:
        """Whether anything is kept from before."""
        return bool(self._before)

    def found(self, name: str, mark: str) -> Judged | None:
        """What was found of a part, if it is kept for these records and circumstances.

        Args:
            name: of the part.
            mark: another one wherever something else may be found.
        """
        kept = self._now.get(name) or self._before.get(name)
        if kept is None or kept.mark != mark or not kept.begun.holds(self.cutoff_at):
            return None
        data = self._shelf.read(f"{FOLDER}/{kept.file}")
        if data is not None and sha256(data).hexdigest() == kept.file:
            try:
                judged = from_bytes(data)
            except CheckError as error:
                self._before.pop(name, None)
                self.parts.say(f"check  {name}: {error}; it is judged anew")
                return None
            self._now[name] = kept
            return judged
        self._before.pop(name, None)
        self.parts.say(
            f"check  {name}: what was found before is damaged or gone ({FOLDER}/{kept.file}); it "
            "is judged anew"
        )
        return None

    def keep(self, name: str, mark: str, judged: Judged, begun: Begun) -> None:
        """Keep what was found of a part for the next check; one of the past keeps nothing."""
        self.n_judged += 1
        if not self._is_newest:
            return
        data = to_bytes(judged)
        file = sha256(data).hexdigest()
        self._shelf.write(f"{FOLDER}/{file}", data)
        self._now[name] = _Kept(mark, file, begun)

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

    def _write(self, kept: Mapping[str, _Kept]) -> None:
        told = {
            "form": form(),
            "until": self.cutoff_at.isoformat(),
            "parts": {
                name: [one.mark, one.file, one.begun.last, one.begun.next]
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
            if told["form"] != form():
                return {}
            self._is_newest = datetime.fromisoformat(told["until"]) <= self.cutoff_at
            return {
                str(name): _Kept(str(mark), str(file), Begun(last, after))
                for name, (mark, file, last, after) in told["parts"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self.parts.say(
                f"check  what was found before cannot be read ({FOLDER}/{LIST}: {error}); all "
                "records are judged anew"
            )
            return {}


def forget(parts: Parts) -> None:
    """Remove what is kept: it holds numbers of records and hashes of what they say."""
    _shelf(parts).remove(FOLDER)


def _shelf(parts: Parts) -> Place:
    return Place(address_of(parts.settings, parts.base), setting="artefacts.address")
