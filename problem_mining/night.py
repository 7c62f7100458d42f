"""A run that costs what is new: everything that can be known from the run before is taken from it.

The result is that of a run over the whole history with the same basis, to the last bit: lists are
merged instead of searched anew, pairs scored again only where something they are measured by has
changed, and only groups that such pairs touch are linked and told anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from problem_mining.basis import Basis, are_in, counted, named_centres, with_density
from problem_mining.blocks import are_shared_out
from problem_mining.chunks import in_order, parts_of
from problem_mining.corpus import Corpus, corpus_of
from problem_mining.doubts import LEAST_NEAR
from problem_mining.features import Float32, Steps, as_floats, text_features
from problem_mining.looked_for import MAX_COMPARED_TEXTS, Looks
from problem_mining.model import PairModel, probability
from problem_mining.nearest import NO_CENTRES, Ids, Near, density_of, group_centres
from problem_mining.neighbours import next_in_group
from problem_mining.night_lists import (
    BY_MEANING,
    LEXICAL,
    MEANING,
    NO_LISTS,
    WORDS,
    Lists,
    Match,
    alike_now,
    matched,
    searched,
    sizes_of,
    vectors_now,
)
from problem_mining.night_scores import Changed, Measures, Scored, score_all, score_changed
from problem_mining.nodes import Nodes, Rows, collapse
from problem_mining.pair_rows import NO_PAIRS, Pairs, union_of
from problem_mining.search import Progress
from problem_mining.settings import MiningSettings
from problem_mining.steadiness import rounds_of
from problem_mining.texts import Hashes
from problem_mining.translation import learn_lexicon
from problem_mining.weights import teacher_of

T = TypeVar("T")
MAX_TAUGHT_TEXTS = 200_000
"""Of more texts words are learned of the pairs of so many, evenly spaced: of likely pairs no more
than 20,000 are read anyway, and those of so many texts are far more."""


@dataclass(frozen=True, slots=True)
class History:
    """What a run leaves to the next: the basis, and what was found of each text and pair.

    `hashes` tell the texts; `measured` also what their pairs were measured by.
    """

    basis: Basis
    hashes: Hashes
    measured: Hashes
    lists: Lists
    scored: Scored


@dataclass(frozen=True, slots=True)
class Night:
    """The pairs of a run, and what of them is new: None where nothing was known before."""

    history: History
    nodes: Nodes
    measures: Measures
    match: Match
    changed: Changed | None


@dataclass(frozen=True, slots=True)
class How:
    """How a run is made: settings, pair model, and a name for all that a basis hangs on."""

    settings: MiningSettings
    model: PairModel
    recipe: str


def night(rows: Rows, how: How, before: History | None, tell: Progress) -> Night:
    """The scored pairs of the texts of rows; what the run before knew is not computed again.

    Args:
        rows: those with text.
        how: how the run is made.
        before: what the run before left, if there is one that can be used.
        tell: is told the stage and the share of a whole run that is done.
    """
    if before is not None and before.basis.recipe == how.recipe:
        nodes = collapse(rows, before.basis.spelling)
        corpus = corpus_of(nodes, rows.values, rows.keys, before.basis)
        if before.basis.holds(how.recipe, corpus.hashes):
            return _added(corpus, how, before, tell)
    return _fitted(rows, collapse(rows), how, tell)


def _added(corpus: Corpus, how: How, before: History, tell: Progress) -> Night:
    """What is new, beside what is known."""
    match, sizes = matched(before.hashes, corpus.hashes), sizes_of(how.settings)
    tell("searching neighbours", 0.25)
    old, kinds = before.lists, (WORDS, MEANING)
    dense, meanings = _each(kinds, lambda name: vectors_now(corpus, old, match, name))

    def look(name: str) -> tuple[Ids, Near]:
        vectors = dense if name == WORDS else meanings
        return searched(corpus, vectors, old, match, name, sizes[name])

    names = (*BY_MEANING, WORDS)
    found = dict(zip(names, _each(names, look), strict=True))
    lexical = alike_now(corpus, old, match, sizes[LEXICAL])
    lists = _lists(dense, meanings, found, lexical)
    density = _density(corpus, lists.near[WORDS])
    measures = _measures(corpus, dense, meanings, density, how)
    measured = corpus.measured(density)
    tell("scoring pairs", 0.4)
    pairs = _pairs(corpus, lists, how.settings)
    scored, changed = score_changed(
        measures, pairs, before.scored, match, (before.measured, measured), corpus.basis.fall
    )
    history = History(corpus.basis, corpus.hashes, measured, lists, scored)
    return Night(history, corpus.nodes, measures, match, changed)


def _each(names: Sequence[str], look: Callable[[str], T]) -> list[T]:
    """What comes of each of some searches: two at a time, where no others compute parts of them."""
    if are_shared_out():
        return [look(name) for name in names]
    return in_order(lambda one: look(names[one.start]), parts_of(len(names), 1))


def _fitted(rows: Rows, nodes: Nodes, how: How, tell: Progress) -> Night:
    """Everything, and the basis for the nights to come."""
    settings, sizes = how.settings, sizes_of(how.settings)
    tell("representing texts", 0.1)
    basis = _basis_of_words(rows, nodes, how)
    corpus = corpus_of(nodes, rows.values, rows.keys, basis)
    match = Match(np.full(len(nodes), -1), np.empty(0, dtype=np.int64))
    tell("searching neighbours", 0.25)
    dense = vectors_now(corpus, NO_LISTS, match, WORDS)
    found = {WORDS: searched(corpus, dense, NO_LISTS, match, WORDS, sizes[WORDS])}
    lexical = alike_now(corpus, NO_LISTS, match, sizes[LEXICAL])
    density = density_of(found[WORDS][1].scores)
    tell("learning words", 0.3)
    corpus = _taught(corpus, dense, density, [found[WORDS][1], lexical], how)
    meanings = vectors_now(corpus, NO_LISTS, match, MEANING)
    corpus = _with_centres(corpus, meanings, settings.exact_search_up_to)
    for name in BY_MEANING:
        found[name] = searched(corpus, meanings, NO_LISTS, match, name, sizes[name])
    lists = _lists(dense, meanings, found, lexical)
    measures = _measures(corpus, dense, meanings, density, how)
    tell("scoring pairs", 0.4)
    scored, fall = score_all(measures, _pairs(corpus, lists, settings), None)
    n_rounds = rounds_of(int((scored.p >= LEAST_NEAR).sum()))
    basis = replace(corpus.basis, fall=fall, n_rounds=n_rounds)
    basis = with_density(basis, corpus.hashes, density)
    history = History(basis, corpus.hashes, corpus.measured(density), lists, scored)
    return Night(history, nodes, measures, match, None)


def _basis_of_words(rows: Rows, nodes: Nodes, how: How) -> Basis:
    """What is fitted before words stand for each other."""
    text = text_features(nodes.terms, how.settings.components)
    axes = np.zeros((len(text.vocabulary), 1), np.float32) if text.axes is None else text.axes
    axes_of = np.flatnonzero(axes.any(axis=1))
    plain = learn_lexicon(text, nodes, NO_PAIRS, np.empty(0))
    written = nodes.spelling.frequency
    centres = group_centres(
        text.dense, np.zeros(len(nodes), np.int64), how.settings.exact_search_up_to
    )
    return Basis(
        recipe=how.recipe,
        n=len(nodes),
        written=tuple(written),
        n_written=np.array(list(written.values()), dtype=np.int64),
        meant=nodes.spelling.meant,
        vocabulary=text.vocabulary,
        frequency=text.document_frequency,
        axes_of=axes_of,
        axes=axes[axes_of],
        lifts=plain.lifts,
        weight=plain.weight,
        centres={WORDS: named_centres(("",), centres)},
        counts={f: counted(rows.values[f], nodes.codes[f]) for f in ("service", "ci")},
        nodes=np.empty(0, dtype=np.uint64),
        density=np.empty(0, dtype=np.float32),
        fall=0.0,
        n_rounds=0,
    )


def _taught(
    corpus: Corpus, dense: Steps, density: Float32, near: Sequence[Near], how: How
) -> Corpus:
    """A corpus that knows which words stand for each other, as likely pairs teach."""
    teacher = teacher_of(how.model) or how.model
    pairs = _union(corpus, near, how.settings)
    step = -(-len(corpus) // MAX_TAUGHT_TEXTS)
    pairs = pairs[pairs[:, 0] % step == 0] if step > 1 else pairs
    odds, _ = Measures(corpus, dense, None, density, teacher, True, len(corpus)).own(pairs)
    text = corpus.text(np.arange(len(corpus)), NO_CENTRES)
    lexicon = learn_lexicon(text, corpus.nodes, pairs, probability(odds.astype(np.float64)))
    basis = replace(corpus.basis, lifts=lexicon.lifts, weight=lexicon.weight)
    return replace(corpus, basis=basis, lexicon=lexicon)


def _with_centres(corpus: Corpus, meanings: Steps, exact_up_to: int) -> Corpus:
    """A corpus whose searches by meaning have their cells."""
    centres: dict[str, Mapping[str, Float32]] = dict(corpus.basis.centres)
    for name in BY_MEANING:
        of_all = name == MEANING
        groups = np.zeros(len(corpus), np.int64) if of_all else corpus.nodes.codes[name]
        values = ("",) if of_all else corpus.values[name]
        centres[name] = named_centres(values, group_centres(meanings, groups, exact_up_to))
    return replace(corpus, basis=replace(corpus.basis, centres=centres))


def _lists(
    dense: Steps,
    meanings: Steps,
    found: Mapping[str, tuple[np.ndarray, Near]],
    lexical: Near,
) -> Lists:
    return Lists(
        vectors={WORDS: dense, MEANING: meanings},
        cells={name: cells for name, (cells, _) in found.items()},
        near={LEXICAL: lexical, **{name: near for name, (_, near) in found.items()}},
    )


def _density(corpus: Corpus, near: Near) -> Float32:
    """How dense it is around each text: as the basis has it, or as it is now for new ones."""
    density, basis = density_of(near.scores), corpus.basis
    known = are_in(corpus.hashes, basis.nodes)
    density[known] = basis.density[np.searchsorted(basis.nodes, corpus.hashes[known])]
    return density


def _measures(
    corpus: Corpus, dense: Steps, meanings: Steps, density: Float32, how: How
) -> Measures:
    corrects = how.settings.corrects_prior
    return Measures(corpus, dense, meanings, density, how.model, corrects, corpus.basis.n)


def _pairs(corpus: Corpus, lists: Lists, settings: MiningSettings) -> Pairs:
    """All pairs worth a score."""
    return _union(corpus, list(lists.near.values()), settings)


def _union(corpus: Corpus, near: Sequence[Near], settings: MiningSettings) -> Pairs:
    nodes = corpus.nodes
    soon = next_in_group(nodes.codes["ci"], nodes.days, settings.ci_neighbours)
    return union_of([soon, *(each.ids for each in near)], len(nodes))


def looks_of(tonight: Night, settings: MiningSettings) -> Looks:
    """How a run looked at its texts."""
    measures, near = tonight.measures, tonight.history.lists.near
    assert measures.meanings is not None, "words stand for each other once pairs are scored"
    is_compared = len(tonight.nodes) <= MAX_COMPARED_TEXTS
    return Looks(
        dense=as_floats(measures.dense) if is_compared else measures.dense,
        meanings=as_floats(measures.meanings) if is_compared else measures.meanings,
        codes=tonight.nodes.codes,
        days=tonight.nodes.days,
        least={name: each.scores[:, -1] for name, each in near.items()},
        sizes=sizes_of(settings),
        n_next=settings.ci_neighbours,
    )
