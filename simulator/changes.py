"""Changes: which are made, which break something, and which cause they start."""

from dataclasses import dataclass

import numpy as np

from simulator.causes import Causes, Pattern
from simulator.draws import Draws, Flags, Floats, Ints
from simulator.reference import Reference
from simulator.settings import EstateSettings

_HOUR = 3_600
_DAY = 86_400
TYPES = ("standard", "normal", "emergency")
TYPE_SHARES = (0.45, 0.45, 0.1)
RISKS = (0.4, 1.0, 3.0)
"""How likely a change of each type breaks something, beside a normal one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """All changes in order of implementation; index i is change number i + 1."""

    opened_s: Ints
    implemented_s: Ints
    """When the work is done, or planned to be when it lies after the export."""
    type: Ints
    service: Ints
    ci: Ints
    cause: Ints
    """The cause a change starts; -1 for a change that breaks nothing."""
    is_canceled: Flags
    of_cause: Ints
    """Per cause, the change behind it; -1 for none."""
    of_cause_s: Ints
    """Per cause, when the change behind it was implemented; -1 for none."""

    @property
    def n(self) -> int:
        """How many changes there are."""
        return len(self.opened_s)


def plan_changes(settings: EstateSettings, reference: Reference, causes: Causes) -> ChangePlan:
    """The changes of an estate, about one for every twelve incidents, a week beyond its end."""
    breaking = np.flatnonzero(causes.pattern == Pattern.AFTER_CHANGE)
    n = max(60, settings.n_incidents // 12, 4 * len(breaking))
    draws = Draws(settings.seed, "changes", np.arange(n))
    done = _windows(settings, draws)
    order = np.argsort(done, kind="stable")
    done = done[order]
    cause, of_cause = _breaking(settings, draws, done, breaking, causes.n)
    kind = _types(draws, cause >= 0, _may_break(settings, done))
    lead = draws.lognormal("lead", np.array([2.0, 9.0, 0.3])[kind], 0.5) * _DAY
    service = draws.below("service", len(reference.services))
    first, last = reference.ci_first[service], reference.ci_first[service + 1]
    ci = first + draws.below("ci", np.maximum(last - first, 1))
    broken = cause >= 0
    service = np.where(broken, causes.service[np.maximum(cause, 0)], service)
    ci = np.where(broken, causes.ci[np.maximum(cause, 0), 0], ci)
    of_cause_s = np.where(of_cause >= 0, done[np.maximum(of_cause, 0)], -1)
    return ChangePlan(
        opened_s=(done - lead - 2 * _HOUR).astype(np.int64),
        implemented_s=done,
        type=kind,
        service=service,
        ci=ci,
        cause=cause,
        is_canceled=draws.chance("canceled", 0.03) & ~broken,
        of_cause=of_cause,
        of_cause_s=of_cause_s,
    )


def risk_of_types(n_broken: int, n_changes: int) -> Floats:
    """The share of the changes of each type that break something, of those early enough to."""
    shares, risks = np.array(TYPE_SHARES), np.array(RISKS)
    risk: Floats = np.minimum(n_broken / max(n_changes, 1) * risks / (shares @ risks), 1.0)
    return risk


def breaking_risks(settings: EstateSettings, changes: ChangePlan) -> Floats:
    """The planted risk of each type."""
    early = _may_break(settings, changes.implemented_s)
    return risk_of_types(int((changes.cause >= 0).sum()), int(early.sum()))


def _types(draws: Draws, is_broken: Flags, is_early: Flags) -> Ints:
    """Types of changes: as many of each as ever, and those that break something by their risk."""
    shares = np.array(TYPE_SHARES)
    risk = risk_of_types(int(is_broken.sum()), int(is_early.sum()))
    broke = draws.choice("type", (shares * risk).tolist())
    fine = draws.choice("type", (shares * (1 - risk)).tolist())
    any_type = draws.choice("type", TYPE_SHARES)
    return np.where(is_broken, broke, np.where(is_early, fine, any_type))


def _may_break(settings: EstateSettings, done: Ints) -> Flags:
    """Changes that leave time for something to go wrong within the estate."""
    early: Flags = done < settings.end_s - 4 * _DAY
    return early


def _windows(settings: EstateSettings, draws: Draws) -> Ints:
    """Ends of work: evenings and weekends, from the first week to a week past the last."""
    span = settings.end_s + 7 * _DAY - settings.start_s
    day = (draws.uniform("day") * span).astype(np.int64) // _DAY
    hour = np.where(day % 7 >= 5, 6.0 + 10 * draws.uniform("w"), 17.0 + 5 * draws.uniform("e"))
    return settings.start_s + day * _DAY + (hour * _HOUR).astype(np.int64)


def _breaking(
    settings: EstateSettings, draws: Draws, done: Ints, causes: Ints, n_causes: int
) -> tuple[Ints, Ints]:
    """Pairs causes with changes that leave at least four days for things to go wrong."""
    cause = np.full(len(done), -1, dtype=np.int64)
    of_cause = np.full(n_causes, -1, dtype=np.int64)
    early = np.flatnonzero(_may_break(settings, done))
    picked = early[np.argsort(draws.uniform("breaks")[early], kind="stable")][: len(causes)]
    cause[picked] = causes
    of_cause[causes] = picked
    return cause, of_cause
