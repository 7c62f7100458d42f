"""The incidents most alike to each: by pair score where there are fields, else by wording."""

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from problem_mining.correction import Correction, corrected
from problem_mining.embedding import Embed
from problem_mining.model import PairModel
from problem_mining.nodes import FloatArray, IntArray, Rows, collapse, read_rows
from problem_mining.pair_scoring import score_pairs, taught
from problem_mining.search import search, widened
from problem_mining.settings import DEFAULT, MiningSettings
from problem_mining.weights import shipped_model, teacher_of
from problem_mining.wording import nearest, spoken, wording

TEXT = "text"
"""Names of the models for texts alone begin so; there wording is the better search."""
MIN_SEARCHED = 40
DECIMALS = 6


def most_alike(
    incidents: pd.DataFrame,
    k: int,
    *,
    embed: Embed | None = None,
    correction: Correction | None = None,
    settings: MiningSettings = DEFAULT,
) -> pd.DataFrame:
    """The k incidents most alike to each, itself left out.

    Args:
        incidents: as for `pipeline.mine`.
        k: how many; fewer where fewer are alike at all.
        embed: the language model, if there is one; asked where texts are all there is.
        correction: what the company's own evidence adds to the pair score.
        settings: how pairs are searched.

    Returns:
        Columns `id`, `neighbour_id`, `rank` from 1 and `score`, the most alike first; by id. Scores
        are pair probabilities where there are fields, else what of the wording is alike: they order
        the neighbours of one incident and do not compare between files.
    """
    rows = read_rows(incidents)
    if not len(rows.keys):
        return _table(rows, *_nothing())
    model = shipped_model(rows.codes, np.arange(len(rows.keys)))
    with threadpool_limits(limits=1):
        if model.name.startswith(TEXT):
            return _by_wording(incidents, rows, k, embed)
        return _by_pair_score(rows, k, corrected(model, correction), settings)


def _nothing() -> tuple[IntArray, IntArray, FloatArray]:
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)


def _by_wording(incidents: pd.DataFrame, rows: Rows, k: int, embed: Embed | None) -> pd.DataFrame:
    days = None if np.isnan(rows.days).all() else rows.days
    ids, scores = nearest(wording(spoken(incidents), embed), k, days=days)
    asked = np.repeat(np.arange(len(rows.keys)), ids.shape[1])
    found = ids.ravel() >= 0
    return _table(rows, asked[found], ids.ravel()[found], scores.ravel()[found])


def _by_pair_score(rows: Rows, k: int, model: PairModel, settings: MiningSettings) -> pd.DataFrame:
    """All pairs of the search, scored; exact repeats are the nearest of each other."""
    wide = {
        name: max(getattr(settings, name), MIN_SEARCHED, k)
        for name in ("dense_neighbours", "lexical_neighbours")
    }
    nodes = collapse(rows)
    space, pairs = search(nodes, settings.model_copy(update=wide), lambda stage, share: None)
    if teacher := teacher_of(model):
        space = taught(space, pairs, teacher)
        pairs = widened(space, pairs, settings)
    _, p = score_pairs(space, pairs, model, corrects_prior=settings.corrects_prior)
    of_node = pd.DataFrame({"node": nodes.of_row, "row": np.arange(len(rows.keys))})
    both = pd.DataFrame(np.concatenate([pairs, pairs[:, ::-1]]), columns=["node", "other"])
    both = both.assign(score=np.round(np.concatenate([p, p]), DECIMALS))
    best = both.sort_values(["node", "score", "other"], ascending=[True, False, True])
    best = best.groupby("node").head(k)
    same = pd.DataFrame({"node": np.arange(len(nodes)), "other": np.arange(len(nodes))})
    all_pairs = pd.concat([same.assign(score=1.0), best], ignore_index=True)
    theirs = of_node.rename(columns={"node": "other", "row": "neighbour"})
    # Of many exact repeats no more than k + 1 can be among the nearest.
    theirs = theirs[theirs.groupby("other").cumcount() <= k]
    table = of_node.merge(all_pairs, on="node").merge(theirs, on="other")
    table = table[table["row"] != table["neighbour"]]
    table = table.sort_values(["row", "score", "neighbour"], ascending=[True, False, True])
    table = table.groupby("row").head(k)
    return _table(
        rows, table["row"].to_numpy(), table["neighbour"].to_numpy(), table["score"].to_numpy()
    )


def _table(rows: Rows, asked: IntArray, found: IntArray, scores: FloatArray) -> pd.DataFrame:
    keys = np.array(rows.keys, dtype=object)
    table = pd.DataFrame(
        {
            "id": pd.Series(keys[asked], dtype="str"),
            "neighbour_id": pd.Series(keys[found], dtype="str"),
        }
    )
    rank = table.groupby("id").cumcount() + 1
    table = table.assign(rank=rank.astype("int64"), score=np.round(scores, DECIMALS))
    return table.sort_values(["id", "rank"], ignore_index=True)
