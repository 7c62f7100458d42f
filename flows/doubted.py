"""What speaks against the candidates of a run, told as it is to be kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.recalled import source_and_number
from itsm.candidates import ProblemCandidate
from itsm.ready_json import Json, to_bytes_beside
from problem_mining.doubts_told import doubts_of
from problem_mining.member_facts import Facts
from problem_mining.pipeline import Grouping
from problem_mining.tellings import Tellings


@dataclass(frozen=True, slots=True)
class Doubted:
    """Doubts as JSON by candidate, and what of them was told otherwise than before, by its mark.

    `marks` are those of all, in their order.
    """

    doubts: tuple[tuple[str, bytes], ...]
    marks: tuple[bytes, ...]
    fresh: dict[bytes, bytes]


def doubted(
    facts: Facts,
    grouping: Grouping,
    candidates: Sequence[ProblemCandidate],
    tellings: Tellings,
) -> Doubted:
    """What speaks against candidates, by what was told before."""
    before = len(tellings.now)
    doubts = doubts_of(facts, grouping, candidates, source_of=source_and_number, tellings=tellings)
    told = tuple(
        (one.candidate_id, to_bytes_beside(one, tellings.ready(one.candidate_id, one)))
        for one in doubts
    )
    marks = tuple(tellings.now)[before:]
    fresh = {mark: bytes(tellings.now[mark]) for mark in marks if mark not in tellings.before}
    return Doubted(told, marks, fresh)


def taken_up(tellings: Tellings, made: Doubted) -> None:
    """Note how doubts were told, wherever that was."""
    for mark in made.marks:
        data: Json = made.fresh[mark] if mark in made.fresh else tellings.before[mark]
        tellings.now[mark] = data
