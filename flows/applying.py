"""Applying: what a plan showed is accepted by a person, journaled, and holds from then on."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.files import write_whole
from flows.plan_making import Plan
from flows.used_configuration import SHORT, holding, in_use
from flows.wiring import Parts
from itsm.errors import StaleDecisionError
from itsm.journal import JournalKind, JournalNote
from itsm.register_roles import Deed, Person, require_role
from store.configurations import DIGEST

SUBJECT = "configuration"
PLAN_HASH = "plan"
"""The fact of a journal row that names the plan that was accepted."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was let in: its row in the journal, and the file that was replaced, if one was."""

    sequence: int
    replaced: Path | None


def require_fresh(parts: Parts, plan: Plan, candidate: Path, now: datetime) -> None:
    """See that what a plan showed is still what would happen.

    Args:
        parts: of the candidate, on the database itself.
        plan: the plan.
        candidate: the file it was made for.
        now: the time now.

    Raises:
        StaleDecisionError: it is not; names why.
    """
    if why := _stale(parts, plan, candidate, now):
        raise StaleDecisionError(
            f"the plan {plan.hash[:SHORT]} is out of date: {why}; make a new one"
        )


def _stale(parts: Parts, plan: Plan, candidate: Path, now: datetime) -> str:
    valid = timedelta(hours=parts.settings.plan.valid_h)
    held = holding(parts)
    with parts.store.look() as uow:
        run = uow.mining.of_week(plan.week)
        newest = uow.mining.latest()
    reasons = {
        "it was made in the future, as the clock has it": plan.made_at > now,
        f"it is older than {parts.settings.plan.valid_h:g} h": now - plan.made_at > valid,
        f"{candidate.name} has changed since": (
            hashlib.sha256(candidate.read_bytes()).hexdigest() != plan.candidate_hash
        ),
        "the environment, a mapping or this program differs from what it was made with": (
            in_use(parts).digest != plan.after
        ),
        "another configuration holds than the one it was compared with": (
            (held.digest if held else None) not in (plan.before, plan.after)
        ),
        "a newer week was mined since": (newest.run_id if newest else None) != plan.newest_run,
        f"{plan.week} was mined anew since": (run.run_id if run else None) != plan.mining_run,
    }
    return "; ".join(why for why, holds in reasons.items() if holds)


def apply_plan(
    parts: Parts, plan: Plan, config: Path, candidate: Path, by: Person, reason: str
) -> Applied:
    """Journal a plan as accepted, and put the candidate into the place of the configuration.

    Ended between the two and called again, it does what is left.

    Args:
        parts: of the candidate, on the database itself.
        plan: the plan that was looked at.
        config: the configuration file.
        candidate: the file that takes its place; the same file where it was edited.
        by: who accepts it.
        reason: why, in their words.

    Raises:
        StaleDecisionError: the plan is out of date.
        RoleError: this person may not.
    """
    require_role(by, Deed.APPLY, "the configuration")
    now = datetime.now(UTC)
    require_fresh(parts, plan, candidate, now)
    used = in_use(parts, now)
    with parts.store.begin() as uow:
        rows = uow.journal.rows(kinds=(JournalKind.CONFIGURATION,))
        if rows and rows[-1].facts.get(PLAN_HASH) == plan.hash:
            sequence = rows[-1].sequence
        else:
            sequence = uow.configurations.apply(used, _note(plan, by, reason, now, used.settings))
        uow.commit()
    replaced = None
    former, fresh = config.read_bytes(), candidate.read_bytes()
    if former != fresh:
        mark = hashlib.sha256(former).hexdigest()[:SHORT]
        replaced = write_whole(config.with_name(f"{config.name}.before-{mark}"), former)
        write_whole(config, fresh)
    return Applied(sequence, replaced)


def _note(plan: Plan, by: Person, reason: str, at: datetime, settings: str) -> JournalNote:
    """What was accepted: the plan, the versions, and how much differs in each part."""
    facts = {
        DIGEST: plan.after,
        "before": plan.before or "",
        PLAN_HASH: plan.hash,
        "week": plan.week,
        "program": plan.made_with,
        **{one.name: str(one.n_different) for one in plan.parts},
        **{f"upgrade {one.name}": str(one.n_different) for one in plan.upgrade},
    }
    return JournalNote(
        kind=JournalKind.CONFIGURATION,
        subject=SUBJECT,
        actor=by.name,
        role=by.role_text,
        at=at,
        facts=facts,
        reason=reason,
        changes={one.name: (one.before or "", one.after or "") for one in plan.changes},
        content=settings.encode(),
    )
