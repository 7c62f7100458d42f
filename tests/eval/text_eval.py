"""Texts without fields: `python -m tests.eval.text_eval` searches and groups public records.

hit@k: of the items of a group, the share whose k most alike hold one of the same group; over groups
with an odd crc32 of their name, with a 95 % interval (even ones were looked at while choosing how
texts are compared, nothing was fitted to them). Each with and, where `csi model install` was run,
without the language model. Records are read from the folder CSI_REAL_DATA names.
"""

import os
import sys
import time
import zlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from flows.language_model import embedder, model_folder
from flows.minable import prepared
from itsm.statistics import wilson_interval
from problem_mining.embedding import Embed
from problem_mining.evaluate import evaluate
from problem_mining.most_alike import most_alike
from problem_mining.pipeline import mine
from tests.eval import real_corpora
from tests.eval.estate_corpora import Corpus

KS = (1, 10)


def told_hits(causes: Mapping[str, str | None], near: pd.DataFrame, parity: int = 1) -> str:
    """hit@1 and hit@10 over the groups of one parity."""
    asked = {
        key for key, cause in causes.items() if cause and zlib.crc32(cause.encode()) % 2 == parity
    }
    rows = near[near["id"].isin(asked)]
    same = rows["id"].map(causes) == rows["neighbour_id"].map(causes)
    first = rows[same].groupby("id")["rank"].min()
    told = []
    for k in KS:
        good = int((first <= k).sum())
        low, high = wilson_interval(good, len(asked))
        told.append(f"hit@{k} {good / len(asked):.3f} ({low:.3f}-{high:.3f})")
    return f"{', '.join(told)}; {len(asked)} queries"


def told_groups(corpus: Corpus, embed: Embed | None) -> str:
    """AMI and pair F1 of the groups."""
    grouping = mine(prepared(corpus.incidents), embed=embed)
    labels = zip(grouping.keys, grouping.labels.tolist(), strict=True)
    found = evaluate(corpus.causes, {key: label if label >= 0 else None for key, label in labels})
    return f"AMI {found.ami:.3f}, pair F1 {found.pair_f1:.3f}, {found.n_groups} groups"


def main() -> int:
    """Print the figures."""
    named = os.environ.get("CSI_REAL_DATA")
    if not named:
        sys.stdout.write("CSI_REAL_DATA is not set\n")
        return 0
    model = embedder(model_folder())
    corpora = {
        "Ask Ubuntu titles": real_corpora.ask_ubuntu(Path(named)),
        "Hadoop reports": real_corpora.hadoop(Path(named)),
    }
    clinc = real_corpora.clinc(Path(named))
    for name, embed in {"without a model": None, "with the model": model}.items():
        if embed is None and name == "with the model":
            sys.stdout.write("the language model is not installed\n")
            continue
        for told, corpus in corpora.items():
            started = time.process_time()
            near = most_alike(prepared(corpus.incidents), max(KS), embed=embed)
            seconds = time.process_time() - started
            line = f"{told}, {name}: {told_hits(corpus.causes, near)}; {seconds:.0f} CPU s\n"
            sys.stdout.write(line)
        line = f"CLINC150 test split, {name}: {told_groups(clinc, embed)}\n"
        sys.stdout.write(line)
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
