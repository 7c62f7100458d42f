"""Decisions from the command line: what was typed, as a decision on a candidate of a run."""

import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from flows.people_settings import PersonSettings, named_person
from itsm.candidates import ProblemCandidate
from itsm.deciding import Reviewer, bare, merge, pin, remove, rename, split, verdict, withdraw
from itsm.decisions import VERDICTS, Action, IncidentRef, RejectedAs, ReviewDecision, identified
from itsm.errors import ConfigError, RoleError
from itsm.register_roles import Role
from store.unit_of_work import UnitOfWork

DECIDERS = frozenset({Role.COORDINATOR, Role.MANAGER})
"""The roles that decide on candidates; in the review app a problem manager has both."""
_TALK = frozenset({Action.COMMENT, Action.ASSIGN})
"""What everybody may do who is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed beside action and candidate."""

    incidents: Sequence[str] = ()
    parts: Sequence[str] = ()
    other: str | None = None
    reason: str = ""
    actor: str | None = None
    rejected_as: str | None = None
    is_grouping_right: bool | None = None
    is_worth_problem: bool | None = None
    until: date | None = None
    until_new: int | None = None
    called: str | None = None


def decider(people: Mapping[str, PersonSettings], name: str | None, action: Action) -> str:
    """Who decides: named, else the user of this machine, held against the people of the settings.

    Where the settings name nobody, whoever can run the command decides.

    Raises:
        ConfigError: the settings name people, and nobody of that name.
        RoleError: the person may not decide on candidates.
    """
    given = name or getpass.getuser()
    if not people:
        return given
    person = named_person(people, given)
    if action not in _TALK and not person.roles & DECIDERS:
        raise RoleError(
            f"{given} may not decide on candidates ({person.role_text}); it takes: "
            f"{', '.join(sorted(DECIDERS))}"
        )
    return given


def decide(uow: UnitOfWork, action: Action, name: str, typed: Typed) -> ReviewDecision:
    """Append the decision that was typed; on the newest run that has the candidate.

    Raises:
        ConfigError: there is no such candidate, or no such incident in it.
        TransitionError: the action needs more than was typed; says what.
    """
    decision = _made(uow, action, name, typed)
    uow.decisions.append(decision)
    return decision


def _made(uow: UnitOfWork, action: Action, name: str, typed: Typed) -> ReviewDecision:
    actor, now = typed.actor or getpass.getuser(), datetime.now(UTC)
    by = Reviewer(actor=actor, at=now, run_id="", reason=typed.reason)
    if action is Action.WITHDRAW:
        return withdraw(_decision(uow, name), by)
    run_id, version, candidates = _newest(uow)
    by = replace(by, run_id=run_id, mining_version=version)
    one, given = _candidate(candidates, name), partial(_candidate, candidates, typed.other or "")
    if action in VERDICTS:
        kind = RejectedAs(typed.rejected_as) if typed.rejected_as else None
        more = _given(action, one, by, typed)
        return verdict(action, one, by, rejected_as=kind, given=more)
    makers: Mapping[Action, Callable[[], ReviewDecision]] = {
        Action.MERGE: lambda: merge(one, given(), by),
        Action.DUPLICATE: lambda: merge(given(), one, by, action=Action.DUPLICATE),
        Action.SPLIT: lambda: split(one, [_members(one, p.split(",")) for p in typed.parts], by),
        Action.REMOVE: lambda: remove(one, _members(one, typed.incidents), by),
        Action.PIN: lambda: pin(one, [_ref(each, one) for each in typed.incidents], by),
        Action.RENAME: lambda: rename(one, typed.called or "", by),
    }
    make = makers.get(action, lambda: identified(_given(action, one, by, typed)))
    return make()


def _given(
    action: Action, candidate: ProblemCandidate, by: Reviewer, typed: Typed
) -> ReviewDecision:
    return replace(
        bare(action, candidate, by),
        other=typed.other,
        until=typed.until,
        until_new=typed.until_new,
        is_grouping_right=typed.is_grouping_right,
        is_worth_problem=typed.is_worth_problem,
    )


def _newest(uow: UnitOfWork) -> tuple[str, str, Mapping[str, ProblemCandidate]]:
    run = uow.mining.latest()
    if run is None:
        raise ConfigError("nothing has been mined yet; run `csi mine` first")
    found = {c.candidate_id: c for c in uow.mining.candidates(run.run_id)}
    return run.run_id, run.mining_version, found


def _candidate(candidates: Mapping[str, ProblemCandidate], name: str) -> ProblemCandidate:
    if name not in candidates:
        raise ConfigError(f"the newest run has no candidate {name!r}; `csi decide list` shows them")
    return candidates[name]


def _decision(uow: UnitOfWork, decision_id: str) -> ReviewDecision:
    for decision in uow.decisions.list():
        if decision.decision_id == decision_id:
            return decision
    raise ConfigError(f"there is no decision {decision_id!r}; `csi decide journal` shows them")


def _members(candidate: ProblemCandidate, names: Sequence[str]) -> list[IncidentRef]:
    """Members by number, or source/number where a number comes twice."""
    found = []
    for name in (name.strip() for name in names):
        fits = [m for m in candidate.members if name in {m.number, f"{m.source}/{m.number}"}]
        if len(fits) != 1:
            what = (
                "is no member" if not fits else "is there in several sources; write SOURCE/NUMBER"
            )
            raise ConfigError(f"{candidate.candidate_id}: {name} {what}")
        found.append(IncidentRef(source=fits[0].source, number=fits[0].number))
    return found


def _ref(name: str, candidate: ProblemCandidate) -> IncidentRef:
    """Any incident; of the candidate's own source unless another one is written."""
    source, slash, number = name.partition("/")
    if slash:
        return IncidentRef(source=source, number=number)
    sources = {m.source for m in candidate.members}
    if len(sources) > 1:
        raise ConfigError(f"{name}: the candidate has several sources; write SOURCE/NUMBER")
    return IncidentRef(source=min(sources), number=name)
