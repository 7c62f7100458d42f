"""Teams that are too small to be told of, so that no person is measured."""

import numpy as np

from reports.measures.data import Flags, MeasureData, Texts

MIN_TEAM_SIZE = 5
"""Smaller teams are never a slice of a figure."""
SMALL_TEAMS = "teams of fewer than 5"


def is_small(data: MeasureData, team: Texts) -> Flags:
    """Which of these teams are known to have fewer than 5 people."""
    small = [name for name, size in data.sizes().items() if size < MIN_TEAM_SIZE]
    return np.isin(team.astype(str), small)


def without_small(data: MeasureData, team: Texts) -> Texts:
    """The same names, with small teams under one name."""
    return np.where(is_small(data, team), SMALL_TEAMS, team)
