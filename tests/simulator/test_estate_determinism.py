"""The same settings give the same estate."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from itsm.states import RecordKind
from simulator.draws import Draws
from simulator.estate import Estate, incident_blocks, iter_records
from simulator.exports import write_exports
from simulator.plan import Plan
from simulator.settings import EstateSettings

SETTINGS = EstateSettings(n_incidents=300, n_weeks=6, seed=5)
_WRITE = """
import sys
from pathlib import Path
from simulator.exports import write_exports
from simulator.settings import EstateSettings
write_exports(EstateSettings(n_incidents=300, n_weeks=6, seed=5), "servicenow", Path(sys.argv[1]))
"""


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_two_processes_with_other_hash_seeds_write_the_same_bytes(tmp_path: Path) -> None:
    for seed in ("0", "4711"):
        subprocess.run(
            [sys.executable, "-c", _WRITE, str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            check=True,
        )
    assert digests(tmp_path / "0") == digests(tmp_path / "4711")


def test_another_seed_gives_another_estate(tmp_path: Path) -> None:
    write_exports(SETTINGS, "servicenow", tmp_path / "a")
    write_exports(replace(SETTINGS, seed=6), "servicenow", tmp_path / "b")
    assert digests(tmp_path / "a")["incident.csv"] != digests(tmp_path / "b")["incident.csv"]


@pytest.mark.parametrize("kind", [RecordKind.INCIDENT, RecordKind.HISTORY, RecordKind.SLA_CLOCK])
def test_streaming_gives_the_records_of_the_whole(estate: Estate, kind: RecordKind) -> None:
    assert tuple(iter_records(estate.settings, kind)) == estate.records[kind]


@pytest.mark.parametrize("cuts", [[1_000], [1, 700, 2_399], [13, 14, 15]])
def test_blocks_may_be_cut_anywhere(estate: Estate, plan: Plan, cuts: list[int]) -> None:
    found: dict[RecordKind, list[object]] = {}
    for ids in np.split(np.arange(plan.n), cuts):
        for block in incident_blocks(plan, ids):
            found.setdefault(block.kind, []).extend(block.records())
    for kind in (
        RecordKind.INCIDENT,
        RecordKind.VENDOR_CASE,
        RecordKind.COMMENT,
        RecordKind.OUTAGE,
    ):
        assert tuple(found[kind]) == estate.records[kind], kind


def test_draws_belong_to_their_record_and_name() -> None:
    whole = Draws(1, "s", np.arange(1_000))
    part = Draws(1, "s", np.arange(400, 500))
    assert (whole.uniform("x")[400:500] == part.uniform("x")).all()
    assert not (whole.uniform("x") == whole.uniform("y")).any()
    assert abs(float(np.corrcoef(whole.uniform("x"), whole.uniform("y"))[0, 1])) < 0.1
    assert abs(whole.uniform("x").mean() - 0.5) < 0.03
    assert abs(whole.normal("n").std() - 1.0) < 0.08
    assert np.bincount(whole.choice("c", (1, 3)), minlength=2)[1] == pytest.approx(750, abs=60)
