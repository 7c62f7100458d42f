"""Work in blocks: whoever computes it, in how many blocks, comes to the same bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from itsm.errors import MiningError
from problem_mining import nearest, neighbours, pair_scoring, weights
from problem_mining.block_format import packed, unpacked
from problem_mining.blocks import S, T, Work, blocks_of, computed, computed_by, in_parts, name_of
from problem_mining.chunks import parts_of
from problem_mining.features import unit_rows
from problem_mining.neighbours import dense_neighbours
from problem_mining.overlap import Named
from problem_mining.pipeline import mine
from problem_mining.settings import DEFAULT
from tests.problem_mining.small_incidents import small_incidents


@dataclass
class FarAway:
    """Computes blocks as other processes would: the last first, from bytes, into bytes."""

    n_blocks: int
    asked: list[str] = field(default_factory=list)

    def run(self, work: Work[S, T], shared: S, parts: Sequence[slice]) -> Iterator[T]:
        name, sent = name_of(work), packed(shared)
        self.asked.append(name)
        blocks = blocks_of(parts, self.n_blocks)
        answers = [packed(computed(name, unpacked(sent), block)) for block in reversed(blocks)]
        for answer in reversed(answers):
            found = unpacked(answer)
            assert isinstance(found, list)
            yield from found


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts so small that a few hundred incidents have several, and the model for many."""
    monkeypatch.setattr(weights, "MIN_ROWS", 100)
    monkeypatch.setattr(nearest, "BLOCK", 64)
    monkeypatch.setattr(nearest, "ASKED_AT_ONCE", 64)
    monkeypatch.setattr(neighbours, "BLOCK", 64)
    monkeypatch.setattr(pair_scoring, "CHUNK", 500)


def incidents() -> pd.DataFrame:
    """The small set and as many others as make several parts; every third repeats something."""
    draw = Random(5)
    things = [f"{a}{b}" for a in ("print", "mail", "cash", "scan", "badge") for b in ("er", "box")]
    faults = ["blank", "slow", "stuck", "locked", "silent", "lost", "broken", "late", "hot"]
    rows = []
    for number in range(260):
        repeats = number % 3 == 0
        cause = number % 24 if repeats else number
        thing, fault = things[cause % 10], faults[cause % 9]
        rows.append(
            {
                "key": f"desk/INC{number:05d}",
                "title": f"{thing} of desk {cause} is {fault} again",
                "description": f"code E{7 * cause} since the {fault} {draw.choice(things)}",
                "service": f"Service {cause % 4}",
                "ci": f"lon-{cause:03d}",
                "category": ["hardware", "software"][cause % 2],
                "team": f"Team {cause % 3}",
                "opened_at": f"2026-08-{1 + number % 28:02d}T08:00:00Z",
            }
        )
    return pd.concat([small_incidents(), pd.DataFrame(rows)])


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("exact_up_to", [15_000, 100])
def test_candidates_are_the_same_to_the_last_digit_whoever_computes_the_blocks(
    exact_up_to: int,
) -> None:
    settings = DEFAULT.model_copy(update={"exact_search_up_to": exact_up_to})
    here = mine(incidents(), settings)
    engine = FarAway(n_blocks=3)
    with computed_by(engine):
        there = mine(incidents(), settings)
    steps = {name.partition(":")[2] for name in engine.asked}
    assert steps >= {"looked", "alike_in_words", "own_of", "own_and_kept", "company_odds"}
    assert ("probed" in steps) == (exact_up_to == 100)
    assert here.n_groups > 8
    for name in ("labels", "scores", "terms", "doubts"):
        assert packed(getattr(there, name)) == packed(getattr(here, name)), name


@pytest.mark.usefixtures("small_parts")
def test_near_cells_give_the_same_neighbours_in_parts() -> None:
    rows = unit_rows(np.random.default_rng(3).normal(size=(700, 16)).astype(np.float32))
    with threadpool_limits(limits=1):
        here = dense_neighbours(rows, 5, 100)
        engine = FarAway(n_blocks=2)
        with computed_by(engine):
            there = dense_neighbours(rows, 5, 100)
    assert packed(there) == packed(here)
    assert {name.partition(":")[2] for name in engine.asked} == {"probed", "looked"}


def test_blocks_are_whole_parts_in_order() -> None:
    parts = parts_of(10_500, 1_000)
    blocks = blocks_of(parts, 4)
    assert [part for block in blocks for part in block] == parts
    assert [len(block) for block in blocks] == [3, 3, 2, 3]
    assert blocks_of(parts[:2], 4) == [parts[:1], parts[1:2]]
    assert blocks_of([], 4) == []


def test_one_part_is_not_worth_a_journey() -> None:
    engine = FarAway(n_blocks=2)
    with computed_by(engine):
        asked = (np.eye(3, dtype=np.float32), np.arange(3), np.eye(2, 3, dtype=np.float32))
        found = list(in_parts(nearest.probed, asked, parts_of(3)))
    assert len(found) == 1 and engine.asked == []


def test_values_come_back_as_they_were() -> None:
    given = {
        "rows": (np.arange(6).reshape(2, 3), np.empty((0, 2), dtype=np.float32)),
        "sparse": sp.csr_array(np.eye(3)),
        "named": Named(np.array([True, False]), np.array([False])),
        "plain": [None, 0.1, "müde", True],
        "scalar": np.array(3.5),
    }
    back = unpacked(packed(given))
    assert packed(back) == packed(given)
    assert isinstance(back, dict) and isinstance(back["named"], Named)
    assert back["rows"][0].tolist() == [[0, 1, 2], [3, 4, 5]] and back["plain"] == given["plain"]


def test_what_is_none_of_ours_neither_travels_nor_is_made() -> None:
    with pytest.raises(MiningError, match="set cannot be sent"):
        packed({1})
    with pytest.raises(MiningError, match="another version"):
        unpacked(b"no block at all")
    made = packed(Named(np.zeros(1, dtype=bool), np.zeros(1, dtype=bool)))
    for forged in (b"problem_mining.blocks:name_of", b"subprocess:Popen____________"):
        with pytest.raises(MiningError, match="does not know"):
            unpacked(made.replace(b"problem_mining.overlap:Named", forged[:28]))
    with pytest.raises(MiningError, match="no work of problem_mining"):
        computed("os:system", None, [])
    with pytest.raises(MiningError, match="install one version"):
        computed("problem_mining.neighbours:gone", None, [])
