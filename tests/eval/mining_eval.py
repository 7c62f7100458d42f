"""How good the groups are: `python -m tests.eval.mining_eval [--estates] [--real]` prints tables.

Estates are those of the report seeds, on which nothing was trained or tuned. Before them stands
their hardness: how far the best standard clustering of the text alone comes. Real records are read
from the folder CSI_REAL_DATA names; nothing is fitted to them.
"""

import argparse
import os
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from itsm.statistics import wilson_interval
from problem_mining.evaluate import Evaluation, evaluate
from problem_mining.nodes import collapse, read_rows
from problem_mining.pair_scoring import score_pairs, taught
from problem_mining.pipeline import Grouping, mine
from problem_mining.search import search, widened
from problem_mining.settings import DEFAULT
from problem_mining.weights import shipped_model, teacher_of
from tests.eval import real_corpora
from tests.eval.estate_corpora import REPORT_SEEDS, Corpus, estate
from tests.simulator.hardness import hardness

HEADER = (
    "| records | n | seconds | groups | pair P / R / F1 | member P / R | pure / found | AMI |\n"
    "|---|---|---|---|---|---|---|---|"
)


def say(text: str) -> None:
    """One line to standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def measured(corpus: Corpus) -> tuple[Grouping, Evaluation, float]:
    """Groups, how good they are, and the CPU seconds they took."""
    started = time.process_time()
    grouping = mine(corpus.incidents)
    seconds = time.process_time() - started
    labels = zip(grouping.keys, grouping.labels.tolist(), strict=True)
    predicted = {key: label if label >= 0 else None for key, label in labels}
    return grouping, evaluate(corpus.causes, predicted), seconds


def row(name: str, found: Evaluation, seconds: float) -> str:
    """A line of the table."""
    return (
        f"| {name} | {found.n_items:,} | {seconds:.1f} | {found.n_groups}"
        f" | {found.pair_precision:.3f} / {found.pair_recall:.3f} / **{found.pair_f1:.3f}**"
        f" | {found.member_precision:.3f} / {found.member_recall:.3f}"
        f" | {found.pure:.2f} / {found.found:.2f} | {found.ami:.3f} |"
    )


def told_hardness(corpus: Corpus) -> str:
    """How far standard clustering comes, the best setting chosen on the truth."""
    frame = corpus.incidents.fillna("")
    texts = (frame["title"].astype(str) + " " + frame["description"].astype(str)).tolist()
    best = hardness(texts, [corpus.causes[key] for key in frame["key"]])[0]
    return f"hardness: {best.method} ({best.setting}) reaches pair F1 {best.f1:.3f} on the text"


def without_repeats(corpus: Corpus) -> Corpus:
    """What repeats nothing, and the first incident of each cause: every group in it is false."""
    seen: set[str] = set()
    kept: dict[str, str | None] = {}
    for key in corpus.incidents["key"]:
        cause = corpus.causes[key]
        if cause is None or cause not in seen:
            kept[key] = None
            seen.update([cause] if cause else [])
    return Corpus(corpus.incidents[corpus.incidents["key"].isin(kept)], kept)


def report_estates(n_incidents: int, seeds: tuple[int, ...]) -> None:
    """The table of practice estates."""
    for seed in seeds:
        corpus = estate(n_incidents, seed)
        say(f"\nEstate of {n_incidents:,}, seed {seed}; {told_hardness(corpus)}\n\n{HEADER}")
        variants = {
            "text and fields": corpus,
            "without CI": corpus.without("ci"),
            "text only": corpus.text_only(),
            "codes only": corpus.codes_only(),
        }
        for name, each in variants.items():
            _, found, seconds = measured(each)
            say(row(name, found, seconds))
        say("")
        for name, each in variants.items():
            single = without_repeats(each)
            grouping, _, _ = measured(single)
            say(f"{name}, repeats taken out: {grouping.n_groups} groups of {len(single.causes):,}")


def hits(corpus: Corpus, ks: tuple[int, ...] = (1, 10)) -> str:
    """Share of items of a group whose k best others hold one of the same group; odd groups only."""
    settings = DEFAULT.model_copy(update={"dense_neighbours": 40, "lexical_neighbours": 40})
    rows = read_rows(corpus.incidents)
    nodes = collapse(rows)
    with threadpool_limits(limits=1):
        space, pairs = search(nodes, settings, lambda stage, share: None)
        model = shipped_model(rows.codes, np.arange(len(rows.keys)))
        if teacher := teacher_of(model):
            space = taught(space, pairs, teacher)
            pairs = widened(space, pairs, settings)
        _, p = score_pairs(space, pairs, model, corrects_prior=True)
    causes = [corpus.causes[rows.keys[r]] for r in nodes.first]
    i, j = np.concatenate([pairs, pairs[:, ::-1]]).T
    order = np.lexsort((j, -np.concatenate([p, p]), i))
    i, j = i[order], j[order]
    start = np.searchsorted(i, np.arange(len(nodes) + 1))
    told = []
    asked = [q for q, cause in enumerate(causes) if cause and zlib.crc32(cause.encode()) % 2]
    for k in ks:
        good = sum(
            any(causes[other] == causes[q] for other in j[start[q] : start[q + 1]][:k])
            for q in asked
        )
        low, high = wilson_interval(good, len(asked))
        told.append(f"hit@{k} {good / len(asked):.3f} ({low:.3f}–{high:.3f})")
    return f"{', '.join(told)}; {len(asked)} queries"


def told_links(corpus: Corpus, grouping: Grouping) -> str:
    """What problem links say of groups by codes, over the linked incidents."""
    group = dict(zip(grouping.keys, grouping.labels.tolist(), strict=True))
    linked = [key for key, cause in corpus.causes.items() if cause]
    same = together = mixed = 0
    for a, left in enumerate(linked):
        for right in linked[a + 1 :]:
            is_same = corpus.causes[left] == corpus.causes[right]
            is_grouped = group[left] == group[right] >= 0
            same += is_same
            together += is_same and is_grouped
            mixed += is_grouped and not is_same
    found = sum(group[key] >= 0 for key in linked)
    return (
        f"{found} of {len(linked)} linked incidents are in a group; of {same} pairs of one problem"
        f" {together} are together, and {mixed} pairs of two problems are"
    )


def report_real(data: Path) -> None:
    """The table of real public records."""
    corpora: dict[str, Callable[[Path], Corpus]] = {
        "Ask Ubuntu titles": real_corpora.ask_ubuntu,
        "Hadoop reports": real_corpora.hadoop,
        "CLINC150 test split": real_corpora.clinc,
        "UCI incident log": real_corpora.uci,
    }
    notes = []
    say(f"\n{HEADER}")
    for name, read in corpora.items():
        corpus = read(data)
        grouping, found, seconds = measured(corpus)
        say(row(name, found, seconds))
        is_coded = "title" not in corpus.incidents
        sizes = sorted(map(len, grouping.members()))
        told = told_links(corpus, grouping) if is_coded else hits(corpus)
        notes.append(f"{name}: {told}; largest group {sizes[-1] if sizes else 0}")
    say("\n" + "\n".join(notes))


def main() -> int:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORT_SEEDS))
    parser.add_argument("--estates", action="store_true", help="practice estates")
    parser.add_argument("--real", action="store_true", help="records under CSI_REAL_DATA")
    asked = parser.parse_args()
    everything = not (asked.estates or asked.real)
    if asked.estates or everything:
        report_estates(asked.incidents, tuple(asked.seeds))
    if asked.real or everything:
        named = os.environ.get("CSI_REAL_DATA")
        if named:
            report_real(Path(named))
        else:
            say("real records: CSI_REAL_DATA is not set")
    return 0


if __name__ == "__main__":
    sys.exit(main())
