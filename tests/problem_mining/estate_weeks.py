"""A practice estate as it grows, shrinks and is edited from night to night."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from problem_mining.night import History
from problem_mining.night_groups import Linkage
from problem_mining.night_lists import NO_LISTS
from problem_mining.night_scores import Scored
from problem_mining.pipeline import Known
from problem_mining.text_groups import LinkedBefore
from tests.eval.estate_corpora import estate

N_NEW = 9


def history_of(n_incidents: int, seed: int) -> pd.DataFrame:
    """The incidents of an estate in order of time."""
    return estate(n_incidents, seed).incidents.sort_values("opened_at", ignore_index=True)


def nights(frame: pd.DataFrame, n_nights: int) -> Iterator[pd.DataFrame]:
    """What is known each night: some new incidents; and from the second on some gone or edited.

    What was gone or edited one night is back the next.
    """
    draw = np.random.default_rng(7)
    for night in range(n_nights + 1):
        known = frame.iloc[: len(frame) - N_NEW * (n_nights - night)].copy()
        if night > 1:
            known = known.drop(index=draw.choice(known.index, 5, replace=False).tolist())
            edited = draw.choice(known.index, 4, replace=False).tolist()
            known.loc[edited, "team"] = "Second line"
            known.loc[edited[:2], "title"] += " beside the kettle"
        yield known.sample(frac=1, random_state=night)


def basis_alone(known: Known) -> Known:
    """What a run left but for what it found: its basis, and the texts it has read."""
    assert known.linked is not None
    before, none = known.linked, slice(0, 0)
    was = before.history
    found = was.scored
    scored = Scored(found.pairs[none], found.odds[none], found.told[none], found.p[none])
    history = History(was.basis, was.hashes[none], was.measured[none], NO_LISTS, scored)
    linkage = Linkage(before.linkage.label[none], before.linkage.rounds[:, none])
    empty = LinkedBefore(history, linkage, before.keys[none], before.groups[none], (), {})
    return Known(known.texts, empty)
