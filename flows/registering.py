"""What a person does to the register from the command line: `store.improving`, by the settings."""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime

from flows.people_settings import named_person
from flows.wiring import Parts
from itsm.demand import scored
from itsm.journal import JournalKind
from itsm.register import Origin, RegisterEntry
from itsm.register_forms import Intake, readable
from itsm.register_roles import Deed, Person, require_role
from itsm.register_rules import Act
from store import improving
from store.improving import Added, Weighing, change
from store.unit_of_work import UnitOfWork


def acting(parts: Parts, name: str | None) -> Person:
    """The person who acts: named, else the user of this machine; always one of the settings.

    Raises:
        ConfigError: nobody of that name is in the settings.
    """
    return named_person(parts.settings.people, name or getpass.getuser())


def act_of(parts: Parts, person: Person, reason: str, at: datetime | None = None) -> Act:
    """An act now, with the exceptions that the settings list."""
    exceptions = parts.settings.improvement.exceptions()
    now = at or datetime.now(UTC)
    return Act(by=person, at=now, reason=readable(reason), exceptions=exceptions)


def weighing_of(parts: Parts) -> Weighing:
    """How the settings score demand, and what they call alike."""
    improvement = parts.settings.improvement
    return Weighing(weights=improvement.weighing(), alike=improvement.alike)


def add(
    uow: UnitOfWork, parts: Parts, form: Mapping[str, str], act: Act, origin: Origin = Origin.DEMAND
) -> Added:
    """Take in a request, the same from a form, a list or a command line.

    Raises:
        MappingError: something is wrong with a field; names all of them.
        RoleError: the person may not propose.
    """
    return improving.add(uow, weighing_of(parts), form, act, origin)


def take_request(
    uow: UnitOfWork, parts: Parts, form: Mapping[str, str], act: Act, origin: Origin
) -> Intake:
    """As `add`, without looking for entries that resemble it."""
    return improving.take_request(uow, weighing_of(parts).weights, form, act, origin)


def resembling(uow: UnitOfWork, parts: Parts, *numbers: str) -> tuple[str, ...]:
    """What resembles some entries, in a line each."""
    return improving.resembling(uow, weighing_of(parts).alike, *numbers)


def edit(
    uow: UnitOfWork, parts: Parts, number: str, texts: Mapping[str, str], act: Act, seen: int | None
) -> RegisterEntry:
    """Give fields of an entry other values.

    Raises:
        MappingError: a value cannot be used.
        TransitionError, RoleError: the rules refuse it.
    """
    return improving.edit(uow, weighing_of(parts).weights, number, texts, act, seen)


def weighed(parts: Parts, entry: RegisterEntry) -> RegisterEntry:
    """An entry with its score by the weights of the settings."""
    return scored(entry, weighing_of(parts).weights)


def rescore(uow: UnitOfWork, parts: Parts, act: Act) -> int:
    """Score every open entry by the present weights; returns how many were not yet.

    Raises:
        RoleError: the person may not.
    """
    require_role(act.by, Deed.RERANK)
    stale = [one for one in uow.register.list() if one.is_open and weighed(parts, one) != one]
    for entry in stale:
        change(uow, entry.number, act, JournalKind.EDIT, lambda one, _: weighed(parts, one))
    return len(stale)
