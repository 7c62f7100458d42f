"""The weekly review: decisions and actions as they are taken, each signed by whoever writes it."""

from collections.abc import Mapping
from datetime import date

from itsm.access import AppRole
from itsm.errors import MappingError, RoleError, StaleDecisionError
from itsm.meetings import (
    ActionStatus,
    MeetingAction,
    MeetingDecision,
    closed,
    require_own,
    require_words,
)
from itsm.register_forms import readable
from review_app.identity.actors import Actor
from review_app.works import Works
from store.unit_of_work import Store

Form = Mapping[str, str]
MAX_NAME = 100


class MeetingDesk:
    """Writes down what a review decides, as whoever asks."""

    def __init__(self, store: Store, works: Works) -> None:
        self._store = store
        self._works = works

    def decide(self, form: Form, who: Actor) -> MeetingDecision:
        """Keep a decision: `week`, `section`, `text`, `about`.

        Raises:
            MappingError, TransitionError: a field is missing or too long.
            RoleError: the person does not run the review.
        """
        _require_chair(who)
        made = MeetingDecision(
            decision_id="",
            week=_week(form),
            section=_name(form, "section"),
            text=require_words(readable(form.get("text", "")), "decision"),
            decided_by=who.name,
            decided_at=self._works.clock(),
            about=_name(form, "about"),
        )
        with self._store.begin() as uow:
            kept = uow.meetings.decide(made, who.person.role_text)
            uow.commit()
        return kept

    def ask(self, form: Form, who: Actor) -> MeetingAction:
        """Keep an action: `week`, `section`, `text`, `owner`, `due_on`, `about`.

        Raises:
            MappingError, TransitionError, RoleError: as above.
        """
        _require_chair(who)
        owner = _name(form, "owner")
        if not owner:
            raise MappingError("action", "owner", "it is empty", "say who does it")
        made = MeetingAction(
            action_id="",
            week=_week(form),
            section=_name(form, "section"),
            text=require_words(readable(form.get("text", "")), "action"),
            owner=owner,
            due_on=_day(form),
            raised_by=who.name,
            raised_at=self._works.clock(),
            about=_name(form, "about"),
        )
        with self._store.begin() as uow:
            kept = uow.meetings.add(made, who.person.role_text)
            uow.commit()
        return kept

    def close(self, action_id: str, form: Form, who: Actor) -> MeetingAction:
        """Say that an action is done, dropped or open again: `status`, `said`, `seen`.

        Raises:
            NotThereError: there is none.
            RoleError: it is somebody else's.
            StaleDecisionError: somebody has changed it since it was looked at.
            MappingError, TransitionError: the form makes no sense, or a reason is missing.
        """
        said, text = form.get("status", ""), readable(form.get("said", ""))[:1_000]
        seen = form.get("seen", "")
        if said not in set(ActionStatus):
            known = ", ".join(ActionStatus)
            raise MappingError(action_id, "status", f"{said[:40]!r}", f"choose from {known}")
        if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
            raise MappingError(
                action_id, "seen", f"{seen[:20]!r}", "give the version you looked at"
            )
        now = self._works.clock()
        with self._store.begin() as uow:
            before = uow.meetings.action(action_id)
            if before.version != int(seen):
                raise StaleDecisionError(
                    f"{action_id} was changed in the meantime (version {before.version}, you saw "
                    f"{seen}): it is {before.status}; look at it again"
                )
            require_own(before, who.name, is_manager=who.may(AppRole.PROBLEM_MANAGER))
            after = closed(before, ActionStatus(said), said=text, today=now.date())
            kept = uow.meetings.put(
                after,
                seen=int(seen),
                actor=who.name,
                at=now,
                reason=text,
                role=who.person.role_text,
            )
            uow.commit()
        return kept


def _require_chair(who: Actor) -> None:
    if not who.may(AppRole.PROBLEM_MANAGER):
        raise RoleError(
            f"{who.display or 'nobody'} does not run the review: a problem manager does"
        )


def _week(form: Form) -> str:
    text = form.get("week", "").strip()
    if not text or len(text) > 20 or not text.isascii():
        raise MappingError("meeting", "week", f"{text[:20]!r}", "name the week, as 2026-W46")
    return text


def _name(form: Form, name: str) -> str:
    return readable(form.get(name, ""))[:MAX_NAME].strip()


def _day(form: Form) -> date:
    text = form.get("due_on", "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MappingError(
            "action", "due_on", f"{text[:20]!r} is no day", "write it as 2026-11-23"
        ) from None
