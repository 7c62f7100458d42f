"""A file of known causes, which teaches the pair score of a file: `csi mine FILE --labels`."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from connectors.files.table import read_table
from itsm.errors import ConfigError
from problem_mining.labels import Labels
from problem_mining.learning import Lesson, learn

CAUSES = ("cause", "problem", "problem_id", "candidate_id", "cluster_id", "group", "label")
"""Names of the column that tells the cause; the first one there is counts."""
IDS = ("id", "key", "number")


def read_labels(file: Path) -> Labels:
    """The causes that a file names: ids with the same cause are repeats, others are not.

    Raises:
        ConfigError: it has no column of ids or of causes, or names no cause twice.
    """
    table = pd.DataFrame(read_table(file), dtype="str")
    by_name = {name.strip().lower(): name for name in table.columns}
    key, cause = _column(by_name, IDS, file), _column(by_name, CAUSES, file)
    told = table[[key, cause]].set_axis(["key", "cause"], axis=1).replace("", pd.NA).dropna()
    told = told.drop_duplicates("key", keep="last")
    shared = told[told.groupby("cause")["key"].transform("size") > 1]
    if shared.empty:
        raise ConfigError(f"{file}: no two ids have the same {cause}: there is nothing to learn")
    causes = {str(k): f"problem:{c}" for k, c in zip(shared["key"], shared["cause"], strict=True)}
    return Labels(causes, frozenset(), {f"named by {file.name}": len(causes)})


def _column(by_name: Mapping[str, str], names: tuple[str, ...], file: Path) -> str:
    found = next((by_name[name] for name in names if name in by_name), None)
    if found is None:
        wanted, there = " or ".join(names), ", ".join(by_name.values())
        raise ConfigError(f"{file} needs a column {wanted}; its columns: {there}")
    return found


def taught_by(incidents: pd.DataFrame, file: Path) -> Lesson:
    """What is learned from a file of known causes; says why where nothing is."""
    return learn(incidents, read_labels(file))
