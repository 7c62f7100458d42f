"""Where a candidate's avoidable hours come from: each input, its value, and who says so."""

from dataclasses import dataclass

from itsm.candidates import CostModel, Estimate
from reports.numbers import number
from reports.sections.candidate_card import HORIZON
from reports.words import plural
from store.reviewed import MemberTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input of the estimate."""

    what: str
    value: str
    origin: str
    is_assumed: bool = False


def cost_inputs(
    estimate: Estimate, cost: CostModel, totals: MemberTotals, config: str
) -> tuple[Input, ...]:
    """The inputs of an estimate, as records and settings give them now."""
    handling_h, users = _said(cost, totals)
    file = config.rpartition("/")[2]
    each = hours_of_one(cost, totals)
    repeats = [
        part / each if each else 0.0 for part in (estimate.value, estimate.low, estimate.high)
    ]
    value, low, high = (number(part, 1) for part in repeats)
    return (
        Input(
            what=f"Repeats expected in {HORIZON}",
            value=f"{value} ({low} to {high})",
            origin="the rate of the last 13 weeks, with its 95% interval",
        ),
        _input("handling_h", handling_h, totals.n_handling, estimate, file),
        _input("affected_users", users, totals.n_users, estimate, file),
        _input("lost_h_per_user", cost.lost_h_per_user, 0, estimate, file),
        Input(
            what="Hours of one repeat",
            value=number(each, 2),
            origin="work + affected users × hours each of them loses",
        ),
        Input(
            what=f"What one repeat costs, {cost.currency}",
            value=number(money_of_one(cost, totals)),
            origin=f"an hour of work {number(cost.rate_per_h)}, an hour a user loses "
            f"{number(cost.lost_rate_per_h)}; set under [cost] in {file}",
            is_assumed="rate_per_h" in cost.assumed,
        ),
    )


def hours_of_one(cost: CostModel, totals: MemberTotals) -> float:
    """The hours that one repeat costs, as records and settings give them now."""
    handling_h, users = _said(cost, totals)
    return handling_h + users * cost.lost_h_per_user


def money_of_one(cost: CostModel, totals: MemberTotals) -> float:
    """What one repeat costs in money."""
    handling_h, users = _said(cost, totals)
    return handling_h * cost.rate_per_h + users * cost.lost_h_per_user * cost.lost_rate_per_h


def _said(cost: CostModel, totals: MemberTotals) -> tuple[float, float]:
    """Hours of work and affected users of an incident: of the records, else of the settings."""
    handling_h = totals.handling_h if totals.n_handling else cost.handling_h
    users = totals.affected_users if totals.n_users else cost.affected_users
    assert handling_h is not None and users is not None, "a mean of some is a number"
    return handling_h, users


_WHAT = {
    "handling_h": "Hours of work on one incident",
    "affected_users": "Users affected by one incident",
    "lost_h_per_user": "Hours an affected user loses",
}


def _input(name: str, value: float, n: int, estimate: Estimate, file: str) -> Input:
    """An input that the records say, a person has set, or nobody has."""
    is_assumed = name in estimate.assumed
    if n and not is_assumed:
        origin = f"mean of the {plural(n, 'incident')} that {'says' if n == 1 else 'say'}"
    elif is_assumed:
        origin = f"set {name} under [cost] in {file}"
    else:
        origin = f"set under [cost] in {file}"
    return Input(what=_WHAT[name], value=number(value, 2), origin=origin, is_assumed=is_assumed)
