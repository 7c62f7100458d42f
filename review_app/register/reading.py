"""The register as one reader sees it: their services, and no text of restricted records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from itsm.access import Sight
from itsm.demand import rank
from itsm.register import Origin, RegisterEntry
from itsm.register_care import stale
from review_app.parts import ReviewParts
from review_app.wording import WITHHELD
from store.registering import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An entry with its place, and what says that nobody moves it; no place where it has ended."""

    entry: RegisterEntry
    place: int | None
    why: str
    stale: tuple[str, ...]
    is_withheld: bool = False

    @property
    def title(self) -> str:
        """Its title, or what stands in its place."""
        return WITHHELD if self.is_withheld else self.entry.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The entries a reader sees, and how many there are that they do not."""

    placed: tuple[Placed, ...]
    n_hidden: int
    today: date

    def of(self, number: str) -> Placed | None:
        """One of them by its number."""
        return next((one for one in self.placed if one.entry.number == number), None)


def reading(parts: ReviewParts, register: Register, sight: Sight) -> Reading:
    """The register for a reader; ranks are those of the whole register."""
    entries = register.list()
    today = parts.works.clock().astimezone(parts.zone).date()
    ranked = {one.entry.number: one for one in rank(entries)}
    slow = {one.number: one.reasons for one in stale(entries, today, parts.works.patience)}
    shown = [one for one in entries if sight.includes_service(one.service)]
    hidden = withheld(parts, shown, sight)
    placed = [
        Placed(
            entry=one,
            place=found.place if (found := ranked.get(one.number)) else None,
            why=found.why if found else "",
            stale=slow.get(one.number, ()),
            is_withheld=one.number in hidden,
        )
        for one in shown
    ]
    placed.sort(key=lambda one: (one.place is None, one.place or 0, one.entry.number))
    return Reading(placed=tuple(placed), n_hidden=len(entries) - len(shown), today=today)


def withheld(parts: ReviewParts, entries: Sequence[RegisterEntry], sight: Sight) -> frozenset[str]:
    """The entries whose text may quote a record that the reader may not see.

    They are those of a mined candidate with a member that is restricted now.
    """
    candidates = {one.number: names for one in entries if (names := candidates_of(one))}
    runs = parts.reviewing.runs()[:1]
    if sight.restricted or not candidates or not runs:
        return frozenset()
    asked = sorted({name for names in candidates.values() for name in names})
    found = parts.reviewing.restricted(runs[0].run_id, asked)
    return frozenset(number for number, names in candidates.items() if found & set(names))


def candidates_of(entry: RegisterEntry) -> tuple[str, ...]:
    """The mined candidates an entry is about, the one it came from first."""
    named = [entry.origin_record] if entry.origin is Origin.MINED_CANDIDATE else []
    own = entry.number.removeprefix("CSI-") if entry.number.startswith("CSI-PC-") else None
    meant = entry.pattern.candidates if entry.pattern else ()
    return tuple(dict.fromkeys(name for name in (*named, own, *meant) if name))


TEXTS = (
    "description", "justification", "expected_benefit", "cost_of_inaction", "outcome", "notes",
)  # fmt: skip
"""The fields of free text, which may quote a record."""


def without_texts(entry: RegisterEntry) -> RegisterEntry:
    """An entry as a reader sees it who may not see the records it may quote."""
    blank: Mapping[str, str] = {name: WITHHELD for name in TEXTS if getattr(entry, name)}
    return replace(entry, title=WITHHELD, **blank)  # type: ignore[arg-type]  # each is a text
