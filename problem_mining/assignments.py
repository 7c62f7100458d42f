"""Which incident is in which candidate, as a table."""

import hashlib

import numpy as np
import pandas as pd

from problem_mining.pipeline import Grouping


def candidate_id(keys: list[str]) -> str:
    """An id made from the members alone."""
    digest = hashlib.sha256("\x1f".join(sorted(keys)).encode()).hexdigest()
    return f"PC-{digest[:10]}"


def assignments(grouping: Grouping) -> pd.DataFrame:
    """Every incident once, in order of id, with its candidate and score.

    Returns:
        Columns `id`, `candidate_id` ("" for a single) and `score` (0 for a single, 6 decimals).
    """
    ids = [""] * len(grouping.keys)
    for members in grouping.members():
        name = candidate_id([grouping.keys[row] for row in members])
        for row in members:
            ids[row] = name
    return pd.DataFrame(
        {
            "id": pd.Series(grouping.keys, dtype="str"),
            "candidate_id": pd.Series(ids, dtype="str"),
            "score": np.round(grouping.scores, 6),
        }
    ).sort_values("id", ignore_index=True)
