"""Groups linked again where something changed are those of linking everything."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problem_mining.grouping import link
from problem_mining.night_lists import Match
from problem_mining.night_scores import Changed, Scored
from problem_mining.relinking import beside_of, changed_groups, groups_before, relinked
from problem_mining.settings import DEFAULT

Graph = dict[tuple[int, int], int]
HOW = DEFAULT.model_copy(update={"threshold": 0.5, "link_cap": 2})
STEPS = 16


@st.composite
def two_nights(draw: st.DrawFn) -> tuple[int, Graph, Graph, frozenset[int], frozenset[int]]:
    """Texts, the pairs of two nights in steps, what went after the first, what came in the second.

    Pairs between texts that stayed mostly score as they did.
    """
    n = draw(st.integers(2, 24))
    every = [(i, j) for i in range(n) for j in range(i + 1, n)]
    chosen = sorted(draw(st.sets(st.sampled_from(every), max_size=70)))
    steps = draw(st.lists(st.integers(1, STEPS), min_size=len(chosen), max_size=len(chosen)))
    first = dict(zip(chosen, steps, strict=True))
    changes = draw(st.dictionaries(st.sampled_from(every), st.integers(0, STEPS), max_size=4))
    second = {pair: step for pair, step in {**first, **changes}.items() if step}
    went = frozenset(draw(st.sets(st.integers(0, n - 1), max_size=2)))
    came = frozenset(draw(st.sets(st.integers(0, n - 1), max_size=2))) - went
    return n, first, second, went, came


def scored_of(pairs: Graph, there: list[int]) -> Scored:
    """The pairs of some texts, by their places among them."""
    place = {text: at for at, text in enumerate(there)}
    kept = [(place[i], place[j], v) for (i, j), v in sorted(pairs.items()) if {i, j} <= {*place}]
    table = np.array(kept, dtype=np.int64).reshape(-1, 3)
    p = table[:, 2] / STEPS
    none = np.zeros(len(p), dtype=np.float32)
    return Scored(table[:, :2], none, none[:, None], p)


def changed_between(before: Scored, now: Scored, match: Match) -> Changed:
    """What differs between two nights, told as `score_changed` does."""
    was = {tuple(match.now[pair].tolist()): k for k, pair in enumerate(before.pairs)}
    texts = {tuple(pair.tolist()): k for k, pair in enumerate(now.pairs)}
    p_before = np.array([before.p[was[t]] if t in was else np.nan for t in texts])
    gone = [(*texts_then, k) for texts_then, k in was.items() if texts_then not in texts]
    lost = np.array(gone, dtype=np.int64).reshape(-1, 3)
    none = np.empty(0, dtype=np.int64)
    every = np.arange(len(now.p))
    return Changed(none, every, p_before, lost, before.p[lost[:, 2]], none.reshape(0, 2))


@given(two_nights())
@settings(max_examples=150, deadline=None)
def test_what_no_change_reaches_needs_no_linking(
    given_nights: tuple[int, Graph, Graph, frozenset[int], frozenset[int]],
) -> None:
    n, first, second, went, came = given_nights
    old = [text for text in range(n) if text not in came]
    new = [text for text in range(n) if text not in went]
    before, now = scored_of(first, old), scored_of(second, new)
    match = Match(
        np.array([old.index(t) if t in old else -1 for t in new], dtype=np.int64),
        np.array([new.index(t) if t in new else -1 for t in old], dtype=np.int64),
    )
    label = link(len(old), before.pairs, before.p, threshold=0.5, link_cap=2)
    beside = beside_of(groups_before(label, match), now.pairs, now.p, 0.5)
    changed = changed_groups(beside, label, match, changed_between(before, now, match), now)
    whole = link(len(new), now.pairs, now.p, threshold=0.5, link_cap=2)
    assert relinked(beside, changed, now.pairs, now.p, HOW).tolist() == whole.tolist()


@pytest.mark.parametrize("is_bridged", [False, True])
def test_only_what_stands_beside_a_change_is_linked(is_bridged: bool) -> None:
    # Four pairs in a row, each beside the next one; something new comes to the first.
    inside = [(0, 1), (2, 3), (4, 5), (6, 7)]
    bridges = [(1, 2), (3, 4), (5, 6)] if is_bridged else []
    pairs = np.array(sorted([*inside, *bridges]))
    p = np.where((pairs[:, 0] % 2) == 0, 0.9, 0.5)
    beside = beside_of(np.array([0, 0, 1, 1, 2, 2, 3, 3]), pairs, p, 0.5)
    changed = np.array([True, False, False, False])
    assert np.flatnonzero(beside.next_to(changed)).tolist() == ([0, 1] if is_bridged else [0])
    labels = relinked(beside, changed, pairs, p, HOW)
    assert labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
