"""Work on many pairs in chunks, on as many threads as there are cores; results keep their order."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

CHUNK = 16_384
"""Pairs looked at in one go: few enough for what is computed of them to stay in the cache."""
MAX_THREADS = 4


def parts_of(n: int, size: int = CHUNK) -> list[slice]:
    """The numbers up to n in parts of a size."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def in_order(work: Callable[[slice], T], parts: Sequence[slice]) -> list[T]:
    """What work makes of each part, in order; numpy and scipy let other threads run meanwhile."""
    threads = min(MAX_THREADS, _n_cores(), len(parts))
    if threads <= 1:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
