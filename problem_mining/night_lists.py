"""The lists of a history brought up to date with what came and went."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from problem_mining.basis import GROUPED
from problem_mining.chunks import parts_of
from problem_mining.corpus import VECTORS_AT_ONCE, Corpus
from problem_mining.features import Steps, in_steps
from problem_mining.mapped_arrays import let_go
from problem_mining.nearest import Ids, Near, local_cells, nearest, no_lists, placed
from problem_mining.nearest_of_few import MANY, nearest_of_few
from problem_mining.neighbours import alike
from problem_mining.nodes import IntArray
from problem_mining.settings import MiningSettings
from problem_mining.texts import Hashes

WORDS, MEANING = "words", "meaning"
BY_WORDS = ("words",)
BY_MEANING = ("meaning", *GROUPED)
LEXICAL = "rare_terms"


@dataclass(frozen=True, slots=True)
class Match:
    """Texts of a history found again, in the same order.

    `old` is the place before of each text of now, -1 for new ones, and `now` the place of each old
    one, -1 for those that are gone.
    """

    old: IntArray
    now: IntArray

    @property
    def new(self) -> IntArray:
        """The texts that were not there."""
        return np.flatnonzero(self.old < 0)

    @property
    def stayed(self) -> IntArray:
        """The texts that were."""
        return np.flatnonzero(self.old >= 0)


def matched(before: Hashes, now: Hashes) -> Match:
    """Which texts of a history are there again."""
    _, at_before, at_now = np.intersect1d(before, now, assume_unique=True, return_indices=True)
    old, today = np.full(len(now), -1, dtype=np.int64), np.full(len(before), -1, dtype=np.int64)
    old[at_now], today[at_before] = at_before, at_now
    return Match(old, today)


@dataclass(frozen=True, slots=True)
class Lists:
    """What was found of each text: vectors in whole steps, the cells it looks into, its lists."""

    vectors: Mapping[str, Steps]
    cells: Mapping[str, Ids]
    near: Mapping[str, Near]


NO_LISTS = Lists({}, {}, {})


def vectors_now(corpus: Corpus, before: Lists, match: Match, name: str) -> Steps:
    """The vectors of all texts; only those of new ones are computed."""
    fresh = match.new
    found = np.empty((len(corpus), corpus.axes.shape[1]), dtype=np.int16)
    if name in before.vectors:
        stayed = match.stayed
        for some in parts_of(len(stayed), VECTORS_AT_ONCE):
            found[stayed[some]] = before.vectors[name][match.old[stayed[some]]]
        let_go(before.vectors[name])
    for some in parts_of(len(fresh), VECTORS_AT_ONCE):
        found[fresh[some]] = in_steps(corpus.vectors(fresh[some], by_meaning=name == MEANING))
    return found


def searched(
    corpus: Corpus, vectors: Steps, before: Lists, match: Match, name: str, k: int
) -> tuple[Ids, Near]:
    """The cells and lists of a search by vectors: in all, or within the values of a field."""
    is_grouped = name in GROUPED
    groups = corpus.nodes.codes[name] if is_grouped else np.zeros(len(corpus), dtype=np.int64)
    values = corpus.values[name] if is_grouped else ("",)
    centres = corpus.basis.centres_in(name, values)
    fresh, stayed = match.new, match.stayed
    found = local_cells(vectors, groups, centres, fresh)
    cells = np.full((len(corpus), found.shape[1]), -1, dtype=np.int32)
    cells[fresh] = found
    if name in before.cells:
        cells[stayed] = before.cells[name][match.old[stayed]]
        let_go(before.cells[name])
    places = placed(groups, centres, cells)

    def look(so_far: Near, asked: IntArray, among: IntArray) -> Near:
        is_few = len(asked) > MANY * len(among) and vectors.dtype == np.int16
        how = nearest_of_few if is_few else nearest
        return how(vectors, places, so_far, asked, among)

    return cells, renewed(before.near.get(name), match, k, look)


def alike_now(corpus: Corpus, before: Lists, match: Match, k: int) -> Near:
    """The lists of texts that share rare terms."""
    words = corpus.rare_words()

    def look(so_far: Near, asked: IntArray, among: IntArray) -> Near:
        return alike(words, so_far, asked, among)

    return renewed(before.near.get(LEXICAL), match, k, look)


Look = Callable[[Near, IntArray, IntArray], Near]
"""Brings lists up to date: some rows look among some others."""


def renewed(before: Near | None, match: Match, k: int, look: Look) -> Near:
    """Lists as a search over everything would give them.

    A new text, and one that lost somebody of its list, looks among all; the others look among
    the new ones only.
    """
    n = len(match.old)
    so_far = no_lists(n, k)
    every = np.arange(n)
    if before is None:
        return look(so_far, every, every)
    stayed, now = match.stayed, np.append(match.now, -1).astype(np.int32)
    ids = before.ids[match.old[stayed]]
    moved = now[ids]
    whole = ~((ids >= 0) & (moved < 0)).any(axis=1)
    kept = stayed[whole]
    so_far.ids[kept] = moved[whole]
    so_far.scores[kept] = before.scores[match.old[kept]]
    let_go(before.ids, before.scores)
    is_asked = np.ones(n, dtype=bool)
    is_asked[kept] = False
    asked = np.flatnonzero(is_asked)
    so_far = look(so_far, asked, every) if len(asked) else so_far
    fresh = match.new
    return look(so_far, kept, fresh) if len(fresh) and len(kept) else so_far


def sizes_of(settings: MiningSettings) -> dict[str, int]:
    """How long the lists of each search are."""
    return {
        WORDS: settings.dense_neighbours,
        LEXICAL: settings.lexical_neighbours,
        MEANING: settings.meaning_neighbours,
        "service": settings.service_neighbours,
        "team": settings.team_neighbours,
    }
