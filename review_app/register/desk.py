"""What a person does to the register here: each deed with its form, in one transaction."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from itsm.access import Sight
from itsm.errors import CsiError, MappingError, NotThereError, RoleError, StaleDecisionError
from itsm.register import RegisterEntry, RegisterState
from itsm.register_forms import FIELDS, as_text, readable
from itsm.register_parts import Answer, ClosureCode, TaskStatus
from itsm.register_rules import Act
from review_app.identity.actors import Actor
from review_app.register.moves import OWNING
from review_app.works import EDITABLE, Works
from store import improving
from store.improving import Added
from store.taking_back import take_back
from store.unit_of_work import Store, UnitOfWork

E = TypeVar("E", bound=StrEnum)
Form = Mapping[str, str]


class RegisterDesk:
    """Acts on entries as whoever asks, by the rules of the register.

    Args:
        store: where they are kept.
        works: what is beside them.
    """

    def __init__(self, store: Store, works: Works) -> None:
        self.store = store
        self.works = works

    def entry(self, number: str, sight: Sight) -> RegisterEntry:
        """An entry as it is.

        Raises:
            NotThereError: there is none, or it is of a service the reader does not see.
        """
        with self.store.look() as uow:
            return seen_entry(uow, number, sight)

    def add(self, form: Form, who: Actor) -> Added:
        """Take in a request; the fields are those of `itsm.register_forms`."""
        filled = {name: text for name in FIELDS if (text := _cut(form.get(name, "")))}
        filled.setdefault("title", "")
        with self.store.begin() as uow:
            self.works.before(uow)
            added = improving.add(uow, self.works.weighing, filled, self.act(who, form))
            self.works.after(uow)
            uow.commit()
        return added

    def do(self, number: str, deed: str, form: Form, who: Actor) -> RegisterEntry:
        """Do something to an entry.

        Args:
            number: of the entry.
            deed: one of `DEEDS`.
            form: its fields; `seen` is the version that was looked at, `reason` says why.
            who: acts.

        Raises:
            NotThereError: there is none for this reader.
            MappingError: a field of the form cannot be used.
            TransitionError, RoleError: the rules refuse it.
            StaleDecisionError: somebody has changed the entry since it was looked at.
        """
        with self.store.begin() as uow:
            seen_entry(uow, number, who.sight)
            self.works.before(uow)
            kept = DEEDS[deed](uow, number, form, self.act(who, form), self.works)
            self.works.after(uow)
            uow.commit()
        return kept

    def act(self, who: Actor, form: Form) -> Act:
        """An act now, with the reason of a form."""
        return Act(
            by=who.person,
            at=self.works.clock(),
            reason=readable(_cut(form.get("reason", ""))),
            exceptions=self.works.exceptions,
        )


def seen_entry(uow: UnitOfWork, number: str, sight: Sight) -> RegisterEntry:
    """An entry, if the reader may see it.

    Raises:
        NotThereError: there is none, or it is of a service they do not see; both sound alike.
    """
    try:
        entry = uow.register.get(number)
    except NotThereError:
        entry = None
    if entry is None or not sight.includes_service(entry.service):
        raise NotThereError(f"the register has no entry {number!r} for you; the register lists all")
    return entry


def _move(uow: UnitOfWork, number: str, form: Form, act: Act, works: Works) -> RegisterEntry:
    """Into another state; an owner and a review date that it lacks may come with it."""
    to = _chosen(RegisterState, form, "to", number)
    said = form.get("closure", "")
    closure = _chosen(ClosureCode, form, "closure", number) if said else None
    seen = _seen(form, number)
    given = {name: text for name in OWNING if (text := _cut(form.get(name, "")).strip())}
    if given:
        seen = improving.edit(uow, works.weighing.weights, number, given, act, seen).version
    return improving.move(uow, number, to, act, closure=closure, seen=seen)


def _edit(uow: UnitOfWork, number: str, form: Form, act: Act, works: Works) -> RegisterEntry:
    """The fields of a form that differ from what it was filled with."""
    before = uow.register.get(number)
    given = {name: _cut(form[name]) for name in FIELDS if name in form}
    texts = {
        name: text
        for name, text in given.items()
        if _plain(text) != _plain(as_text(getattr(before, name)))
    }
    seen = _seen(form, number)
    return improving.edit(uow, works.weighing.weights, number, texts, act, seen)


def _not_yet(uow: UnitOfWork, number: str, form: Form, act: Act, _: Works) -> RegisterEntry:
    return improving.wait(uow, number, act, _day(form, "review_on", number), _seen(form, number))


def _answer(uow: UnitOfWork, number: str, form: Form, act: Act, _: Works) -> RegisterEntry:
    said = _chosen(Answer, form, "said", number)
    return improving.answer(uow, number, said, act, _seen(form, number))


def _sign(uow: UnitOfWork, number: str, form: Form, act: Act, _: Works) -> RegisterEntry:
    what = form.get("what", "")
    if what not in {"waiver", "verification"}:
        raise MappingError(number, "what", f"{what[:40]!r}", "choose waiver or verification")
    return improving.sign(uow, number, what, act, _seen(form, number))


def _task(uow: UnitOfWork, number: str, form: Form, act: Act, _: Works) -> RegisterEntry:
    title, owner = (readable(_cut(form.get(name, ""))) for name in ("title", "owner"))
    due = _day(form, "due_on", number)
    return improving.add_task(uow, number, title, owner, due, act, _seen(form, number))


def _end_task(uow: UnitOfWork, number: str, form: Form, act: Act, _: Works) -> RegisterEntry:
    status = _chosen(TaskStatus, form, "status", number)
    task = form.get("task_id", "")[:40]
    return improving.end_task(uow, number, task, status, act, _seen(form, number))


def _undo(uow: UnitOfWork, number: str, form: Form, act: Act, _: Works) -> RegisterEntry:
    return take_back(uow, number, act, _seen(form, number))


Deed = Callable[[UnitOfWork, str, Form, Act, Works], RegisterEntry]
DEEDS: Mapping[str, Deed] = {
    "move": _move,
    "edit": _edit,
    "not-yet": _not_yet,
    "answer": _answer,
    "sign": _sign,
    "task": _task,
    "end-task": _end_task,
    "undo": _undo,
}
"""What can be done to an entry, by the last word of its address."""


def refusal_status(error: CsiError) -> int:
    """How HTTP says that a deed was refused."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 422)


_STATUS: Mapping[type[CsiError], int] = {
    NotThereError: 404,
    RoleError: 403,
    StaleDecisionError: 409,
}


def _seen(form: Form, number: str) -> int:
    text = form.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise MappingError(
            number, "seen", f"{text[:20]!r} is no version", "give the version you looked at"
        )
    return int(text)


def _day(form: Form, name: str, record: str) -> date:
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MappingError(
            record, name, f"{text[:40]!r} is no day", "write it as 2026-11-23"
        ) from None


def _chosen(kind: type[E], form: Form, name: str, record: str) -> E:
    text = form.get(name, "")
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(kind)
        raise MappingError(
            record, name, f"{text[:40]!r} is none of them", f"choose from {known}"
        ) from None


def _cut(text: str) -> str:
    """A text as a form may send it: without what no field takes, and not endless."""
    return text[:EDITABLE].replace("\r\n", "\n")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
