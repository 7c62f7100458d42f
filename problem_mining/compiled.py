"""Loops over pairs that are compiled, where numpy would copy a row for every pair."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """A function of arrays and numbers as machine code, made at its first call.

    It is kept beside its module, or in the user's cache, where one of them can be written; else
    every process makes its own. Other threads run meanwhile. Sums are added up as they are
    written, one after the other.
    """
    try:
        return cast(F, njit(function, nogil=True, cache=True))
    except RuntimeError:  # there is nowhere to keep it
        return cast(F, njit(function, nogil=True))
