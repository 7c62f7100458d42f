"""What the run before left to the next, among the artefacts: so a night costs what is new."""

from dataclasses import dataclass
from datetime import datetime

from flows import redacted_before, told_before
from flows.artefacts import address_of
from flows.wiring import Parts
from problem_mining.kept_files import keep, recall
from problem_mining.pipeline import Known
from problem_mining.tellings import Tellings
from reports.places import Place

FOLDER = "mining"


@dataclass(frozen=True, slots=True)
class MinedBefore:
    """What is known from the run before, and whether this one may leave something to the next."""

    known: Known | None
    is_newest: bool
    tellings: Tellings


def mined_before(parts: Parts, cutoff_at: datetime) -> MinedBefore:
    """What the run before left, for one that is true for a moment; says why nothing is used."""
    found = recall(_shelf(parts), FOLDER, cutoff_at.isoformat())
    if found.said:
        parts.say(f"mine   {found.said}; all incidents are mined anew")
    return MinedBefore(found.known, not found.is_later, told_before.recall(parts))


def leave(parts: Parts, before: MinedBefore, known: Known, cutoff_at: datetime) -> None:
    """Leave to the next run what was found of texts; one of the past leaves nothing."""
    if before.is_newest and known.linked is not None:
        keep(_shelf(parts), FOLDER, known, cutoff_at.isoformat())


def leave_told(parts: Parts, before: MinedBefore, known: Known) -> None:
    """Leave to the next run how groups were told; one of the past leaves nothing."""
    if known.n_new is not None:
        parts.say(f"mine   {known.n_new:,} texts were new, all others known from the run before")
    if before.is_newest:
        told_before.keep(parts, before.tellings)


def forget(parts: Parts) -> None:
    """Remove what was left: it holds the words of texts. The next run mines everything anew."""
    _shelf(parts).remove(FOLDER)
    redacted_before.forget(parts)
    told_before.forget(parts)


def _shelf(parts: Parts) -> Place:
    return Place(address_of(parts.settings, parts.base), setting="artefacts.address")
