"""Runs expectations with Great Expectations; the only module that imports it, and only when called.

Its import costs seconds, so nothing here happens before the first check. It contacts no network:
the context lives in memory and its analytics are switched off.
"""

import gc
import logging
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from checks.expectations import Expectation
from itsm.errors import CheckError

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation as GxExpectation

_CHATTY = "great_expectations.data_context.types.base"
"""A logger that sets its own level and tells of each context it makes."""

_RESULT_FORMAT = {"result_format": "COMPLETE", "return_unexpected_index_query": False}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one expectation found: the positions of the failing rows, and what was observed."""

    is_met: bool
    n_checked: int
    rows: NDArray[np.int64]
    observed: object | None


def evaluate(frame: pd.DataFrame, expectations: Sequence[Expectation]) -> tuple[Outcome, ...]:
    """One outcome per expectation, in their order.

    Args:
        frame: the records; its index is ignored, rows are named by position.
        expectations: their rules are unique.

    Raises:
        CheckError: an expectation could not be evaluated, so nothing is known about the data.
    """
    return _evaluated(_looked_at(frame, expectations), expectations)


def evaluate_each(
    frames: Sequence[pd.DataFrame], expectations: Sequence[Expectation]
) -> list[tuple[Outcome, ...]]:
    """As `evaluate`, of each of some frames; what each call takes by itself is taken once.

    Args:
        frames: of the same columns; the records of all of them are judged at once.
        expectations: each on single records, or on values that no two frames share.
    """
    if len(frames) == 1 or not expectations:
        return [evaluate(frame, expectations) for frame in frames]
    looked = _looked_at(pd.concat(frames, ignore_index=True), expectations)
    ends = np.cumsum([len(frame) for frame in frames])
    each: list[list[Outcome]] = [[] for _ in frames]
    for expectation, outcome in zip(expectations, _evaluated(looked, expectations), strict=True):
        names = [name for name in _columns(expectation) if name is not None]
        is_given = looked[names].notna().all(axis="columns").to_numpy(dtype=bool)
        n_checked = [int(some.sum()) for some in np.split(is_given, ends[:-1])]
        if sum(n_checked) != outcome.n_checked:
            raise CheckError(f"{expectation.rule} on {expectation.field}: other rows were judged")
        parts = np.split(outcome.rows, np.searchsorted(outcome.rows, ends[:-1]))
        for place, (n, rows) in enumerate(zip(n_checked, parts, strict=True)):
            start = int(ends[place - 1]) if place else 0
            each[place].append(Outcome(outcome.is_met, n, rows - start, outcome.observed))
    return [tuple(outcomes) for outcomes in each]


def _evaluated(looked: pd.DataFrame, expectations: Sequence[Expectation]) -> tuple[Outcome, ...]:
    if not expectations:
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gx = loaded()
        suite = gx.ExpectationSuite("suite", expectations=[_translated(e) for e in expectations])
        found = _batch(looked).validate(suite, result_format=_RESULT_FORMAT)
    by_rule = {_rule(result): result for result in found.results}
    return tuple(_outcome(expectation, by_rule[expectation.rule]) for expectation in expectations)


def loaded() -> ModuleType:
    """Great Expectations, without its analytics; who forks had better load it before.

    While its 3,000 modules are loaded no garbage is looked for: that takes a quarter off the
    processor time of loading it.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    was_on = gc.isenabled()
    gc.disable()
    try:
        import great_expectations as gx
    finally:
        if was_on:
            gc.enable()
    logging.getLogger(_CHATTY).setLevel(logging.WARNING)
    # The thread of its progress bars would stay, and a process with threads is not forked.
    bars: Any = sys.modules.get("tqdm")
    if bars is not None:
        bars.tqdm.monitor_interval = 0
    return gx


def _translated(expectation: Expectation) -> "GxExpectation":
    import great_expectations.expectations as gxe

    kwargs: dict[str, object] = dict(expectation.kwargs)
    if expectation.mostly < 1.0:
        kwargs["mostly"] = expectation.mostly
    gx_class: Callable[..., GxExpectation] = getattr(gxe, expectation.gx_type)
    return gx_class(**kwargs, meta={"rule": expectation.rule})


def _looked_at(frame: pd.DataFrame, expectations: Sequence[Expectation]) -> pd.DataFrame:
    """Only the columns the expectations look at, since each of them copies all rows it judges."""
    plain = frame.reset_index(drop=True)
    derived = {e.derived.name: e.derived.of(plain) for e in expectations if e.derived is not None}
    used = {name for expectation in expectations for name in _columns(expectation)}
    return plain[[name for name in plain.columns if name in used]].assign(**derived)


def _columns(expectation: Expectation) -> tuple[object, ...]:
    given = expectation.kwargs
    several = given.get("column_list", ())
    assert isinstance(several, Sequence)
    return (given.get("column"), given.get("column_A"), given.get("column_B"), *several)


def _batch(frame: pd.DataFrame) -> "Batch":
    return _definition().get_batch(batch_parameters={"dataframe": frame})


@cache
def _definition() -> "BatchDefinition[Any]":
    """Where Great Expectations finds frames; made once per process, as it takes 0.1 s."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("records").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("all")


def _rule(found: "ExpectationValidationResult") -> str:
    assert found.expectation_config is not None
    return str(found.expectation_config.meta["rule"])


def _outcome(expectation: Expectation, found: "ExpectationValidationResult") -> Outcome:
    _require_evaluated(expectation, found.exception_info)
    result: Mapping[str, Any] = found.result
    checked = int(result.get("element_count") or 0) - int(result.get("missing_count") or 0)
    rows = np.array(result.get("unexpected_index_list") or (), dtype=np.int64)
    return Outcome(bool(found.success), checked, np.sort(rows), result.get("observed_value"))


def _require_evaluated(expectation: Expectation, info: Mapping[str, Any]) -> None:
    """Great Expectations reports what it could not evaluate as unmet; that would blame the data."""
    details = [info, *(value for value in info.values() if isinstance(value, Mapping))]
    for detail in details:
        if detail.get("raised_exception"):
            message = str(detail.get("exception_message")).splitlines()[0]
            raise CheckError(f"{expectation.rule} on {expectation.field}: {message}")
