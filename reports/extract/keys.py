"""Surrogate keys that are the same in every extract, without a table to look them up in.

A key is the first 53 bits of a hash: what a spreadsheet, a browser and Power Query, which reckon in
double precision, still hold exactly.
"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]

NOT_GIVEN = 0
"""The key of "not given" in every dimension."""

_BITS = 53


def surrogate(*parts: object) -> int:
    """The key of what these parts name together; never 0."""
    named = "\x1f".join(map(str, parts)).encode(errors="surrogatepass")
    return (int.from_bytes(blake2b(named, digest_size=8).digest()) >> (64 - _BITS)) or 1


def record_keys(source: Iterable[object], number: Iterable[object]) -> Keys:
    """The keys of records, by source and number.

    Returns:
        Shape (n,).
    """
    pairs = zip(source, number, strict=True)
    return np.fromiter((surrogate(*pair) for pair in pairs), dtype=np.int64)
