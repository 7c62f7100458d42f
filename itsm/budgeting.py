"""What improvements cost against what they are worth, by a versioned cost model."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsm.register import ENDED, RegisterEntry, RegisterState


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCost:
    """What work on improvements costs; `is_assumed` until a company sets its own rate."""

    version: str = "default"
    rate_per_day: float = 480.0
    horizon_months: float = 12.0
    currency: str = "EUR"
    is_assumed: bool = True

    def __str__(self) -> str:
        assumed = ", assumed" if self.is_assumed else ""
        return (
            f"cost model {self.version}: {self.rate_per_day:g} {self.currency} a day of work"
            f"{assumed}; value over {self.horizon_months:g} months"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One entry: cost and value in money, and what is not known.

    `cost` is what was given and the days of work at the rate; `expected` the value promised over
    the horizon, `verified` what a signed proof shows.
    """

    number: str
    title: str
    state: RegisterState
    cost: float | None
    expected: float | None
    verified: float | None
    gaps: tuple[str, ...]

    @property
    def expected_return(self) -> float | None:
        """(expected - cost) / cost; None where either is not known."""
        if self.expected is None or not self.cost:
            return None
        return (self.expected - self.cost) / self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """All lines, the best return first, with their sums; what is not known is in no sum."""

    lines: tuple[BudgetLine, ...]
    cost: float
    expected: float
    verified: float
    n_without_cost: int
    n_without_value: int
    model: WorkCost


def budget(entries: Sequence[RegisterEntry], model: WorkCost, limit: float | None = None) -> Budget:
    """Cost against value of the entries that are neither canceled nor withdrawn.

    Args:
        entries: the register.
        model: what work costs.
        limit: only as many open entries as this much money pays for, the best return first; those
            without a cost are left out.
    """
    chosen = [one for one in entries if one.state is not RegisterState.CANCELED]
    lines = sorted((_line(one, model) for one in chosen), key=_order)
    if limit is not None:
        lines = _within(lines, limit)
    return Budget(
        lines=tuple(lines),
        cost=sum(one.cost or 0.0 for one in lines),
        expected=sum(one.expected or 0.0 for one in lines),
        verified=sum(one.verified or 0.0 for one in lines),
        n_without_cost=sum(one.cost is None for one in lines),
        n_without_value=sum(one.expected is None for one in lines),
        model=model,
    )


def cost_of(entry: RegisterEntry, model: WorkCost) -> float | None:
    """What an entry costs: money and days of work; None where neither is given."""
    if entry.cost is None and entry.effort_days is None:
        return None
    return (entry.cost or 0.0) + (entry.effort_days or 0.0) * model.rate_per_day


def _line(entry: RegisterEntry, model: WorkCost) -> BudgetLine:
    cost, value = cost_of(entry, model), entry.value_per_year
    expected = None if value is None else value * model.horizon_months / 12
    benefit = entry.proof.benefit if entry.proof else None
    gaps = {"cost or effort_days": cost is None, "value_per_year": value is None}
    return BudgetLine(
        number=entry.number,
        title=entry.title,
        state=entry.state,
        cost=cost,
        expected=expected,
        verified=benefit.value if benefit and entry.has_verified_benefit else None,
        gaps=tuple(name for name, is_gap in gaps.items() if is_gap),
    )


def _order(line: BudgetLine) -> tuple[bool, float, str]:
    known = line.expected_return
    return (known is None, -(known or 0.0), line.number)


def _within(lines: Sequence[BudgetLine], limit: float) -> list[BudgetLine]:
    """The lines that a sum of money pays for, taken in their order."""
    taken, left = [], limit
    for line in lines:
        if line.state in ENDED or line.cost is None or line.cost > left:
            continue
        taken.append(line)
        left -= line.cost
    return taken
