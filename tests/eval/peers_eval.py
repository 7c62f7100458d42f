"""Mining beside other programs on the same rows: `python -m tests.eval.peers_eval`.

BERTopic, HDBSCAN, connected components and Drain3 run in an environment of their own
(`out/peers`, made at the first call) on the vectors that our search uses. Each has the setting that
was best by pair F1 on a tuning estate, as ours were chosen on those; the figures are of report
seeds. Drain3 makes templates of what monitoring wrote, and is measured, as we are then, on that
alone. With `--real` all of them, but Drain3, group the public titles and requests in the folder
that CSI_REAL_DATA names, each at its best setting by the truth itself: that is in their favour.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from flows.minable import prepared
from problem_mining.evaluate import Evaluation, evaluate
from problem_mining.features import text_features
from problem_mining.nodes import Nodes, collapse, read_rows
from problem_mining.pipeline import mine
from problem_mining.settings import DEFAULT
from tests.e2e.foreign_clients import ENVIRONMENT
from tests.eval import real_corpora
from tests.eval.estate_corpora import REPORT_SEEDS, TEXT, TUNING_SEEDS, Corpus, estate
from tests.eval.mining_eval import HEADER, row, say

PACKAGES = (
    "bertopic==0.17.4", "hdbscan==0.8.44", "umap-learn==0.5.12", "drain3==0.9.11",
    "pandas", "scikit-learn", "tqdm", "plotly", "pyyaml",
)  # fmt: skip
"""BERTopic is installed without what it names: its own models of language need torch."""
GRID: Mapping[str, tuple[float, ...]] = {
    "HDBSCAN": (2, 3, 5),
    "connected components": (0.6, 0.7, 0.8, 0.9),
    "BERTopic": (2, 3, 5, 10),
    "Drain3, alerts": (0.4, 0.5, 0.6, 0.7),
}
SCRIPT = Path(__file__).parent / "clients" / "group_by_peers.py"
Settings = Mapping[str, tuple[float, ...]]
Found = dict[tuple[str, float], tuple[Evaluation, float]]


def interpreter(folder: Path) -> Path:
    """A Python with the other programs in it, made if it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        say("Making an environment for the other programs")
        uv = Path(sys.executable).parent / "uv"
        for command in (
            [sys.executable, "-m", "venv", "--without-pip", str(folder)],
            [str(uv), "pip", "install", "-q", "--python", str(python), "--no-deps", PACKAGES[0]],
            [str(uv), "pip", "install", "-q", "--python", str(python), *PACKAGES[1:]],
        ):
            subprocess.run(command, check=True, env=ENVIRONMENT)
        (folder / "made").touch()
    return python


def alerts(corpus: Corpus, nodes: Nodes) -> dict[str, str]:
    """The title of what monitoring wrote, by key."""
    rows = read_rows(prepared(corpus.incidents))
    title = dict(zip(corpus.incidents["key"], corpus.incidents["title"], strict=True))
    made = nodes.is_machine_made[nodes.of_row]
    return {key: str(title[key]) for key, is_alert in zip(rows.keys, made, strict=True) if is_alert}


def by_peers(corpus: Corpus, python: Path, wanted: Settings) -> Found:
    """What each program finds at each setting, and its CPU seconds."""
    rows = read_rows(prepared(corpus.incidents))
    nodes = collapse(rows)
    dense = text_features(nodes.terms, DEFAULT.components).dense[nodes.of_row]
    of_monitoring = alerts(corpus, nodes)
    texts = {
        str(key): " ".join(str(part) for part in parts if isinstance(part, str))
        for key, *parts in corpus.incidents.reindex(columns=["key", *TEXT]).itertuples(index=False)
    }
    with TemporaryDirectory() as made:
        folder = Path(made)
        np.save(folder / "vectors.npy", np.ascontiguousarray(dense, dtype=np.float32))
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["key", "text", "alert"])
            out.writerows([key, texts[key], of_monitoring.get(key, "")] for key in rows.keys)
        asked = json.dumps({"folder": made, "settings": wanted})
        done = subprocess.run(
            [str(python), "-W", "ignore", str(SCRIPT)],
            input=asked, capture_output=True, text=True, check=False, env=ENVIRONMENT,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        return _evaluated(corpus, folder / "groups.csv", json.loads(done.stdout), of_monitoring)


def _evaluated(
    corpus: Corpus, groups: Path, seconds: Mapping[str, float], of_monitoring: Mapping[str, str]
) -> Found:
    labels: dict[tuple[str, float], dict[str, str]] = {}
    with groups.open(encoding="utf-8", newline="") as file:
        for each in csv.DictReader(file):
            labels.setdefault((each["method"], float(each["setting"])), {})[each["key"]] = each[
                "group"
            ]
    found: Found = {}
    for name, cost in seconds.items():
        method, _, setting = name.rpartition(" ")
        truth = corpus.causes if "alerts" not in method else of_these(corpus, of_monitoring)
        found[method, float(setting)] = (
            evaluate(truth, labels.get((method, float(setting)), {})),
            cost,
        )
    return found


def of_these(corpus: Corpus, keys: Mapping[str, str]) -> dict[str, str | None]:
    """The causes of some incidents alone."""
    return {key: corpus.causes[key] for key in keys}


def ours(
    corpus: Corpus, of_monitoring: Mapping[str, str] | None = None
) -> tuple[Evaluation, float]:
    """What we find; of all incidents, or measured on some alone."""
    started = time.process_time()
    grouping = mine(prepared(corpus.incidents))
    seconds = time.process_time() - started
    labels = zip(grouping.keys, grouping.labels.tolist(), strict=True)
    groups = {key: label if label >= 0 else None for key, label in labels}
    truth = corpus.causes if of_monitoring is None else of_these(corpus, of_monitoring)
    return evaluate(truth, {key: groups[key] for key in truth}), seconds


def chosen(n_incidents: int, python: Path) -> Settings:
    """The setting of each program that is best by pair F1 on a tuning estate."""
    found = by_peers(estate(n_incidents, TUNING_SEEDS[0]), python, GRID)
    best: dict[str, tuple[float, float]] = {}
    for (method, setting), (told, _) in found.items():
        best[method] = max(best.get(method, (-1.0, 0.0)), (told.pair_f1, setting))
    return {method: (setting,) for method, (_, setting) in best.items()}


def report(corpus: Corpus, python: Path, settings: Settings) -> None:
    """The table of one corpus."""
    say(f"\n{HEADER}")
    nodes = collapse(read_rows(prepared(corpus.incidents)))
    variants: dict[str, Callable[[], tuple[Evaluation, float]]] = {
        "ours, text and fields": lambda: ours(corpus),
        "ours, text only": lambda: ours(corpus.text_only()),
        "ours, text and fields, alerts": lambda: ours(corpus, alerts(corpus, nodes)),
    }
    for name, measure in variants.items():
        say(row(name, *measure()))
    for (method, setting), (found, seconds) in by_peers(corpus, python, settings).items():
        say(row(f"{method} ({setting:g})", found, seconds))


def report_real(data: Path, python: Path) -> None:
    """The tables of public texts."""
    of_texts = {method: values for method, values in GRID.items() if "alerts" not in method}
    corpora = {"CLINC150 test split": real_corpora.clinc(data)}
    corpora |= {"Ask Ubuntu titles": real_corpora.ask_ubuntu(data)}
    for name, corpus in corpora.items():
        say(f"\n{name}\n\n{HEADER}")
        say(row("ours", *ours(corpus)))
        best: dict[str, tuple[float, Evaluation, float]] = {}
        for (method, setting), (found, seconds) in by_peers(corpus, python, of_texts).items():
            if method not in best or found.pair_f1 > best[method][1].pair_f1:
                best[method] = (setting, found, seconds)
        for method, (setting, found, seconds) in best.items():
            say(row(f"{method} ({setting:g})", found, seconds))


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(REPORT_SEEDS))
    parser.add_argument("--environment", type=Path, default=Path("out/peers"))
    parser.add_argument("--real", action="store_true", help="public texts instead of estates")
    asked = parser.parse_args()
    python = interpreter(asked.environment)
    if asked.real:
        report_real(Path(os.environ["CSI_REAL_DATA"]), python)
        return 0
    settings = chosen(asked.incidents, python)
    say(f"chosen on seed {TUNING_SEEDS[0]}: {json.dumps(settings)}")
    for seed in asked.seeds:
        say(f"\nEstate of {asked.incidents:,}, seed {seed}")
        report(estate(asked.incidents, seed), python, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
