"""From a decision to records in a practice ServiceNow, and back: the whole of `csi push`."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import csi
from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.candidates import Estimate, Life, Member, ProblemCandidate
from itsm.pushing import IntentState
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from store.runs import MiningRun
from tests.conformance.writer_servicenow import value

AT = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = "2026-W46"
ESTATE = EstateSettings(n_incidents=150, n_weeks=4, seed=5)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def instance(tables: Path) -> Iterator[ServiceNowServer]:
    with ServiceNowServer(ESTATE, directory=tables) as served:
        yield served
    assert served.errors == []


class Office:
    """An installation over a practice instance."""

    def __init__(self, folder: Path, instance: ServiceNowServer, push: str) -> None:
        self.instance = instance
        self.config = folder / "csi.toml"
        self.config.write_text(
            f"""[sources.snow]
kind = "servicenow"
url = "{instance.url}"
user = "{instance.user}"
password = "{instance.password}"
kinds = ["incident"]
[sources.snow.push]
{push}
"""
        )
        assert self.run("pull").exit_code == 0
        self.members = self._mine()

    def run(self, *words: str) -> Result:
        of_week = ["--week", WEEK] if words[0] == "push" else []
        given = [words[0], "--config", str(self.config), *of_week, *words[1:]]
        return CliRunner().invoke(csi, given)

    def push(self, *words: str) -> str:
        result = self.run("push", *words)
        assert result.exit_code == 0, result.output
        return result.output

    @property
    def parts(self) -> Parts:
        return build(load_settings(self.config), self.config.parent)

    def states(self) -> list[str]:
        with self.parts.store.begin() as uow:
            return [fate.state for fate in uow.outbox.fates()]

    def problems(self) -> list[Mapping[str, str]]:
        """Problems the pipeline has made, as the instance holds them."""
        rows = [
            {name: cell["value"] for name, cell in row.items() if isinstance(cell, Mapping)}
            for row in self.instance.truth("problem")
        ]
        return [row for row in rows if row["correlation_id"].startswith("csi:")]

    def linked(self) -> set[str]:
        made = {row["sys_id"] for row in self.problems()}
        rows = self.instance.truth("incident")
        return {value(r, "number") for r in rows if value(r, "problem_id") in made}

    def _mine(self) -> list[str]:
        rows = [
            value(row, "number")
            for row in self.instance.truth("incident")
            if value(row, "state") in {"1", "2", "6"} and not value(row, "problem_id")
        ]
        members = rows[:3]
        candidate = ProblemCandidate(
            candidate_id="PC-1",
            statement="VPN drops every morning",
            members=tuple(Member(source="snow", number=one, score=0.9) for one in members),
            score=0.9,
            first_seen_at=AT,
            last_seen_at=AT,
            weekly_counts=(3,),
            life=Life.ACTIVE,
            evidence=(),
            purity=(),
            avoidable_hours=Estimate(value=4, low=1, high=9, unit="h"),
        )
        run = MiningRun(
            run_id="M-1",
            week=WEEK,
            cutoff_at=AT,
            mining_version="1",
            n_incidents=3,
            input_hash="x",
            started_at=AT,
            finished_at=AT,
        )
        with self.parts.store.begin() as uow:
            uow.mining.save(run, [candidate])
            uow.commit()
        return members


FULL = 'mode = "full"\ninstance = "practice"'


def test_a_decision_is_shown_written_disputed_settled_and_taken_back(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    office = Office(tmp_path, instance, FULL)
    decided = office.run("decide", "accept", "PC-1", "--by", "ann")
    assert decided.exit_code == 0, decided.output
    assert "4 to write" in decided.output

    shown = office.push("--dry-run")
    assert "create problem new for PC-1" in shown
    assert "title: '' -> 'VPN drops every morning'" in shown
    assert office.problems() == []

    told = office.push()
    (problem,) = office.problems()
    assert problem["short_description"] == "VPN drops every morning"
    assert office.linked() == set(office.members)
    assert told.count("done ") >= 4
    assert problem["number"] not in {"", None}
    assert office.states() == ["done"] * 4

    assert "nothing to write" in office.push()
    run_id = re.findall(r"PUSH-\S+", office.push("--runs"))[-1]
    undone = office.push("--undo", run_id, "--by", "ann")
    assert "done" in undone
    (problem,) = office.problems()
    assert (problem["state"], problem["resolution_code"]) == ("107", "canceled")
    assert problem["close_notes"].startswith("Taken back")
    assert office.linked() == set()
    assert office.states()[:4] == ["undone"] * 4

    again = office.run("decide", "accept", "PC-1", "--by", "bea")  # a canceled one stays as it is
    assert "4 to write" in again.output
    office.push()
    codes = sorted(row["resolution_code"] for row in office.problems())
    assert codes == ["", "canceled"]
    assert office.linked() == set(office.members)


def test_accepting_twice_makes_one_record_and_what_was_refused_can_be_tried_again(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    office = Office(tmp_path, instance, FULL)
    instance.faults = Faults((Fault(name=FaultName.WRITE_DENIED),))
    office.run("decide", "accept", "PC-1", "--by", "ann")
    assert "ACL Exception" in office.push()
    assert office.states() == ["refused"] * 4
    instance.faults = NONE
    assert "4 wait again" in office.push("--again", "PC-1")
    office.run("decide", "accept", "PC-1", "--by", "bea")
    office.push()
    assert len(office.problems()) == 1
    assert set(office.states()) == {"done"}


def test_a_link_that_a_person_made_waits_for_a_choice(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    office = Office(tmp_path, instance, FULL)
    other = next(iter(instance.truth("problem")))
    key = next(
        value(row, "sys_id")
        for row in instance.truth("incident")
        if value(row, "number") == office.members[0]
    )
    instance.edit("incident", key, "problem_id", value(other, "sys_id"))
    office.run("decide", "accept", "PC-1", "--by", "ann")
    assert "conflict" in office.push()
    assert office.linked() == set(office.members[1:])

    listed = office.push("--conflicts")
    assert value(other, "number") in listed
    (conflict_id,) = re.findall(r"CF-\w+", listed)
    assert "waiting" in office.push("--write-ours", conflict_id, "--by", "ann")
    office.push()
    assert office.linked() == set(office.members)
    assert office.push("--conflicts") == ""
    again = office.run("push", "--keep-theirs", conflict_id)
    assert again.exit_code != 0
    assert "resolved" in str(again.exception)


def test_what_a_person_wrote_is_kept_if_that_is_chosen(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    office = Office(tmp_path, instance, FULL)
    other = next(iter(instance.truth("problem")))
    rows = {value(r, "number"): value(r, "sys_id") for r in instance.truth("incident")}
    instance.edit("incident", rows[office.members[0]], "problem_id", value(other, "sys_id"))
    office.run("decide", "accept", "PC-1", "--by", "ann")
    office.push()
    (conflict_id,) = re.findall(r"CF-\w+", office.push("--conflicts"))
    office.push("--keep-theirs", conflict_id, "--by", "ann", "--reason", "hers is right")
    office.push()
    assert office.linked() == set(office.members[1:])
    assert set(office.states()) == {IntentState.DONE}


def test_a_decision_that_is_taken_back_takes_its_writes_back(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    office = Office(tmp_path, instance, FULL)
    accepted = office.run("decide", "accept", "PC-1", "--by", "ann").output.split()[0]
    office.run("decide", "undo", accepted, "--by", "ann")
    assert office.states() == ["undone"] * 4
    office.push()
    assert office.problems() == []
    accepted = office.run("decide", "accept", "PC-1", "--by", "bea").output.split()[0]
    office.push()
    assert len(office.linked()) == 3
    office.run("decide", "undo", accepted, "--by", "bea")
    office.push()
    assert office.linked() == set()
    assert [row["resolution_code"] for row in office.problems()] == ["canceled"]


@pytest.mark.parametrize(
    ("push", "told"),
    [
        ('mode = "dry_run"', "push.mode is dry_run"),
        ('mode = "full"\ninstance = "production"', "nothing was written"),
        ('mode = "full"', "say which installation"),
    ],
)
def test_nothing_is_written_unless_the_settings_say_so(
    tmp_path: Path, instance: ServiceNowServer, push: str, told: str
) -> None:
    office = Office(tmp_path, instance, push)
    office.run("decide", "accept", "PC-1", "--by", "ann")
    assert "calls itself 'practice'" in office.run("push", "--dry-run").stderr
    written = office.run("push")
    assert office.problems() == []
    assert office.states() == ["waiting"] * 4
    if "full" in push:
        assert written.exit_code == 1
        assert told in written.stderr


def test_with_the_push_off_a_decision_puts_nothing_into_the_outbox(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    office = Office(tmp_path, instance, "")
    office.run("decide", "accept", "PC-1", "--by", "ann")
    assert office.states() == []


def test_a_push_with_nothing_to_do_says_so(tmp_path: Path, instance: ServiceNowServer) -> None:
    office = Office(tmp_path, instance, FULL)
    office.run("push")
    tried = office.run("push", "--dry-run")
    assert "no new proposals for the register\nnothing waits to be written\n" in tried.stdout
    assert re.search(r"0 new proposals in the register\n\S+: nothing to write", office.push())


def test_problems_only_leaves_incidents_alone(tmp_path: Path, instance: ServiceNowServer) -> None:
    office = Office(tmp_path, instance, 'mode = "problems_only"\ninstance = "practice"')
    office.run("decide", "accept", "PC-1", "--by", "ann")
    office.push()
    assert len(office.problems()) == 1
    assert office.linked() == set()
    assert office.states() == ["done", "waiting", "waiting", "waiting"]


def test_a_stop_holds_until_it_is_lifted_and_a_cap_lets_the_rest_wait(
    tmp_path: Path, instance: ServiceNowServer
) -> None:
    office = Office(tmp_path, instance, f"{FULL}\ncap = 2")
    office.run("decide", "accept", "PC-1", "--by", "ann")
    office.push("--stop", "change freeze", "--by", "ann")
    office.push()
    assert office.problems() == []
    office.push("--resume")
    office.push()
    assert office.states() == ["done", "done", "waiting", "waiting"]
    office.push()
    assert office.states() == ["done"] * 4
