"""How the stages of a flow went: results and reasons, and the state the flow ends in."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.artifacts import Artifact, StageTime, run_artifact

T = TypeVar("T")


def publish(artifact: Artifact) -> None:
    """Leave an artifact with the run."""
    create_markdown_artifact(
        markdown=artifact.markdown, key=artifact.key, description=artifact.description
    )


def result_or_none(state: State[T]) -> T | None:
    """The result of a completed task, None of one that failed."""
    return state.result() if state.is_completed() else None


def reasons(states: Mapping[str, State[Any]]) -> dict[str, str]:
    """Why each task failed that did, by the name it is kept under."""
    failed = {name: state for name, state in states.items() if not state.is_completed()}
    return {name: str(state.result(raise_on_failure=False)) for name, state in failed.items()}


def not_begun(state: State[Any]) -> State[None]:
    """The state of a flow whose first task failed: why, and where it looked."""
    why = reasons({"": state})[""]
    return Failed(message=f"{why} (the run looked in {Path.cwd()})")


class Stages:
    """Runs the stages of a flow one after another, and keeps how each went and how long it took.

    Args:
        flow: one word for the flow.
    """

    def __init__(self, flow: str) -> None:
        self._flow = flow
        self._done: list[StageTime] = []

    def run(self, stage: str, start: Callable[[], State[Any]], said: str = "{}") -> State[Any]:
        """Run a stage to its end.

        Args:
            stage: its name.
            start: runs its task and returns the task's state.
            said: what is told of its result, which is put in the braces.
        """
        started = time.monotonic()
        state = start()
        took_s = time.monotonic() - started
        why = reasons({stage: state}).get(stage)
        told = said.format(result_or_none(state)) if why is None else why
        ended = "done" if why is None else "failed"
        self._done.append(StageTime(stage=stage, took_s=took_s, ended=ended, said=told))
        return state

    def skip(self, stage: str, why: str) -> None:
        """Note that a stage was not run, and why."""
        self._done.append(StageTime(stage=stage, took_s=0.0, ended="not run", said=why))

    def end(self, label: str, said: str) -> State[None]:
        """Tell how all stages went; the state the flow ends in.

        Args:
            label: what the run was for, such as its week.
            said: what is told if all went well.
        """
        publish(run_artifact(self._flow, label, self._done))
        bad = [f"{one.stage}: {one.said}" for one in self._done if one.ended == "failed"]
        if bad:
            return Failed(message=f"{label}: " + "; ".join(bad))
        return Completed(message=f"{label}: {said}")
