"""A plan shows what would differ and changes nothing; applying journals it, or refuses."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.applying import apply_plan, require_fresh
from flows.cli import csi
from flows.plan_differences import Seen, compared
from flows.plan_making import Plan, make_plan, plan_from, plan_text
from flows.settings import load_settings
from flows.starting import start_run
from flows.used_configuration import changes, in_use, not_applied
from flows.week_making import Making, make_week
from flows.wiring import Parts, build
from itsm.errors import ConfigError, RoleError, StaleDecisionError
from itsm.journal import JournalKind
from itsm.register_roles import Person, Role
from itsm.states import IncidentState
from store.week_runs import How
from tests.flows.weeks_desk import LAG, LAST, SOURCE, desk, incident, now, save

MANAGER = Person(name="olga", roles=frozenset({Role.MANAGER}))
PEOPLE = '[people.olga]\nroles = ["manager"]\n'
DONE, HOUR = IncidentState.RESOLVED, timedelta(hours=1)
CHANGED = "cutoff_lag_h = 24.0\n[mining]\nlookback_weeks = 2\n[cost]\nhandling_h = 3.0\n" + PEOPLE


def said_nothing(_line: str) -> None:
    return


@dataclass(frozen=True)
class Made:
    """A folder with a desk whose last week was made, and a plan for `candidate` of it."""

    folder: Path
    plan: Plan


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The desk that each test has a copy of: its last week was made with what csi.toml says."""
    folder = tmp_path_factory.mktemp("desk")
    parts = desk(folder, PEOPLE)
    solved = [incident(k) for k in range(10)]
    save(parts, [replace(one, state=DONE, resolved_at=one.opened_at + HOUR) for one in solved])
    make_week(parts, LAST, LAST.cutoff(LAG), {}, Making(How.ON_TIME, has_pdf=False))
    plan = planned(folder, candidate(folder))
    parts.store.engine.dispose()
    return Made(folder, plan)


@pytest.fixture
def parts(made: Made, tmp_path: Path) -> Parts:
    """A copy of the desk."""
    shutil.copytree(made.folder, tmp_path, dirs_exist_ok=True)
    return build(load_settings(tmp_path / "csi.toml"), tmp_path)


def candidate(folder: Path, text: str = CHANGED) -> Path:
    file = folder / "new.toml"
    file.write_text(text + SOURCE)
    return file


def planned(folder: Path, file: Path) -> Plan:
    return make_plan(folder / "csi.toml", file, LAST.label, said_nothing)


def now_with(parts: Parts, file: Path) -> Parts:
    """Parts of another configuration file on the same database."""
    return build(load_settings(file), parts.base)


def csi_in(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(csi, [*words, "--config", str(folder / "csi.toml")])


def content(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.name.endswith(("-shm", "-wal", "-lock")):
            yield str(file), sha256(file.read_bytes()).hexdigest()


class TestPlan:
    def test_a_changed_threshold_is_done_on_a_copy_and_nothing_is_written(
        self, parts: Parts, tmp_path: Path
    ) -> None:
        file = candidate(tmp_path)
        before, dump = dict(content(tmp_path)), parts.store.queries.dump(volatile=True)
        plan = planned(tmp_path, file)
        assert dict(content(tmp_path)) == before
        assert parts.store.queries.dump(volatile=True) == dump
        assert [str(one) for one in plan.changes] == [
            "cost.handling_h: not set -> 3.0",
            "mining.lookback_weeks: not set -> 2",
        ]
        found = {one.name: one for one in plan.parts}
        assert (found["records"].n_after, found["records"].n_different) == (60, 0)
        assert found["candidates"].n_changed == 3
        assert any("20 incidents" in (one.before or "") for one in found["candidates"].named)
        assert found["figures"].n_changed > 0
        assert plan.upgrade == ()
        assert plan.notes == ()

    def test_what_changes_nothing_differs_in_nothing_and_a_new_reader_is_named(
        self, parts: Parts, tmp_path: Path
    ) -> None:
        reader = '[[subscriptions]]\nname = "Ana"\naddress = "ana@example.com"\n'
        plan = planned(tmp_path, candidate(tmp_path, 'out = "elsewhere"\n' + PEOPLE + reader))
        assert [one.name for one in plan.changes] == ["subscriptions"]
        differ = {one.name: one.n_different for one in plan.parts}
        assert differ == dict.fromkeys(differ, 0) | {"mails": 1}
        (mail,) = plan.parts[-1].named
        assert mail.name == "executive to mail ana@example.com"
        assert "ana@example.com" not in in_use(now_with(parts, tmp_path / "new.toml")).settings

    def test_a_version_that_differs_from_the_one_that_holds_is_shown_as_an_upgrade(
        self, parts: Parts, tmp_path: Path
    ) -> None:
        held = in_use(parts)
        older = json.loads(held.versions) | {"mining": "2026-01-01"}
        with parts.store.begin() as uow:
            uow.configurations.keep(
                replace(held, digest="older", versions=json.dumps(older), seen_at=now())
            )
            uow.week_runs.end(LAST.label, now(), "older")
            uow.commit()
        plan = planned(tmp_path, tmp_path / "csi.toml")
        assert any(one.name == "mining" and one.before == "2026-01-01" for one in plan.changes)
        upgrade = {one.name: one for one in plan.upgrade}
        assert upgrade["figures"].n_before > 100
        assert upgrade["figures"].n_different == 0, upgrade["figures"].named
        assert upgrade["candidates"].n_different == 0

    def test_another_mapping_is_shown_record_by_record(self, tmp_path: Path) -> None:
        (tmp_path / "incidents.csv").write_text(
            "number,opened_at,state,title\nI1,2026-10-28T08:00:00Z,odd,VPN\n"
            "I2,2026-10-28T09:00:00Z,new,VPN\n"
        )
        config = tmp_path / "csi.toml"
        config.write_text(SOURCE)
        pulled = CliRunner().invoke(csi, ["pull", "--config", str(config)])
        assert pulled.exit_code == 0, pulled.output
        make_week(
            build(load_settings(config), tmp_path),
            LAST,
            LAST.cutoff(LAG),
            {},
            Making(How.ON_TIME, has_pdf=False),
        )
        mapped = candidate(tmp_path, "")
        mapped.write_text(SOURCE + '[sources.desk.codes.incident_state]\nodd = "resolved"\n')
        plan = planned(tmp_path, mapped)
        records = plan.parts[0]
        assert (records.n_after, records.n_changed) == (2, 1)
        assert str(records.named[0]) == "~ desk incident I1: state unmapped -> state resolved"


class TestApply:
    def test_it_is_journaled_with_who_when_and_the_plan(
        self, made: Made, parts: Parts, tmp_path: Path
    ) -> None:
        file, config = candidate(tmp_path), tmp_path / "csi.toml"
        plan, former = made.plan, config.read_bytes()
        new = now_with(parts, file)
        done = apply_plan(new, plan, config, file, MANAGER, "fewer weeks")
        edited = former + b"# edited since\n"
        config.write_bytes(edited)
        again = apply_plan(new, plan, config, file, MANAGER, "fewer weeks")
        assert again.sequence == done.sequence
        assert again.replaced is not None
        assert again.replaced.read_bytes() == edited
        with parts.store.look() as uow:
            (row,) = uow.journal.rows(kinds=(JournalKind.CONFIGURATION,))
            assert uow.journal.names()[row.actor] == "olga"
            assert row.facts["plan"] == plan.hash
            assert row.facts["candidates"] == "3"
            applied = uow.configurations.applied()
        assert applied is not None
        assert applied.digest == plan.after
        assert config.read_bytes() == file.read_bytes()
        assert done.replaced is not None
        assert done.replaced.read_bytes() == former
        assert not_applied(new) == ()
        assert [one.name for one in not_applied(parts)] == [
            "cost.handling_h",
            "mining.lookback_weeks",
        ]

    def test_a_plan_that_is_out_of_date_is_refused_and_says_why(
        self, made: Made, parts: Parts, tmp_path: Path
    ) -> None:
        file = candidate(tmp_path)
        plan, new = made.plan, now_with(parts, file)
        require_fresh(new, plan, file, now())
        with pytest.raises(StaleDecisionError, match="older than 24 h"):
            require_fresh(new, plan, file, now() + timedelta(hours=25))
        with pytest.raises(StaleDecisionError, match="differs from what it was made with"):
            require_fresh(parts, plan, file, now())
        save(parts, [incident(3, number="INC900")])
        make_week(parts, LAST, LAST.cutoff(LAG), {}, Making(How.ON_TIME, has_pdf=False))
        with pytest.raises(StaleDecisionError, match="was mined anew since"):
            require_fresh(new, plan, file, now())
        file.write_text(CHANGED + SOURCE + "\n")
        with pytest.raises(StaleDecisionError, match=r"new\.toml has changed since"):
            apply_plan(new, plan, tmp_path / "csi.toml", file, MANAGER, "")
        with parts.store.look() as uow:
            assert uow.configurations.applied() is None

    def test_it_takes_a_role_and_a_plan_nobody_has_edited(
        self, made: Made, parts: Parts, tmp_path: Path
    ) -> None:
        file = candidate(tmp_path)
        plan, new = made.plan, now_with(parts, file)
        proposer = Person(name="ben", roles=frozenset({Role.PROPOSER}))
        with pytest.raises(RoleError, match="coordinator, manager"):
            apply_plan(new, plan, tmp_path / "csi.toml", file, proposer, "")
        kept = tmp_path / "plan.json"
        kept.write_text(plan_text(plan))
        assert plan_from(kept) == plan
        kept.write_text(plan_text(plan).replace('"n_changed": 3', '"n_changed": 0'))
        with pytest.raises(ConfigError, match="not as `csi plan` wrote it"):
            plan_from(kept)

    def test_from_the_command_line_and_then_required(self, tmp_path: Path) -> None:
        required = PEOPLE + "[plan]\nrequired = true\n"
        parts = desk(tmp_path, required)
        with pytest.raises(ConfigError, match="no configuration was ever applied"):
            start_run(parts)
        start_run(parts, needs_applied=False)  # a backup is made all the same
        told = csi_in(tmp_path, "plan", "--week", LAST.label, "--format", "json")
        assert told.exit_code == 0, told.output
        shown = json.loads(told.stdout)
        applied = csi_in(tmp_path, "apply", "--by", "olga", "--reason", "the first")
        assert applied.exit_code == 0, applied.output
        assert shown["hash"][:12] in applied.stdout
        start_run(build(load_settings(tmp_path / "csi.toml"), tmp_path))
        (tmp_path / "csi.toml").write_text(required + "[mining]\nproposals = 1\n" + SOURCE)
        changed = build(load_settings(tmp_path / "csi.toml"), tmp_path)
        with pytest.raises(ConfigError, match=r"mining\.proposals: not set -> 1"):
            start_run(changed)


class TestWhatIsCompared:
    def test_new_gone_and_changed_are_told_apart(self) -> None:
        before = {"figures": {"a": Seen("1"), "b": Seen("2"), "c": Seen("3", "x")}}
        after = {"figures": {"b": Seen("2"), "c": Seen("3", "y"), "d": Seen("4")}}
        (found,) = compared(before, after, {"figures": 10})
        assert (found.n_before, found.n_after) == (13, 13)
        assert (found.n_new, found.n_gone, found.n_changed) == (1, 1, 1)
        assert [str(one) for one in found.named] == [
            "~ c: 3, and differs within",
            "+ d: 4",
            "- a: 1",
        ]

    def test_secrets_and_where_it_runs_do_not_count(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = in_use(desk(tmp_path))
        elsewhere = 'out = "there"\n[logs]\nformat = "json"\n'
        monkeypatch.setenv("CSI_PRIVACY__PEOPLE_KEY", "another key that is long enough to be one")
        other = load_settings(config_with(tmp_path, elsewhere))
        second = in_use(replace(desk(tmp_path / "b"), settings=other))
        assert changes(first, second) == ()
        assert first.digest == second.digest
        assert "another key" not in second.settings
        third = in_use(replace(desk(tmp_path / "c"), settings=load_settings(candidate(tmp_path))))
        assert first.digest != third.digest


def config_with(folder: Path, text: str) -> Path:
    file = folder / "other.toml"
    file.write_text(text + SOURCE)
    return file
