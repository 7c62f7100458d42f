"""How urgent an incident is, and through which teams it goes."""

import numpy as np

from simulator.draws import Draws, Flags, Ints
from simulator.plan import Plan

MAX_HOPS = 4
"""The most hand-offs an incident goes through."""
PRIORITY_OF = np.array([[1, 2, 3], [2, 3, 4], [3, 4, 5]])
"""Priority by impact - 1 and urgency - 1."""


def impact_and_urgency(plan: Plan, draws: Draws, ids: Ints) -> tuple[Ints, Ints]:
    """Impact and urgency; critical services and majors get the high ones."""
    criticality = plan.reference.service_criticality[plan.subject["service"][ids]]
    impact = 1 + draws.choice("impact", (0.04, 0.24, 0.72))
    impact = np.where((criticality == 1) & draws.chance("critical", 0.25), impact - 1, impact)
    urgency = 1 + draws.choice("urgency", (0.06, 0.38, 0.56))
    major = plan.is_major[ids]
    return np.where(major, 1, np.maximum(impact, 1)), np.where(major, 1, urgency)


def team_path(plan: Plan, draws: Draws, ids: Ints) -> tuple[Ints, Ints]:
    """How many hand-offs, and through which teams; the last team is the one shown.

    Returns:
        Hand-offs, shape (n,), and teams, shape (n, 5), -1 beyond the path. An incident that no
        team was set on has neither.
    """
    n_teams = len(plan.reference.teams)
    machine = plan.is_machine[ids]
    hops = draws.choice("hops", (0.55, 0.27, 0.11, 0.05, 0.02))
    blank = draws.chance("no team", 0.15)
    hops = np.where(blank | plan.is_cloned[ids], 0, hops)
    shown = _shown_team(plan, draws, ids, by_desk=(hops == 0) & ~machine)
    first = np.where(machine, draws.below("first team", n_teams), draws.below("desk", 2))
    first = np.where(first == shown, (first + 1) % n_teams, first)
    path = np.full((len(ids), MAX_HOPS + 1), -1, dtype=np.int64)
    path[:, 0] = np.where(hops == 0, shown, first)
    for hop in range(1, MAX_HOPS + 1):
        passing = draws.below(f"team {hop}", n_teams)
        for _ in range(2):
            taken = (passing == path[:, hop - 1]) | (passing == shown)
            passing = np.where(taken, (passing + 1) % n_teams, passing)
        path[:, hop] = np.where(hop < hops, passing, np.where(hop == hops, shown, -1))
    path[blank] = -1
    return hops, path


def _shown_team(plan: Plan, draws: Draws, ids: Ints, *, by_desk: Flags) -> Ints:
    """The team that solves it: the right one mostly, a wrong one, or the desk itself."""
    other = draws.below("other", len(plan.reference.teams))
    team = np.where(draws.chance("wrong team", 0.06), other, plan.subject["team"][ids])
    return np.where(by_desk & draws.chance("desk solves", 0.12), 0, team)
