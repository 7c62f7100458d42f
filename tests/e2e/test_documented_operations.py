"""The commands of the pages for whoever runs it, typed in their order on one installation."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from store.engine import open_engine
from tests.e2e.practice_estate import Practice, small_practice
from tests.e2e.whole_runs import prepared, run_to_end
from tests.flows.documented import BLOCK, ROOT, in_block

pytestmark = pytest.mark.e2e

PEOPLE = """
[people.olga]
roles = ["manager"]

[people.otto]
roles = ["auditor"]

[people.cleo]
roles = ["manager"]

[people.ben]
roles = ["coordinator"]

[people.anna]
roles = ["coordinator"]
"""
STAYS = {"review", "simulate"}
"""Verbs that run until they are stopped; test_readme types them."""
ON_PREFECT = {"blocks"}
"""Needs a server; test_prefect_operating runs it there."""
OPEN_ENDED = {"pull", "init"}
"""Made for the practice instance of the README, which test_readme follows word for word."""
NEEDS_AN_API = {"--access-request"}
"""Files need no rights; test_access_request asks for every system."""
FINDS = {"doctor", "status", "check"}
"""What is found may end them with 1, and is no fault of the command."""


@pytest.fixture(scope="module", autouse=True)
def _key_in_a_file() -> Iterator[None]:
    """The key of names lies in its file, where `csi db rekey` changes it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("CSI_PRIVACY__PEOPLE_KEY", raising=False)
        yield


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """A small one: every command of seven pages is a process of its own."""
    return small_practice(tmp_path_factory.mktemp("small"), n_incidents=120, n_weeks=6)


@pytest.fixture(scope="module")
def made(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose newest week was run."""
    folder = tmp_path_factory.mktemp("documented") / "desk"
    command = prepared(practice, folder)
    with (folder / "csi.toml").open("a") as config:
        config.write(PEOPLE)
    run_to_end(command)
    return folder


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Path:
    """A copy of it; where it lies is nowhere in it."""
    folder = tmp_path / "desk"
    shutil.copytree(made, folder)
    return folder


def csi(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    call = "from flows.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", call, *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def in_blocks(page: str) -> Iterator[list[str]]:
    """The `csi` commands of a page's blocks, in their order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for block in BLOCK.findall(text):
        yield from in_block(block)


def told_wrong(folder: Path, page: str, instead: Mapping[str, str]) -> list[str]:
    """What did not go well of a page's commands."""
    wrong = []
    for words in in_blocks(page):
        verb = next((word for word in words if not word.startswith("-") and word != "json"), "")
        if not verb or verb in STAYS | ON_PREFECT | OPEN_ENDED or NEEDS_AN_API & set(words):
            continue
        if verb == "erase":
            released(folder)
        given = [instead.get(word, word) for word in words]
        done = csi(folder, *given)
        allowed = {0, 1} if verb in FINDS else {0}
        if shlex.join(words) in ASKS_FIRST:
            allowed = {2}
        if done.returncode not in allowed or "Traceback" in done.stderr:
            wrong.append(f"csi {shlex.join(given)}: {done.returncode} {done.stderr[-600:]}")
    return wrong


def released(folder: Path) -> None:
    """End the holds of the page's section before: they go before erasing, as they should."""
    for held in ("H2", "H3", "H4"):
        csi(folder, "hold", "release", held, "--reason", "settled", "--by", "otto")


ASKS_FIRST = {"db restore"}
"""Says what would be lost, and ends with 2 until --yes is given."""


@pytest.mark.parametrize(
    "page",
    [
        "upgrading.md",
        "troubleshooting.md",
        "first-month.md",
        "running.md",
        "observability.md",
        "privacy.md",
    ],
)
def test_the_commands_of_a_page_do_what_they_say(page: str, desk: Path, practice: Practice) -> None:
    incident = first_incident(desk)
    person = caller(practice)
    instead = {
        "INC0010023": incident,
        "Anna Berg": person,
        "Mail": "E-Mail",
    }
    assert told_wrong(desk, page, instead) == []


def first_incident(folder: Path) -> str:
    engine = open_engine(f"sqlite:///{folder / 'csi.sqlite'}")
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT min(number) FROM incidents").scalar()
    engine.dispose()
    return str(found)


def caller(practice: Practice) -> str:
    """Somebody who is named in the estate."""
    import pandas as pd

    rows = pd.read_csv(practice.exports / "incident.csv", dtype=str)
    column = next(name for name in rows.columns if re.fullmatch(r"caller(_id)?|Caller", name))
    return str(rows[column].dropna().iloc[0])


def test_an_older_program_refuses_and_the_backup_brings_it_back(desk: Path) -> None:
    assert csi(desk, "db", "backup").returncode == 0
    engine = open_engine(f"sqlite:///{desk / 'csi.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    refused = csi(desk, "status")
    assert refused.returncode != 0
    assert "made by a newer version" in refused.stderr
    back = csi(desk, "db", "restore", "--yes")
    assert back.returncode == 0, back.stderr
    assert csi(desk, "status").returncode == 0
