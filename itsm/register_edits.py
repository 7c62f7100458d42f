"""Changes of an entry that are no transition: its fields, its tasks, its mirrors."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from itsm.errors import RoleError, TransitionError
from itsm.register import ENDED, RegisterEntry, RegisterState
from itsm.register_forms import Value, as_text, with_values
from itsm.register_parts import EntryTask, Mirror, TaskStatus
from itsm.register_roles import Deed, Person, Role, require_role
from itsm.register_rules import OWNED, Act

PROMISED = frozenset(
    {"cost", "value_per_year", "measure_id", "measure_version", "base_value", "target"}
    | {"promised", "guards", "approvers"}
)
"""What was approved; it changes in Assess only, so that nobody moves the goal afterwards."""

_BOUND = OWNED - {RegisterState.ACCEPTED, RegisterState.ASSESS, RegisterState.REGRESSED}
_AFTER_THE_END = frozenset({"notes", "evidence"})


def edited(entry: RegisterEntry, values: Mapping[str, Value], act: Act) -> RegisterEntry:
    """An entry with other values.

    Raises:
        TransitionError: a field may not be changed now, or would be missing afterwards.
        RoleError: the person may not.
    """
    require_role(act.by, Deed.EDIT, entry.number)
    _require_own(entry, act.by)
    changed = {name for name, value in values.items() if getattr(entry, name) != value}
    if entry.state in _BOUND and (fixed := sorted(changed & PROMISED)):
        raise TransitionError(
            f"{entry.number}: {', '.join(fixed)} was approved as it is; move the entry back to "
            "assess to change it"
        )
    if entry.state in ENDED and (late := sorted(changed - _AFTER_THE_END)):
        raise TransitionError(
            f"{entry.number}: it is {entry.state}; {', '.join(late)} stays as it is"
        )
    after = with_values(entry, values)
    if not after.title.strip():
        raise TransitionError(f"{entry.number}: title: an entry needs one")
    if after.state in OWNED and not (after.coordinator and after.next_review_on):
        raise TransitionError(
            f"{entry.number}: it is {entry.state}; coordinator and next_review_on cannot be empty"
        )
    return after


def with_task(
    entry: RegisterEntry, title: str, owner: str, due_on: date, act: Act
) -> RegisterEntry:
    """An entry with one more task.

    Raises:
        TransitionError: the entry has ended, or title or owner is missing.
        RoleError: the person may not.
    """
    _require_task(entry, act)
    if not title.strip() or not owner.strip():
        raise TransitionError(f"{entry.number}: a task needs a title and an owner")
    taken = [int(one.task_id.removeprefix("T")) for one in entry.tasks]
    name = f"T{max(taken, default=0) + 1}"
    task = EntryTask(task_id=name, title=title.strip(), owner=owner.strip(), due_on=due_on)
    return replace(entry, tasks=(*entry.tasks, task))


def task_ended(entry: RegisterEntry, task_id: str, status: TaskStatus, act: Act) -> RegisterEntry:
    """An entry one of whose tasks is done, dropped, or open again; its owner may say so, too.

    Raises:
        TransitionError: there is no such task, or it is dropped without a reason.
        RoleError: the person may not.
    """
    found = next((one for one in entry.tasks if one.task_id == task_id), None)
    if found is None:
        named = ", ".join(one.task_id for one in entry.tasks) or "none"
        raise TransitionError(f"{entry.number}: there is no task {task_id}; there are: {named}")
    if found.owner != act.by.name:
        _require_task(entry, act)
    if status is TaskStatus.DROPPED and not act.reason.strip():
        raise TransitionError(f"{entry.number} {task_id}: say why it is dropped")
    closed_on = None if status is TaskStatus.OPEN else act.today
    after = replace(found, status=status, closed_on=closed_on)
    tasks = tuple(after if one is found else one for one in entry.tasks)
    return replace(entry, tasks=tasks)


def with_mirror(entry: RegisterEntry, mirror: Mirror) -> RegisterEntry:
    """An entry with what is known of its record in another system; one per system."""
    others = tuple(one for one in entry.mirrors if one.source != mirror.source)
    return replace(entry, mirrors=(*others, mirror))


def changes(before: RegisterEntry | None, after: RegisterEntry) -> dict[str, tuple[str, str]]:
    """What differs between two versions of an entry, as text, by field."""
    names = [name for name in RegisterEntry.__dataclass_fields__ if name != "version"]
    pairs = {
        name: (as_text(getattr(before, name)) if before else "", as_text(getattr(after, name)))
        for name in names
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _require_task(entry: RegisterEntry, act: Act) -> None:
    require_role(act.by, Deed.TASK, entry.number)
    if entry.state in ENDED:
        raise TransitionError(f"{entry.number}: it is {entry.state}; it takes no tasks")


def _require_own(entry: RegisterEntry, person: Person) -> None:
    """A proposer who is nothing else edits only an own entry that nobody has accepted."""
    if person.roles & {Role.COORDINATOR, Role.MANAGER, Role.SYSTEM}:
        return
    if entry.raised_by != person.name or entry.state is not RegisterState.NEW:
        raise RoleError(f"{entry.number}: {person.name} may edit only own entries that are new")
