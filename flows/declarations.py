"""What the settings declare that bears on decisions: noted in the journal whenever it changes."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from flows.wiring import Parts
from itsm.codec import dump, to_plain
from itsm.demand import Weights
from itsm.journal import JournalKind
from reports.measures.contracts import CATALOGUE
from store.unit_of_work import UnitOfWork

DEMAND = "demand"
"""What the weights are of."""
PEOPLE = "people"
EXCEPTIONS = "four-eyes exceptions"
WORK = "work on improvements"
REPEATS = "repeats"


def note_declarations(uow: UnitOfWork, parts: Parts, at: datetime | None = None) -> int:
    """Note weights, cost models, roles, exceptions and formulas; returns how many had changed."""
    now = at or datetime.now(UTC)
    return sum(
        uow.declarations.note(kind, name, content, now)
        for kind, name, content in _declared(uow, parts)
    )


def weights_as_of(uow: UnitOfWork, moment: datetime) -> Weights:
    """The weights that were declared at a moment; the plain ones before any were."""
    content = uow.declarations.as_of(JournalKind.WEIGHTS, DEMAND, moment)
    if content is None:
        return Weights()
    values = {name: float(value) for name, value in content.items() if name != "version"}
    return Weights(version=content["version"], **values)


def _declared(uow: UnitOfWork, parts: Parts) -> list[tuple[JournalKind, str, Mapping[str, str]]]:
    improvement, cost = parts.settings.improvement, parts.settings.cost
    people = {
        uow.journal.pseudonym(name): ",".join(sorted(one.roles))
        for name, one in parts.settings.people.items()
    }
    exceptions = {
        f"{uow.journal.pseudonym(one.person)} {one.rule}": f"until {one.until}"
        for one in improvement.exceptions()
    }
    return [
        (JournalKind.WEIGHTS, DEMAND, _plain(improvement.weighing())),
        (JournalKind.COST_MODEL, WORK, _plain(improvement.work_cost(cost.currency))),
        (JournalKind.COST_MODEL, REPEATS, _plain(cost.model())),
        (JournalKind.ROLE, PEOPLE, people),
        (JournalKind.ROLE, EXCEPTIONS, exceptions),
        (JournalKind.FORMULA, "catalogue", formulas()),
    ]


def formulas() -> dict[str, str]:
    """The version of every formula, with a mark of its text."""
    return {
        name: f"version {one.version} ({hashlib.sha256(one.formula.encode()).hexdigest()[:12]})"
        for name, one in CATALOGUE.items()
    }


def _plain(value: object) -> dict[str, str]:
    """A dataclass as plain texts."""
    plain = to_plain(value)
    assert isinstance(plain, dict)
    return {
        name: part if isinstance(part, str) else dump(part).decode() for name, part in plain.items()
    }
