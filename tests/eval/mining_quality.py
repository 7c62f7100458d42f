"""How well mining finds the causes planted in practice estates; `make eval` prints it.

Before our own figures stands how far standard clustering of the texts comes, with the best of many
settings chosen on the labels: without that, no figure on a practice estate says anything. The seeds
are those that neither training nor tuning has read.
"""

import argparse
import math
import time

import pandas as pd

from flows.minable import prepared
from problem_mining.assignments import assignments
from problem_mining.evaluate import Evaluation, evaluate
from problem_mining.pipeline import mine
from tests.eval.estate_corpora import REPORT_SEEDS, TEXT, Corpus, estate
from tests.simulator.hardness import hardness

HEADER = f"{'':14}  seconds  groups  pairP  pairR  pairF  cubeF  membP  membR  pure   found  AMI"


def mined(incidents: pd.DataFrame, causes: dict[str, str | None]) -> Evaluation:
    """What mining finds, against what is planted."""
    found = assignments(mine(incidents))
    groups = dict(zip(found["id"], found["candidate_id"], strict=True))
    return evaluate(causes, {key: group or None for key, group in groups.items()})


def peers(corpus: Corpus) -> list[str]:
    """A line for each standard method at its best setting, best first."""
    title, description = (corpus.incidents[name].fillna("") for name in TEXT)
    causes = [corpus.causes[key] for key in corpus.incidents["key"]]
    best: dict[str, str] = {}
    for result in hardness((title + " " + description).tolist(), causes):
        told = f"text alone, best {result.method} ({result.setting}): pair F1 {result.f1:.3f}"
        best.setdefault(result.method, told)
    return list(best.values())


def line(name: str, seconds: float, found: Evaluation) -> str:
    """One evaluation as a line of the table."""
    shares = (
        found.pair_precision, found.pair_recall, found.pair_f1, found.bcubed_f1,
        found.member_precision, found.member_recall, found.pure, found.found, found.ami,
    )  # fmt: skip
    told = "  ".join("   - " if math.isnan(share) else f"{share:.3f}" for share in shares)
    return f"{name:14}  {seconds:7.1f}  {found.n_groups:6,}  {told}"


def report(corpus: Corpus) -> None:
    """Print the table of one estate."""
    print(HEADER)
    variants = {
        "all fields": corpus,
        "text only": corpus.text_only(),
        "codes only": corpus.codes_only(),
    }
    for name, variant in variants.items():
        started = time.perf_counter()
        found = mined(prepared(variant.incidents), corpus.causes)
        print(line(name, time.perf_counter() - started, found), flush=True)


def main() -> None:
    """Print the figures of estates of one size and several seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=5000)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORT_SEEDS))
    parser.add_argument("--without-peers", action="store_true", help="leave out the slow part")
    asked = parser.parse_args()
    for seed in asked.seeds:
        corpus = estate(asked.incidents, seed)
        print(f"\nEstate of {asked.incidents:,} incidents, seed {seed}", flush=True)
        if not asked.without_peers:
            print("\n".join(peers(corpus)), flush=True)
        report(corpus)


if __name__ == "__main__":
    main()
