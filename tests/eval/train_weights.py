"""Trains the pair models that are shipped: `python -m tests.eval.train_weights` rewrites them.

Only practice estates of the training seeds are read; tuning and report seeds are others.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from problem_mining.model import PairModel, as_plain
from problem_mining.nodes import IntArray, collapse, read_rows
from problem_mining.pair_scoring import taught
from problem_mining.search import search, widened
from problem_mining.settings import DEFAULT
from problem_mining.similarity import PairSpace
from problem_mining.training import KnownPairs, fit, fit_plain, known_pairs
from tests.eval.estate_corpora import TRAINING_SEEDS, Corpus, estate

SIZE = 5_000
SMALL = {600: (111, 112, 113)}
LARGE = ((5_000, (104, 105)), (20_000, (106,)))
"""Estates that the model for many incidents is trained on as well."""
TARGET = Path(__file__).parents[2] / "problem_mining" / "shipped.json"
KINDS: tuple[str, ...] = ("fields", "fields_large", "no_ci", "text")
PLAIN_ONLY = frozenset({"text"})
"""Kinds whose products would learn the phrases of the practice estate."""


def variant(corpus: Corpus, kind: str) -> Corpus:
    """A corpus with the fields that a model of this kind is for."""
    return {
        "fields": corpus,
        "fields_large": corpus,
        "no_ci": corpus.without("ci"),
        "text": corpus.text_only(),
    }[kind]


def training_corpora() -> list[Corpus]:
    """Large estates and small ones; one tells its subcategory as a symptom, as some tools do."""
    first, second, third = (estate(SIZE, seed) for seed in TRAINING_SEEDS)
    told = third.incidents.drop(columns="symptom").rename(columns={"subcategory": "symptom"})
    small = [estate(size, seed) for size, seeds in SMALL.items() for seed in seeds]
    return [first, second, Corpus(told, third.causes), *small]


def pairs_of(corpus: Corpus) -> tuple[PairSpace, IntArray, IntArray]:
    """The candidate pairs of a corpus, and the cause of each node as a number."""
    rows = read_rows(corpus.incidents)
    nodes = collapse(rows)
    names = sorted({cause for cause in corpus.causes.values() if cause})
    number = {name: index for index, name in enumerate(names)}
    causes = [number.get(corpus.causes[rows.keys[row]] or "", -1) for row in nodes.first]
    with threadpool_limits(limits=1):
        space, pairs = search(nodes, DEFAULT, lambda stage, share: None)
    return space, pairs, np.array(causes, dtype=np.int64)


def taught_pairs(
    space: PairSpace, pairs: IntArray, causes: IntArray, plain: PairModel
) -> KnownPairs:
    """The pairs a run scores, with the words that the plain model's likely pairs teach."""
    space = taught(space, pairs, plain)
    return known_pairs(space, widened(space, pairs, DEFAULT), causes)


def told(sizes: Sequence[tuple[int, tuple[int, ...]]]) -> str:
    """Which estates, in words."""
    return "; ".join(f"{size} incidents, seeds {min(some)}-{max(some)}" for size, some in sizes)


def main() -> int:
    """Train, and write the module."""
    sizes: list[tuple[int, tuple[int, ...]]] = [(SIZE, TRAINING_SEEDS), *SMALL.items()]
    corpora = training_corpora()
    models = {}
    for kind in KINDS:
        used, read = corpora, sizes
        if kind == "fields_large":
            more = [estate(size, seed) for size, seeds in LARGE for seed in seeds]
            used, read = [*corpora[:3], *more, *corpora[3:]], [*sizes, *LARGE]
        provenance = f"practice estates of {told(read)}"
        found = [pairs_of(variant(corpus, kind)) for corpus in used]
        plain = fit_plain(
            [known_pairs(*each) for each in found],
            f"{kind}_plain",
            provenance,
            counts_repeats=kind in PLAIN_ONLY,
        )
        models[plain.name] = as_plain(plain)
        if kind in PLAIN_ONLY:
            continue
        known = [taught_pairs(*each, plain) for each in found]
        models[kind] = as_plain(fit(known, kind, provenance))
        sys.stdout.write(f"{kind}: {sum(len(each.pairs) for each in known):,} pairs\n")
    TARGET.write_text(json.dumps(models, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
