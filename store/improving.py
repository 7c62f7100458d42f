"""What a person does to the register: looked up, acted by the rules, kept with its journal row.

The rules are in `itsm.register_rules`, `itsm.register_edits` and `itsm.register_signing`; whoever
acts, by a command or on a page, comes through here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from itsm.demand import DemandNote, NoteKind, Weights, scored
from itsm.errors import ConfigError, MappingError
from itsm.journal import JournalKind, JournalNote
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.register_care import duplicates
from itsm.register_edits import changes, edited, task_ended, with_task
from itsm.register_forms import Filled, Intake, intake, read_fields, readable
from itsm.register_parts import Answer, ClosureCode, TaskStatus
from itsm.register_roles import Deed, Role, require_role
from itsm.register_rules import Act, moved, not_yet, proposed
from itsm.register_signing import answered, verified, waived
from store.unit_of_work import UnitOfWork

Change = Callable[[RegisterEntry, Act], RegisterEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How demand is scored, and from when on two entries are said to resemble each other."""

    weights: Weights
    alike: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A request that was kept, with its gaps and the entries that resemble it."""

    entry: RegisterEntry
    intake: Intake
    alike: tuple[str, ...]


def add(
    uow: UnitOfWork,
    by: Weighing,
    form: Mapping[str, str],
    act: Act,
    origin: Origin = Origin.DEMAND,
) -> Added:
    """Take in a request, the same from a form, a list or a command line.

    Raises:
        MappingError: something is wrong with a field; names all of them.
        RoleError: the person may not propose.
    """
    taken = take_request(uow, by.weights, form, act, origin)
    assert taken.entry is not None, "what is wrong was raised"
    alike = resembling(uow, by.alike, taken.entry.number)
    return Added(entry=taken.entry, intake=taken, alike=alike)


def take_request(
    uow: UnitOfWork, weights: Weights, form: Mapping[str, str], act: Act, origin: Origin
) -> Intake:
    """As `add`, without looking for entries that resemble it."""
    taken = intake(
        form,
        number=uow.register.next_number(),
        raised_by=act.by.name,
        raised_at=act.at,
        origin=origin,
    )
    if taken.entry is None:
        raise all_of(taken.wrong)
    entry = scored(proposed(taken.entry, act), weights)
    uow.register.save([entry])
    return replace(taken, entry=entry)


def resembling(uow: UnitOfWork, alike: float, *numbers: str) -> tuple[str, ...]:
    """What resembles some entries, in a line each."""
    found = duplicates(uow.register.list(), alike)
    return tuple(one.told for one in found if {one.first, one.second} & set(numbers))


def change(
    uow: UnitOfWork,
    number: str,
    act: Act,
    kind: JournalKind,
    how: Change,
    seen: int | None = None,
    facts: Mapping[str, str] | None = None,
) -> RegisterEntry:
    """Change an entry by one of the rules, and keep it with its row in the journal.

    Args:
        uow: the transaction.
        number: of the entry.
        act: who, when, why.
        kind: what the row is about.
        how: the rule.
        seen: the version that was looked at; None takes the newest.
        facts: what else the row tells, without any person or free text.

    Raises:
        TransitionError, RoleError: the rule refuses.
        StaleDecisionError: somebody has changed it since it was looked at.
    """
    before = uow.register.get(number)
    after = how(before, act)
    if after == before:
        return before
    note = note_of(act, kind, number)
    found = changes(before, after)
    exception = exception_used(before, after)
    told = {"fields": ",".join(found), **({"exception": exception} if exception else {})}
    note = replace(note, facts={**told, **(facts or {})}, changes=found)
    return uow.register.put(after, note, seen=before.version if seen is None else seen)


def exception_used(before: RegisterEntry, after: RegisterEntry) -> str:
    """The four-eyes rule that a change broke by a listed exception, "" where it broke none."""
    signed = [
        one.exception
        for one in (after.waiver, after.signature, *after.approvals)
        if one is not None and one not in (before.waiver, before.signature, *before.approvals)
    ]
    return next((one.partition(" ")[0] for one in signed if one), "")


def note_of(
    act: Act, kind: JournalKind, subject: str, facts: Mapping[str, str] | None = None
) -> JournalNote:
    """A row that tells of an act."""
    return JournalNote(
        kind=kind,
        subject=subject,
        at=act.at,
        actor="" if Role.SYSTEM in act.by.roles else act.by.name,
        role=act.by.role_text,
        reason=act.reason,
        facts=facts or {},
        people=act.beside,
    )


def edit(
    uow: UnitOfWork,
    weights: Weights,
    number: str,
    texts: Mapping[str, str],
    act: Act,
    seen: int | None,
) -> RegisterEntry:
    """Give fields of an entry other values.

    Raises:
        MappingError: a value cannot be used.
        TransitionError, RoleError: the rules refuse it.
    """
    filled = _usable(read_fields(texts, number))
    return change(
        uow,
        number,
        act,
        JournalKind.EDIT,
        lambda entry, by: scored(edited(entry, filled.values, by), weights),
        seen,
    )


def move(
    uow: UnitOfWork,
    number: str,
    to: RegisterState,
    act: Act,
    *,
    closure: ClosureCode | None = None,
    seen: int | None = None,
) -> RegisterEntry:
    """Bring an entry into another state.

    Raises:
        TransitionError, RoleError: the rules refuse it.
    """
    kind = JournalKind.TRANSITION
    return change(uow, number, act, kind, lambda one, by: moved(one, to, by, closure=closure), seen)


def wait(
    uow: UnitOfWork, number: str, act: Act, review_on: date, seen: int | None = None
) -> RegisterEntry:
    """Say why not yet, and when it is looked at again."""
    kind = JournalKind.EDIT
    return change(uow, number, act, kind, lambda one, by: not_yet(one, by, review_on), seen)


def answer(
    uow: UnitOfWork, number: str, said: Answer, act: Act, seen: int | None = None
) -> RegisterEntry:
    """Approve or refuse."""
    kind = JournalKind.APPROVAL
    return change(uow, number, act, kind, lambda one, by: answered(one, said, by), seen)


def sign(
    uow: UnitOfWork, number: str, what: str, act: Act, seen: int | None = None
) -> RegisterEntry:
    """Sign a waiver or the verification."""
    rule = waived if what == "waiver" else verified
    return change(uow, number, act, JournalKind.SIGNATURE, rule, seen)


def add_task(
    uow: UnitOfWork,
    number: str,
    title: str,
    owner: str,
    due_on: date,
    act: Act,
    seen: int | None = None,
) -> RegisterEntry:
    """Give an entry a task."""
    return change(
        uow,
        number,
        act,
        JournalKind.TASK,
        lambda one, by: with_task(one, title, owner, due_on, by),
        seen,
    )


def end_task(
    uow: UnitOfWork,
    number: str,
    task_id: str,
    status: TaskStatus,
    act: Act,
    seen: int | None = None,
) -> RegisterEntry:
    """Say that a task is done or dropped, or open it again."""
    kind = JournalKind.TASK
    return change(
        uow, number, act, kind, lambda one, by: task_ended(one, task_id, status, by), seen
    )


def keep_note(uow: UnitOfWork, note: DemandNote, act: Act) -> DemandNote:
    """Keep a stakeholder's priority or an unstated assumption.

    Raises:
        RoleError: the person may not.
        ConfigError: a priority says nothing.
    """
    require_role(act.by, Deed.PRIORITISE)
    if note.kind is NoteKind.PRIORITY and not note.text.strip():
        raise ConfigError("say what comes first, in plain words")
    note = replace(note, text=readable(note.text), about=readable(note.about))
    subject = note.about or "demand"
    return uow.demand_notes.add(note, note_of(act, JournalKind.DEMAND, subject))


def all_of(wrong: Sequence[MappingError]) -> MappingError:
    """Everything that is wrong, as one error."""
    first = wrong[0]
    if len(wrong) == 1:
        return first
    fields = ", ".join(one.field for one in wrong)
    problems = "; ".join(f"{one.field}: {one.problem}, {one.remedy}" for one in wrong)
    return MappingError(first.record, fields, problems, "mend all of them")


def _usable(filled: Filled) -> Filled:
    if filled.wrong:
        raise all_of(filled.wrong)
    return filled
