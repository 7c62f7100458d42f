"""Groups rows as other programs do; run by an interpreter of its own, which has them.

Reads from standard input, as JSON, a folder with `rows.csv` (key, text, alert) and `vectors.npy`
(one unit vector per row), and the settings wanted; writes `groups.csv` (method, setting, key,
group) there and tells the CPU seconds of each. Rows in no group are left out.
"""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Labels = list[int]


def by_hdbscan(vectors: Any, setting: float) -> Labels:
    """HDBSCAN of the unit vectors; the setting is the least size of a group."""
    from hdbscan import HDBSCAN

    found = HDBSCAN(min_cluster_size=int(setting), min_samples=1, core_dist_n_jobs=1)
    return [int(n) for n in found.fit_predict(vectors)]


def by_components(vectors: Any, setting: float) -> Labels:
    """Connected components of the 15 nearest; the setting is the least cosine."""
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=16, metric="euclidean").fit(vectors)
    graph = search.kneighbors_graph(mode="distance")
    graph.data = (1 - graph.data**2 / 2 >= setting).astype(float)
    graph.eliminate_zeros()
    _, labels = connected_components(graph, directed=False)
    sizes = np.bincount(labels)
    return [int(n) if sizes[n] > 1 else -1 for n in labels]


def by_bertopic(vectors: Any, setting: float, texts: list[str]) -> Labels:
    """BERTopic of the same vectors; the setting is the least size of a topic."""
    from bertopic import BERTopic
    from umap import UMAP

    space = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42)
    found = BERTopic(umap_model=space, min_topic_size=int(setting), calculate_probabilities=False)
    topics, _ = found.fit_transform(texts, embeddings=vectors)
    return [int(n) for n in topics]


def by_drain(texts: list[str], setting: float) -> Labels:
    """Drain3's templates of titles; the setting is its least likeness."""
    from drain3 import TemplateMiner
    from drain3.template_miner_config import TemplateMinerConfig

    config = TemplateMinerConfig()
    config.drain_sim_th = setting
    miner = TemplateMiner(config=config)
    labels = [int(miner.add_log_message(text)["cluster_id"]) for text in texts]
    sizes = np.bincount(labels)
    return [n if sizes[n] > 1 else -1 for n in labels]


def main() -> None:
    asked = json.load(sys.stdin)
    folder = Path(asked["folder"])
    with (folder / "rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys, texts = [row["key"] for row in rows], [row["text"] for row in rows]
    alerts = [n for n, row in enumerate(rows) if row["alert"]]
    vectors = np.load(folder / "vectors.npy").astype(np.float64)

    def of_alerts(setting: float) -> Labels:
        labels = [-1] * len(rows)
        found = by_drain([rows[n]["alert"] for n in alerts], setting)
        for n, label in zip(alerts, found, strict=True):
            labels[n] = label
        return labels

    methods: dict[str, Callable[[float], Labels]] = {
        "HDBSCAN": lambda setting: by_hdbscan(vectors, setting),
        "connected components": lambda setting: by_components(vectors, setting),
        "BERTopic": lambda setting: by_bertopic(vectors, setting, texts),
        "Drain3, alerts": of_alerts,
    }
    told = {}

    def groups() -> Iterator[tuple[str, float, str, int]]:
        for method, settings in asked["settings"].items():
            for setting in settings:
                started = time.process_time()
                labels = methods[method](setting)
                told[f"{method} {setting}"] = time.process_time() - started
                for key, label in zip(keys, labels, strict=True):
                    if label >= 0:
                        yield method, setting, key, label

    with (folder / "groups.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["method", "setting", "key", "group"])
        out.writerows(groups())
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
