"""`csi` as a person uses it: the whole cycle on exports, exit codes, and no Prefect."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.practice_estate import Practice


def csi(*arguments: str | Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    """Run `csi` in a process of its own."""
    call = "from flows.cli import main; main()"
    command = [sys.executable, "-c", call, *map(str, arguments)]
    environment = os.environ | {"PYTHONHASHSEED": seed}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env=environment
    )


def without_run_and_clock(text: str) -> str:
    """A document without run id, time made (the only one with seconds) and head of the journal."""
    made, run, head = (
        r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC",
        r"M-\d{4}-W\d{2}-[0-9a-f]+",
        r"\d+:[0-9a-f]{64}",
    )
    return re.sub(f"{made}|{run}|{head}", "", text)


@pytest.fixture(scope="module")
def two_runs(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of two runs of the same exports, with other hash seeds."""
    folders = []
    for seed in ("1", "2"):
        out = tmp_path_factory.mktemp(f"seed{seed}")
        incidents = practice.exports / "incident.csv"
        changes = practice.exports / "change_request.csv"
        done = csi(
            *("run", "--preset", "servicenow", incidents, "--changes", changes),
            *("--week", practice.week, "--out", out),
            seed=seed,
        )
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 5
        folders.append(out)
    return folders[0], folders[1]


def test_one_command_on_an_export_makes_a_pack(
    practice: Practice, two_runs: tuple[Path, Path]
) -> None:
    folder = two_runs[0] / "packs" / practice.week
    assert (folder / "pack.pdf").read_bytes().startswith(b"%PDF")
    assert (two_runs[0] / "csi.sqlite").is_file()


@pytest.mark.parametrize("name", ["pack.html", "candidates.csv", "evidence.csv", "register.csv"])
def test_two_runs_give_the_same_bytes(
    name: str, practice: Practice, two_runs: tuple[Path, Path]
) -> None:
    first, second = (folder / "packs" / practice.week / name for folder in two_runs)
    assert without_run_and_clock(first.read_text()) == without_run_and_clock(second.read_text())


def test_the_command_line_does_not_load_prefect() -> None:
    check = (
        "import sys, importlib; from flows.cli import VERBS; "
        "[importlib.import_module(f'flows.verbs.{verb.module}') for verb in VERBS.values()]; "
        "sys.exit('prefect' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("run",), 2, "export file"),
        (("run", "x.csv"), 2, "--preset"),
        (("run", "--preset", "plain", "gone.csv"), 3, "gone.csv"),
        (("run", "--preset", "nobody", "gone.csv"), 2, "nobody"),
        (("pull", "--config", "gone.toml"), 2, "gone.toml"),
        (("run", "--preset", "plain", "x.csv", "--week", "2026-W54"), 2, "2026-W54"),
        (("mine", "gone.csv", "--assignments", "out.csv"), 3, "gone.csv"),
    ],
)
def test_wrong_use_says_what_to_do(
    arguments: tuple[str, ...],
    code: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    done = csi(*arguments)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
