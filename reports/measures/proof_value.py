"""What an improvement has saved: hours, money and return, with every number that went into it."""

from dataclasses import dataclass

import numpy as np

from itsm.candidates import CostModel, Estimate
from itsm.proof import Effect, ProofInput
from reports.measures.data import Flags
from reports.measures.proof_counts import Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOfOne:
    """What one member costs: hours of handling, users, and hours each of them loses."""

    handling: ProofInput
    users: ProofInput
    lost: ProofInput
    rate: ProofInput
    lost_rate: ProofInput

    @property
    def inputs(self) -> tuple[ProofInput, ...]:
        """All of it, in the order of the formula."""
        return self.handling, self.rate, self.users, self.lost, self.lost_rate

    @property
    def hours(self) -> float:
        """Hours of work and lost time."""
        return self.handling.value + self.users.value * self.lost.value

    @property
    def money(self) -> float:
        """Handling hours x rate + affected users x lost hours x rate."""
        lost = self.users.value * self.lost.value * self.lost_rate.value
        return self.handling.value * self.rate.value + lost


def cost_of_one(cost: CostModel, watched: Watched | None, members: Flags | None) -> CostOfOne:
    """What one member costs: as their records tell, else as it is configured or assumed."""
    told = {name: _mean(watched, members, name) for name in ("handling_h", "affected_users")}
    money = f"{cost.currency} per hour"
    user_rate = "user_rate_per_h" if cost.user_rate_per_h is not None else "rate_per_h"
    return CostOfOne(
        handling=_input("hours of handling one", "handling_h", told["handling_h"], cost, "hours"),
        users=_input("users affected by one", "affected_users", told["affected_users"], cost, ""),
        lost=_input("hours one user loses", "lost_h_per_user", None, cost, "hours"),
        rate=_input("an hour of handling", "rate_per_h", None, cost, money),
        lost_rate=ProofInput(
            name="an hour a user loses",
            value=cost.lost_rate_per_h,
            unit=money,
            is_assumed=user_rate in cost.assumed,
        ),
    )


def _mean(watched: Watched | None, members: Flags | None, name: str) -> float | None:
    if watched is None or members is None:
        return None
    values = watched.timeline.columns.numbers(name)[members]
    known = np.sort(values[~np.isnan(values)])
    return float(known.mean()) if len(known) else None


def _input(name: str, field: str, measured: float | None, cost: CostModel, unit: str) -> ProofInput:
    if measured is not None:
        return ProofInput(name=f"{name}, as records tell", value=measured, unit=unit)
    is_assumed = field in cost.assumed
    return ProofInput(
        name=name, value=float(getattr(cost, field)), unit=unit, is_assumed=is_assumed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What was saved so far; `roi` only where the cost of the improvement is known."""

    hours: Estimate
    benefit: Estimate
    roi: Estimate | None
    inputs: tuple[ProofInput, ...]


def value_of(effect: Effect, one: CostOfOne, currency: str, spent: float | None) -> Value | None:
    """Cost avoided = incidents avoided x cost of one; return = (avoided - spent) / spent."""
    avoided = effect.avoided
    if avoided is None:
        return None
    assumed = tuple(each.name for each in one.inputs if each.is_assumed)
    inputs = [
        ProofInput(name="incidents that came", value=effect.observed, unit="incidents"),
        ProofInput(
            name="incidents that would have come", value=effect.expected or 0.0, unit="incidents"
        ),
        *one.inputs,
    ]
    hours = _times(avoided, one.hours, "hours", assumed)
    benefit = _times(avoided, one.money, currency, assumed)
    roi = None
    if spent:
        inputs.append(ProofInput(name="cost of the improvement", value=spent, unit=currency))
        ends = ((end - spent) / spent for end in (benefit.value, benefit.low, benefit.high))
        value, low, high = ends
        roi = Estimate(value=value, low=low, high=high, unit="times its cost", assumed=assumed)
    return Value(hours=hours, benefit=benefit, roi=roi, inputs=tuple(inputs))


def _times(avoided: Estimate, each: float, unit: str, assumed: tuple[str, ...]) -> Estimate:
    return Estimate(
        value=avoided.value * each,
        low=avoided.low * each,
        high=avoided.high * each,
        unit=unit,
        assumed=assumed,
    )
