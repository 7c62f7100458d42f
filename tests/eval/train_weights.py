"""Trains the pair models that are shipped: `python -m tests.eval.train_weights` rewrites them.

Only practice estates of the training seeds are read; tuning and report seeds are others.
"""

import json
import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from problem_mining.model import as_plain
from problem_mining.nodes import collapse, read_rows
from problem_mining.search import search
from problem_mining.settings import DEFAULT
from problem_mining.training import KnownPairs, fit, known_pairs
from tests.eval.estate_corpora import TRAINING_SEEDS, Corpus, estate

SIZE = 5_000
TARGET = Path(__file__).parents[2] / "problem_mining" / "shipped.json"
KINDS = ("fields", "no_ci", "text")


def variant(corpus: Corpus, kind: str) -> Corpus:
    """A corpus with the fields that a model of this kind is for."""
    return {
        "fields": corpus,
        "no_ci": corpus.without("ci"),
        "text": corpus.text_only(),
    }[kind]


def pairs_of(corpus: Corpus) -> KnownPairs:
    """The candidate pairs of a corpus with the truth about them."""
    rows = read_rows(corpus.incidents)
    nodes = collapse(rows)
    names = sorted({cause for cause in corpus.causes.values() if cause})
    number = {name: index for index, name in enumerate(names)}
    causes = [number.get(corpus.causes[rows.keys[row]] or "", -1) for row in nodes.first]
    with threadpool_limits(limits=1):
        space, pairs = search(nodes, DEFAULT, lambda stage, share: None)
        return known_pairs(space, pairs, np.array(causes, dtype=np.int64))


def main() -> int:
    """Train, and write the module."""
    seeds = ", ".join(map(str, TRAINING_SEEDS))
    provenance = f"practice estates of {SIZE} incidents, seeds {seeds}"
    models = {}
    for kind in KINDS:
        known = [pairs_of(variant(estate(SIZE, seed), kind)) for seed in TRAINING_SEEDS]
        models[kind] = as_plain(fit(known, kind, provenance))
        sys.stdout.write(f"{kind}: {sum(len(each.pairs) for each in known):,} pairs\n")
    TARGET.write_text(json.dumps(models, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
