"""Work done in turns: one piece by a second process, while the next is brought here and done."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from problem_mining.side_by_side import beside
from store.unit_of_work import Store

S = TypeVar("S")
P = TypeVar("P")
T = TypeVar("T")


class InTurns:
    """Does pieces of work, every other one by a second process where there can be one.

    Args:
        store: a second process does not go on with connections of the first.
        is_ready: whether a second process has all it needs; else work is done here.
    """

    def __init__(self, store: Store, is_ready: Callable[[], bool]) -> None:
        self._store = store
        self._is_ready = is_ready
        self._begun = ExitStack()
        self._note: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._begun.close()

    def do(self, work: Callable[[], T], note: Callable[[T], Any]) -> None:
        """Do some work now, or have it begun; what comes of it is noted by `rest` at the latest.

        Args:
            work: comes to the same twice; what it gives can be pickled.
            note: is given that, in this process.
        """
        if self._note is None and self._is_ready():
            here = os.getpid()

            def apart() -> T:
                if os.getpid() != here:
                    self._store.queries.engine.dispose(close=False)
                return work()

            told = self._begun.enter_context(beside(apart))
            self._note = lambda: note(told())
            return
        note(work())
        self.rest()

    def rest(self) -> None:
        """Note what comes of the work that is not done yet."""
        if self._note is not None:
            self._note()
            self._note = None
            self._begun.close()


class Batches(Generic[S, P, T]):
    """Gathers what has to be done of each of some groups, and does much of it at once, in turns.

    Args:
        turns: who does it.
        work: on some pieces of a group; as for `InTurns.do`.
        note: is told what came of which pieces.
        enough: whether so many pieces are done at once.
    """

    def __init__(
        self,
        turns: InTurns,
        work: Callable[[S, Sequence[P]], T],
        note: Callable[[S, Sequence[P], T], Any],
        enough: Callable[[Sequence[P]], bool],
    ) -> None:
        self._turns = turns
        self._work = work
        self._note_of = note
        self._enough = enough
        self._gathered: dict[S, list[P]] = {}

    def add(self, group: S, pieces: Sequence[P]) -> None:
        """Take up some pieces of a group."""
        here = self._gathered.setdefault(group, [])
        here += pieces
        if self._enough(here):
            self._do(group)

    def rest(self) -> None:
        """Do whatever is left, and wait for it."""
        for group in list(self._gathered):
            self._do(group)
        self._turns.rest()

    def _do(self, group: S) -> None:
        if some := self._gathered.pop(group):
            note = partial(self._note_of, group, some)
            self._turns.do(partial(self._work, group, some), note)
