"""Random numbers that belong to a record, whatever block it is made in.

A draw depends on seed, stream, name and record index only, so that any part of an estate can be
made again by itself, and a clone can repeat the words of the incident it copies.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def _salt(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64.

    Source:
        Steele, Lea & Flood 2014, Fast splittable pseudorandom number generators.
    """
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


class Draws:
    """Draws of the records with the given indexes; each name is a stream of its own."""

    def __init__(self, seed: int, stream: str, ids: Ints) -> None:
        start = np.uint64(_salt(f"{seed}/{stream}"))
        self._state = _mix(ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start)
        self.n = len(ids)

    def raw(self, name: str) -> NDArray[np.uint64]:
        """Shape (n,), all 64 bits."""
        return _mix(self._state + np.uint64(_salt(name)))

    def uniform(self, name: str) -> Floats:
        """Shape (n,), in [0, 1)."""
        return (self.raw(name) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, name: str, bound: int | Ints) -> Ints:
        """Shape (n,), whole numbers in [0, bound)."""
        whole: Ints = np.minimum(
            (self.uniform(name) * bound).astype(np.int64), np.maximum(bound, 1) - 1
        )
        return whole

    def chance(self, name: str, share: float | Floats) -> Flags:
        """Shape (n,), true for about this share."""
        flags: Flags = self.uniform(name) < share
        return flags

    def normal(self, name: str) -> Floats:
        """Shape (n,), standard normal (Box and Muller)."""
        radius = np.sqrt(-2.0 * np.log(1.0 - self.uniform(name + "/r")))
        normal: Floats = radius * np.cos(2.0 * np.pi * self.uniform(name + "/a"))
        return normal

    def lognormal(self, name: str, median: float | Floats, sigma: float) -> Floats:
        """Shape (n,), log-normal with this median."""
        values: Floats = median * np.exp(sigma * self.normal(name))
        return values

    def choice(self, name: str, shares: Sequence[float]) -> Ints:
        """Shape (n,), indexes drawn with these shares."""
        edges = np.cumsum(np.asarray(shares, dtype=np.float64))
        picked = np.searchsorted(edges, self.uniform(name) * edges[-1], side="right")
        chosen: Ints = np.minimum(picked, len(edges) - 1).astype(np.int64)
        return chosen
