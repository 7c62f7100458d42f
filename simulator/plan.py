"""The plan of an estate: what every incident is about and when it is opened.

The plan holds a few whole numbers per incident for all of them at once (about 150 bytes each);
words, states and clocks are made from it block by block.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.causes import Causes, Origin, Pattern, build_causes, member_times
from simulator.changes import ChangePlan, plan_changes
from simulator.draws import Draws, Flags, Ints
from simulator.improvements import plan_improvements
from simulator.reference import Reference, build_reference
from simulator.settings import EstateSettings
from simulator.story import UNKNOWN
from simulator.subjects import place_on, plan_subjects

_DAY = 86_400
_HOUR_WEIGHTS = (1, 1, 1, 1, 1, 2, 5, 12, 18, 18, 16, 14, 9, 13, 15, 14, 12, 9, 5, 3, 2, 2, 1, 1)
"""How people spread their reports over the hours of a local day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All incidents in order of opening; index i is incident number i + 1. -1 means none."""

    settings: EstateSettings
    reference: Reference
    causes: Causes
    changes: ChangePlan
    opened_s: Ints
    cause: Ints
    is_machine: Flags
    subject: dict[str, Ints]
    """Per field of `SUBJECT_FIELDS`, what the incident is truly about."""
    text_id: Ints
    clone_of: Ints
    duplicate_of: Ints
    parent: Ints
    is_cloned: Flags
    is_test: Flags
    is_major: Flags
    problem_opened_s: Ints
    """Per cause, when its problem record was opened; -1 for none."""
    problem_index: Ints
    """Per cause, the place of its problem among all problems; -1 for none."""

    @property
    def n(self) -> int:
        """How many incidents there are."""
        return len(self.opened_s)

    def draws(self, stream: str, ids: Ints) -> Draws:
        """The draws of some incidents in one stream."""
        return Draws(self.settings.seed, stream, ids)


@lru_cache(maxsize=2)
def build_plan(settings: EstateSettings) -> Plan:
    """The plan of an estate; the same settings give the same plan."""
    reference = build_reference(settings)
    causes = build_causes(settings, reference)
    changes = plan_changes(settings, reference, causes)
    member_cause = np.repeat(np.arange(causes.n), causes.size)[: settings.n_incidents]
    n_noise = settings.n_incidents - len(member_cause)
    cause = np.concatenate([member_cause, np.full(n_noise, -1)])
    members_opened = member_times(settings, causes, member_cause, changes.of_cause_s)
    noise_service, noise_opened = _noise(settings, n_noise)
    opened = np.concatenate([members_opened, noise_opened])
    ids = np.arange(settings.n_incidents)
    machine = _is_machine(settings, causes, cause)
    opened = _humanly(settings, causes, cause, opened, machine)
    order = np.argsort(opened, kind="stable")
    cause, opened, machine = cause[order], opened[order], machine[order]
    links = _links(settings, cause, opened)
    subject = plan_subjects(settings, reference, causes, cause, machine, links["clone_of"])
    if noise_service is not None:
        service = np.concatenate([np.full(len(member_cause), -1), noise_service])[order]
        place_on(settings, reference, subject, service)
    problem_opened, problem_index = _problems(settings, causes, cause, opened)
    is_test = Draws(settings.seed, "tests", ids).chance("test", 0.007) & (cause < 0)
    return Plan(
        settings=settings,
        reference=reference,
        causes=causes,
        changes=changes,
        opened_s=opened,
        cause=cause,
        is_machine=machine,
        subject=subject,
        text_id=np.where(links["clone_of"] >= 0, links["clone_of"], ids),
        **links,
        is_cloned=np.isin(ids, links["clone_of"][links["clone_of"] >= 0]),
        is_test=is_test,
        is_major=_majors(settings, is_test, links["duplicate_of"], opened),
        problem_opened_s=problem_opened,
        problem_index=problem_index,
    )


def _noise(settings: EstateSettings, n: int) -> tuple[Ints | None, Ints]:
    """The service, where it is planted, and the opening of each incident without a cause."""
    if not settings.improvements:
        return None, _noise_times(settings, n)
    service, week = plan_improvements(settings).noise_weeks
    part = Draws(settings.seed, "planted noise", np.arange(n)).uniform("part")
    return service, settings.start_s + ((week + part) * 7 * _DAY).astype(np.int64)


def _noise_times(settings: EstateSettings, n: int) -> Ints:
    u = settings.generator("noise times").random(n)
    return (settings.start_s + u * (settings.end_s - settings.start_s)).astype(np.int64)


def _is_machine(settings: EstateSettings, causes: Causes, cause: Ints) -> Flags:
    draws = Draws(settings.seed, "origin", np.arange(len(cause)))
    of_cause = causes.origin[np.maximum(cause, 0)]
    both = (of_cause == Origin.BOTH) & draws.chance("both", 0.4)
    return np.where(cause >= 0, (of_cause == Origin.MACHINE) | both, draws.chance("noise", 0.28))


def _humanly(
    settings: EstateSettings, causes: Causes, cause: Ints, opened: Ints, machine: Flags
) -> Ints:
    """People report on working days and by day; induced incidents keep their lag."""
    draws = Draws(settings.seed, "hours", np.arange(len(opened)))
    day = (opened - settings.start_s) // _DAY
    weekend = (day % 7 >= 5) & draws.chance("weekend", 0.85)
    day = np.where(weekend, day - 5 + draws.below("back", 4), day)
    day = np.where(weekend & (day % 7 >= 5), day - 2, day)
    edges = np.concatenate([[0.0], np.cumsum(_HOUR_WEIGHTS)]) / sum(_HOUR_WEIGHTS)
    second = np.interp(draws.uniform("hour"), edges, np.arange(25) * 3600.0).astype(np.int64)
    moved = settings.start_s + day * _DAY + np.minimum(second, _DAY - 1)
    pattern = causes.pattern[np.maximum(cause, 0)]
    fixed = (cause >= 0) & np.isin(pattern, (Pattern.AFTER_CHANGE, Pattern.IMPROVED))
    fixed |= (cause >= 0) & (pattern == Pattern.REGRESSED)
    inside = (moved >= settings.start_s) & (moved < settings.end_s)
    return np.where(machine | fixed | ~inside, opened, moved)


def _links(settings: EstateSettings, cause: Ints, opened: Ints) -> dict[str, Ints]:
    """Clones of closed incidents, duplicates and children: always of the member just before."""
    n = len(cause)
    draws = Draws(settings.seed, "links", np.arange(n))
    links = {
        name: np.full(n, -1, dtype=np.int64) for name in ("clone_of", "duplicate_of", "parent")
    }
    members = np.flatnonzero(cause >= 0)
    members = members[np.lexsort((opened[members], cause[members]))]
    before, after = members[:-1], members[1:]
    usable = (cause[before] == cause[after]) & (np.arange(len(before)) % 2 == 0)
    gap_days = (opened[after] - opened[before]) / _DAY
    u = draws.uniform("kind")[after]
    near = usable & (gap_days < 2.0)
    chosen = {
        "clone_of": usable & (gap_days > 6.0) & (gap_days < 13.5) & (u < 0.3),
        "duplicate_of": near & (u < 0.14) & (not settings.improvements),
        "parent": near & (u >= 0.14) & (u < 0.3),
    }
    for name, flags in chosen.items():
        links[name][after[flags]] = before[flags]
    return links


def _problems(
    settings: EstateSettings, causes: Causes, cause: Ints, opened: Ints
) -> tuple[Ints, Ints]:
    """Opening time and running index of the problem of each cause that has one."""
    first = np.full(causes.n, np.iinfo(np.int64).max)
    last = np.zeros(causes.n, dtype=np.int64)
    members = cause >= 0
    np.minimum.at(first, cause[members], opened[members])
    np.maximum.at(last, cause[members], opened[members])
    at = first + (0.45 * (last - first)).astype(np.int64) + 2 * _DAY
    has = (causes.has_problem == 1) & (at < settings.export_s - 3600)
    if settings.story:
        has[[*UNKNOWN]] = False
    index = np.full(causes.n, -1, dtype=np.int64)
    holders = np.flatnonzero(has)
    index[holders[np.argsort(at[holders], kind="stable")]] = np.arange(len(holders))
    return np.where(has, at, -1), index


def _majors(settings: EstateSettings, is_test: Flags, duplicate_of: Ints, opened: Ints) -> Flags:
    n = len(is_test)
    u = Draws(settings.seed, "majors", np.arange(n)).uniform("major")
    u = np.where(is_test | (duplicate_of >= 0), 2.0, u)
    flags = np.zeros(n, dtype=np.bool_)
    flags[np.argsort(u, kind="stable")[: max(6, n // 500)]] = True
    return flags
