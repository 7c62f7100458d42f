"""What the run before left to the next, among the artefacts: so a night costs what is new."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flows import redacted_before, told_before
from flows.artefacts import address_of
from flows.wiring import Parts
from problem_mining.kept_files import NOTHING, hashes_of, keep, keep_texts, recall
from problem_mining.night import History
from problem_mining.pipeline import Known
from problem_mining.side_by_side import beside
from problem_mining.tellings import Tellings
from problem_mining.texts import TextTable
from reports.places import Place

FOLDER = "mining"


@dataclass(frozen=True, slots=True)
class MinedBefore:
    """What is known from the run before, and whether this one may leave something to the next."""

    known: Known | None
    is_newest: bool
    tellings: Tellings


def hashes_before(parts: Parts) -> dict[str, str]:
    """The hashes of the files the run before left, which can be found beside something else."""
    return hashes_of(_shelf(parts), FOLDER)


def mined_before(
    parts: Parts, cutoff_at: datetime, hashes: Mapping[str, str] = NOTHING
) -> MinedBefore:
    """What the run before left, for one that is true for a moment; says why nothing is used.

    Args:
        parts: where it was left.
        cutoff_at: the moment.
        hashes: from `hashes_before`.
    """
    found = recall(_shelf(parts), FOLDER, cutoff_at.isoformat(), hashes)
    if found.said:
        parts.say(f"mine   {found.said}; all incidents are mined anew")
    return MinedBefore(found.known, not found.is_later, told_before.recall(parts))


class Leaving:
    """Leaves to the next run what this one found of texts; one of the past leaves nothing.

    Most of it is written as soon as it is known, by a second process beside the rest of the run.
    """

    def __init__(self, parts: Parts, before: MinedBefore, cutoff_at: datetime) -> None:
        self._shelf, self._until = _shelf(parts), cutoff_at.isoformat()
        self._is_newest = before.is_newest
        self._begun = ExitStack()
        self._told: Callable[[], dict[str, str]] = dict

    def __enter__(self) -> "Leaving":
        return self

    def __exit__(self, *_: object) -> None:
        self._begun.close()

    def begin(self, texts: TextTable, history: History) -> None:
        """Begin to write what was found of texts and their pairs."""
        if self._is_newest:
            write = partial(keep_texts, self._shelf, FOLDER, texts, history)
            told = self._begun.enter_context(beside(write))
            if told is not write:  # there is a second process
                self._told = told

    def written(self) -> dict[str, str]:
        """The files of what was begun, once all are written; the rest is for `end`."""
        return self._told()

    def end(self, known: Known, written: Mapping[str, str]) -> None:
        """Write the rest, and a list of all that is left."""
        if self._is_newest and known.linked is not None:
            keep(self._shelf, FOLDER, known, self._until, written)


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
