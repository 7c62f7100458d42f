"""A practice estate on disk: exports to run on, and the planted truth to compare with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from itsm.candidates import ProblemCandidate
from itsm.states import RecordKind
from problem_mining.evaluate import Evaluation, evaluate
from simulator.exports import sheets_of, write_exports
from simulator.ground_truth import GroundTruth, build_truth, write_truth
from simulator.plan import build_plan
from simulator.settings import EstateSettings


@dataclass(frozen=True, slots=True)
class Practice:
    """Where the exports of an estate are, by record kind, and what is true about it."""

    settings: EstateSettings
    files: Mapping[RecordKind, tuple[Path, ...]]
    truth_file: Path
    truth: GroundTruth

    @property
    def last_week(self) -> str:
        """The label of the last week with incidents."""
        return self.settings.last_week.label


def write_estate(settings: EstateSettings, system: str, folder: Path) -> Practice:
    """Write the exports of an estate into a folder and the truth beside it, not into it."""
    write_exports(settings, system, folder)
    truth_file = folder.with_name(f"{folder.name}-truth.json")
    truth = build_truth(build_plan(settings))
    write_truth(truth, truth_file)
    files = {
        kind: tuple(folder / name for name in names) for kind, names in sheets_of(system).items()
    }
    return Practice(settings, files, truth_file, truth)


def truth_of(settings: EstateSettings, folder: Path) -> GroundTruth:
    """What is true about an estate; also written into a folder, for who wants to look it up."""
    truth = build_truth(build_plan(settings))
    write_truth(truth, folder / "truth.json")
    return truth


def compared_with_truth(
    truth: GroundTruth, candidates: Sequence[ProblemCandidate], mined: Sequence[str]
) -> Evaluation:
    """How well candidates match the planted causes, over the incidents that were mined.

    Args:
        truth: what was planted.
        candidates: what mining proposed.
        mined: the numbers of all incidents that mining was given.
    """
    group_of = {
        member.number: candidate.candidate_id
        for candidate in candidates
        for member in candidate.members
    }
    causes = {number: truth.cause_of[number] for number in mined}
    return evaluate(causes, group_of)
