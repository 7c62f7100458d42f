"""An extract takes the place of the one before whole, changes no more than it must, and names
nobody."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from flows.wiring import Parts
from itsm.errors import PublishError
from itsm.records import Incident
from itsm.states import RecordKind
from reports.extract.manifest import read_manifest
from reports.extract.parts import PartFormat
from reports.extract.tables import TABLES
from simulator.estate import build_estate
from tests.flows.extracted import (
    BOTH,
    ESTATE,
    WEEK,
    Tables,
    extracted,
    installed,
    save,
)
from tests.postgres_server import PostgresServer

PARQUET = (PartFormat.PARQUET,)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return installed(tmp_path_factory.mktemp("installed"))


def _files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its content and the place it has on the disk."""
    root = folder.resolve()
    found = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(p.relative_to(root)): (p.read_bytes(), p.stat().st_ino) for p in found}


def _whole(folder: Path) -> str:
    """The version of an extract, all of whose files are there as its manifest tells."""
    manifest = read_manifest(folder)
    for part in manifest.parts:
        for file in part.files:
            assert sha256((folder / file.path).read_bytes()).hexdigest() == file.sha256
    assert (folder / "README.txt").exists()
    return manifest.version


def test_the_same_records_give_the_same_bytes(parts: Parts, tmp_path: Path) -> None:
    one = _files(extracted(parts, tmp_path / "one").folder)
    other = _files(extracted(parts, tmp_path / "other").folder)
    assert {name: content for name, (content, _) in one.items()} == {
        name: content for name, (content, _) in other.items()
    }


@pytest.mark.postgres
def test_both_databases_give_the_same_bytes(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.new()
    found = []
    for name, database in (("lite", "sqlite:///csi.sqlite"), ("large", url)):
        (tmp_path / name).mkdir()
        parts = installed(tmp_path / name, database=database)
        files = _files(extracted(parts, tmp_path / name / "x").folder)
        found.append({file: content for file, (content, _) in files.items()})
    assert found[0] == found[1]


def test_an_extract_made_again_changes_no_file(parts: Parts, tmp_path: Path) -> None:
    first = extracted(parts, tmp_path)
    before = _files(first.folder)
    again = extracted(parts, tmp_path)
    assert (again.version, again.n_written) == (first.version, 0)
    assert _files(again.folder) == before


def test_a_changed_incident_changes_the_parts_of_its_week_only(tmp_path: Path) -> None:
    parts = installed(tmp_path)
    before = _files(extracted(parts, tmp_path / "x").folder)
    mended = _some_incident(parts)
    save(parts, [replace(mended, service="Printing", priority=1)])
    made = extracted(parts, tmp_path / "x")
    after = _files(made.folder)
    rewritten = {
        name for name, (content, _) in after.items() if before.get(name, ("",))[0] != content
    }
    data = {name for name in rewritten if "/" in name and not name.endswith(".json")}
    assert {Path(name).stem for name in data} <= {WEEK.shifted(-3).label}
    assert {Path(name).parent.name for name in data} >= {"fact_incident"}
    kept = after.keys() & before.keys() - rewritten
    assert len(kept) > 100
    assert [name for name in kept if after[name][1] != before[name][1]] == [
        name for name in kept if name == "README.txt"
    ]


def _some_incident(parts: Parts) -> Incident:
    """A counted incident of three weeks before the last."""
    week = WEEK.shifted(-3)
    return next(
        one
        for one in build_estate(ESTATE).records[RecordKind.INCIDENT]
        if isinstance(one, Incident)
        and week.start_at <= one.opened_at < week.end_at
        and one.service != "Printing"
        and not one.duplicate_of
    )


def test_since_a_week_older_parts_stay_and_references_hold(tmp_path: Path) -> None:
    parts = installed(tmp_path)
    whole = extracted(parts, tmp_path / "x")
    rows = Tables(whole.folder).ask("SELECT * FROM fact_incident ORDER BY incident_key")
    late = extracted(parts, tmp_path / "x", since=WEEK.shifted(-2))
    assert late.n_written == 0
    told = Tables(late.folder)
    assert told.ask("SELECT * FROM fact_incident ORDER BY incident_key") == rows
    assert late.version == whole.version


def test_since_a_week_needs_an_extract_in_the_same_formats(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="without --since"):
        extracted(parts, tmp_path, since=WEEK)
    extracted(parts, tmp_path, formats=PARQUET)
    with pytest.raises(PublishError, match="not there in every format"):
        extracted(parts, tmp_path, since=WEEK)


def test_a_folder_of_somebody_else_is_left_alone(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(PublishError, match="was not made by an extract"):
        extracted(parts, tmp_path)


def test_an_extract_that_fails_leaves_the_one_before(parts: Parts, tmp_path: Path) -> None:
    first = extracted(parts, tmp_path)
    taken = tmp_path / "versions" / "taken"
    taken.write_text("in the way")
    with pytest.raises(PublishError, match="untouched"):
        extracted(parts, tmp_path, formats=PARQUET)
    assert _whole(tmp_path / "current") is not None
    assert first.folder == tmp_path / "current"


KILLED = """
import sys
from pathlib import Path
from tests.flows.extracted import extracted
from flows.settings import load_settings
from flows.wiring import build
home = Path(sys.argv[1])
parts = build(load_settings(given={"zone": sys.argv[2]}), home)
print("ready", flush=True)
extracted(parts, home / "x")
"""


@pytest.mark.slow
def test_a_killed_extract_leaves_the_old_or_the_new_one_whole(tmp_path: Path) -> None:
    parts = installed(tmp_path)
    old = extracted(parts, tmp_path / "x").version
    save(parts, [replace(_some_incident(parts), service="Printing", priority=1)])
    new = extracted(parts, tmp_path / "other").version
    assert old != new
    seen = set()
    for n_files in [0, 1, 40, 150, 300, 10_000]:
        _kill_after(tmp_path, n_files)
        seen.add(_whole(tmp_path / "x" / "current"))
    assert seen <= {old, new}
    assert old in seen
    assert extracted(parts, tmp_path / "x").version == new
    assert not (tmp_path / "x" / ".next").exists()
    assert len(list((tmp_path / "x" / "versions").iterdir())) <= 2


def _kill_after(home: Path, n_files: int) -> None:
    """Kill an extract once it has so many files of the next one, or has just ended."""
    command = [sys.executable, "-c", KILLED, str(home), ESTATE.zone]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert running.stdout is not None
    running.stdout.readline()
    draft = home / "x" / ".next"
    while running.poll() is None:
        if sum(len(files) for *_, files in os.walk(draft)) >= n_files and draft.exists():
            running.send_signal(signal.SIGKILL)
            break
        time.sleep(0.001)
    running.wait()


@pytest.mark.parametrize("kind", [*BOTH])
def test_the_data_package_tells_of_every_table_and_column(
    parts: Parts, tmp_path: Path, kind: PartFormat
) -> None:
    folder = extracted(parts, tmp_path).folder / kind
    package = json.loads((folder / "datapackage.json").read_text())
    assert [one["name"] for one in package["resources"]] == list(TABLES)
    for one in package["resources"]:
        table = TABLES[one["name"]]
        paths = [one["path"]] if isinstance(one["path"], str) else one["path"]
        assert paths
        assert all((folder / path).is_file() for path in paths)
        assert one["description"]
        assert [field["name"] for field in one["schema"]["fields"]] == list(table.names)
        assert all(len(field["description"]) > 5 for field in one["schema"]["fields"])
        for reference in one["schema"]["foreignKeys"]:
            other = reference["reference"]
            assert other["fields"] == list(TABLES[other["resource"]].key)
    listed = {path.relative_to(folder) for path in folder.rglob(f"*.{kind}")}
    named = {p for one in package["resources"] for p in _listed(one["path"])}
    assert {str(path) for path in listed} == named


def _listed(path: str | list[str]) -> list[str]:
    return [path] if isinstance(path, str) else path


def test_parquet_carries_the_descriptions(parts: Parts, tmp_path: Path) -> None:
    from pyarrow import parquet

    folder = extracted(parts, tmp_path, formats=PARQUET).folder
    schema = parquet.read_schema(folder / "parquet" / "dim_service.parquet")
    assert schema.metadata[b"description"]
    assert all(schema.field(name).metadata[b"description"] for name in schema.names)
