"""What deciding needs: the store that is written to, and where problems and entries are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from itsm.candidates import ProblemCandidate
from itsm.push_planning import Homes
from itsm.pushing import PushMode
from itsm.register_roles import Person
from store.runs import MiningRun
from store.unit_of_work import Store, UnitOfWork

OpenEntry = Callable[[UnitOfWork, ProblemCandidate, MiningRun, Person, datetime], tuple[str, bool]]
"""Puts a candidate into the register, for a person; the number of its entry, and if it is new."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What decisions are written with.

    Attributes:
        store: where decisions, what they cause, and register entries are kept.
        open_entry: puts a candidate into the register.
        homes: where problems are kept.
        modes: how far each source is written to.
        now: the time of a decision.
    """

    store: Store
    open_entry: OpenEntry
    homes: Homes = field(default_factory=lambda: Homes(able=()))
    modes: Mapping[str, PushMode] = field(default_factory=dict)
    now: Callable[[], datetime] = _now
