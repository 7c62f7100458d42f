"""`csi decide` and `csi lineage`: decisions without the review pages."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.settings import load_settings
from flows.verbs.decide import decide_verb, lineage
from flows.wiring import Parts, build
from itsm.candidates import ProblemCandidate
from itsm.decisions import Action
from itsm.errors import ConfigError, TransitionError
from store.runs import MiningRun
from tests.problem_mining.decided_incidents import candidate, refs

AT = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    (tmp_path / "csi.toml").write_text('organisation = "Example"\n')
    made = build(load_settings(tmp_path / "csi.toml"), tmp_path)
    save(made, "2026-W45", [candidate("PC-1", 1, 2, 3), candidate("PC-2", 4, 5, 6)])
    return made


def save(parts: Parts, week: str, candidates: Sequence[ProblemCandidate]) -> None:
    number = int(week[-2:])
    run = MiningRun(
        run_id=f"M-{week}",
        week=week,
        cutoff_at=AT + timedelta(weeks=number - 46),
        mining_version="v1",
        n_incidents=9,
        input_hash=week,
        started_at=AT,
        finished_at=AT + timedelta(weeks=number),
    )
    with parts.store.begin() as uow:
        uow.mining.save(run, candidates)
        uow.commit()


def said(parts: Parts, *arguments: str) -> str:
    options = ["--by", "ada", *config(parts)]
    return CliRunner().invoke(decide_verb, [*arguments, *options], catch_exceptions=False).output


def config(parts: Parts) -> list[str]:
    return ["--config", str(parts.out.parent / "csi.toml")]


def test_a_decision_is_kept_with_who_when_and_why(parts: Parts) -> None:
    said(parts, "reject", "PC-1", "--as", "training", "--reason", "one course", "--grouping-right")
    said(parts, "merge", "PC-1", "--other", "PC-2")
    said(parts, "split", "PC-2", "--part", "INC0004", "--part", "INC0005,desk/INC0006")
    said(parts, "pin", "PC-2", "INC0009")
    with parts.store.begin() as uow:
        reject, merge, split, pin = uow.decisions.list()
    assert (reject.actor, reject.reason, reject.run_id) == ("ada", "one course", "M-2026-W45")
    assert (reject.is_grouping_right, reject.is_worth_problem) == (True, False)
    assert merge.parts == (refs(1, 2, 3), refs(4, 5, 6))
    assert split.parts == (refs(4), refs(5, 6))
    assert pin.parts[1] == refs(9)
    assert "one course" in said(parts, "journal")
    assert said(parts, "list").count("undecided") == 2


def test_what_was_decided_can_be_taken_back(parts: Parts) -> None:
    output = said(parts, "accept", "PC-1")
    found = re.match(r"D-\w+", output)
    assert found is not None
    said(parts, "undo", found[0])
    with parts.store.begin() as uow:
        assert [d.action for d in uow.decisions.list()] == [Action.ACCEPT, Action.WITHDRAW]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["accept", "PC-9"], "no candidate 'PC-9'"),
        (["remove", "PC-1", "INC0004"], "INC0004 is no member"),
        (["merge", "PC-1", "--other", "PC-8"], "no candidate 'PC-8'"),
        (["undo", "D-0"], "no decision 'D-0'"),
        (["accept"], "name the candidate"),
    ],
)
def test_what_cannot_be_is_said(parts: Parts, arguments: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        said(parts, *arguments)


def test_what_an_action_needs_is_said(parts: Parts) -> None:
    with pytest.raises(TransitionError, match="say until when"):
        said(parts, "snooze", "PC-1")
    with parts.store.begin() as uow:
        assert uow.decisions.list() == ()


def test_two_runs_are_compared(parts: Parts) -> None:
    save(parts, "2026-W46", [candidate("PC-1", 1, 2, 3, 4, 5, 6)])
    runs = ["2026-W45", "M-2026-W46", *config(parts)]
    output = CliRunner().invoke(lineage, [*runs, "--json"]).output
    events = {(e["fate"], e["candidate_id"]): e for e in json.loads(output)}
    assert events["merged", "PC-1"]["others"] == ["PC-1", "PC-2"]
    assert "any more" in events["died", "PC-2"]["reason"], "none of them is in the store"
    told = CliRunner().invoke(lineage, runs).output
    assert "2 candidates are one now" in told


@pytest.mark.parametrize(
    ("name", "action", "refused"),
    [
        ("ada", ("reject", "PC-1"), ""),
        ("eve", ("reject", "PC-1"), "'eve' is nobody in the settings (there are: ada, dan)"),
        ("dan", ("reject", "PC-1"), "dan may not decide on candidates (stakeholder)"),
        ("dan", ("comment", "PC-1"), ""),
    ],
)
def test_who_decides_is_held_against_the_people_of_the_settings(
    parts: Parts, name: str, action: tuple[str, ...], refused: str
) -> None:
    file = parts.out.parent / "csi.toml"
    file.write_text(
        file.read_text()
        + '[people.ada]\nroles = ["manager"]\n[people.dan]\nroles = ["stakeholder"]\n'
    )
    words = [*action, "--as", "noise"] if action[0] == "reject" else [*action]
    done = CliRunner().invoke(decide_verb, [*words, "--reason", "x", "--by", name, *config(parts)])
    assert (refused in str(done.exception)) if refused else (done.exit_code == 0), done.output
    with parts.store.begin() as uow:
        assert [one.actor for one in uow.decisions.list()] == ([] if refused else [name])
