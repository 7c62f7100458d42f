"""What the states of tasks say: results of those that ended well, reasons of those that did not."""

from collections.abc import Mapping
from typing import Any, TypeVar

from prefect.client.schemas.objects import State

T = TypeVar("T")


def result_or_none(state: State[T]) -> T | None:
    """The result of a completed task, None of one that failed."""
    return state.result() if state.is_completed() else None


def reasons(states: Mapping[str, State[Any]]) -> dict[str, str]:
    """Why each task failed that did, by the name it is kept under."""
    failed = {name: state for name, state in states.items() if not state.is_completed()}
    return {name: str(state.result(raise_on_failure=False)) for name, state in failed.items()}
