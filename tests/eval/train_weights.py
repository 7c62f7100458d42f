"""Trains the pair models that are shipped: `python -m tests.eval.train_weights` rewrites them.

Only practice estates of the training seeds are read; tuning and report seeds are others.
"""

import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from problem_mining.nodes import collapse, read_rows
from problem_mining.search import search
from problem_mining.settings import DEFAULT
from problem_mining.similarity import NAMES, Weights
from problem_mining.training import KnownPairs, fit, known_pairs
from tests.eval.estate_corpora import TRAINING_SEEDS, Corpus, estate

SIZE = 5_000
TARGET = Path(__file__).parents[2] / "problem_mining" / "shipped.py"
KINDS = ("fields", "no_ci", "text")
HEADER = '''"""Weights of the shipped pair models.

Written by `python -m tests.eval.train_weights`.
"""

from problem_mining.similarity import weights_of

'''


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


def source_of(weights: Weights) -> str:
    """A model as Python source; weights of 0 are left out."""
    named = zip(NAMES, weights.values, strict=True)
    lines = [
        f"{weights.name.upper()} = weights_of(",
        f'    "{weights.name}",',
        f"    n_train={weights.n_train},",
        f'    provenance="{weights.provenance}",',
        f"    bias={weights.bias!r},",
        *(f"    {name}={value!r}," for name, value in named if value),
        ")",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Train, and write the module."""
    seeds = ", ".join(map(str, TRAINING_SEEDS))
    provenance = f"practice estates of {SIZE} incidents, seeds {seeds}"
    parts = []
    for kind in KINDS:
        known = [pairs_of(variant(estate(SIZE, seed), kind)) for seed in TRAINING_SEEDS]
        parts.append(source_of(fit(known, kind, provenance)))
        sys.stdout.write(parts[-1])
    TARGET.write_text(HEADER + "\n".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
