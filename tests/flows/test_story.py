"""The story of half a year: what was planted ends as it was planted, and the last pack tells it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from flows.story.cast import OWNERS
from flows.story.script import IMPROVEMENTS, SCRIPT
from flows.story.weeks import estate, main
from flows.wiring import parts_of
from itsm.decisions import Action
from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from reports.editions import EditionKind
from reports.extract.manifest import read_manifest
from reports.pack import pack_from_json
from simulator.ground_truth import build_truth
from simulator.plan import build_plan
from simulator.story import PLANTED, STORY_WEEKS


def test_the_script_speaks_of_causes_that_are_there() -> None:
    causes = build_truth(build_plan(estate(1))).causes
    assert {line.cause for line in SCRIPT} | set(IMPROVEMENTS) <= set(causes)
    assert len({(line.cause, line.action) for line in SCRIPT}) == len(SCRIPT)


def test_nothing_goes_live_before_it_was_accepted() -> None:
    accepted = {line.cause: line.week for line in SCRIPT if line.action is Action.ACCEPT}
    for cause, plan in IMPROVEMENTS.items():
        assert plan.live is None or accepted[cause] + 3 <= plan.live, cause
    planted = [one for one in PLANTED if one.live >= 0]
    planned = [plan.live for plan in IMPROVEMENTS.values() if plan.live is not None]
    assert planned == [one.live for one in planted]
    assert len(OWNERS) == 3


SUFFIXES = {".pdf", ".html", ".xlsx", ".pptx", ".json", ".txt", ".csv"}
"""What an edition's files end with: every format, and the records behind it."""


@pytest.mark.soak
def test_the_whole_story(tmp_path: Path) -> None:
    main(tmp_path, 1)
    parts = parts_of(tmp_path / "csi.toml")
    last = estate(1).last_week.label
    with parts.store.begin() as uow:
        entries, weeks = uow.register.list(), uow.packs.weeks()
        kept = uow.packs.get(last, "full")
    assert len([week for week in weeks if "-W" in week]) == STORY_WEEKS
    _proven_as_planted(entries)
    assert kept is not None
    assert kept.version == 1, "nothing was decided after the last pack, so it is told once"
    told = pack_from_json(kept.content)
    assert "4 improvements verified, 2 failed" in told.brief.programme
    back = next(one.number for one in entries if one.state is RegisterState.REGRESSED)
    register = next(one for one in told.sections if one.title == "Register of improvements")
    assert f"The benefit of {back} is gone again." in register.opening.sentence
    written = {path.name for path in (tmp_path / "packs" / last).iterdir()}
    for kind in EditionKind:
        if kind is not EditionKind.WATCH_LIST:
            named = {name for name in written if kind.value in name}
            assert {Path(name).suffix for name in named} >= SUFFIXES, kind
    held = read_manifest(tmp_path / "extract" / "current").parts
    assert sum(one.table == "fact_figure" for one in held) == STORY_WEEKS


def _proven_as_planted(entries: Sequence[RegisterEntry]) -> None:
    """Some verified and closed, one failed, one back and in work again, one back just now."""
    ends = Counter(one.proof.verdict for one in entries if one.proof and one.proof.verdict)
    assert ends == {
        ProofVerdict.VERIFIED: 4,
        ProofVerdict.FAILED: 1,
        ProofVerdict.REGRESSED: 1,
    }
    assert [one.state for one in entries if one.round > 1] == [RegisterState.APPROVED]
    assert [one.round for one in entries if one.state is RegisterState.REGRESSED] == [1]
