"""Work on blocks of rows or pairs: on the threads of this process, or wherever an engine takes it.

A piece of work is a plain function of what all blocks share and of one part. A block is some whole
parts, and parts are cut alike everywhere; so where, in how many blocks and in which order they are
computed cannot change what comes of them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from importlib import import_module
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from itsm.errors import MiningError
from problem_mining.chunks import in_order

S = TypeVar("S")
T = TypeVar("T")
Work = Callable[[S, slice], T]
"""What is to be made of what all blocks share, and of one part."""

ROOM = "problem_mining."


class Engine(Protocol):
    """Computes parts somewhere."""

    def run(self, work: Work[S, T], shared: S, parts: Sequence[slice]) -> Iterator[T]:
        """What work makes of each part, in order."""
        ...


_ENGINE: ContextVar[Engine | None] = ContextVar("engine", default=None)


@contextmanager
def computed_by(engine: Engine | None) -> Iterator[None]:
    """Work is computed by an engine; by the threads of this process where there is none."""
    token = _ENGINE.set(engine)
    try:
        yield
    finally:
        _ENGINE.reset(token)


def are_shared_out() -> bool:
    """Whether an engine computes parts; it is asked for one piece of work after the other."""
    return _ENGINE.get() is not None


def in_parts(work: Work[S, T], shared: S, parts: Sequence[slice]) -> Iterator[T]:
    """What work makes of each part, in order, wherever it is computed.

    Args:
        work: a function of a module of this room, found again by its name.
        shared: plain values, arrays, and dataclasses of this room.
        parts: from `chunks.parts_of`.
    """
    engine = _ENGINE.get()
    if engine is None or len(parts) < 2:
        return iter(in_order(partial(work, shared), parts))
    return engine.run(work, shared, parts)


def blocks_of(parts: Sequence[slice], n: int) -> list[Sequence[slice]]:
    """Parts in at most n blocks of neighbours, of nearly the same number each."""
    bounds = np.linspace(0, len(parts), min(n, len(parts)) + 1).round().astype(int).tolist()
    return [parts[start:end] for start, end in pairwise(bounds) if end > start]


def name_of(work: Work[Any, Any]) -> str:
    """The name that a piece of work is found again by."""
    return f"{work.__module__}:{work.__qualname__}"


def computed(name: str, shared: object, parts: Sequence[slice]) -> list[object]:
    """A block, computed in this process.

    Args:
        name: from `name_of`.
        shared: what all blocks share.
        parts: those of the block.

    Raises:
        MiningError: this version of the room has no such work.
    """
    module, _, function = name.partition(":")
    if not module.startswith(ROOM):
        raise MiningError(f"{name} is no work of {ROOM[:-1]}")
    work = getattr(import_module(module), function, None)
    if not callable(work):
        raise MiningError(f"there is no {name} here; install one version on every machine")
    with threadpool_limits(limits=1), computed_by(None):
        return in_order(partial(work, shared), parts)
