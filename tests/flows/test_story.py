"""The story of half a year: what was planted ends as it was planted, and the last pack tells it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from flows.mirroring import names_of
from flows.story.cast import OWNERS
from flows.story.colleagues import EDITS
from flows.story.script import IMPROVEMENTS, SCRIPT
from flows.story.weeks import estate, main
from flows.wiring import Parts, parts_of
from itsm.decisions import Action
from itsm.proof import ProofVerdict
from itsm.pushing import PushKind, key_of
from itsm.register import RegisterEntry, RegisterState
from itsm.register_mirroring import told_state
from reports.editions import EditionKind
from reports.extract.manifest import read_manifest
from reports.pack import pack_from_json
from simulator.ground_truth import build_truth
from simulator.plan import build_plan
from simulator.servicenow.home import Home, note_of
from simulator.servicenow.server import ServiceNowServer
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
def test_the_whole_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(tmp_path, 1)
    way = capsys.readouterr().out
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
    # One never worked, one is in work again since it fell back, one has just fallen back.
    assert "4 improvements verified, 3 failed" in told.brief.programme
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
    _both_sides_are_equal(tmp_path, parts, way)


def _both_sides_are_equal(folder: Path, parts: Parts, way: str) -> None:
    """What was accepted stands in ServiceNow as it stands here, dated in the story; so do links."""
    home, names = Home(folder / "servicenow"), names_of(parts)
    with ServiceNowServer(note_of(home).estate, home=home) as server:
        rows = [_plain(row) for row in server.truth("sn_cim_register")]
        problems = [_plain(row) for row in server.truth("problem")]
    there = {row["correlation_id"]: row for row in rows}
    with parts.store.begin() as uow:
        entries, open_conflicts = uow.register.list(), uow.conflicts.list()
        mirrored = [one for one in entries if uow.outbox.known_of(one.number)]
    assert open_conflicts == ()
    assert len(mirrored) == len(IMPROVEMENTS)
    for entry in mirrored:
        row = there[key_of(PushKind.REGISTER_ENTRY, entry.number)]
        assert row["short_description"] == entry.title
        assert row["description"] == entry.description
        assert row["assigned_to"] == names[entry.coordinator or ""]
        assert row["state"].lower().replace(" ", "_") == told_state(entry)
        assert row["sys_created_on"] < f"{estate(1).last_week.end_at:%Y-%m-%d}"
        assert row["number"] in way and f"/register/{entry.number}" in way
    made = [row for row in problems if row["correlation_id"]]
    assert len(made) == len(IMPROVEMENTS)
    edited = [one for one in EDITS if one.kind is PushKind.REGISTER_ENTRY]
    texts = {one.value for one in edited if one.column != "state"}
    assert texts <= {one.title for one in entries} | {one.description for one in entries}


def _plain(row: Mapping[str, object]) -> dict[str, str]:
    """A record as people see it; keys as they are stored."""
    return {
        name: str(cell["display_value"]) if isinstance(cell, dict) else str(cell)
        for name, cell in row.items()
    }


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
