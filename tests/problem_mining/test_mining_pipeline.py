"""Mining as a whole: what is found, the same whatever the order, and inputs that have nothing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from itsm.errors import MiningError
from problem_mining.assignments import assignments
from problem_mining.nodes import collapse, read_rows
from problem_mining.pipeline import mine
from tests.problem_mining.estate_weeks import history_of
from tests.problem_mining.small_incidents import CAUSES, small_incidents

ROOT = Path(__file__).parents[2]


def groups_of(table: pd.DataFrame) -> set[frozenset[str]]:
    grouped = table[table["candidate_id"] != ""].groupby("candidate_id")["id"]
    return {frozenset(ids) for _, ids in grouped}


def planted() -> set[frozenset[str]]:
    frame, start, found = small_incidents(), 0, set()
    for *_, titles in CAUSES.values():
        found.add(frozenset(frame["key"].iloc[start : start + len(titles)]))
        start += len(titles)
    return found


def test_repeats_are_grouped_and_look_alikes_are_not() -> None:
    assert groups_of(assignments(mine(small_incidents()))) == planted()


def test_every_incident_comes_once_in_order_of_id() -> None:
    shuffled = small_incidents().sample(frac=1, random_state=3)
    table = assignments(mine(shuffled))
    assert table["id"].tolist() == sorted(shuffled["key"])
    assert list(table.columns) == ["id", "candidate_id", "score"]
    single = table["candidate_id"] == ""
    assert (table.loc[single, "score"] == 0).all()
    assert table.loc[~single, "score"].between(0.3, 1).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_of_rows_changes_no_byte(seed: int) -> None:
    plain = assignments(mine(small_incidents())).to_csv(index=False)
    shuffled = small_incidents().sample(frac=1, random_state=seed)
    assert assignments(mine(shuffled)).to_csv(index=False) == plain


@pytest.mark.parametrize("seed", [201, 202])
def test_other_numbers_make_the_same_groups_as_another_system_would_give(seed: int) -> None:
    """Numbers that sort in another order, as ITSM-10 before ITSM-9; what was first stays first."""
    frame = history_of(800, seed)
    number = np.random.default_rng(seed).permutation(len(frame))
    # Opened in the same moment: nothing but the number is left to tell which comes first.
    same_moment = frame.groupby("opened_at")["key"].transform("size") > 1
    names = [f"ITSM-{n}" for n in number.tolist()]
    renamed = frame.assign(key=np.where(same_moment, frame["key"], names))
    now = dict(zip(renamed["key"], frame["key"], strict=True))
    assert renamed["key"].rank().corr(frame["key"].rank()) < 0.5
    found, again = mine(frame), mine(renamed.sample(frac=1, random_state=seed))
    assert [now[key] for key in again.keys] == list(found.keys)
    assert found.n_groups > 20
    assert again.labels.tolist() == found.labels.tolist()
    assert again.scores.tolist() == found.scores.tolist()


def test_hash_seed_and_threads_change_no_byte() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "tests.problem_mining.mining_process", seed],
            env=os.environ | {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads},
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed, threads in (("1", "1"), ("77", "2"))
    }
    assert len(outputs) == 1
    assert "PC-" in outputs.pop()


def test_scores_are_mean_pair_probabilities_with_the_others() -> None:
    grouping = mine(small_incidents())
    for rows, terms in zip(grouping.members(), grouping.terms, strict=True):
        assert grouping.scores[rows].tolist() == terms.scores.tolist()


def test_exact_repeats_fall_into_one_group() -> None:
    text = "Scanner on floor two feeds pages twice"
    frame = pd.DataFrame({"key": list("abcdef"), "title": [text] * 5 + ["Mouse lost"]})
    assert groups_of(assignments(mine(frame))) == {frozenset("abcde")}


def test_short_texts_are_collapsed_only_where_service_or_ci_agree() -> None:
    frame = pd.DataFrame({"key": list("abcd"), "title": "help", "ci": [None, None, "x-01", "x-01"]})
    nodes = collapse(read_rows(frame))
    assert nodes.of_row.tolist() == [0, 1, 2, 2]


NOTHING = {
    "empty": pd.DataFrame({"key": []}),
    "one row": pd.DataFrame({"key": ["a"], "title": ["Printer is on fire"]}),
    "no column but the key": pd.DataFrame({"key": ["a", "b", "c"]}),
    "all missing": pd.DataFrame(
        {"key": ["a", "b"], "title": [np.nan, None], "ci": [None, np.nan], "opened_at": [None, ""]}
    ),
    "only signs": pd.DataFrame({"key": ["a", "b", "c"], "title": ["...", "???", "12345"]}),
    "two unlike": pd.DataFrame({"key": ["a", "b"], "title": ["alpha beta", "gamma delta"]}),
}


@pytest.mark.parametrize("frame", NOTHING.values(), ids=NOTHING.keys())
def test_inputs_without_repeats_give_no_candidate(frame: pd.DataFrame) -> None:
    table = assignments(mine(frame))
    assert table["id"].tolist() == sorted(frame["key"])
    assert (table["candidate_id"] == "").all()


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"title": ["a"]}),
        pd.DataFrame({"key": ["a", "a"]}),
        pd.DataFrame({"key": ["a", None]}),
        pd.DataFrame({"key": [1, "1"]}),
    ],
)
def test_incidents_that_cannot_be_told_apart_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(MiningError, match="told apart"):
        mine(frame)


def test_hostile_texts_are_survived() -> None:
    texts = ["\x00" * 50, "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "ﷺ" * 500, "\ud800"]
    titles = pd.Series(texts * 2, dtype=object)
    frame = pd.DataFrame({"key": [f"k{n}" for n in range(10)], "title": titles})
    assert len(assignments(mine(frame))) == 10


def test_progress_is_told_in_order() -> None:
    told: list[float] = []
    mine(small_incidents(), progress=lambda stage, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_time_zone_and_type_of_openings_make_no_difference() -> None:
    frame = small_incidents()
    typed = frame.assign(opened_at=pd.to_datetime(frame["opened_at"]).dt.tz_convert("Asia/Tokyo"))
    assert assignments(mine(typed)).equals(assignments(mine(frame)))
