"""Represents texts and finds the pairs worth a score."""

from collections.abc import Callable

import numpy as np

from problem_mining.features import text_features
from problem_mining.meaning import meaning_of
from problem_mining.neighbours import (
    dense_neighbours,
    lexical_neighbours,
    nearest_in_group,
    next_in_group,
)
from problem_mining.nodes import IntArray, Nodes, is_text_alone
from problem_mining.pair_rows import codes_of, distinct, union_of
from problem_mining.settings import MiningSettings
from problem_mining.similarity import PairSpace, pair_space
from problem_mining.translation import learn_lexicon

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
    text = text_features(nodes.terms, settings.components, has_pieces=is_text_alone(nodes.codes))
    tell("searching neighbours", 0.25)
    k = settings.dense_neighbours
    near, cosines = dense_neighbours(text.dense, k, settings.exact_search_up_to)
    alike = lexical_neighbours(text, settings.lexical_neighbours).ids
    soon = next_in_group(nodes.codes["ci"], nodes.days, settings.ci_neighbours)
    pairs = union_of([near, alike, soon], len(nodes)).astype(np.int64)
    no_pairs = np.empty((0, 2), dtype=np.int64)
    meaning = meaning_of(text, learn_lexicon(text, nodes, no_pairs, np.empty(0)))
    return pair_space(nodes, text, cosines, meaning), pairs


def widened(space: PairSpace, pairs: IntArray, settings: MiningSettings) -> IntArray:
    """The pairs and those near in meaning, in all and within a service, a team.

    What is told in other words or another language is found once words stand for each other.
    """
    vectors, codes = space.meaning.vectors, space.nodes.codes
    if vectors is None:
        return pairs
    k = settings.meaning_neighbours
    everywhere, _ = dense_neighbours(vectors, k, settings.exact_search_up_to)
    found = [everywhere]
    for field, n in (("service", settings.service_neighbours), ("team", settings.team_neighbours)):
        near = nearest_in_group(vectors, codes[field], n, settings.exact_search_up_to)
        found.append(near.ids)
    n = len(vectors)
    both = distinct(np.concatenate([codes_of(pairs, n), codes_of(union_of(found, n), n)]))
    return np.column_stack([both // n, both % n])
