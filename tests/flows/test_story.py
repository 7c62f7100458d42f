"""The story of half a year: what was planted ends as it was planted, and the last pack tells it."""

from pathlib import Path

import pytest

from flows.story.cast import OWNERS
from flows.story.script import IMPROVEMENTS, SCRIPT
from flows.story.weeks import estate, main
from flows.wiring import parts_of
from itsm.decisions import Action
from itsm.proof import ProofVerdict
from itsm.register import RegisterState
from reports.editions import EditionKind
from reports.extract.manifest import read_manifest
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
    assert [plan.live for plan in IMPROVEMENTS.values()][:6] == [one.live for one in PLANTED[:6]]
    assert len(OWNERS) == 3


@pytest.mark.soak
def test_the_whole_story(tmp_path: Path) -> None:
    main(tmp_path, 1)
    parts = parts_of(tmp_path / "csi.toml")
    with parts.store.begin() as uow:
        entries, weeks = uow.register.list(), uow.packs.weeks()
    verdicts = [hold.verdict for one in entries if one.proof for hold in one.proof.holds]
    assert verdicts.count(ProofVerdict.VERIFIED) >= 2
    assert ProofVerdict.FAILED in verdicts
    states = [one.state for one in entries]
    assert RegisterState.CLOSED in states
    came_back = [one for one in entries if one.round > 1]
    assert len(came_back) == 1
    assert len([week for week in weeks if "-W" in week]) == STORY_WEEKS
    last = estate(1).last_week.label
    written = {path.name for path in (tmp_path / "packs" / last).iterdir()}
    for kind in EditionKind:
        if kind is not EditionKind.WATCH_LIST:
            named = {name for name in written if kind.value in name}
            assert {Path(name).suffix for name in named} >= {".pdf", ".html", ".xlsx", ".json"}, (
                kind
            )
    held = read_manifest(tmp_path / "extract" / "current").parts
    assert sum(one.table == "fact_figure" for one in held) == STORY_WEEKS
