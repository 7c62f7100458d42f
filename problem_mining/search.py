"""Represents texts and finds the pairs worth a score."""

from collections.abc import Callable

import numpy as np

from problem_mining.features import text_features
from problem_mining.neighbours import as_pairs, dense_neighbours, lexical_pairs, next_in_group
from problem_mining.nodes import IntArray, Nodes
from problem_mining.settings import MiningSettings
from problem_mining.similarity import PairSpace, pair_space

Progress = Callable[[str, float], None]


def search(nodes: Nodes, settings: MiningSettings, tell: Progress) -> tuple[PairSpace, IntArray]:
    """Represents texts and finds the pairs worth a score.

    Args:
        nodes: from `nodes.collapse`.
        settings: how far to look.
        tell: is told the stage and the share of a whole run that is done.

    Returns:
        What pair features are computed from, and node numbers (i, j), i < j, shape (m, 2).
    """
    tell("representing texts", 0.1)
    text = text_features(nodes.words, settings.components)
    tell("searching neighbours", 0.25)
    k = settings.dense_neighbours
    near, cosines = dense_neighbours(text.dense, k, settings.exact_search_up_to)
    left = np.repeat(np.arange(len(nodes)), near.shape[1])
    found = [as_pairs(np.column_stack([left, near.ravel()]))]
    found.append(lexical_pairs(text, settings.lexical_neighbours))
    found.append(next_in_group(nodes.codes["ci"], nodes.days, settings.ci_neighbours))
    return pair_space(nodes, text, cosines), as_pairs(np.concatenate(found))
