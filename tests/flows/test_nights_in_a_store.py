"""A night's run goes on from the run before, by files; where these are damaged, from nothing."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from flows.doubted import Doubted, doubted
from flows.mined_before import forget
from flows.stages import mine
from flows.stages.mine import mine_week
from itsm.codec import to_bytes
from problem_mining import held_by
from simulator.settings import EstateSettings
from tests.flows.desk_of_weeks import Desk, desk

LATER_THAN_ALL = "a later run"


@pytest.fixture
def night_desk(tmp_path: Path) -> tuple[Desk, list[str]]:
    found = desk(tmp_path, EstateSettings(n_incidents=420, n_weeks=20, seed=38), 40)
    said: list[str] = []
    parts = found.parts
    object.__setattr__(parts, "say", said.append)
    return found, said


def members(found: Desk, run_id: str) -> set[frozenset[tuple[str, str]]]:
    return {
        frozenset((m.source, m.number) for m in one.members) for one in found.candidates(run_id)
    }


def test_a_night_goes_on_from_the_run_before_and_from_nothing_where_that_is_damaged(
    night_desk: tuple[Desk, list[str]], tmp_path: Path
) -> None:
    found, said = night_desk
    week, kept = found.last_week, tmp_path / "artefacts" / "mining"
    tuesday, thursday = (week.start_at + timedelta(days=days) for days in (2, 4))
    mine_week(found.parts, week, tuesday)
    assert not any("were new" in line for line in said)
    at_first = {path.name: path.read_bytes() for path in kept.iterdir()}
    run_id = mine_week(found.parts, week, thursday)
    (line,) = [line for line in said if "were new, all others known" in line]
    assert 0 < int(line.split()[1]) < 40
    by_night = members(found, run_id)
    assert len(by_night) > 5
    # The same once more: nothing is new, and nothing changes.
    assert mine_week(found.parts, week, thursday) == run_id
    assert members(found, run_id) == by_night
    # Back to what the first run left, and a byte of it wrong: everything anew, and a line says so.
    forget(found.parts)
    assert not kept.exists()
    kept.mkdir()
    for name, data in at_first.items():
        (kept / name).write_bytes(data)
    largest = max(kept.iterdir(), key=lambda path: path.stat().st_size)
    data = largest.read_bytes()
    largest.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    said.clear()
    anew = mine_week(found.parts, week, thursday)
    assert len(at_first) > 10
    assert any("damaged" in line and "mined anew" in line for line in said), said
    assert not any("were new" in line for line in said)
    assert len(members(found, anew) & by_night) > 0.9 * len(by_night)
    # A run of the past neither goes on from it nor replaces it.
    after = {path.name for path in kept.iterdir()}
    mine_week(found.parts, week, tuesday)
    assert any(LATER_THAN_ALL in line for line in said)
    assert {path.name for path in kept.iterdir()} == after


def test_a_night_killed_between_what_it_leaves_and_its_result_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = EstateSettings(n_incidents=420, n_weeks=20, seed=38)
    found = {}
    for name in ("whole", "killed"):
        folder = tmp_path / name
        folder.mkdir()
        at = desk(folder, settings, 40)
        tuesday, thursday = (at.last_week.start_at + timedelta(days=days) for days in (2, 4))
        mine_week(at.parts, at.last_week, tuesday)
        if name == "killed":
            left = {path.name for path in (folder / "artefacts" / "mining").iterdir()}
            with monkeypatch.context() as patch:
                patch.setattr(mine, "_keep", _killed)
                with pytest.raises(KeyboardInterrupt):
                    mine_week(at.parts, at.last_week, thursday)
            assert {path.name for path in (folder / "artefacts" / "mining").iterdir()} != left
        run_id = mine_week(at.parts, at.last_week, thursday)
        found[name] = (run_id, at.candidates(run_id))
    assert found["killed"] == found["whole"]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_doubts_told_by_a_second_process_are_those_told_here(tmp_path: Path) -> None:
    apart, here = tmp_path / "apart", tmp_path / "here"
    for folder in (apart, here):
        folder.mkdir()
    script = f"from tests.flows.test_nights_in_a_store import told; print(told({str(apart)!r}, 0))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    is_elsewhere, *found = json.loads(done.stdout.splitlines()[-1])
    is_here, *wanted = json.loads(told(str(here), held_by.MAX_TEXTS))
    assert (is_elsewhere, is_here) == ([True, True], [False, False])
    assert found == wanted
    assert len(wanted[0]) > 5


def told(folder: str, most: int) -> str:
    """Whether doubts were told elsewhere in each night, what they are, and what is kept of them."""
    at = desk(Path(folder), EstateSettings(n_incidents=420, n_weeks=20, seed=38), 40)
    who = Path(folder) / "who"

    def watched(*given: Any) -> Doubted:
        who.write_text(str(os.getpid()))
        return doubted(*given)

    elsewhere = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held_by, "MAX_TEXTS", most)
        patch.setattr(mine, "doubted", watched)
        for days in (2, 4):
            run_id = mine_week(at.parts, at.last_week, at.last_week.start_at + timedelta(days=days))
            elsewhere.append(int(who.read_text()) != os.getpid())
    names = [one.candidate_id for one in at.candidates(run_id)]
    with at.parts.store.begin() as uow:
        doubts = [uow.doubts.of(run_id, name) for name in names]
    said = [to_bytes(replace(one, without=None)).decode() for one in doubts if one is not None]
    kept = (Path(folder) / "artefacts" / "told" / "groups").read_bytes()
    return json.dumps([elsewhere, said, sha256(kept).hexdigest()])
