"""What is told of very many groups, as a few arrays: each by itself would take its time to read."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from problem_mining.doubts import GroupDoubts, Near, Parting
from problem_mining.mapped_arrays import Array
from problem_mining.measured import FEATURES
from problem_mining.nodes import IntArray
from problem_mining.scoring import GroupTerms
from problem_mining.topics import TOPICS

Arrays = Mapping[str, Array]


def terms_apart(terms: Sequence[GroupTerms]) -> dict[str, Array]:
    """What holds groups of texts together, as arrays by name."""
    return {
        "sizes": _counts([len(one.scores) for one in terms]),
        "scores": np.concatenate([np.empty(0), *(one.scores for one in terms)]),
        "contributions": _table([one.contributions for one in terms], len(FEATURES)),
        "features": _table([one.features for one in terms], len(FEATURES)),
        "support": np.array([one.support for one in terms], dtype=np.float64),
        "by_member": _stacked([one.by_member for one in terms]),
    }


def terms_together(given: Arrays) -> tuple[GroupTerms, ...]:
    """The terms of such arrays."""
    scores, by_member = given["scores"], given["by_member"]
    both = zip(given["contributions"], given["features"], given["support"].tolist(), strict=True)
    return tuple(
        GroupTerms(scores[a:b], contributions, features, support, by_member=by_member[a:b])
        for (a, b), (contributions, features, support) in zip(
            _bounds(given["sizes"]), both, strict=True
        )
    )


def doubts_apart(doubts: Mapping[int, GroupDoubts]) -> dict[str, Array]:
    """What speaks against groups, as arrays by name."""
    every = list(doubts.values())
    near = [one for each in every for one in each.near]
    parted = [each.parting for each in every if each.parting is not None]
    steady = [np.nan if each.stability is None else each.stability for each in every]
    return {
        "groups": _counts(list(doubts)),
        "n_rounds": _counts([each.n_rounds for each in every]),
        "stability": np.array(steady, dtype=np.float64),
        "n_near": _counts([len(each.near) for each in every]),
        "near_at": _counts([one.at for one in near]),
        "near_score": np.array([one.score for one in near], dtype=np.float64),
        "near_lacks": _table([one.lacks for one in near], len(TOPICS)),
        "is_parted": np.array([each.parting is not None for each in every], dtype=bool),
        "part_sizes": _counts([len(part) for one in parted for part in one.parts]),
        "part_at": np.concatenate(
            [np.empty(0, dtype=np.int64), *(part for one in parted for part in one.parts)]
        ),
        "part_score": np.array([one.score for one in parted], dtype=np.float64),
        "part_lacks": _table([one.lacks for one in parted], len(TOPICS)),
    }


def doubts_together(given: Arrays) -> dict[int, GroupDoubts]:
    """The doubts of such arrays, by number of group."""
    near = [
        Near(at, score, lacks)
        for at, score, lacks in zip(
            given["near_at"].tolist(),
            given["near_score"].tolist(),
            given["near_lacks"],
            strict=True,
        )
    ]
    parts = [given["part_at"][a:b] for a, b in _bounds(given["part_sizes"])]
    partings = iter(
        Parting((left, right), score, lacks)
        for left, right, score, lacks in zip(
            parts[::2], parts[1::2], given["part_score"].tolist(), given["part_lacks"], strict=True
        )
    )
    told = zip(
        given["groups"].tolist(),
        _bounds(given["n_near"]),
        given["is_parted"].tolist(),
        given["stability"].tolist(),
        given["n_rounds"].tolist(),
        strict=True,
    )
    return {
        group: GroupDoubts(
            tuple(near[a:b]),
            next(partings) if is_parted else None,
            None if np.isnan(stability) else stability,
            n_rounds,
        )
        for group, (a, b), is_parted, stability, n_rounds in told
    }


def _counts(values: Sequence[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


def _table(rows: Sequence[Array | None], width: int) -> Array:
    """Rows of equal length; groups of texts have all of them."""
    found = np.empty((len(rows), width))
    for at, row in enumerate(rows):
        assert row is not None, "groups of texts are told by features"
        found[at] = row
    return found


def _stacked(tables: Sequence[Array | None]) -> Array:
    there = [each for each in tables if each is not None]
    assert len(there) == len(tables), "groups of texts are told member by member"
    return np.concatenate([np.empty((0, len(TOPICS))), *there])


def _bounds(sizes: IntArray) -> list[tuple[int, int]]:
    """Where each of some rows begins and ends, row after row."""
    return list(pairwise([0, *np.cumsum(sizes).tolist()]))
