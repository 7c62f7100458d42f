"""What a pull would cost: requests, rows and hours of each kind, from a look at its first pages."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from connectors.core.budget import Budget
from connectors.core.source import Countable, Source
from flows.wiring import Parts, source_of
from itsm.errors import SourceError
from itsm.states import RecordKind

LOOKED_AT = 3
"""Pages of each kind that are read to see what they cost; nothing of them is kept."""


@dataclass(slots=True)
class CountingBudget:
    """Counts requests on their way to the budget all sources share, and hears of the limit."""

    budget: Budget
    n: int = 0
    per_hour: int | None = None

    def take(self, account: str) -> None:
        """Count a request, and wait for leave."""
        self.n += 1
        self.budget.take(account)

    def hold(self, account: str, until: datetime) -> None:
        """As the system asks."""
        self.budget.hold(account, until)

    def learn(self, account: str, per_hour: int) -> None:
        """The limit that the system tells."""
        self.per_hour = per_hour
        self.budget.learn(account, per_hour)


@dataclass(frozen=True, slots=True)
class KindPlan:
    """What is left to pull of one kind.

    Attributes:
        kind: of which kind.
        n_rows: records left; None where the system does not count them.
        n_calls: requests that takes; None where rows are not known.
        seconds: how long they take one after the other, without any limit; None as above.
        trouble: why nothing is known, "" where it is.
    """

    kind: RecordKind
    n_rows: int | None = None
    n_calls: int | None = None
    seconds: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """What is left to pull of one source; `per_hour` is the limit it keeps to, None for none."""

    source: str
    kinds: tuple[KindPlan, ...]
    per_hour: int | None
    n_asked: int

    @property
    def n_calls(self) -> int:
        """Requests, as far as they are known."""
        return sum(one.n_calls or 0 for one in self.kinds)

    @property
    def hours(self) -> float:
        """How long it takes: as long as the requests do, or as the limit lets them."""
        seconds = sum(one.seconds or 0.0 for one in self.kinds)
        limited = self.n_calls / self.per_hour if self.per_hour else 0.0
        return max(seconds / 3600, limited)


def planned(parts: Parts, name: str, clock: Callable[[], float] = time.perf_counter) -> SourcePlan:
    """What is left to pull of a source; the first pages of each kind are read, and nothing is kept.

    Args:
        parts: settings and store; kinds that were pulled before go on where they are.
        name: of the source.
        clock: measures seconds.
    """
    budget = CountingBudget(parts.around.budget)
    around = replace(parts.around, budget=budget)
    look = _Look(parts, source_of(parts.settings, name, parts.base, around), budget, clock)
    kinds = tuple(look.at(kind) for kind in look.source.kinds)
    asked = getattr(parts.settings.sources[name], "requests_per_hour", None)
    return SourcePlan(name, kinds, budget.per_hour or asked, budget.n)


@dataclass(slots=True)
class _Look:
    parts: Parts
    source: Source
    budget: CountingBudget
    clock: Callable[[], float]

    def at(self, kind: RecordKind) -> KindPlan:
        """What is left of one kind."""
        self.parts.say(f"plan   {self.source.name}: looking at {kind}")
        try:
            return self._at(kind)
        except SourceError as error:
            return KindPlan(kind, trouble=str(error))

    def _at(self, kind: RecordKind) -> KindPlan:
        with self.parts.store.begin() as uow:
            cursor = uow.watermarks.get(self.source.name, kind)
            n_held = uow.raw.count(self.source.name, kind) if cursor is not None else 0
        counts = self.source.count(kind) if isinstance(self.source, Countable) else None
        n_before, began = self.budget.n, self.clock()
        sizes = [len(page.records) for page in islice(self.source.pages(kind, cursor), LOOKED_AT)]
        n_calls, seconds = self.budget.n - n_before, self.clock() - began
        n_seen = sum(sizes)
        if len(sizes) < LOOKED_AT:
            return KindPlan(kind, n_seen, n_calls, seconds)
        if counts is None or not n_seen:
            return KindPlan(kind)
        n_rows = max(counts - n_held, n_seen)
        share = n_rows / n_seen
        return KindPlan(kind, n_rows, math.ceil(n_calls * share), seconds * share)


def told(plan: SourcePlan) -> Iterator[str]:
    """A plan as the lines of a table, and what it comes to."""
    widest = max((len(one.kind) for one in plan.kinds), default=4)
    yield f"{'kind'.ljust(widest)}  {'rows':>10}  {'requests':>9}  {'time':>8}"
    for one in plan.kinds:
        cells = (_number(one.n_rows), _number(one.n_calls), _time(one.seconds))
        yield f"{one.kind.ljust(widest)}  {cells[0]:>10}  {cells[1]:>9}  {cells[2]:>8}{_why(one)}"
    limit = f", the limit is {plan.per_hour:,} requests an hour" if plan.per_hour else ""
    yield f"{plan.n_calls:,} requests, about {_time(plan.hours * 3600)}{limit}"
    unknown = [one.kind for one in plan.kinds if one.n_rows is None]
    if unknown:
        yield f"not in it, because the system does not count them: {', '.join(unknown)}"
    yield f"asked {plan.n_asked:,} requests to find out; nothing was kept"


def _why(one: KindPlan) -> str:
    return f"  {one.trouble}" if one.trouble else ""


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
