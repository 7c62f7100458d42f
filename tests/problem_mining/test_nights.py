"""A night beside what is known gives, to the last bit, what a run over the whole history gives."""

import pandas as pd
import pytest

from problem_mining.basis import MAX_CHANGED
from problem_mining.block_format import packed
from problem_mining.bonds import Bonds
from problem_mining.correction import Correction
from problem_mining.pipeline import Grouping, Known, mine, mine_beside
from problem_mining.settings import DEFAULT, MiningSettings
from tests.problem_mining.estate_weeks import basis_alone, history_of, nights

CELLS = DEFAULT.model_copy(update={"exact_search_up_to": 150})


def same_bytes(one: Grouping, other: Grouping) -> bool:
    """Whether two groupings are the same in all they say."""
    return all(
        packed(getattr(one, name)) == packed(getattr(other, name))
        for name in ("labels", "scores", "terms", "doubts")
    )


def basis_of(known: Known) -> bytes:
    assert known.linked is not None
    basis = known.linked.history.basis
    return packed((basis.vocabulary, basis.nodes, basis.weight, basis.fall))


@pytest.mark.parametrize(("seed", "settings"), [(201, DEFAULT), (202, CELLS)])
def test_a_night_gives_what_the_whole_history_gives(seed: int, settings: MiningSettings) -> None:
    known: Known | None = None
    frame = history_of(800, seed)
    for night, incidents in enumerate(nights(frame, 4)):
        before = known
        found, known = mine_beside(incidents, known, settings)
        if before is None:
            assert same_bytes(found, mine(incidents, settings))
            continue
        assert basis_of(known) == basis_of(before), night
        whole, _ = mine_beside(incidents, basis_alone(before), settings)
        assert same_bytes(found, whole), night
        assert found.n_groups > 20


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return history_of(700, 201)


@pytest.fixture(scope="module")
def known(frame: pd.DataFrame) -> Known:
    return mine_beside(frame.iloc[:-30], None)[1]


def test_what_people_said_binds_at_night_as_in_a_whole_run(
    frame: pd.DataFrame, known: Known
) -> None:
    before, _ = mine_beside(frame, known)
    largest, *others = sorted(before.members(), key=lambda rows: (-len(rows), rows[0]))
    split = [before.keys[row] for row in largest[:2]]
    both = [before.keys[row] for rows in others[:2] for row in rows]
    a, b = both[0], both[-1]
    bonds = Bonds(
        of={**dict.fromkeys(both, "joined"), split[0]: "one", split[1]: "other"},
        known=frozenset(before.keys),
        apart=frozenset({frozenset({"one", "other"})}),
        gathered=frozenset({"joined"}),
    )
    at_night, left = mine_beside(frame, known, bonds=bonds)
    whole, _ = mine_beside(frame, basis_alone(known), bonds=bonds)
    assert same_bytes(at_night, whole)
    label = dict(zip(at_night.keys, at_night.labels.tolist(), strict=True))
    assert label[a] == label[b] >= 0
    assert label[split[0]] != label[split[1]]
    # Once nobody says so any more, nothing of it is left.
    assert same_bytes(mine_beside(frame, left)[0], before)


def test_nothing_new_changes_nothing(frame: pd.DataFrame, known: Known) -> None:
    before, left = mine_beside(frame, known)
    assert same_bytes(mine_beside(frame, left)[0], before)


@pytest.mark.parametrize("change", ["settings", "weights", "history"])
def test_another_recipe_or_too_much_change_fits_everything_anew(
    frame: pd.DataFrame, known: Known, change: str
) -> None:
    settings, correction, incidents = DEFAULT, None, frame
    if change == "settings":
        settings = DEFAULT.model_copy(update={"team_neighbours": 6})
    if change == "weights":
        correction = Correction("fields", 0.1, {"ci_same": 0.2})
    if change == "history":
        incidents = frame.iloc[: int(len(frame) * (1 - 2 * MAX_CHANGED))]
    found, left = mine_beside(incidents, known, settings, correction=correction)
    assert basis_of(left) != basis_of(known) or change != "history"
    assert same_bytes(found, mine(incidents, settings, correction=correction))


def test_few_incidents_and_texts_alone_are_mined_as_a_whole() -> None:
    frame = history_of(250, 201)
    found, left = mine_beside(frame, None)
    assert left.linked is None
    assert same_bytes(found, mine(frame))
    again, _ = mine_beside(frame, left)
    assert same_bytes(again, found)


def test_terms_new_since_the_basis_bring_their_texts_together(
    frame: pd.DataFrame, known: Known
) -> None:
    two = frame.iloc[[0, 0]].copy()
    two["key"] = ["NEW1", "NEW2"]
    two["title"] = ["Zwickmuehle blorp-77 krangelt", "blorp-77 krangelt"]
    two["description"] = ["", "Zwickmuehle krangelt"]
    found, _ = mine_beside(pd.concat([frame, two]), known)
    label = dict(zip(found.keys, found.labels.tolist(), strict=True))
    assert label["NEW1"] == label["NEW2"] >= 0
