"""The improvement programme as a whole: what it has proven, what it returned, where it stalls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from itsm.register_parts import ClosureCode

Versions = Mapping[str, Sequence[tuple[datetime, RegisterEntry]]]
"""Every version of every entry with its time, by number, oldest first."""

FINISHED = frozenset({RegisterState.CLOSED, RegisterState.REGRESSED})
"""Entries that were closed; a regressed one was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTime:
    """How long entries stand in a state: stays that have ended, and those that go on."""

    state: RegisterState
    n_ended: int
    median_days: float | None
    longest_days: float | None
    n_there: int
    longest_there: str
    longest_there_days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What the programme has brought; `None` where nothing can be said yet.

    Attributes:
        n_closed: entries that were closed, the regressed ones included.
        n_verified: of these, those with a signed proof of a benefit that still holds.
        n_waived: closed as successful on a waiver.
        n_unsuccessful: closed as unsuccessful or withdrawn.
        n_regressed: fell back after they were closed.
        expected: value promised in a year by the closed entries that have a verified benefit.
        verified: benefit that their proofs show, in money.
        avoided: incidents that did not come, by their proofs.
        hours: work and lost time that did not come.
        times: per state.
    """

    n_closed: int
    n_verified: int
    n_waived: int
    n_unsuccessful: int
    n_regressed: int
    expected: float | None
    verified: float | None
    avoided: float | None
    hours: float | None
    times: tuple[StateTime, ...]

    @property
    def verified_share(self) -> float | None:
        """Closed entries with a verified benefit / closed entries."""
        return self.n_verified / self.n_closed if self.n_closed else None


def programme(entries: Sequence[RegisterEntry], versions: Versions, moment: datetime) -> Programme:
    """The programme at a moment.

    Args:
        entries: the register.
        versions: all versions of its entries, for the time in each state.
        moment: until when stays that go on are counted.
    """
    closed = [one for one in entries if one.state in FINISHED]
    proven = [one for one in closed if is_proven(one)]
    codes = [one.closure_code for one in closed if one.state is RegisterState.CLOSED]
    return Programme(
        n_closed=len(closed),
        n_verified=len(proven),
        n_waived=sum(one.waiver is not None and not is_proven(one) for one in closed),
        n_unsuccessful=sum(code is not ClosureCode.SUCCESSFUL for code in codes),
        n_regressed=sum(one.state is RegisterState.REGRESSED for one in closed),
        expected=_sum([one.value_per_year for one in proven]),
        verified=_sum(
            [one.proof.benefit.value for one in proven if one.proof and one.proof.benefit]
        ),
        avoided=_sum([avoided(one) for one in proven]),
        hours=_sum([one.proof.hours.value for one in proven if one.proof and one.proof.hours]),
        times=tuple(times_in_state(versions, moment)),
    )


def is_proven(entry: RegisterEntry) -> bool:
    """Whether an entry is closed, with a verified benefit that has not fallen back."""
    proof = entry.proof
    return (
        entry.state is RegisterState.CLOSED
        and entry.has_verified_benefit
        and proof is not None
        and proof.verdict is ProofVerdict.VERIFIED
    )


def avoided(entry: RegisterEntry) -> float | None:
    """Incidents that did not come since it went live, None where its proof counts none."""
    effect = entry.proof.effect if entry.proof else None
    estimate = effect.avoided if effect else None
    return estimate.value if estimate else None


def times_in_state(versions: Versions, moment: datetime) -> list[StateTime]:
    """How long entries stood, and stand, in each state they were ever in."""
    stays = [stay for some in versions.values() for stay in _stays(some, moment)]
    found = []
    for state in RegisterState:
        ended = [stay.days for stay in stays if stay.state is state and not stay.goes_on]
        there = sorted((s.days, s.number) for s in stays if s.state is state and s.goes_on)
        if ended or there:
            found.append(
                StateTime(
                    state=state,
                    n_ended=len(ended),
                    median_days=median(ended) if ended else None,
                    longest_days=max(ended, default=None),
                    n_there=len(there),
                    longest_there=there[-1][1] if there else "",
                    longest_there_days=there[-1][0] if there else None,
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class _Stay:
    number: str
    state: RegisterState
    days: float
    goes_on: bool


def _stays(versions: Sequence[tuple[datetime, RegisterEntry]], moment: datetime) -> list[_Stay]:
    """The stays of one entry, from its versions up to a moment."""
    known = [(at, entry) for at, entry in versions if at <= moment]
    starts = [
        (at, entry)
        for n, (at, entry) in enumerate(known)
        if n == 0 or entry.state is not known[n - 1][1].state
    ]
    ends = [at for at, _ in starts[1:]]
    stays = []
    for n, (at, entry) in enumerate(starts):
        goes_on = n == len(ends)
        until = moment if goes_on else ends[n]
        days = (until - at).total_seconds() / 86_400
        stays.append(_Stay(entry.number, entry.state, days, goes_on))
    return stays


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
