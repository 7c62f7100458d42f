"""`csi users`: people are let in from the machine, and secrets are shown once."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import csi
from itsm.errors import AccessError
from store import Store, open_engine


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "csi.toml"
    path.write_text('zone = "UTC"\n')
    return path


def run(config: Path, *words: str) -> Result:
    verb, *rest = words
    return CliRunner().invoke(csi, ["users", verb, *rest, "--config", str(config)])


def store_of(config: Path) -> Store:
    return Store(open_engine(f"sqlite:///{config.parent / 'csi.sqlite'}"))


def test_an_account_is_made_changed_disabled_and_removed(config: Path) -> None:
    assert "nobody yet" in run(config, "list").output
    made = run(config, "add", "Ada", "--role", "administrator", "--display", "Ada A")
    assert made.exit_code == 0 and "one-time password" in made.output
    secret = made.output.splitlines()[-1]
    assert secret not in store_of(config).queries.dump(volatile=True)
    run(config, "add", "ben", "--role", "viewer", "--service", "Mail", "--service", "VPN")
    assert (
        "ben: viewer; services Mail, VPN; one-time password; last never"
        in run(config, "list").output.splitlines()
    )
    changed = run(config, "change", "ben", "--role", "problem_manager")
    assert changed.output == "ben: problem_manager\n"
    assert run(config, "disable", "ben").exit_code == 0
    assert "ben: problem_manager; disabled; last never" in run(config, "list").output
    assert run(config, "enable", "ben").exit_code == 0
    assert run(config, "remove", "ben").exit_code == 0
    assert "ben" not in run(config, "list").output


def test_a_reset_gives_another_password_each_time(config: Path) -> None:
    run(config, "add", "ada", "--role", "administrator")
    given = {run(config, "reset", "ada").output.splitlines()[-1] for _ in range(2)}
    assert len(given) == 2


def test_a_token_waits_for_a_password_of_ones_own(config: Path) -> None:
    run(config, "add", "ada", "--role", "administrator")
    refused = run(config, "token", "ada", "--role", "viewer", "--label", "x")
    assert isinstance(refused.exception, AccessError)
    assert "password of their own first" in str(refused.exception)


def test_the_export_is_the_same_as_csv_and_json(config: Path) -> None:
    run(config, "add", "ada", "--role", "administrator")
    rows = list(csv.DictReader(io.StringIO(run(config, "export").output)))
    told = json.loads(run(config, "export", "--format", "json").output)
    assert [row["name"] for row in rows] == [one["name"] for one in told["accounts"]] == ["ada"]
    assert rows[0]["roles"] == told["accounts"][0]["roles"] == "administrator"


def test_a_name_that_nobody_has_is_told(config: Path) -> None:
    refused = run(config, "disable", "nobody")
    assert isinstance(refused.exception, AccessError)
    assert "csi users list" in str(refused.exception)


def test_every_role_is_explained(config: Path) -> None:
    told = CliRunner().invoke(csi, ["users", "roles"]).output
    assert [line.partition(":")[0] for line in told.splitlines()] == [
        "viewer",
        "problem_manager",
        "register_approver",
        "administrator",
        "restricted_reader",
    ]
